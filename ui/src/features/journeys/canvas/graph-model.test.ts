import { expect, test } from "vitest";
import type { JourneyDocument } from "../document";
import { buildGraphModel, edgeLabel, END_ID, ENTRY_ID, isPlace } from "./graph-model";
import { layoutJourney } from "./layout";

const doc: JourneyDocument = {
  key: "win-back",
  name: "Win-back",
  purpose: "marketing",
  entry: { kind: "audience" },
  steps: [
    { id: "morning", kind: "wait", wait: { until: { time: "09:30" } }, next: "still" },
    { id: "still", kind: "branch", branch: { cases: [{ name: "due", when: {}, next: "mail" }], otherwise: "back" } },
    { id: "mail", kind: "send", send: { template: "winback-1", channel: "email", on_skipped: "back" }, next: "order" },
    { id: "order", kind: "wait_for", wait_for: { events: [{ event: "Order Completed" }], timeout: "P14D", timeout_next: "gone" }, next: "" },
    { id: "back", kind: "exit", exit: { label: "came_back" } },
  ],
};

test("the graph has the entry, every step and one end", () => {
  const model = buildGraphModel(doc);
  expect(model.nodes.map((n) => n.id)).toEqual([ENTRY_ID, "morning", "still", "mail", "order", "back", END_ID]);
  expect(model.edges.map((e) => `${e.from}>${e.to}:${e.exits.join("+")}`)).toEqual([
    "@entry>morning:enter",
    "morning>still:next",
    "still>mail:due",
    "still>back:otherwise",
    "mail>order:sent+failed+unknown",
    "mail>back:skipped",
    "order>@end:Order Completed+timeout",
  ]);
});

test("edges are named only where there is a choice", () => {
  const model = buildGraphModel(doc);
  const label = (id: string) => edgeLabel(model, model.edges.find((e) => e.id === id) as never, (exit) => (exit === "due" ? "fällig" : exit));
  expect(label("morning->still")).toBe("");
  expect(label("still->mail")).toBe("fällig");
});

test("layout: nothing overlaps, time runs downwards, kept positions win", () => {
  const model = buildGraphModel(doc);
  const at = layoutJourney(model, { back: { x: 900, y: 10 } }).positions;
  expect(at.back).toEqual({ x: 900, y: 10 });
  const y = (id: string) => at[id]?.y ?? Number.NaN;
  expect(y(ENTRY_ID)).toBeLessThan(y("morning"));
  expect(y("morning")).toBeLessThan(y("still"));
  expect(y("still")).toBeLessThan(y("mail"));
});

test("200 steps are laid out", () => {
  const steps = Array.from({ length: 200 }, (_, i) => ({ id: `s${i}`, kind: "wait" as const, wait: { for: "P1D" }, next: i < 199 ? `s${i + 1}` : "" }));
  expect(Object.keys(layoutJourney(buildGraphModel({ ...doc, steps })).positions)).toHaveLength(202);
});

test("a name has the room that it takes as readers see it", () => {
  const model = buildGraphModel(doc);
  const wide = (name: (exit: string) => string) => Math.max(...Object.values(layoutJourney(model, {}, name).positions).map((p) => p.x));
  expect(wide((exit) => `${exit} and then a name that is much longer`)).toBeGreaterThan(wide((exit) => exit));
});

test("an address that names a step that is gone points at nothing", () => {
  expect([ENTRY_ID, "mail", "gone", undefined].map((id) => isPlace(doc, id))).toEqual([true, true, false, false]);
});
