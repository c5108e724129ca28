import { useComputedColorScheme } from "@mantine/core";
import { Background, BaseEdge, Controls, type Edge, type EdgeProps, type Node, Position, ReactFlow } from "@xyflow/react";
import { memo, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../../lib/format";
import type { JourneyDocument } from "../document";
import { buildGraphModel, edgeLabel, ENTRY_ID } from "./graph-model";
import { edgePath } from "./edge-path";
import { layoutJourney, NODE, nodeSize } from "./layout";
import { JourneyNode, type NodeData } from "./node";
import type { Route } from "./route";

/** Live numbers of a version: people waiting at a step and people who took each way out of it. */
export type StepCounts = { waiting: number; exits: Record<string, number>; issues?: number };
type Props = {
  document: JourneyDocument;
  counts: Record<string, StepCounts>;
  entered: number;
  selected: string | undefined;
  onSelect: (stepId: string | undefined) => void;
  height?: number | string;
};

const nodeTypes = { journey: JourneyNode };

/** A way on, along its route, with what it is called and how many took it. */
const JourneyEdge = memo(function JourneyEdge(p: EdgeProps<Edge<{ route?: Route }>>) {
  const [path, labelX, labelY] = edgePath(p, p.data?.route);
  return <BaseEdge id={p.id} path={path} labelX={labelX} labelY={labelY} label={p.label} labelStyle={p.labelStyle} labelBgStyle={p.labelBgStyle} labelBgPadding={p.labelBgPadding} style={p.style} />;
});
const edgeTypes = { journey: JourneyEdge };

/** The first look: the whole width if it can be read, from the entry downwards; the rest is a scroll or a pinch away. */
export function firstView(positions: Record<string, { x: number; y: number }>, width: number): { x: number; y: number; zoom: number } {
  const xs = Object.values(positions).map((p) => p.x);
  const left = Math.min(...xs);
  const right = Math.max(...xs) + NODE.width;
  const zoom = Math.min(1, Math.max(0.6, (width - 48) / Math.max(1, right - left)));
  const entry = positions[ENTRY_ID] ?? { x: left, y: 0 };
  const fits = (right - left) * zoom <= width - 32;
  const middle = fits ? (left + right) / 2 : entry.x + NODE.width / 2;
  return { x: width / 2 - middle * zoom, y: 16 - entry.y * zoom, zoom };
}

/** The journey drawn from its document. Topology and layout, numbers, and selection are three passes: a click re-runs only the last. */
export function JourneyCanvas({ document, counts, entered, selected, onSelect, height = 620 }: Props) {
  const { t, i18n } = useTranslation();
  const scheme = useComputedColorScheme("light");
  const model = useMemo(() => buildGraphModel(document), [document]);
  const { positions, routes } = useMemo(() => layoutJourney(model, document.layout?.positions), [model, document.layout]);
  const edges = useMemo<Edge[]>(
    () =>
      model.edges.map((e) => {
        const passed = e.from === ENTRY_ID ? entered : e.exits.reduce((sum, x) => sum + (counts[e.from]?.exits[x] ?? 0), 0);
        const name = edgeLabel(model, e);
        const label = [name, passed > 0 ? formatNumber(passed, i18n.language) : ""].filter(Boolean).join(" · ");
        return {
          id: e.id,
          source: e.from,
          target: e.to,
          type: "journey",
          data: { route: routes[e.id] },
          label: label || undefined,
          focusable: false,
          animated: false,
          labelStyle: { fontSize: 11, fill: "var(--mantine-color-text)" },
          labelBgStyle: { fill: "var(--so-canvas)" },
          labelBgPadding: [4, 2] as [number, number],
          style: { stroke: "var(--mantine-color-dimmed)", strokeWidth: passed > 0 ? 2 : 1.25 },
        };
      }),
    [model, routes, counts, entered, i18n.language],
  );
  const nodes = useMemo<Node<NodeData>[]>(
    () =>
      model.nodes.map((n) => ({
        id: n.id,
        type: "journey",
        position: positions[n.id] ?? { x: 0, y: 0 },
        ...nodeSize(n.kind),
        sourcePosition: Position.Bottom,
        targetPosition: Position.Top,
        draggable: false,
        connectable: false,
        selectable: false,
        focusable: false,
        data: {
          node: n,
          entry: document.entry,
          counts: n.kind === "step" ? counts[n.id] : undefined,
          entered,
          selected: n.id === selected,
          onSelect,
        },
      })),
    [model, positions, counts, entered, selected, onSelect, document.entry],
  );
  const frame = useRef<HTMLDivElement>(null);
  return (
    <div ref={frame} style={{ height, background: "var(--so-canvas)", borderRadius: 10 }} role="group" aria-label={t("canvas.label", { name: document.name })}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        colorMode={scheme}
        fitViewOptions={{ padding: 0.12, maxZoom: 1 }}
        onInit={(flow) => void flow.setViewport(firstView(positions, frame.current?.clientWidth ?? 800))}
        minZoom={0.2}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        onPaneClick={() => onSelect(undefined)}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={20} size={1} />
        <Controls showInteractive={false} aria-label={t("canvas.controls")} />
      </ReactFlow>
    </div>
  );
}
