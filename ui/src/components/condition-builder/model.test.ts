import { expect, test } from "vitest";
import { emptyCatalogue } from "../../api/catalogue";
import { asGroup, type Condition, fromGroup, groupOf, isEditable, leafOf, newLeaf, owningOf, simplest, subjectOf, subjects, subjectsIn, typeOf, valueFor, withOwning } from "./model";

const tree: Condition = {
  and: [
    { metric: "orders_count", op: "gte", value: 2 },
    { not: { or: [{ attribute: "country", op: "in", value: ["NL", "BE"] }, { consent: "marketing", channel: "email", op: "eq", value: "granted" }] } },
    { event: "Product Viewed", agg: "count", within: "P30D", op: "gte", value: 1, where: { property: "seconds", op: "gt", value: 20 } },
  ],
};

test("groups there and back lose nothing", () => {
  for (const c of [tree, { or: [tree] }, { not: { and: [tree] } }]) {
    const g = groupOf(c);
    expect(g && fromGroup(g)).toEqual(c);
  }
  expect(groupOf({ metric: "orders_count", op: "gte", value: 2 })).toBeNull();
  expect(simplest(asGroup(tree))).toEqual(tree);
  const leaf: Condition = { metric: "orders_count", op: "gte", value: 2 };
  expect(simplest(asGroup(leaf))).toEqual(leaf);
  expect(simplest(asGroup(undefined))).toBeUndefined();
});

test("what the form does not know is left to the JSON editor", () => {
  expect(isEditable(tree, "audience")).toBe(true);
  expect(isEditable({ and: [{ property: "x", op: "eq", value: 1 }] }, "audience")).toBe(false);
  expect(isEditable({ property: "x", op: "eq", value: 1 }, "trigger")).toBe(true);
  expect(isEditable({ metric: "orders_count", attribute: "country", op: "eq", value: 1 }, "audience")).toBe(false);
  expect(isEditable({ moon: "full" } as Condition, "audience")).toBe(false);
  expect(isEditable({ and: [{ and: [{ and: [{ and: [{ and: [tree] }] }] }] }] }, "audience")).toBe(false);
  expect(isEditable(undefined, "audience")).toBe(true);
});

test("every new leaf is one the form knows, and not turns it around", () => {
  for (const s of subjects) {
    expect(subjectOf(newLeaf(s, "x"))).toBe(s);
    expect(leafOf({ not: newLeaf(s, "x") })).toEqual({ leaf: newLeaf(s, "x"), not: true });
    expect(subjectsIn("all")).toContain(s);
  }
});

test("a value follows its operator", () => {
  expect(valueFor("exists", "text", "x")).toBeUndefined();
  expect(valueFor("in", "text", "x")).toEqual(["x"]);
  expect(valueFor("eq", "text", ["x", "y"])).toBe("x");
  expect(valueFor("between", "number", 3)).toEqual([3, 3]);
  expect(valueFor("gte", "instant", undefined)).toEqual({ now: "-P30D" });
});

test("aggregates are numbers, except the first and last value", () => {
  expect(typeOf({ event: "A", agg: "sum", of: "x" }, emptyCatalogue).type).toBe("number");
  expect(typeOf({ event: "A", agg: "last" }, emptyCatalogue).type).toBe("instant");
  expect(typeOf({ event: "A", agg: "last", of: "x" }, emptyCatalogue).type).toBe("any");
});

test("an object condition is a form: has one, has none, or a number of them, filtered by its parts", () => {
  const soon: Condition = { object: "booking", where: { and: [{ property: "days.start", op: "between", value: [{ today: "P0D" }, { today: "P14D" }] }, { property: "properties.breakfast", op: "neq", value: true }] } };
  expect(isEditable(soon, "audience")).toBe(true);
  expect(isEditable({ property: "status", op: "eq", value: "x" }, "audience")).toBe(false);
  expect(isEditable({ object: "booking", where: { attribute: "email", op: "exists" } }, "audience")).toBe(false);
  expect(owningOf(soon)).toBe("has");
  expect(withOwning(soon, "none")).toEqual({ ...soon, op: "eq", value: 0 });
  expect(owningOf(withOwning(soon, "count"))).toBe("count");
  expect(withOwning(withOwning(soon, "count"), "has")).toEqual(soon);
});
