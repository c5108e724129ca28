import { useMemo } from "react";
import type { JourneyDocument } from "../document";
import { buildGraphModel } from "./graph-model";
import { layoutJourney, nodeSize } from "./layout";
import { pathOf } from "./route";

const colours: Record<string, string> = { entry: "var(--mantine-color-yellow-6)", send: "var(--mantine-primary-color-filled)", end: "var(--so-line)" };

/** The shape of a journey at a glance, for the gallery. Decoration: the name and description beside it say the same. */
export function BlueprintPicture({ document, height = 150 }: { document: JourneyDocument; height?: number }) {
  const picture = useMemo(() => {
    const model = buildGraphModel(document);
    const { positions: at, routes } = layoutJourney(model);
    const boxes = model.nodes.map((n) => ({ id: n.id, kind: n.kind === "step" ? n.step.kind : n.kind, ...(at[n.id] ?? { x: 0, y: 0 }), ...nodeSize(n.kind) }));
    const width = Math.max(...boxes.map((b) => b.x + b.width)) + 24;
    const tall = Math.max(...boxes.map((b) => b.y + b.height)) + 24;
    const lines = Object.entries(routes).map(([id, route]) => ({ id, path: pathOf(route.points, 16) }));
    return { boxes, lines, width, tall };
  }, [document]);
  return (
    <svg viewBox={`0 0 ${picture.width} ${picture.tall}`} height={height} width="100%" preserveAspectRatio="xMidYMid meet" aria-hidden style={{ background: "var(--so-canvas)", borderRadius: 8 }}>
      {picture.lines.map((l) => (
        <path key={l.id} d={l.path} fill="none" stroke="var(--mantine-color-dimmed)" strokeWidth={5} />
      ))}
      {picture.boxes.map((b) => (
        <rect key={b.id} x={b.x} y={b.y} width={b.width} height={b.height} rx={16} fill={colours[b.kind] ?? "var(--mantine-color-body)"} stroke="var(--mantine-color-dimmed)" strokeWidth={5} />
      ))}
    </svg>
  );
}
