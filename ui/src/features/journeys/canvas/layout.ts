import { Graph, layout as dagreLayout } from "@dagrejs/dagre";
import { edgeLabel, type GraphModel } from "./graph-model";
import { type Box, routeEdges, type Routes } from "./route";

export type Point = { x: number; y: number };
export type Layout = { positions: Record<string, Point>; routes: Routes };
export const NODE = { width: 232, height: 84, endWidth: 96, endHeight: 36 };

export function nodeSize(kind: string): { width: number; height: number } {
  return kind === "end" ? { width: NODE.endWidth, height: NODE.endHeight } : { width: NODE.width, height: NODE.height };
}

/** Room for what stands on an edge: its name, a count behind it, and the button that inserts a step there. */
const labelRoom = (name: string) => ({ width: Math.min(240, (name ? name.length * 6.2 + 44 : 0) + 32), height: 24 });

/**
 * Where every node stands (its top-left corner, top to bottom; positions kept in the document win over computed ones) and
 * which way every edge takes between them. Each edge has room of its own for its label, so a name never lies on another's
 * line; `name` is how exits are called there. An edge at a node that somebody has moved has no route: it is drawn directly.
 */
export function layoutJourney(model: GraphModel, kept: Record<string, Point> = {}, name: (exit: string) => string = (exit) => exit): Layout {
  const g = new Graph();
  g.setGraph({ rankdir: "TB", nodesep: 40, edgesep: 24, ranksep: 48, marginx: 24, marginy: 24 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of model.nodes) g.setNode(n.id, { ...nodeSize(n.kind) });
  for (const e of model.edges) g.setEdge(e.from, e.to, { ...labelRoom(edgeLabel(model, e, name)), labelpos: "c" });
  dagreLayout(g);
  const positions: Record<string, Point> = {};
  const boxes: Record<string, Box> = {};
  for (const n of model.nodes) {
    const at = g.node(n.id) as Point;
    const size = nodeSize(n.kind);
    const computed = { x: Math.round(at.x - size.width / 2), y: Math.round(at.y - size.height / 2) };
    positions[n.id] = kept[n.id] ?? computed;
    boxes[n.id] = { ...computed, ...size };
  }
  const lines = model.edges
    .filter((e) => !kept[e.from] && !kept[e.to])
    .map((e) => {
      const line = g.edge(e.from, e.to) as { points: Point[]; x?: number; y?: number };
      return { id: e.id, from: e.from, to: e.to, points: line.points, label: { x: line.x ?? 0, y: line.y ?? 0 } };
    });
  return { positions, routes: routeEdges(boxes, lines) };
}
