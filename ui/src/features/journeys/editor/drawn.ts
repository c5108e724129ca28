import type { Edge, Node } from "@xyflow/react";
import type { TFunction } from "i18next";
import { END_ID, ENTRY_ID, type GraphEdge, type GraphModel, type GraphNode } from "../canvas/graph-model";
import { nodeSize } from "../canvas/layout";
import type { Route } from "../canvas/route";
import { type JourneyDocument, type Position, type Step, ways } from "../document";
import { exitName } from "../sentences";
import type { Place } from "./commands";
import type { Marks } from "./issues";

// What React Flow is given. Documents share the steps that an edit did not touch, so a box or a line whose parts are the same
// objects as last time is handed out again as it was: of two hundred steps one is drawn again, and nothing is compared in depth.

export type NodeData = { node: GraphNode; entry: JourneyDocument["entry"] | undefined; errors: number; warnings: number; waiting: number; [key: string]: unknown };
export type EdgeData = { route: Route | undefined; name: string; place: Place; onInsert: (p: Place) => void; insertLabel: string; readOnly: boolean; [key: string]: unknown };
export type DrawnNode = Node<NodeData>;
export type DrawnEdge = Edge<EdgeData>;

const alike = (a: readonly unknown[], b: readonly unknown[]) => a.length === b.length && a.every((x, i) => Object.is(x, b[i]));

/** Remembers by id what was made of which parts. What is not asked for in a round is forgotten. */
export function memory<T>() {
  let before = new Map<string, { of: readonly unknown[]; made: T }>();
  return {
    round() {
      const now = new Map<string, { of: readonly unknown[]; made: T }>();
      const get = (id: string, of: readonly unknown[], make: () => T): T => {
        const old = before.get(id);
        const made = old && alike(old.of, of) ? old.made : make();
        now.set(id, { of, made });
        return made;
      };
      const end = () => {
        before = now;
      };
      return { get, end };
    },
  };
}

const none: Marks = { errors: 0, warnings: 0 };
type NodeWorld = { entry: JourneyDocument["entry"]; positions: Record<string, Position>; dragged: Record<string, Position>; several: ReadonlySet<string>; marks: Record<string, Marks>; waiting: Record<string, number>; readOnly: boolean };

export function drawNodes(kept: ReturnType<typeof memory<DrawnNode>>, model: GraphModel, w: NodeWorld): DrawnNode[] {
  const round = kept.round();
  const out = model.nodes.map((n) => {
    const at = w.dragged[n.id] ?? w.positions[n.id] ?? { x: 0, y: 0 };
    const { errors, warnings } = w.marks[n.id] ?? none;
    const selected = w.several.has(n.id);
    const waiting = w.waiting[n.id] ?? 0;
    const entry = n.kind === "entry" ? w.entry : undefined;
    return round.get(n.id, [n.kind === "step" ? n.step : n.kind, entry, at.x, at.y, errors, warnings, selected, waiting, w.readOnly], () => ({
      id: n.id,
      type: "step",
      position: at,
      ...nodeSize(n.kind),
      // Without this React Flow forgets where the lines of a changed box begin, measures it, and tells everybody twice.
      measured: nodeSize(n.kind),
      selected,
      focusable: false,
      deletable: false,
      draggable: !w.readOnly && n.kind === "step",
      data: { node: n, entry, errors, warnings, waiting },
    }));
  });
  round.end();
  return out;
}

/** The ways of a step that make an edge, by their number. */
function exitsOf(step: Step | undefined, edge: GraphEdge, known: ReadonlySet<string>): number[] | undefined {
  return step && ways(step).flatMap((w, i) => (edge.exits.includes(w.exit) && edge.to === (known.has(w.to) ? w.to : END_ID) ? [i] : []));
}

type EdgeWorld = { steps: readonly Step[]; routes: Record<string, Route | undefined>; readOnly: boolean; onInsert: (p: Place) => void; t: TFunction };

export function drawEdges(kept: ReturnType<typeof memory<DrawnEdge>>, model: GraphModel, w: EdgeWorld): DrawnEdge[] {
  const byId = new Map(w.steps.map((s) => [s.id, s]));
  const known = new Set(byId.keys());
  const count = new Map<string, number>();
  for (const e of model.edges) count.set(e.from, (count.get(e.from) ?? 0) + 1);
  const round = kept.round();
  const { t } = w;
  const out = model.edges.map((e) => {
    const step = byId.get(e.from);
    const alone = (count.get(e.from) ?? 0) < 2;
    return round.get(e.id, [step, alone, e.exits.join("\n"), w.routes[e.id], w.readOnly, w.onInsert, t], () => {
      const name = alone ? "" : e.exits.map((x) => exitName(x, t)).join(", ");
      const after = t("editor.insertAfter", { name: e.from === ENTRY_ID ? t("canvas.entry") : step?.name || e.from });
      const data = { route: w.routes[e.id], name, place: { from: e.from, exits: exitsOf(step, e, known) }, onInsert: w.onInsert, insertLabel: name ? `${after} (${name})` : after, readOnly: w.readOnly };
      return { id: e.id, source: e.from, target: e.to, type: "insert", focusable: false, deletable: false, data };
    });
  });
  round.end();
  return out;
}
