import type { JourneyDocument, Position, Step, StepKind, StepOf } from "../document";
import { ways } from "../document";
import { ENTRY_ID } from "../canvas/graph-model";
import { retarget } from "./links";

// Every edit is a pure function from a document to a document. Toolbar, keyboard, drag and paste call the same verbs;
// undo keeps the documents themselves, so undoing any of them is exact.

/** Where something is put in: after the entry, or on the ways of a step that lead to the same place. */
export type Place = { from: string; exits?: number[] };

/** An id that no step has: the wanted one, or with the next number. */
export function freeId(taken: Iterable<string>, wanted: string): string {
  const used = new Set(taken);
  if (!used.has(wanted)) return wanted;
  const base = wanted.replace(/-\d+$/, "");
  let n = 2;
  while (used.has(`${base}-${n}`)) n++;
  return `${base}-${n}`;
}

const idsOf = (doc: JourneyDocument) => doc.steps.map((s) => s.id);
const find = (doc: JourneyDocument, id: string) => doc.steps.find((s) => s.id === id);
const replace = (doc: JourneyDocument, step: Step): JourneyDocument => ({ ...doc, steps: doc.steps.map((s) => (s.id === step.id ? step : s)) });

/** Settings a new step starts with; what only a person can know is empty and painted by validation. */
const starts: { [K in StepKind]: StepOf<K>[K] } = {
  send: { template: "", channel: "email" },
  wait: { for: "P1D" },
  wait_for: { events: [{ event: "" }], timeout: "P3D" },
  branch: { cases: [{ name: "yes", when: {} }] },
  split: { variants: [{ name: "A", weight: 50 }, { name: "B", weight: 50 }] },
  update: {},
  offer: { offer: "" },
  reward: { kind: "points", amount: 100 },
  collect: { events: [{ event: "" }], for: "P1D" },
  task: { type: "call", title: "" },
  notify: { channel: "email", to: "", text: "" },
  webhook: { url: "" },
  enter: { journey: "" },
  code: { type: "" },
  exit: { label: "completed" },
} as { [K in StepKind]: StepOf<K>[K] };

export function newStep(doc: JourneyDocument, kind: StepKind): Step {
  return { id: freeId(idsOf(doc), kind.replace("_", "-")), kind, [kind]: structuredClone(starts[kind]) } as unknown as Step;
}

/** Leads the ways of a step elsewhere. Where one would have to end while the main one goes on, an exit step is put in. */
function lead(doc: JourneyDocument, step: Step, to: (exit: string, now: string, index: number) => string): JourneyDocument {
  const direct = retarget(step, to);
  if (direct) return direct === step ? doc : replace(doc, direct);
  const end = newStep(doc, "exit");
  const withEnd = { ...doc, steps: [...doc.steps, end] };
  const changed = retarget(step, (exit, now, i) => to(exit, now, i) || (i === 0 ? "" : end.id));
  return changed ? replace(withEnd, changed) : doc;
}

/** What follows a place now; "" for the end. */
export function targetOf(doc: JourneyDocument, place: Place): string {
  if (place.from === ENTRY_ID) return doc.steps[0]?.id ?? "";
  const step = find(doc, place.from);
  const all = step ? ways(step) : [];
  return all[place.exits?.[0] ?? 0]?.to ?? "";
}

/** Puts steps that already point at each other into a place: what led on now leads to the first, their open ends go on. */
export function insertSteps(doc: JourneyDocument, place: Place, steps: Step[]): JourneyDocument {
  const first = steps[0];
  if (!first) return doc;
  const after = targetOf(doc, place);
  const inside = new Set(steps.map((s) => s.id));
  const linked = steps.map((s) => retarget(s, (_, now) => (inside.has(now) ? now : after)) ?? s);
  if (place.from === ENTRY_ID) return { ...doc, steps: [...linked, ...doc.steps] };
  const at = doc.steps.findIndex((s) => s.id === place.from);
  const from = doc.steps[at];
  if (!from) return doc;
  const grown = { ...doc, steps: [...doc.steps.slice(0, at + 1), ...linked, ...doc.steps.slice(at + 1)] };
  return lead(grown, from, (_, now, i) => (!place.exits || place.exits.includes(i) ? first.id : now));
}

/** Puts a new step into a place. */
export function insertStep(doc: JourneyDocument, place: Place, kind: StepKind): { doc: JourneyDocument; id: string } {
  const step = newStep(doc, kind);
  return { doc: insertSteps(doc, place, [step]), id: step.id };
}

/** Puts a new step beside the others; nothing leads to it yet. */
export function addLoose(doc: JourneyDocument, kind: StepKind, at?: Position): { doc: JourneyDocument; id: string } {
  const step = newStep(doc, kind);
  const grown = { ...doc, steps: [...doc.steps, step] };
  return { doc: at ? moveSteps(grown, { [step.id]: at }) : grown, id: step.id };
}

/** Where people go instead of a step that is taken away: where most of them went on to. */
function bypass(step: Step, gone: Set<string>): string {
  const targets = [step.next ?? "", ...ways(step).map((w) => w.to)];
  return targets.find((t) => t !== "" && t !== step.id && !gone.has(t)) ?? "";
}

/** Takes steps away and links what led to them with what came after them. */
export function deleteSteps(doc: JourneyDocument, ids: readonly string[]): JourneyDocument {
  const gone = new Set(ids.filter((id) => find(doc, id)));
  if (gone.size === 0) return doc;
  const onward = (id: string, seen = new Set<string>()): string => {
    if (!gone.has(id) || seen.has(id)) return gone.has(id) ? "" : id;
    const step = find(doc, id);
    if (!step) return "";
    const direct = bypass(step, gone);
    if (direct) return direct;
    for (const w of ways(step)) {
      const found = w.to ? onward(w.to, new Set([...seen, id])) : "";
      if (found) return found;
    }
    return "";
  };
  const start = doc.steps[0] ? onward(doc.steps[0].id) : "";
  let out: JourneyDocument = { ...doc, steps: doc.steps.filter((s) => !gone.has(s.id)) };
  for (const s of out.steps) out = lead(out, s, (_, now) => (gone.has(now) ? onward(now) : now));
  const first = out.steps.findIndex((s) => s.id === start);
  if (first > 0) out = { ...out, steps: [out.steps[first] as Step, ...out.steps.filter((_, i) => i !== first)] };
  return withoutPositions(out, gone);
}

function withoutPositions(doc: JourneyDocument, gone: Set<string>): JourneyDocument {
  const kept = Object.entries(doc.layout?.positions ?? {}).filter(([id]) => !gone.has(id));
  return doc.layout ? { ...doc, layout: kept.length > 0 ? { positions: Object.fromEntries(kept) } : undefined } : doc;
}

/** Leads ways of a step (or the entry) to another step, or to the end with "". */
export function connect(doc: JourneyDocument, from: string, exit: number | readonly number[], to: string): JourneyDocument {
  if (to !== "" && !find(doc, to)) return doc;
  if (from === ENTRY_ID) {
    const step = find(doc, to);
    return step ? { ...doc, steps: [step, ...doc.steps.filter((s) => s !== step)] } : doc;
  }
  const step = find(doc, from);
  return step ? lead(doc, step, (_, now, i) => ((typeof exit === "number" ? i === exit : exit.includes(i)) ? to : now)) : doc;
}

/** Replaces a step's settings; its id stays. */
export function editStep(doc: JourneyDocument, step: Step): JourneyDocument {
  return find(doc, step.id) === step ? doc : replace(doc, step);
}

/** Changes the journey itself: name, entry, goal … */
export function editDocument(doc: JourneyDocument, change: Partial<Omit<JourneyDocument, "steps" | "key">>): JourneyDocument {
  return { ...doc, ...change };
}

/** Keeps steps where somebody dragged them. */
export function moveSteps(doc: JourneyDocument, to: Record<string, Position>): JourneyDocument {
  const known = Object.entries(to).flatMap(([id, p]) => (find(doc, id) || id === ENTRY_ID ? [[id, { x: Math.round(p.x), y: Math.round(p.y) }] as const] : []));
  return known.length === 0 ? doc : { ...doc, layout: { positions: { ...doc.layout?.positions, ...Object.fromEntries(known) } } };
}

/** Forgets where steps were dragged: all are laid out by themselves. */
export function arrange(doc: JourneyDocument): JourneyDocument {
  return doc.layout ? { ...doc, layout: undefined } : doc;
}

/** Whether a text can be the id of a step, as the server sees it. */
export const isStepId = (id: string) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id);

/** Gives a step another id, everywhere it is named. */
export function renameStep(doc: JourneyDocument, id: string, to: string): JourneyDocument {
  if (id === to || !find(doc, id) || find(doc, to) || !isStepId(to)) return doc;
  const names: Record<string, string> = { [id]: to };
  const renamed = { ...doc, steps: doc.steps.map((s) => withNames(s, names, (x) => x)) };
  const at = doc.layout?.positions?.[id];
  return at ? moveSteps(withoutPositions(renamed, new Set([id])), { [to]: at }) : renamed;
}

// Values somebody wrote for others to read: a key "message" in there is not a step.
const foreign = new Set(["set", "add", "body", "headers", "save", "data", "settings"]);

/** The step with ids exchanged: its own, those its exits lead to, and those that its settings name. */
export function withNames(step: Step, names: Record<string, string>, other: (id: string) => string): Step {
  const name = (id: string) => names[id] ?? other(id);
  const own = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(own);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => {
        if (foreign.has(k)) return [k, v];
        // A result in a condition and the message of a wait name a step; so does the offer of a send.
        const refers = (k === "result" || k === "message") && typeof v === "string" && names[v];
        return [k, refers ? names[v as string] : own(v)];
      }),
    );
  };
  const inner = own(step) as Step;
  const body = inner.kind === "send" && inner.send.offer && names[inner.send.offer] ? { ...inner, send: { ...inner.send, offer: names[inner.send.offer] } } : inner;
  return rename(body, name, names[step.id] ?? step.id);
}

/** Applies a name to every target as it is written, without asking whether the result says something else. */
function rename(step: Step, name: (id: string) => string, id: string): Step {
  const at = (to: string | undefined) => (to ? name(to) || undefined : to);
  const base = { id, ...(step.next === undefined ? {} : { next: at(step.next) }) };
  switch (step.kind) {
    case "wait_for":
      return { ...step, ...base, wait_for: { ...step.wait_for, events: step.wait_for.events.map((e) => ({ ...e, next: at(e.next) })), timeout_next: at(step.wait_for.timeout_next) } };
    case "branch":
      return { ...step, ...base, branch: { ...step.branch, cases: step.branch.cases.map((c) => ({ ...c, next: at(c.next) })), otherwise: at(step.branch.otherwise) } };
    case "split":
      return { ...step, ...base, split: { ...step.split, variants: step.split.variants.map((v) => ({ ...v, next: at(v.next) })) } };
    case "send":
      return { ...step, ...base, send: { ...step.send, on_skipped: at(step.send.on_skipped), on_failed: at(step.send.on_failed), on_unknown: at(step.send.on_unknown) } };
    case "offer":
      return { ...step, ...base, offer: { ...step.offer, on_none_left: at(step.offer.on_none_left) } };
    case "reward":
      return { ...step, ...base, reward: { ...step.reward, on_refused: at(step.reward.on_refused) } };
    case "collect":
      return { ...step, ...base, collect: { ...step.collect, on_empty: at(step.collect.on_empty) } };
    case "webhook":
      return { ...step, ...base, webhook: { ...step.webhook, on_failed: at(step.webhook.on_failed) } };
    case "task":
      return { ...step, ...base, task: { ...step.task, ...(step.task.outcomes ? { outcomes: step.task.outcomes.map((o) => ({ ...o, next: at(o.next) })) } : {}), on_timeout: at(step.task.on_timeout) } };
    case "code":
      return { ...step, ...base, code: { ...step.code, ...(step.code.on ? { on: Object.fromEntries(Object.entries(step.code.on).map(([k, to]) => [k, at(to) ?? ""])) } : {}) } };
    default:
      return { ...step, ...base };
  }
}
