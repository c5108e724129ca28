import { Graph, layout as dagreLayout } from "@dagrejs/dagre";
import type { GraphModel } from "./graph-model";

export type Point = { x: number; y: number };
export const NODE = { width: 232, height: 84, endWidth: 96, endHeight: 36 };

export function nodeSize(kind: string): { width: number; height: number } {
  return kind === "end" ? { width: NODE.endWidth, height: NODE.endHeight } : { width: NODE.width, height: NODE.height };
}

/** Top-left corner of every node, top to bottom. Positions kept in the document win over the computed ones. */
export function layoutGraph(model: GraphModel, kept: Record<string, Point> = {}): Record<string, Point> {
  const g = new Graph();
  g.setGraph({ rankdir: "TB", nodesep: 48, ranksep: 64, marginx: 24, marginy: 24 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of model.nodes) g.setNode(n.id, { ...nodeSize(n.kind) });
  for (const e of model.edges) g.setEdge(e.from, e.to);
  dagreLayout(g);
  const out: Record<string, Point> = {};
  for (const n of model.nodes) {
    const at = g.node(n.id) as { x: number; y: number };
    const size = nodeSize(n.kind);
    out[n.id] = kept[n.id] ?? { x: Math.round(at.x - size.width / 2), y: Math.round(at.y - size.height / 2) };
  }
  return out;
}
