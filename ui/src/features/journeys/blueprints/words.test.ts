import { expect, test } from "vitest";
import type { JourneyDocument } from "../document";
import type { Blueprint, BlueprintMessage, NeedMet } from "./api";
import { chosen, countsOf, example, inLanguage, inOrder, ready } from "./words";

const blueprint = (key: string, goal: string, needs: Blueprint["needs"]): Blueprint =>
  ({ key, name: key, description: "", goal, names: { en: key, nl: `${key} (nl)` }, what: { en: `does ${key}` }, code: false, entry_kind: "event", needs, channels: ["email"], locales: ["en"], document: {} }) as unknown as Blueprint;

const basket = blueprint("basket", "sell", [{ kind: "event", name: "Product Added" }]);
const stay = blueprint("stay", "serve", [{ kind: "object", name: "booking", date: "start" }]);
const met: NeedMet[] = [
  { kind: "event", name: "Product Added", count: 0 },
  { kind: "object", name: "booking", date: "start", count: 212 },
];

test("those whose data is here come first, and filters narrow", () => {
  const counts = countsOf(met);
  const keys = (f: Parameters<typeof chosen>[1]) => chosen([basket, stay], f, counts, "en").map((b) => b.key);
  expect(keys({})).toEqual(["stay", "basket"]);
  expect(keys({ ready: true })).toEqual(["stay"]);
  expect(keys({ goal: "sell" })).toEqual(["basket"]);
  expect(keys({ q: "PRODUCT does" })).toEqual(["basket"]);
  expect(keys({ q: "nothing" })).toEqual([]);
});

test("what is not counted yet is neither here nor missing", () => {
  expect(ready(basket, countsOf(undefined))).toBeUndefined();
  expect(ready(basket, countsOf(met))).toBe(false);
  expect(ready(stay, countsOf(met))).toBe(true);
});

test("texts fall back to English", () => {
  expect(inLanguage(basket.names, "nl-BE", "")).toBe("basket (nl)");
  expect(inLanguage(basket.what, "fr", "")).toBe("does basket");
  expect(inLanguage(undefined, "fr", "x")).toBe("x");
});

test("every kind of need but the scores can be sent", () => {
  for (const kind of ["event", "object", "attribute", "permission", "orders"] as const) expect(JSON.parse(example({ kind, name: "x" }) ?? "")).toHaveProperty("userId");
  expect(example({ kind: "scores", name: "next_order_at" })).toBeUndefined();
});

test("messages come in the order of the steps", () => {
  const document = { steps: [{ id: "a", kind: "send", send: { template: "hello" } }, { id: "b", kind: "send", send: { template: "again" } }] } as unknown as JourneyDocument;
  const messages = [{ template: "again", locale: "en" }, { template: "hello", locale: "en" }, { template: "hello", locale: "nl" }] as BlueprintMessage[];
  expect(inOrder(messages, document).map((m) => `${m.template} ${m.locale}`)).toEqual(["hello en", "hello nl", "again en"]);
});
