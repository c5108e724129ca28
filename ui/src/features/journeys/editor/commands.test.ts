import { describe, expect, test } from "vitest";
import { ENTRY_ID } from "../canvas/graph-model";
import { type JourneyDocument, type Step, stepKinds, ways } from "../document";
import { copySteps, duplicateSteps, pasteSteps, readSteps } from "./clipboard";
import { addLoose, arrange, connect, deleteSteps, editStep, freeId, insertStep, moveSteps, renameStep } from "./commands";
import { newHistory, record, redo, undo } from "./history";

const winBack: JourneyDocument = {
  key: "win-back",
  name: "Win-back",
  purpose: "marketing",
  entry: { kind: "audience" },
  steps: [
    { id: "still", kind: "branch", branch: { cases: [{ name: "due", when: { metric: "orders_count", op: "gte", value: 1 }, next: "mail" }], otherwise: "back" } },
    { id: "mail", kind: "send", send: { template: "winback-1", channel: "email", on_skipped: "back" }, next: "order" },
    { id: "order", kind: "wait_for", wait_for: { events: [{ event: "Message Opened", message: "mail" }], timeout: "P14D" } },
    { id: "back", kind: "exit", exit: { label: "came_back" } },
  ],
};
const links = (d: JourneyDocument) => d.steps.flatMap((s) => ways(s).map((w) => `${s.id}.${w.exit}>${w.to}`));
const step = (d: JourneyDocument, id: string) => d.steps.find((s) => s.id === id) as Step;

describe("insert", () => {
  test("on every way of an edge", () => {
    const { doc, id } = insertStep(winBack, { from: "mail", exits: [0, 2, 3] }, "wait");
    expect(id).toBe("wait");
    expect(links(doc)).toEqual(expect.arrayContaining(["mail.sent>wait", "mail.skipped>back", "mail.failed>wait", "mail.unknown>wait", "wait.next>order"]));
    expect(doc.steps.map((s) => s.id)).toEqual(["still", "mail", "wait", "order", "back"]);
  });
  test("after the entry it becomes the first step", () => {
    const { doc } = insertStep(winBack, { from: ENTRY_ID }, "wait");
    expect(doc.steps[0]?.id).toBe("wait");
    expect(links(doc)).toContain("wait.next>still");
  });
  test("an SMS for those who did not open", () => {
    const { doc } = insertStep(winBack, { from: "order", exits: [1] }, "send");
    expect(links(doc)).toEqual(expect.arrayContaining(["order.Message Opened>", "order.timeout>send", "send.sent>"]));
  });
  test("into an empty journey", () => {
    const { doc } = insertStep({ ...winBack, steps: [] }, { from: ENTRY_ID }, "send");
    expect(links(doc)).toEqual(["send.sent>", "send.skipped>", "send.failed>", "send.unknown>"]);
  });
  test("the main way goes on while another ends: that one gets an exit step", () => {
    const loose = addLoose({ ...winBack, steps: [{ id: "a", kind: "send", send: { template: "t", channel: "email" } }] }, "wait").doc;
    const doc = connect(loose, "a", 0, "wait");
    expect(links(doc)).toEqual(["a.sent>wait", "a.skipped>exit", "a.failed>exit", "a.unknown>exit", "wait.next>"]);
  });
});

test("delete links what came before with what came after", () => {
  expect(links(deleteSteps(winBack, ["mail"]))).toContain("still.due>order");
  expect(links(deleteSteps(winBack, ["mail", "order"]))).toContain("still.due>back");
  expect(deleteSteps(winBack, ["still"]).steps[0]?.id).toBe("mail");
  expect(deleteSteps(winBack, ["still", "mail", "order", "back"]).steps).toEqual([]);
});

test("connect leads one way elsewhere and leaves the others alone", () => {
  const doc = connect(winBack, "order", 0, "mail");
  expect(links(doc)).toEqual(expect.arrayContaining(["order.Message Opened>mail", "order.timeout>"]));
  expect(connect(winBack, ENTRY_ID, 0, "order").steps[0]?.id).toBe("order");
  expect(connect(winBack, "order", 0, "nowhere")).toBe(winBack);
});

test("another id is changed everywhere it is named", () => {
  const doc = renameStep(winBack, "mail", "first-mail");
  expect(links(doc)).toEqual(expect.arrayContaining(["still.due>first-mail", "first-mail.sent>order"]));
  expect(step(doc, "order")).toMatchObject({ wait_for: { events: [{ message: "first-mail" }] } });
  expect(renameStep(winBack, "mail", "order")).toBe(winBack);
  expect(renameStep(winBack, "mail", "no spaces")).toBe(winBack);
});

test("copy and paste into another journey keeps what the steps say about each other", () => {
  const clip = readSteps(copySteps(winBack, ["mail", "order"]));
  const other: JourneyDocument = { ...winBack, key: "other", steps: [{ id: "mail", kind: "wait", wait: { for: "P1D" } }] };
  const { doc, ids } = pasteSteps(other, clip ?? [], { from: "mail" });
  expect(ids).toEqual(["mail-2", "order"]);
  expect(links(doc)).toEqual(expect.arrayContaining(["mail.next>mail-2", "mail-2.sent>order", "mail-2.skipped>order", "order.timeout>"]));
  expect(step(doc, "order")).toMatchObject({ wait_for: { events: [{ message: "mail-2" }] } });
  expect(readSteps("hello")).toBeNull();
  expect(readSteps("{}")).toBeNull();
});

test("steps that did not hang together are pasted one after the other: a run comes to each", () => {
  const plain = (id: string, kind: "wait" | "exit"): Step => (kind === "wait" ? { id, kind, wait: { for: "P1D" }, next: "" } : { id, kind, exit: { label: "x" } });
  const other: JourneyDocument = { ...winBack, key: "other", steps: [{ ...plain("first", "wait"), next: "last" } as Step, plain("last", "exit")] };
  const { doc, ids } = pasteSteps(other, [plain("bye", "exit"), plain("a", "wait"), plain("b", "wait")], { from: "first", exits: [0] });
  expect(ids).toEqual(["a", "b", "bye"]);
  expect(links(doc)).toEqual(expect.arrayContaining(["first.next>a", "a.next>b", "b.next>bye"]));
});

test("typing into one field is undone as one", () => {
  const named = (name: string) => editStep(winBack, { ...step(winBack, "mail"), name });
  let h = record(newHistory(winBack), named("a"), 1000, "mail.name");
  h = record(h, named("ab"), 1100, "mail.name");
  expect(undo(h).present).toBe(winBack);
  expect(redo(undo(h)).present).toEqual(named("ab"));
  h = record(h, named("abc"), 9000, "mail.name");
  expect(undo(h).present).toEqual(named("ab"));
});

/** A small generator with a seed, so that a failure can be seen again. */
function dice(seed: number) {
  let s = seed;
  const next = () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return { below: (n: number) => Math.floor(next() * n), of: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T };
}

/** One random edit through the verbs that the editor uses. */
function edit(doc: JourneyDocument, d: ReturnType<typeof dice>): JourneyDocument {
  const ids = doc.steps.map((s) => s.id);
  const from = d.below(5) === 0 || ids.length === 0 ? ENTRY_ID : d.of(ids);
  const all = from === ENTRY_ID ? [] : ways(step(doc, from));
  const exits = all.length > 0 ? [d.below(all.length)] : undefined;
  const some = ids.filter(() => d.below(4) === 0);
  switch (d.below(9)) {
    case 0:
    case 1:
    case 2:
      return from !== ENTRY_ID && all.length === 0 ? addLoose(doc, d.of(stepKinds), { x: 1, y: 2 }).doc : insertStep(doc, { from, exits }, d.of(stepKinds)).doc;
    case 3:
      return deleteSteps(doc, some);
    case 4:
      return connect(doc, from, exits?.[0] ?? 0, d.below(4) === 0 ? "" : (ids[d.below(Math.max(1, ids.length))] ?? ""));
    case 5:
      return duplicateSteps(doc, some).doc;
    case 6:
      return pasteSteps(doc, readSteps(copySteps(winBack, ["mail", "order"])) ?? [], all.length > 0 ? { from, exits } : undefined).doc;
    case 7:
      return ids.length > 0 ? renameStep(doc, d.of(ids), freeId(ids, "renamed")) : doc;
    default:
      return d.below(2) === 0 ? arrange(doc) : moveSteps(doc, Object.fromEntries(some.map((id) => [id, { x: d.below(900), y: d.below(900) }])));
  }
}

test("80 random sessions: ids are unique, nothing dangles, undo and redo are exact", { timeout: 30_000 }, () => {
  for (let seed = 1; seed <= 80; seed++) {
    const d = dice(seed);
    let h = newHistory(winBack);
    const seen = [JSON.stringify(h.present)];
    for (let i = 0; i < 25; i++) {
      const doc = edit(h.present, d);
      const before = JSON.stringify(h.present);
      const next = record(h, doc, i * 10_000);
      expect(JSON.stringify(h.present), `seed ${seed}: a command changed the document it was given`).toBe(before);
      if (next === h) continue;
      h = next;
      seen.push(JSON.stringify(doc));
      const ids = doc.steps.map((s) => s.id);
      expect(new Set(ids).size, `seed ${seed}`).toBe(ids.length);
      for (const s of doc.steps) {
        for (const to of [s.next ?? "", ...ways(s).map((w) => w.to)]) if (to !== "") expect(ids, `seed ${seed}: ${s.id} leads to ${to}`).toContain(to);
      }
      for (const id of Object.keys(doc.layout?.positions ?? {})) expect([...ids, ENTRY_ID]).toContain(id);
    }
    let back = h;
    for (let i = seen.length - 2; i >= 0; i--) {
      back = undo(back);
      expect(JSON.stringify(back.present)).toBe(seen[i]);
    }
    for (let i = 1; i < seen.length; i++) {
      back = redo(back);
      expect(JSON.stringify(back.present)).toBe(seen[i]);
    }
  }
});
