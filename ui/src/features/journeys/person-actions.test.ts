import { expect, test } from "vitest";
import { changedBy } from "./person-actions";

test("an undo reaches those for whom something had changed", () => {
  const chosen = [{ id: "a", held: false }, { id: "b", held: true }];
  expect(changedBy("hold", chosen)).toEqual(["a"]);
  expect(changedBy("release", chosen)).toEqual(["b"]);
});
