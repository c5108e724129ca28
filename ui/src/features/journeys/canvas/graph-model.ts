import { type JourneyDocument, type Step, ways } from "../document";

export const ENTRY_ID = "@entry";
export const END_ID = "@end";

export type GraphNode =
  | { id: string; kind: "entry" }
  | { id: string; kind: "end" }
  | { id: string; kind: "step"; step: Step };

/** Edge between two nodes; several exits that lead to the same place share one edge and list their names. */
export type GraphEdge = { id: string; from: string; to: string; exits: string[] };
export type GraphModel = { nodes: GraphNode[]; edges: GraphEdge[] };

/** The graph of a document: the entry, every step, and one end if anything leads out. Dangling targets lead to the end. */
export function buildGraphModel(doc: JourneyDocument): GraphModel {
  const known = new Set(doc.steps.map((s) => s.id));
  const nodes: GraphNode[] = [{ id: ENTRY_ID, kind: "entry" }, ...doc.steps.map((step) => ({ id: step.id, kind: "step" as const, step }))];
  const edges = new Map<string, GraphEdge>();
  const connect = (from: string, to: string, exit: string) => {
    const target = known.has(to) ? to : END_ID;
    const id = `${from}->${target}`;
    const edge = edges.get(id);
    if (edge) edge.exits.push(exit);
    else edges.set(id, { id, from, to: target, exits: [exit] });
  };
  const first = doc.steps[0];
  if (first) connect(ENTRY_ID, first.id, "enter");
  for (const step of doc.steps) for (const way of ways(step)) connect(step.id, way.to, way.exit);
  const list = [...edges.values()];
  if (list.some((e) => e.to === END_ID)) nodes.push({ id: END_ID, kind: "end" });
  return { nodes, edges: list };
}

/** Whether somebody can point at this: a step of the document, or its entry. An address may name one that is gone. */
export function isPlace(doc: JourneyDocument, id: string | undefined): id is string {
  return id === ENTRY_ID || doc.steps.some((s) => s.id === id);
}

/** What an edge says: nothing where there is only one way on, else the exits that take it, by the names readers know. */
export function edgeLabel(model: GraphModel, edge: GraphEdge, name: (exit: string) => string): string {
  const siblings = model.edges.filter((e) => e.from === edge.from);
  return siblings.length < 2 ? "" : edge.exits.map(name).join(", ");
}
