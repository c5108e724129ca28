import type { JourneyDocument, Step } from "../document";
import { ways } from "../document";
import { freeId, insertSteps, type Place, withNames } from "./commands";

// Copied steps travel as JSON, so that they can be pasted into another journey, another tab or an editor.
const FORMAT = "sojourn/steps";
type Clip = { format: typeof FORMAT; steps: Step[] };

/** The chosen steps as text, in the order of the document. Links that lead out of the choice are left behind. */
export function copySteps(doc: JourneyDocument, ids: readonly string[]): string {
  const chosen = doc.steps.filter((s) => ids.includes(s.id));
  const names = Object.fromEntries(chosen.map((s) => [s.id, s.id]));
  const clip: Clip = { format: FORMAT, steps: chosen.map((s) => withNames(s, names, () => "")) };
  return JSON.stringify(clip, null, 2);
}

/** The steps of a text that copySteps has made; null for any other text. */
export function readSteps(text: string): Step[] | null {
  try {
    const clip = JSON.parse(text) as Partial<Clip> | null;
    if (clip?.format !== FORMAT || !Array.isArray(clip.steps)) return null;
    return clip.steps.every((s) => typeof s === "object" && s !== null && typeof s.id === "string" && typeof s.kind === "string") ? clip.steps : null;
  } catch {
    return null;
  }
}

/** Gives steps ids that the document does not have yet; what they say about each other stays true. */
export function withFreshIds(doc: JourneyDocument, steps: Step[]): Step[] {
  const taken = doc.steps.map((s) => s.id);
  const names: Record<string, string> = {};
  for (const s of steps) {
    const id = freeId(taken, s.id);
    names[s.id] = id;
    taken.push(id);
  }
  return steps.map((s) => withNames(s, names, () => ""));
}

/**
 * The steps in groups that hang together, each with the step first that nothing in it leads to: there a run comes in. Groups from
 * which a run goes on come before those in which it ends, so that every one of them can be reached.
 */
function groupsOf(steps: Step[]): Step[][] {
  const byId = new Map(steps.map((s) => [s.id, s]));
  const reached = new Set(steps.flatMap((s) => ways(s).flatMap((w) => (w.to === s.id ? [] : [w.to]))));
  const taken = new Set<string>();
  const groups: Step[][] = [];
  for (const root of [...steps.filter((s) => !reached.has(s.id)), ...steps]) {
    const group: Step[] = [];
    const visit = (s: Step | undefined) => {
      if (!s || taken.has(s.id)) return;
      taken.add(s.id);
      group.push(s);
      for (const w of ways(s)) visit(byId.get(w.to));
    };
    visit(root);
    if (group.length > 0) groups.push(group);
  }
  const goesOn = (group: Step[]) => group.some((s) => ways(s).some((w) => w.to === ""));
  return [...groups.filter(goesOn), ...groups.filter((g) => !goesOn(g))];
}

/** Pastes into a place, or beside the others when there is none. What did not hang together comes one after the other. */
export function pasteSteps(doc: JourneyDocument, steps: Step[], place: Place | undefined): { doc: JourneyDocument; ids: string[] } {
  const groups = groupsOf(withFreshIds(doc, steps));
  const ids = groups.flat().map((s) => s.id);
  if (!place) return { doc: { ...doc, steps: [...doc.steps, ...groups.flat()] }, ids };
  // From the last to the first: each is put in before what was put in just now.
  return { doc: groups.reduceRight((d, group) => insertSteps(d, place, group), doc), ids };
}

/** The same steps once more, after the last of them. */
export function duplicateSteps(doc: JourneyDocument, ids: readonly string[]): { doc: JourneyDocument; ids: string[] } {
  const chosen = doc.steps.filter((s) => ids.includes(s.id));
  const last = chosen.at(-1);
  if (!last) return { doc, ids: [] };
  const clip = readSteps(copySteps(doc, ids)) ?? [];
  const first = ways(last)[0];
  // After a step with several ways the copy stands on the first of them; an exit step has none.
  const place = first ? { from: last.id, exits: ways(last).flatMap((w, i) => (w.to === first.to ? [i] : [])) } : undefined;
  return pasteSteps(doc, clip, place);
}
