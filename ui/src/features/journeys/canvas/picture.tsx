import { useMemo } from "react";
import type { JourneyDocument } from "../document";
import { buildGraphModel } from "./graph-model";
import { layoutGraph, nodeSize } from "./layout";

const colours: Record<string, string> = { entry: "var(--mantine-color-yellow-6)", send: "var(--mantine-primary-color-filled)", end: "var(--so-line)" };

/** The shape of a journey at a glance, for the gallery. Decoration: the name and description beside it say the same. */
export function BlueprintPicture({ document, height = 150 }: { document: JourneyDocument; height?: number }) {
  const picture = useMemo(() => {
    const model = buildGraphModel(document);
    const at = layoutGraph(model);
    const boxes = model.nodes.map((n) => ({ id: n.id, kind: n.kind === "step" ? n.step.kind : n.kind, ...(at[n.id] ?? { x: 0, y: 0 }), ...nodeSize(n.kind) }));
    const width = Math.max(...boxes.map((b) => b.x + b.width)) + 24;
    const tall = Math.max(...boxes.map((b) => b.y + b.height)) + 24;
    const byId = new Map(boxes.map((b) => [b.id, b]));
    const lines = model.edges.flatMap((e) => {
      const a = byId.get(e.from);
      const b = byId.get(e.to);
      return a && b ? [{ id: e.id, x1: a.x + a.width / 2, y1: a.y + a.height, x2: b.x + b.width / 2, y2: b.y }] : [];
    });
    return { boxes, lines, width, tall };
  }, [document]);
  return (
    <svg viewBox={`0 0 ${picture.width} ${picture.tall}`} height={height} width="100%" preserveAspectRatio="xMidYMid meet" aria-hidden style={{ background: "var(--so-canvas)", borderRadius: 8 }}>
      {picture.lines.map((l) => (
        <line key={l.id} {...{ x1: l.x1, y1: l.y1, x2: l.x2, y2: l.y2 }} stroke="var(--mantine-color-dimmed)" strokeWidth={5} />
      ))}
      {picture.boxes.map((b) => (
        <rect key={b.id} x={b.x} y={b.y} width={b.width} height={b.height} rx={16} fill={colours[b.kind] ?? "var(--mantine-color-body)"} stroke="var(--mantine-color-dimmed)" strokeWidth={5} />
      ))}
    </svg>
  );
}
