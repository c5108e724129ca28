import { expect, test } from "vitest";
import type { JourneyDocument, Step } from "../document";
import { mergeDocuments, same } from "./merge";

const wait = (id: string, iso: string, next?: string): Step => ({ id, kind: "wait", wait: { for: iso }, next });
const base: JourneyDocument = { key: "k", name: "K", purpose: "marketing", entry: { kind: "api" }, steps: [wait("a", "P1D", "b"), wait("b", "P2D")] };

test("what only one side changed is taken from it, without a question", () => {
  const mine = { ...base, name: "Mine", steps: [wait("a", "P1D", "n"), wait("n", "P9D", "b"), wait("b", "P2D")] };
  const theirs = { ...base, description: "theirs", steps: [wait("a", "P1D", "b"), wait("b", "P7D")] };
  const m = mergeDocuments(base, mine, theirs);
  expect(m.conflicts).toEqual([]);
  expect(m.merged).toEqual({ ...base, name: "Mine", description: "theirs", steps: [wait("a", "P1D", "n"), wait("n", "P9D", "b"), wait("b", "P7D")] });
  expect(m.theirs.sort()).toEqual(["description", "step:b"]);
});

test("what both changed is asked, and the answer is what is saved", () => {
  const mine = { ...base, steps: [wait("a", "P3D", "b"), wait("b", "P2D")] };
  const theirs = { ...base, steps: [wait("a", "P5D", "b"), wait("b", "P2D")] };
  const m = mergeDocuments(base, mine, theirs);
  expect(m.conflicts.map((c) => c.id)).toEqual(["step:a"]);
  expect(m.merged.steps[0]).toEqual(mine.steps[0]);
  expect(mergeDocuments(base, mine, theirs, { "step:a": "theirs" }).merged.steps[0]).toEqual(theirs.steps[0]);
});

test("a step that one side took away and the other changed is asked, too", () => {
  const mine = { ...base, steps: [wait("a", "P1D")] };
  const theirs = { ...base, steps: [wait("a", "P1D", "b"), wait("b", "P4D")] };
  const m = mergeDocuments(base, mine, theirs);
  expect(m.conflicts).toMatchObject([{ id: "step:b", mine: undefined }]);
  expect(mergeDocuments(base, mine, theirs, { "step:b": "theirs" }).merged.steps).toHaveLength(2);
});

test("what the server leaves out is no change", () => {
  expect(same({ a: "", b: [], c: {}, d: 0, e: false, f: "x" }, { f: "x" })).toBe(true);
  expect(same({ op: "eq", value: 0 }, { op: "eq", value: false })).toBe(false);
  expect(same({ op: "eq", value: 0 }, { op: "eq" })).toBe(false);
});
