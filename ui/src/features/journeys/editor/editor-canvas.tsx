import { Badge, useComputedColorScheme } from "@mantine/core";
import { Background, BaseEdge, type Connection, Controls, EdgeLabelRenderer, type EdgeProps, Handle, MiniMap, type NodeChange, type NodeProps, Position, ReactFlow, type ReactFlowInstance } from "@xyflow/react";
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../../lib/format";
import { firstView } from "../canvas/canvas";
import { buildGraphModel, END_ID, ENTRY_ID } from "../canvas/graph-model";
import { edgePath } from "../canvas/edge-path";
import { layoutJourney, NODE } from "../canvas/layout";
import { type JourneyDocument, type Position as Point, type StepKind } from "../document";
import { entryIcon, entrySummary, stepIcon, stepSummary } from "../steps";
import type { Place } from "./commands";
import { Dropping, type Landing } from "./dropping";
import { type Marks, Sign } from "./issues";
import { drawEdges, drawNodes, type DrawnEdge, type DrawnNode, memory } from "./drawn";

const EditorNode = memo(function EditorNode({ id, data, selected }: NodeProps<DrawnNode>) {
  const { t, i18n } = useTranslation();
  const { node } = data;
  if (node.kind === "end")
    return (
      <div className="so-node" style={{ width: NODE.endWidth, padding: "6px 10px", textAlign: "center", borderStyle: "dashed" }}>
        <Handle type="target" position={Position.Top} isConnectableStart={false} />
        <span className="so-dim" style={{ fontSize: 14 }}>
          {t("canvas.end")}
        </span>
      </div>
    );
  const isStep = node.kind === "step";
  const title = isStep ? node.step.name || t(`kind.${node.step.kind}`) : t("canvas.entry");
  const summary = isStep ? stepSummary(node.step, t, i18n.language) : data.entry ? entrySummary(data.entry, t, i18n.language) : "";
  return (
    <>
      {isStep && <Handle type="target" position={Position.Top} isConnectableStart={false} />}
      <button type="button" className="so-node so-node-button" data-step-id={id} data-selected={selected} data-issue={data.errors > 0 ? "error" : data.warnings > 0 ? "warning" : undefined} aria-pressed={selected} tabIndex={data.tab ? 0 : -1}>
        <span className="so-node-head">
          <span className="so-node-icon">{isStep ? stepIcon(node.step.kind) : entryIcon}</span>
          <span className="so-node-title">{title}</span>
          {data.warnings > 0 && <Sign severity="warning" label={t("editor.warnings", { count: data.warnings })} />}
          {data.errors > 0 && <Sign severity="error" label={t("editor.errors", { count: data.errors })} />}
        </span>
        <span className="so-node-summary so-dim" title={summary}>
          {summary}
        </span>
        {data.waiting > 0 && (
          <Badge size="sm" mt={6} variant="filled" color="sojourn.8">
            {t("canvas.here", { n: formatNumber(data.waiting, i18n.language) })}
          </Badge>
        )}
      </button>
      {(!isStep || node.step.kind !== "exit") && <Handle type="source" position={Position.Bottom} />}
    </>
  );
});

const InsertEdge = memo(function InsertEdge(p: EdgeProps<DrawnEdge>) {
  const [path, x, y] = edgePath(p, p.data?.route);
  const d = p.data;
  return (
    <>
      <BaseEdge id={p.id} path={path} style={{ stroke: "var(--mantine-color-dimmed)", strokeWidth: 1.25 }} />
      <EdgeLabelRenderer>
        <div className="nodrag nopan" data-edge-id={p.id} style={{ position: "absolute", transform: `translate(-50%, -50%) translate(${x}px, ${y}px)`, pointerEvents: "all", display: "flex", gap: 4, alignItems: "center" }}>
          {d?.name && <span style={{ fontSize: 11, color: "var(--mantine-color-text)", background: "var(--so-canvas)", padding: "0 4px" }}>{d.name}</span>}
          {d && !d.readOnly && (
            <button type="button" className="so-plus" tabIndex={d.tab ? 0 : -1} aria-label={d.insertLabel} onClick={() => d.onInsert(d.place)}>
              +
            </button>
          )}
        </div>
      </EdgeLabelRenderer>
    </>
  );
});

const nodeTypes = { step: EditorNode };
const edgeTypes = { insert: InsertEdge };

type At = { x: number; y: number };
/** Inside of the canvas, as it never changes by itself. */
const Furniture = memo(function Furniture({ controls, minimap }: { controls: string; minimap: string }) {
  return (
    <>
      <Background gap={20} size={1} />
      <Controls showInteractive={false} aria-label={controls} />
      <MiniMap pannable zoomable ariaLabel={minimap} className="so-minimap" style={miniMap} />
    </>
  );
});

type Props = {
  doc: JourneyDocument;
  selected: ReadonlySet<string>;
  focus: string;
  marks: Record<string, Marks>;
  waiting: Record<string, number>;
  readOnly: boolean;
  /** A step to bring into view; a new object each time. */
  reveal: { id: string } | null;
  onSelect: (ids: string[]) => void;
  onInsert: (place: Place) => void;
  onMove: (to: Record<string, At>) => void;
  onConnect: (from: string, to: string) => void;
  onDrop: (kind: StepKind, landing: Landing) => void;
  onKeyDown: (e: React.KeyboardEvent, positions: Record<string, At>) => void;
};

const miniMap = { width: 140, height: 96 };
const manyKeys = ["Shift", "Control", "Meta"];
const fitViewOptions = { padding: 0.15, maxZoom: 1 };
const isValidConnection = (c: { source: string; target: string }) => c.source !== c.target && !(c.source === ENTRY_ID && c.target === END_ID);
const proOptions = { hideAttribution: true };

/** The drawing that is edited. Layout runs when the shape changes, not while somebody types into a form. */
export const EditorCanvas = memo(function EditorCanvas(props: Props) {
  const { doc, selected, focus, marks, waiting, readOnly, reveal, onInsert, onSelect, onMove, onConnect, onDrop } = props;
  const { t } = useTranslation();
  const scheme = useComputedColorScheme("light");
  const model = useMemo(() => buildGraphModel(doc), [doc]);
  const shape = model.nodes.map((n) => n.id).join() + model.edges.map((e) => e.id).join() + JSON.stringify(doc.layout ?? 0);
  const [dragged, setDragged] = useState<Record<string, Point>>({});
  // The shape says all that the layout reads.
  const { positions, routes } = useMemo(() => layoutJourney(model, doc.layout?.positions), [shape]);
  const [keptNodes] = useState(() => memory<DrawnNode>());
  const [keptEdges] = useState(() => memory<DrawnEdge>());
  const nodes = useMemo(
    () => drawNodes(keptNodes, model, { entry: doc.entry, positions, dragged, selected, marks, waiting, focus, readOnly }),
    [model, positions, dragged, selected, marks, waiting, doc.entry, focus, readOnly, keptNodes],
  );
  const edges = useMemo(() => drawEdges(keptEdges, model, { steps: doc.steps, routes, focus, readOnly, onInsert, t }), [model, routes, doc.steps, onInsert, readOnly, t, focus, keptEdges]);
  const frame = useRef<HTMLDivElement>(null);
  const [flow, setFlow] = useState<ReactFlowInstance<DrawnNode, DrawnEdge> | null>(null);
  const boxing = useRef<Set<string> | null>(null);
  useReveal(flow, frame, reveal);
  const latest = useRef({ selected, positions, onSelect, onMove, onConnect });
  useLayoutEffect(() => {
    latest.current = { selected, positions, onSelect, onMove, onConnect };
  });
  // React Flow tells every box when a handler is another function, so these stay the same ones.
  const [on] = useState(() => ({
    init: (f: ReactFlowInstance<DrawnNode, DrawnEdge>) => {
      setFlow(f);
      void f.setViewport(firstView(latest.current.positions, frame.current?.clientWidth ?? 800));
    },
    nodeClick: (e: React.MouseEvent, n: DrawnNode) => {
      const now = latest.current.selected;
      const many = e.shiftKey || e.ctrlKey || e.metaKey;
      latest.current.onSelect(!many ? [n.id] : now.has(n.id) ? [...now].filter((x) => x !== n.id) : [...now, n.id]);
    },
    paneClick: () => latest.current.onSelect([]),
    boxStart: () => {
      boxing.current = new Set();
    },
    boxEnd: () => {
      boxing.current = null;
    },
    nodesChange: (changes: NodeChange<DrawnNode>[]) => {
      const box = boxing.current;
      const chosen = changes.filter((c) => c.type === "select");
      if (box && chosen.length > 0) {
        for (const c of chosen) {
          if (c.selected && c.id !== END_ID) box.add(c.id);
          else box.delete(c.id);
        }
        latest.current.onSelect([...box]);
      }
      const moving = changes.flatMap((c) => (c.type === "position" && c.dragging && c.position ? [[c.id, c.position] as const] : []));
      if (moving.length > 0) setDragged((d) => ({ ...d, ...Object.fromEntries(moving) }));
    },
    dragStop: (_: unknown, __: unknown, moved: DrawnNode[]) => {
      setDragged({});
      latest.current.onMove(Object.fromEntries(moved.filter((n) => n.data.node.kind === "step").map((n) => [n.id, n.position])));
    },
    connect: (c: Connection) => latest.current.onConnect(c.source, c.target),
  }));
  const placeOf = useCallback(
    (edge: string): Place | undefined => {
      const e = edges.find((x) => x.id === edge);
      return e?.data?.place;
    },
    [edges],
  );
  const drop = useMemo(() => new Dropping({ frame: () => frame.current, placeOf, toFlow: (p) => flow?.screenToFlowPosition(p) ?? p, onDrop }), [placeOf, flow, onDrop]);
  return (
    <div
      ref={frame}
      role="group"
      aria-label={t("editor.canvas", { name: doc.name })}
      className="so-editor-canvas"
      onKeyDown={(e) => props.onKeyDown(e, positions)}
      onDragOver={readOnly ? undefined : drop.over}
      onDragLeave={drop.leave}
      onDrop={readOnly ? undefined : drop.drop}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        colorMode={scheme}
        onInit={on.init}
        fitViewOptions={fitViewOptions}
        minZoom={0.1}
        disableKeyboardA11y
        deleteKeyCode={null}
        multiSelectionKeyCode={manyKeys}
        onNodeClick={on.nodeClick}
        onPaneClick={on.paneClick}
        onSelectionStart={on.boxStart}
        onSelectionEnd={on.boxEnd}
        onNodesChange={on.nodesChange}
        onNodeDragStop={on.dragStop}
        onConnect={on.connect}
        isValidConnection={isValidConnection}
        nodesConnectable={!readOnly}
        proOptions={proOptions}
      >
        <Furniture controls={t("canvas.controls")} minimap={t("editor.minimap")} />
      </ReactFlow>
    </div>
  );
});

/** Brings a step into the middle when it is not wholly in view: the keyboard or a search has come to it. */
function useReveal(flow: ReactFlowInstance<DrawnNode, DrawnEdge> | null, frame: React.RefObject<HTMLDivElement | null>, reveal: { id: string } | null) {
  useEffect(() => {
    const node = reveal && flow?.getNode(reveal.id);
    const box = frame.current?.getBoundingClientRect();
    if (!flow || !node || !box) return;
    const { zoom } = flow.getViewport();
    const at = flow.flowToScreenPosition(node.position);
    const [right, bottom] = [at.x + NODE.width * zoom, at.y + NODE.height * zoom];
    // What lies under the overview is not seen.
    const hidden = right > box.right - miniMap.width - 24 && bottom > box.bottom - miniMap.height - 24;
    const seen = at.x >= box.left && at.y >= box.top && right <= box.right && bottom <= box.bottom - 8 && !hidden;
    if (!seen) void flow.setCenter(node.position.x + NODE.width / 2, node.position.y + NODE.height / 2, { zoom: Math.max(zoom, 0.6), duration: 0 });
  }, [flow, frame, reveal]);
}
