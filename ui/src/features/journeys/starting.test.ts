import { describe, expect, it } from "vitest";
import { freeKey, keyOf } from "./starting";

describe("keyOf", () => {
  it.each([
    ["Win back", "win-back"],
    ["  Été – 20 % !", "ete-20"],
    ["…", ""],
    ["x".repeat(80), "x".repeat(60)],
  ])("%s", (name, key) => expect(keyOf(name)).toBe(key));
});

describe("freeKey", () => {
  it("takes the next number", () => expect(freeKey("a", ["a", "a-2"])).toBe("a-3"));
});
