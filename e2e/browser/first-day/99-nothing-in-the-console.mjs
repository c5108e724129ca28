import assert from "node:assert/strict";

/** Through all stories: no error in the console, nothing fetched from elsewhere. */
export default function (w) {
  assert.deepEqual(w.complaints, []);
}
