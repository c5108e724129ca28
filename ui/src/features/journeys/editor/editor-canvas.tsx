import { Badge, useComputedColorScheme } from "@mantine/core";
import { Background, BaseEdge, type Connection, Controls, type EdgeProps, Handle, MiniMap, type NodeChange, type NodeProps, Position, ReactFlow, type ReactFlowInstance, useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { createContext, memo, useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../../lib/format";
import { firstView } from "../canvas/canvas";
import { buildGraphModel, END_ID, ENTRY_ID } from "../canvas/graph-model";
import { edgePath } from "../canvas/edge-path";
import { layoutJourney, NODE } from "../canvas/layout";
import { type JourneyDocument, type Position as Point, type StepKind } from "../document";
import { exitName } from "../sentences";
import { entryIcon, entrySummary, stepIcon, stepSummary } from "../steps";
import { ChoiceContext, type ChoiceStore, severalOf, useChoice, useIsChosen, useIsFocus } from "./choice";
import type { Place } from "./commands";
import { Dropping, type Landing } from "./dropping";
import { type Marks, Sign } from "./issues";
import { drawEdges, drawNodes, type DrawnEdge, type DrawnNode, memory } from "./drawn";
import { bringInto, overview } from "./reveal";

const EditorNode = memo(function EditorNode({ id, data }: NodeProps<DrawnNode>) {
  const { t, i18n } = useTranslation();
  const selected = useIsChosen(id);
  const tab = useIsFocus(id);
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
      <button type="button" className="so-node so-node-button" data-step-id={id} data-selected={selected} data-issue={data.errors > 0 ? "error" : data.warnings > 0 ? "warning" : undefined} aria-pressed={selected} tabIndex={tab ? 0 : -1}>
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

/** Where labels of lines are drawn. React Flow's own renderer looks for it again for every line and every move. */
const Labels = createContext<Element | null>(null);

const InsertEdge = memo(function InsertEdge(p: EdgeProps<DrawnEdge>) {
  const [path, x, y] = edgePath(p, p.data?.route);
  const d = p.data;
  const labels = useContext(Labels);
  const tab = useIsFocus(p.source);
  return (
    <>
      <BaseEdge id={p.id} path={path} style={lineStyle} />
      {labels &&
        createPortal(
          <div className="nodrag nopan" data-edge-id={p.id} style={{ position: "absolute", transform: `translate(-50%, -50%) translate(${x}px, ${y}px)`, pointerEvents: "all", display: "flex", gap: 4, alignItems: "center" }}>
            {d?.name && <span style={{ fontSize: 11, color: "var(--mantine-color-text)", background: "var(--so-canvas)", padding: "0 4px" }}>{d.name}</span>}
            {d && !d.readOnly && (
              <button type="button" className="so-plus" tabIndex={tab ? 0 : -1} aria-label={d.insertLabel} onClick={() => d.onInsert(d.place)}>
                +
              </button>
            )}
          </div>,
          labels,
        )}
    </>
  );
});

const lineStyle = { stroke: "var(--mantine-color-dimmed)", strokeWidth: 1.25 };
const nodeTypes = { step: EditorNode };
const edgeTypes = { insert: InsertEdge };

const nowhere: Record<string, Point> = {};
type At = { x: number; y: number };
/** Inside of the canvas, as it never changes by itself. */
const Furniture = memo(function Furniture({ controls, minimap }: { controls: string; minimap: string }) {
  return (
    <>
      <Background gap={20} size={1} />
      <Controls showInteractive={false} aria-label={controls} />
      <MiniMap pannable zoomable ariaLabel={minimap} className="so-minimap" style={overview} />
    </>
  );
});

type Props = {
  doc: JourneyDocument;
  choice: ChoiceStore;
  marks: Record<string, Marks>;
  waiting: Record<string, number>;
  readOnly: boolean;
  onSelect: (ids: string[]) => void;
  onInsert: (place: Place) => void;
  onMove: (to: Record<string, At>) => void;
  onConnect: (from: string, to: string) => void;
  onDrop: (kind: StepKind, landing: Landing) => void;
  onKeyDown: (e: React.KeyboardEvent, positions: Record<string, At>) => void;
};


const manyKeys = ["Shift", "Control", "Meta"];
const fitViewOptions = { padding: 0.15, maxZoom: 1 };
const isValidConnection = (c: { source: string; target: string }) => c.source !== c.target && !(c.source === ENTRY_ID && c.target === END_ID);
const proOptions = { hideAttribution: true };

/** The drawing that is edited. Layout runs when the shape changes, not while somebody types into a form. */
export const EditorCanvas = memo(function EditorCanvas(props: Props) {
  const { doc, choice, marks, waiting, readOnly, onInsert, onSelect, onMove, onConnect, onDrop } = props;
  const { t } = useTranslation();
  const scheme = useComputedColorScheme("light");
  const model = useMemo(() => buildGraphModel(doc), [doc]);
  const shape = model.nodes.map((n) => n.id).join() + model.edges.map((e) => e.id).join() + JSON.stringify(doc.layout ?? 0);
  // The shape says all that the layout reads.
  const { positions, routes } = useMemo(() => layoutJourney(model, doc.layout?.positions, (exit) => exitName(exit, t)), [shape, t]);
  // What is dragged stands where the pointer has it until the document says where it stands.
  const [drag, setDrag] = useState<{ of: unknown; at: Record<string, Point> }>({ of: null, at: {} });
  const dragged = drag.of === positions ? drag.at : nowhere;
  const several = useChoice(choice, severalOf);
  const [labels, setLabels] = useState<Element | null>(null);
  const [keptNodes] = useState(() => memory<DrawnNode>());
  const [keptEdges] = useState(() => memory<DrawnEdge>());
  const nodes = useMemo(
    () => drawNodes(keptNodes, model, { entry: doc.entry, positions, dragged, several, marks, waiting, readOnly }),
    [model, positions, dragged, several, marks, waiting, doc.entry, readOnly, keptNodes],
  );
  const edges = useMemo(() => drawEdges(keptEdges, model, { steps: doc.steps, routes, readOnly, onInsert, t }), [model, routes, doc.steps, onInsert, readOnly, t, keptEdges]);
  const frame = useRef<HTMLDivElement>(null);
  const [flow, setFlow] = useState<ReactFlowInstance<DrawnNode, DrawnEdge> | null>(null);
  const boxing = useRef<Set<string> | null>(null);
  const latest = useRef({ positions, onSelect, onMove, onConnect });
  useLayoutEffect(() => {
    latest.current = { positions, onSelect, onMove, onConnect };
  });
  // React Flow tells every box when a handler is another function, so these stay the same ones.
  const [on] = useState(() => ({
    init: (f: ReactFlowInstance<DrawnNode, DrawnEdge>) => {
      setFlow(f);
      setLabels(frame.current?.querySelector(".react-flow__edgelabel-renderer") ?? null);
      void f.setViewport(firstView(latest.current.positions, frame.current?.clientWidth ?? 800));
    },
    nodeClick: (e: React.MouseEvent, n: DrawnNode) => {
      const now = choice.get().selected;
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
      const of = latest.current.positions;
      if (moving.length > 0) setDrag((d) => ({ of, at: { ...(d.of === of ? d.at : {}), ...Object.fromEntries(moving) } }));
    },
    dragStop: (_: unknown, __: unknown, moved: DrawnNode[]) => {
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
    <ChoiceContext value={choice}>
      <Labels value={labels}>
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
            <Reveal choice={choice} />
          </ReactFlow>
        </div>
      </Labels>
    </ChoiceContext>
  );
});

/**
 * Brings a step into view that the keyboard or a search has come to: just so far, with its neighbours, when it is near, else into
 * the middle. A step that was put in is not drawn yet: it is shown when it is.
 */
const Reveal = memo(function Reveal({ choice }: { choice: ChoiceStore }) {
  const reveal = useChoice(choice, (c) => c.reveal);
  const nodes = useStore((s) => s.nodes);
  const store = useStoreApi();
  const flow = useReactFlow();
  const done = useRef<unknown>(null);
  useEffect(() => {
    const { nodeLookup, transform, width, height } = store.getState();
    const node = reveal && done.current !== reveal ? nodeLookup.get(reveal.id) : undefined;
    if (!node || width === 0) return;
    done.current = reveal;
    const [x, y, zoom] = transform;
    const { x: left, y: top } = node.internals.positionAbsolute;
    const to = bringInto({ x: left * zoom + x, y: top * zoom + y, width: NODE.width * zoom, height: NODE.height * zoom }, { width, height }, zoom);
    if (to === "middle") void flow.setCenter(left + NODE.width / 2, top + NODE.height / 2, { zoom: Math.max(zoom, 0.6), duration: 0 });
    else if (to) void flow.setViewport({ x: x + to.x, y: y + to.y, zoom });
  }, [reveal, nodes, store, flow]);
  return null;
});
