import { expect, test } from "vitest";
import { asked, errorAt, fieldsOf, labelOf, type SettingsSchema, withSetting } from "./schema";

test("every kind of setting has a field of its own, and what has none is JSON", () => {
  const cases: [SettingsSchema, string][] = [
    [{ type: "boolean" }, "switch"],
    [{ type: "integer" }, "number"],
    [{ type: "number" }, "number"],
    [{ type: "string" }, "text"],
    [{ type: "string", enum: ["a"] }, "choice"],
    [{ type: "string", format: "duration" }, "duration"],
    [{ type: "string", format: "date" }, "date"],
    [{ type: "string", format: "time" }, "time"],
    [{ type: "string", format: "uri" }, "text"],
    [{ type: "string", format: "template" }, "reference"],
    [{ type: "array", items: { type: "string" } }, "texts"],
    [{ type: "array", items: { type: "string", enum: ["a"] } }, "choices"],
    [{ type: "array", items: { type: "string", format: "audience" } }, "references"],
    [{ type: "array", items: { type: "integer" } }, "numbers"],
    [{ type: "array", items: { type: "object" } }, "json"],
    [{ type: "object", properties: { a: { type: "string" } } }, "group"],
    [{ type: "object", additionalProperties: { type: "string" } }, "json"],
    [{}, "json"],
  ];
  for (const [schema, as] of cases) expect(asked(schema), JSON.stringify(schema)).toBe(as);
});

test("settings come in the order of the code, under their titles", () => {
  const s: SettingsSchema = { type: "object", "x-order": ["waitDays", "a_b"], properties: { a_b: { type: "string" }, waitDays: { type: "integer", title: "" } } };
  expect(fieldsOf(s).map(([name, p]) => labelOf(name, p))).toEqual(["Wait days", "A b"]);
  expect(labelOf("x", { title: "Ask after" })).toBe("Ask after");
  expect(fieldsOf(undefined)).toEqual([]);
});

test("a message is found at its field", () => {
  const errors = { "settings.rows[1].on": "must be true or false", "settings.limit": "must be at least 1" };
  expect(errorAt(errors, "settings.limit", false)).toBe("must be at least 1");
  expect(errorAt(errors, "settings.rows", true)).toBe("must be true or false");
  expect(errorAt(errors, "settings.rows", false)).toBeUndefined();
  expect(errorAt(errors, "settings.row", true)).toBeUndefined();
});

test("a setting that is taken back has its default again", () => {
  expect(withSetting({ a: 1 }, "a", undefined)).toEqual({});
  expect(withSetting({ a: 1 }, "b", false)).toEqual({ a: 1, b: false });
});
