import { expect, test } from "vitest";
import { keyedNames, namesOf } from "./add-people";
import type { JourneyDocument } from "./document";
import { paintEdges, unite } from "./versions-paint";

const wait = (id: string, next = "") => ({ id, kind: "wait", wait: { for: "P1D" }, next });
const doc = (...steps: unknown[]) => ({ key: "d", name: "D", entry: { kind: "api" }, steps }) as unknown as JourneyDocument;

test("two versions in one drawing: the newer one, with what went in its place, and its ways", () => {
  const before = doc(wait("a", "old"), wait("old", "z"), wait("z"));
  const after = doc(wait("a", "new"), wait("new", "z"), wait("z"));
  const { document, paint } = unite(before, after, { same: false, steps: [{ op: "added", id: "new" }, { op: "removed", id: "old" }, { op: "changed", id: "z" }] } as never);
  expect(document.steps.map((s) => s.id)).toEqual(["a", "old", "new", "z"]);
  expect(paint.steps).toEqual({ new: "added", old: "removed", z: "changed" });
  const model = paintEdges(before, after, document, paint);
  expect(model.edges.map((e) => e.id)).toContain("a->old");
  expect(paint.edges).toEqual({ "a->old": "removed", "old->z": "removed", "a->new": "added", "new->z": "added" });
});

test("a step that went from the beginning does not become the first", () => {
  const { document } = unite(doc(wait("first", "a"), wait("a")), doc(wait("a")), { same: false, steps: [{ op: "removed", id: "first" }] } as never);
  expect(document.steps[0]?.id).toBe("a");
});

test("whom a text names", () => {
  expect(namesOf(" a@b.example\nc-1, c-1;\n")).toEqual(["a@b.example", "c-1"]);
  expect(keyedNames(["a=b", "c"])).toEqual({ customers: ["a=b", "c"] });
  expect(keyedNames(["ann = B-1", "bob"])).toEqual({ customers: ["ann", "bob"], keys: ["B-1", ""] });
});
