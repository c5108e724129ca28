import { expect, test } from "vitest";
import { freeKey } from "./starting";

test("a second journey from one blueprint gets a key of its own", () => {
  expect(freeKey("win-back", [])).toBe("win-back");
  expect(freeKey("win-back", ["win-back", "win-back-2"])).toBe("win-back-3");
});
