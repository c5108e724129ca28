import { useComputedColorScheme } from "@mantine/core";
import { Background, BaseEdge, Controls, type Edge, EdgeLabelRenderer, type EdgeProps, type Node, Position, ReactFlow } from "@xyflow/react";
import { memo, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../../lib/format";
import type { JourneyDocument } from "../document";
import { type Behind, type StepNumbers, useOpenPeople } from "../numbers";
import type { Paint } from "../versions-paint";
import { exitName } from "../sentences";
import { buildGraphModel, edgeLabel, END_ID, ENTRY_ID, type GraphModel } from "./graph-model";
import { type WayNumber, wayNumbers } from "./way-numbers";
import { edgePath } from "./edge-path";
import { layoutJourney, NODE, nodeSize } from "./layout";
import { JourneyNode, type NodeData } from "./node";
import type { Route } from "./route";

/** Live numbers laid over the drawing: of which version (0 = all), per step, and whether drop-off is painted. */
export type Overlay = { journeyKey: string; version: number; entered: number; steps: Record<string, StepNumbers>; heat: boolean };
type Props = {
  document: JourneyDocument;
  overlay?: Overlay | undefined;
  issues?: Record<string, number> | undefined;
  paint?: Paint | undefined;
  model?: GraphModel | undefined; // instead of the document's own graph: two versions in one
  selected: string | undefined;
  onSelect: (stepId: string | undefined) => void;
  height?: number | string;
};

const nodeTypes = { journey: JourneyNode };

type EdgeData = { route: Route | undefined; name: string; ways: WayNumber[]; behind: Omit<Behind, "measure"> | undefined; stepName: string };

/** A way on, along its route, with what it is called and how many took it; the number opens these people. */
const JourneyEdge = memo(function JourneyEdge(p: EdgeProps<Edge<EdgeData>>) {
  const { t, i18n } = useTranslation();
  const open = useOpenPeople();
  const [path, x, y] = edgePath(p, p.data?.route);
  const d = p.data;
  const shown = (d?.ways ?? []).filter((w) => w.count > 0);
  const n = (count: number) => formatNumber(count, i18n.language);
  return (
    <>
      <BaseEdge id={p.id} path={path} style={p.style} markerEnd={p.markerEnd} />
      {d && (d.name || shown.length > 0) && (
        <EdgeLabelRenderer>
          <div className="so-way nodrag nopan" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            {d.name}
            {d.name && shown.length > 0 && " · "}
            {d.behind &&
              shown.map((w, i) => (
                <span key={w.exit ?? ""}>
                  {i > 0 && ", "}
                  {w.named && `${exitName(w.exit, t)} `}
                  <button
                    type="button"
                    tabIndex={-1}
                    title={t(d.behind?.step ? "measure.passed.hint" : "measure.entered.hint")}
                    aria-label={w.exit ? t("numbers.way", { exit: exitName(w.exit, t), step: d.stepName, n: n(w.count) }) : t("numbers.open", { name: t(d.behind?.step ? "measure.passed" : "measure.entered"), step: d.stepName, n: n(w.count) })}
                    onClick={() => d.behind && open({ ...d.behind, measure: d.behind.step ? "passed" : "entered", ...(w.exit ? { exit: w.exit, to: p.target === END_ID ? "(end)" : p.target } : {}) })}
                  >
                    {n(w.count)}
                  </button>
                </span>
              ))}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
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
export function JourneyCanvas({ document, overlay, issues, paint, model: given, selected, onSelect, height = 620 }: Props) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme("light");
  const model = useMemo(() => given ?? buildGraphModel(document), [given, document]);
  const { positions, routes } = useMemo(() => layoutJourney(model, document.layout?.positions, (exit) => exitName(exit, t)), [model, document.layout, t]);
  const edges = useMemo<Edge<EdgeData>[]>(
    () =>
      model.edges.map((e) => {
        const ways = overlay ? wayNumbers(model, e, overlay.entered, overlay.steps[e.from]) : [];
        const passed = ways.some((w) => w.count > 0);
        const step = e.from === ENTRY_ID ? undefined : e.from;
        const tone = paint?.edges[e.id];
        return {
          id: e.id,
          source: e.from,
          target: e.to,
          type: "journey",
          data: {
            route: routes[e.id],
            name: ways.some((w) => w.named && w.count > 0) ? "" : edgeLabel(model, e, (exit) => exitName(exit, t)),
            ways,
            behind: overlay && { journeyKey: overlay.journeyKey, version: overlay.version, ...(step ? { step } : {}) },
            stepName: document.steps.find((s) => s.id === step)?.name ?? step ?? t("canvas.entry"),
          },
          focusable: false,
          animated: false,
          style: tone
            ? { stroke: `var(--so-${tone})`, strokeWidth: 2.5, strokeDasharray: tone === "removed" ? "6 4" : undefined }
            : { stroke: "var(--mantine-color-dimmed)", strokeWidth: passed ? 2 : 1.25 },
        };
      }),
    [model, routes, overlay, paint, document.steps, t],
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
          numbers: n.kind === "step" ? overlay?.steps[n.id] : undefined,
          overlay: overlay && { journeyKey: overlay.journeyKey, version: overlay.version, entered: overlay.entered, heat: overlay.heat },
          issues: issues?.[n.id] ?? 0,
          tone: n.kind === "step" ? paint?.steps[n.id] : undefined,
          selected: n.id === selected,
          onSelect,
        },
      })),
    [model, positions, overlay, issues, paint, selected, onSelect, document.entry],
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
