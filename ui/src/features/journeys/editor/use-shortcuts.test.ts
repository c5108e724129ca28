import { expect, test } from "vitest";
import type { JourneyDocument } from "../document";
import { placeOfPaste } from "./use-shortcuts";

const doc = {
  steps: [
    { id: "a", kind: "wait", wait: { for: "P1D" }, next: "b" },
    { id: "b", kind: "wait", wait: { for: "P1D" }, next: "end" },
    { id: "end", kind: "exit", exit: { label: "x" } },
  ],
} as unknown as JourneyDocument;

test("pasted steps are linked wherever something can follow", () => {
  expect(placeOfPaste(doc, ["a"])).toEqual({ from: "a", exits: [0] });
  expect(placeOfPaste(doc, ["a", "b"])).toEqual({ from: "b", exits: [0] });
  expect(placeOfPaste(doc, [])).toEqual({ from: "b", exits: [0] });
  expect(placeOfPaste(doc, ["@entry"])).toEqual({ from: "@entry" });
  expect(placeOfPaste({ ...doc, steps: [] }, [])).toEqual({ from: "@entry" });
  expect(placeOfPaste(doc, ["end"])).toBeUndefined();
});
