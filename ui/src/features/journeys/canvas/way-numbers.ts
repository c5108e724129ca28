import type { StepNumbers } from "../numbers";
import { ENTRY_ID, type GraphEdge, type GraphModel } from "./graph-model";

/** How many took an edge: by one exit, or, without one, by the step as a whole. `named`: the exit has to be said with it. */
export type WayNumber = { exit?: string; count: number; named: boolean };

/**
 * The numbers of an edge. They count runs, and a run may leave a step of a loop by several exits, so numbers of exits are
 * never added up: an edge that all exits share has the number of the step, another one that several share has one for each.
 */
export function wayNumbers(model: GraphModel, edge: GraphEdge, entered: number, numbers: StepNumbers | undefined): WayNumber[] {
  if (edge.from === ENTRY_ID) return [{ count: entered, named: false }];
  if (!numbers) return [];
  if (model.edges.filter((e) => e.from === edge.from).length < 2) return [{ count: numbers.passed, named: false }];
  const to = edge.to === "@end" ? "" : edge.to;
  // A step may have led elsewhere by the same exit in another version: only what went along this edge.
  return edge.exits.map((exit) => ({ exit, count: (numbers.exits ?? []).find((e) => e.exit === exit && e.next === to)?.count ?? 0, named: edge.exits.length > 1 }));
}
