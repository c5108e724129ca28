import type { JourneyDocument, Step } from "../document";

// Two people edit one draft: what only one of them changed is taken from that one; what both changed is asked. Steps are
// compared whole, everything else by field of the document.

export type Side = "mine" | "theirs";
/** One thing both have changed. `mine` or `theirs` is undefined where that side has taken it away. */
export type Conflict = { id: string; step?: string; field?: string; mine: unknown; theirs: unknown };
export type Merge = { merged: JourneyDocument; conflicts: Conflict[]; mine: string[]; theirs: string[] };

/** A value without what the server leaves out: empty texts, lists and objects, false and 0 mean "not given" there. */
function plain(v: unknown, key = ""): unknown {
  if (Array.isArray(v)) return v.length === 0 ? undefined : v.map((x) => plain(x) ?? null);
  if (typeof v === "object" && v !== null) {
    const kept = Object.entries(v).flatMap(([k, x]) => {
      const p = plain(x, k);
      return p === undefined ? [] : [[k, p] as const];
    });
    kept.sort(([a], [b]) => (a < b ? -1 : 1));
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  }
  if (key !== "value" && (v === "" || v === false || v === 0)) return undefined; // a condition may compare with 0
  return v ?? undefined;
}

/** Whether two values say the same to the server. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

/** The same for documents, of which most steps are shared: only what is another object is looked at. */
export function sameDocument(a: JourneyDocument, b: JourneyDocument): boolean {
  if (a === b) return true;
  const { steps: one, ...aRest } = a;
  const { steps: two, ...bRest } = b;
  return one.length === two.length && one.every((s, i) => same(s, two[i])) && same(aRest, bRest);
}

const fields = ["name", "description", "purpose", "priority", "timezone", "entry", "exit", "update", "goal", "control", "layout"] as const;

/** Merges two drafts that go back to the same base. `choose` answers the conflicts; without an answer mine stands. */
export function mergeDocuments(base: JourneyDocument, mine: JourneyDocument, theirs: JourneyDocument, choose: Record<string, Side> = {}): Merge {
  const out: Merge = { merged: { ...mine }, conflicts: [], mine: [], theirs: [] };
  const pick = (id: string, b: unknown, m: unknown, t: unknown, what: { step?: string; field?: string }): unknown => {
    if (same(m, t)) return m;
    if (same(m, b)) {
      out.theirs.push(id);
      return t;
    }
    if (same(t, b)) {
      out.mine.push(id);
      return m;
    }
    // Where steps stand on the canvas is not worth a question.
    if (what.field === "layout") return m;
    out.conflicts.push({ id, ...what, mine: m, theirs: t });
    return choose[id] === "theirs" ? t : m;
  };
  const taken = Object.fromEntries(fields.map((f) => [f, pick(f, base[f], mine[f], theirs[f], { field: f })]));
  const by = (d: JourneyDocument) => new Map(d.steps.map((s) => [s.id, s]));
  const [b, m, t] = [by(base), by(mine), by(theirs)];
  const steps = new Map<string, Step>();
  for (const id of order(base, mine, theirs)) {
    const s = pick(`step:${id}`, b.get(id), m.get(id), t.get(id), { step: id }) as Step | undefined;
    if (s) steps.set(id, s);
  }
  out.merged = { ...mine, ...taken, steps: [...steps.values()] };
  return out;
}

/** The ids of both, in my order if I changed it, else in theirs; what only the other has follows its predecessor there. */
function order(base: JourneyDocument, mine: JourneyDocument, theirs: JourneyDocument): string[] {
  const ids = (d: JourneyDocument) => d.steps.map((s) => s.id);
  const moved = ids(mine).join() !== ids(base).join();
  const [lead, other] = moved ? [ids(mine), ids(theirs)] : [ids(theirs), ids(mine)];
  const out = [...lead];
  other.forEach((id, i) => {
    if (out.includes(id)) return;
    const before = out.indexOf(other[i - 1] ?? "");
    out.splice(i === 0 ? 0 : before < 0 ? out.length : before + 1, 0, id);
  });
  return out;
}
