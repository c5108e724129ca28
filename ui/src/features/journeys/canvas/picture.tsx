import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { JourneyDocument } from "../document";
import { entryIcon, stepIcon } from "../steps";
import { exitName } from "../sentences";
import { buildGraphModel, edgeLabel } from "./graph-model";
import { layoutJourney, NODE, nodeSize } from "./layout";
import { pathOf } from "./route";

/** A card: as wide as its journey, and no wider than can be read; of a long one it shows how it begins. */
const card = { width: 680, ratio: 500 / 680 };

/** The part of a picture that a card shows: all of its width, from the top; a low one stands in the middle. */
export function cardView(picture: { left: number; width: number; tall: number }): { x: number; y: number; width: number; height: number } {
  const width = Math.max(picture.width, card.width);
  const height = Math.round(width * card.ratio);
  return { x: picture.left - (width - picture.width) / 2, y: Math.min(0, (picture.tall - height) / 2), width, height };
}

/** A journey as the canvas draws it, without the canvas. Decoration: name, sentence and list of steps beside it say the same. */
export function JourneyPicture({ document, crop = false }: { document: JourneyDocument; crop?: boolean }) {
  const { t } = useTranslation();
  const picture = useMemo(() => {
    const model = buildGraphModel(document);
    const { positions: at, routes } = layoutJourney(model, {}, (exit) => exitName(exit, t));
    const boxes = model.nodes.map((n) => ({ id: n.id, node: n, ...(at[n.id] ?? { x: 0, y: 0 }), ...nodeSize(n.kind) }));
    const turns = Object.values(routes).flatMap((r) => r.points.map((p) => p.x));
    const left = Math.min(0, ...turns.map((x) => x - 24));
    const width = Math.max(...boxes.map((b) => b.x + b.width), ...turns) + 24 - left;
    const tall = Math.max(...boxes.map((b) => b.y + b.height)) + 24;
    const lines = model.edges.flatMap((e) => {
      const route = routes[e.id];
      return route ? [{ id: e.id, path: pathOf(route.points, 12), label: route.label, name: edgeLabel(model, e, (exit) => exitName(exit, t)) }] : [];
    });
    return { boxes, lines, left, width, tall };
  }, [document, t]);
  const cut = cardView(picture);
  const view = crop ? `${cut.x} ${cut.y} ${cut.width} ${cut.height}` : `${picture.left} 0 ${picture.width} ${picture.tall}`;
  return (
    <svg
      viewBox={view}
      width="100%"
      preserveAspectRatio="xMidYMin meet"
      aria-hidden
      style={{
        display: "block",
        margin: "0 auto",
        background: "var(--so-canvas)",
        ...(crop ? { aspectRatio: `${cut.width} / ${cut.height}`, borderBottom: "1px solid var(--so-line)" } : { maxWidth: picture.width, borderRadius: 8 }),
        ...(crop && picture.tall > cut.height ? { maskImage: "linear-gradient(black 80%, transparent)" } : {}),
      }}
    >
      {picture.lines.map((l) => (
        <g key={l.id}>
          <path d={l.path} fill="none" stroke="var(--so-muted)" strokeWidth={1.5} />
          {l.name && (
            <text x={l.label.x} y={l.label.y + 4} textAnchor="middle" fontSize={12} fill="var(--mantine-color-text)" stroke="var(--so-canvas)" strokeWidth={4} paintOrder="stroke">
              {short(l.name, 30)}
            </text>
          )}
        </g>
      ))}
      {picture.boxes.map((b) => {
        const end = b.node.kind === "end";
        const name = b.node.kind === "step" ? b.node.step.name || t(`kind.${b.node.step.kind}`) : t(end ? "canvas.end" : "canvas.entry");
        return (
          <g key={b.id} transform={`translate(${b.x} ${b.y})`}>
            <rect width={b.width} height={b.height} rx={10} fill="var(--mantine-color-body)" stroke="var(--so-line)" strokeWidth={1.5} strokeDasharray={end ? "4 3" : undefined} />
            {!end && (
              <g transform={`translate(14 ${NODE.height / 2 - 11}) scale(1.25)`} style={{ color: "var(--mantine-primary-color-filled)" }}>
                {b.node.kind === "step" ? stepIcon(b.node.step.kind) : entryIcon}
              </g>
            )}
            <text x={end ? b.width / 2 : 48} y={b.height / 2 + 6} textAnchor={end ? "middle" : "start"} fontSize={end ? 13 : 16} fontWeight={end ? 400 : 600} fill="var(--mantine-color-text)">
              {short(name, end ? 12 : 22)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

const short = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
