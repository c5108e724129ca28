import { expect, test } from "vitest";
import { buildGraphModel } from "./canvas/graph-model";
import { wayNumbers } from "./canvas/way-numbers";
import type { JourneyDocument } from "./document";
import { baseOf } from "./funnel";
import { heatOf, numbersByStep, shownMeasures, type StepNumbers } from "./numbers";

const zero: StepNumbers = { step_id: "mail", waiting: 0, held: 0, reached: 0, passed: 0, left: 0, sent: 0, opened: 0, clicked: 0, converted: 0, exits: [], sends: [] };
const exit = (exit: string, next: string, count: number, by_exit = count) => ({ exit, next, count, by_exit, times: count });

test("a step shows what says something: messages where some went out, else who passed", () => {
  expect(shownMeasures({ ...zero, passed: 4, waiting: 2 })).toEqual(["waiting", "passed"]);
  expect(shownMeasures({ ...zero, passed: 9, sent: 8 })).toEqual(["sent", "opened", "clicked"]);
  expect(shownMeasures(zero)).toEqual([]);
});

test("heat is the drop-off, and none where that means nothing", () => {
  expect(heatOf({ ...zero, drop_off: 0.25 }, true)).toBe(0.25);
  expect(heatOf({ ...zero, drop_off: 0.25 }, false)).toBe(0);
  expect(heatOf(zero, true)).toBe(0);
  expect(heatOf(undefined, true)).toBe(0);
});

test("opens and clicks are a share of what was sent, the rest of who came", () => {
  const s = { ...zero, reached: 10, sent: 8 };
  expect([baseOf("opened", s), baseOf("sent", s), baseOf("reached", s)]).toEqual([8, 10, 0]);
});

test("numbers by step", () => {
  expect(Object.keys(numbersByStep({ steps: [{ ...zero, step_id: "a" }] } as never))).toEqual(["a"]);
});

const doc = {
  key: "d",
  name: "D",
  entry: { kind: "event", event: "E" },
  steps: [
    { id: "mail", kind: "send", send: { template: "t", channel: "email", on_failed: "call" }, next: "wait" },
    { id: "wait", kind: "wait", wait: { for: "P1D" }, next: "call" },
    { id: "call", kind: "wait", wait: { for: "P1D" } },
  ],
} as unknown as JourneyDocument;

test("an edge of several exits has the number of each: a run of a loop may have taken both", () => {
  const model = buildGraphModel(doc);
  const edge = (from: string, to: string) => {
    const found = model.edges.find((e) => e.from === from && e.to === to);
    if (!found) throw new Error(`no edge from ${from} to ${to}`);
    return found;
  };
  const mail = { ...zero, passed: 9, exits: [exit("sent", "wait", 7), exit("skipped", "wait", 3), exit("failed", "call", 1), exit("sent", "old", 2)] };
  expect(wayNumbers(model, edge("mail", "wait"), 12, mail)).toEqual([
    { exit: "sent", count: 7, named: true },
    { exit: "skipped", count: 3, named: true },
    { exit: "unknown", count: 0, named: true },
  ]);
  expect(wayNumbers(model, edge("mail", "call"), 12, mail)).toEqual([{ exit: "failed", count: 1, named: false }]);
  expect(wayNumbers(model, edge("wait", "call"), 12, { ...zero, passed: 5, exits: [exit("next", "call", 5)] })).toEqual([{ count: 5, named: false }]);
  expect(wayNumbers(model, edge("@entry", "mail"), 12, undefined)).toEqual([{ count: 12, named: false }]);
});
