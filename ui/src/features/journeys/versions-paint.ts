import type { Schema } from "../../api/types";
import { buildGraphModel, END_ID, ENTRY_ID, type GraphModel } from "./canvas/graph-model";
import type { JourneyDocument, Step } from "./document";

export type Tone = "added" | "removed" | "changed";
/** How steps and edges of a drawing differ from another version. */
export type Paint = { steps: Record<string, Tone>; edges: Record<string, Tone> };

/**
 * Both versions in one drawing: the newer one, with the steps that it no longer has put in after the step that led to
 * them. Edges that only the older one has are drawn, too, as removed.
 */
export function unite(before: JourneyDocument, after: JourneyDocument, difference: Schema<"Difference">): { document: JourneyDocument; paint: Paint } {
  const paint: Paint = { steps: {}, edges: {} };
  for (const s of difference.steps ?? []) paint.steps[s.id] = s.op as Tone;
  const steps: Step[] = [...after.steps];
  for (const [i, step] of before.steps.entries()) {
    if (steps.some((s) => s.id === step.id)) continue;
    const behind = before.steps.slice(0, i).findLast((s) => steps.some((x) => x.id === s.id));
    steps.splice(behind ? steps.findIndex((s) => s.id === behind.id) + 1 : 0, 0, step);
  }
  // The first step of the newer version stays the first: the entry leads there.
  const first = after.steps[0];
  if (first) {
    steps.splice(steps.findIndex((s) => s.id === first.id), 1);
    steps.unshift(first);
  }
  const positions = { ...before.layout?.positions, ...after.layout?.positions };
  const rest: Partial<JourneyDocument> = { ...after };
  delete rest.layout;
  const kept = after.layout?.positions && after.steps.every((s) => after.layout?.positions?.[s.id]) && steps.every((s) => positions[s.id]);
  return { document: { ...rest, steps, ...(kept ? { layout: { positions } } : {}) } as JourneyDocument, paint };
}

/** Paints the edges, and gives back the graph with those that only the older version has. */
export function paintEdges(before: JourneyDocument, after: JourneyDocument, united: JourneyDocument, paint: Paint): GraphModel {
  const model = buildGraphModel(united);
  const was = new Set(buildGraphModel(before).edges.map((e) => e.id));
  const is = new Set(buildGraphModel(after).edges.map((e) => e.id));
  const known = new Set([...model.nodes.map((n) => n.id), ENTRY_ID, END_ID]);
  for (const e of model.edges) if (!is.has(e.id)) paint.edges[e.id] = "removed";
    else if (!was.has(e.id)) paint.edges[e.id] = "added";
  for (const e of buildGraphModel(before).edges) {
    if (is.has(e.id) || model.edges.some((x) => x.id === e.id) || !known.has(e.from)) continue;
    if (e.to === END_ID && !model.nodes.some((n) => n.id === END_ID)) model.nodes.push({ id: END_ID, kind: "end" });
    model.edges.push(e);
    paint.edges[e.id] = "removed";
  }
  return model;
}
