import type { Point } from "./layout";

// Which way an edge takes: down from its step, across between two rows, down beside the steps of the rows it passes.
// Lines that run across between the same two rows get tracks of their own, unless they leave one step or reach one step,
// where sharing a line says the truth.

export type Box = { x: number; y: number; width: number; height: number };
/** Corners from the bottom of one node to the top of the other, and where its label stands. */
export type Route = { points: Point[]; label: Point };
export type Routes = Record<string, Route>;
type Line = { id: string; from: string; to: string; points: Point[]; label: Point };
type Band = { top: number; bottom: number };
type Crossing = { line: Line; from: Point; to: Point; zone: Band; y: number };

const clearance = 16;

export function routeEdges(boxes: Record<string, Box>, lines: Line[]): Routes {
  const bands = rows(Object.values(boxes));
  const crossings: Crossing[] = [];
  const drawn = lines.flatMap((line) => {
    const a = boxes[line.from];
    const b = boxes[line.to];
    if (!a || !b) return [];
    const start = { x: a.x + a.width / 2, y: a.y + a.height };
    const end = { x: b.x + b.width / 2, y: b.y };
    const inner = end.y > start.y ? line.points.slice(1, -1).map((p) => straighten(p, start, end)) : [lane(boxes, bands, start, end, line.label.x)];
    const stops = [start, ...inner, end];
    const own: Crossing[] = [];
    for (let i = 1; i < stops.length; i++) {
      const from = stops[i - 1] as Point;
      const to = stops[i] as Point;
      own.push({ line, from, to, zone: between(bands, from, to, i === 1, i === stops.length - 1), y: 0 });
    }
    crossings.push(...own.filter((c) => c.from.x !== c.to.x));
    const label = end.y > start.y ? straighten(line.label, start, end) : (inner[0] as Point);
    return [{ id: line.id, start, end, own, label }];
  });
  assignTracks(crossings);
  const out: Routes = {};
  for (const d of drawn) {
    const points: Point[] = [d.start];
    for (const c of d.own) if (c.from.x !== c.to.x) points.push({ x: c.from.x, y: c.y }, { x: c.to.x, y: c.y });
    points.push(d.end);
    out[d.id] = { points, label: d.label };
  }
  return out;
}

/** A point that is all but above or below an end of the line goes there: whole pixels, and no kink of half a one. */
function straighten(p: Point, start: Point, end: Point): Point {
  const near = [start.x, end.x].find((x) => Math.abs(x - p.x) < 3);
  return { x: near ?? Math.round(p.x), y: Math.round(p.y) };
}

/** The rows that nodes stand in, top to bottom. */
function rows(boxes: Box[]): Band[] {
  const out: Band[] = [];
  for (const b of [...boxes].sort((a, c) => a.y - c.y)) {
    const last = out[out.length - 1];
    if (last && b.y < last.bottom) last.bottom = Math.max(last.bottom, b.y + b.height);
    else out.push({ top: b.y, bottom: b.y + b.height });
  }
  return out;
}

/** The free strip in which a line may go across on its way from one point to the next. */
function between(bands: Band[], from: Point, to: Point, leaves: boolean, arrives: boolean): Band {
  const at = (y: number) => bands.find((b) => y >= b.top && y <= b.bottom);
  if (to.y < from.y && leaves) {
    const next = bands.find((b) => b.top > from.y);
    const bottom = at(from.y)?.bottom ?? from.y;
    return { top: bottom, bottom: next ? next.top : bottom + 40 };
  }
  if (to.y < from.y || (arrives && from.y > to.y)) {
    const before = bands.filter((b) => b.bottom < to.y).pop();
    return { top: before ? before.bottom : to.y - 40, bottom: to.y };
  }
  return { top: at(from.y)?.bottom ?? from.y, bottom: at(to.y)?.top ?? to.y };
}

/** Where a line that leads back up may climb: nearest to the wish, clear of every node in the rows it passes. */
function lane(boxes: Record<string, Box>, bands: Band[], start: Point, end: Point, wish: number): Point {
  const top = bands.find((b) => end.y >= b.top && end.y <= b.bottom)?.top ?? end.y;
  const bottom = bands.find((b) => start.y >= b.top && start.y <= b.bottom)?.bottom ?? start.y;
  const passed = Object.values(boxes).filter((b) => b.y < bottom && b.y + b.height > top);
  const clear = (x: number) => passed.every((b) => x <= b.x - clearance + 1 || x >= b.x + b.width + clearance - 1);
  const wishes = [wish, ...passed.flatMap((b) => [b.x - clearance, b.x + b.width + clearance])].filter(clear);
  const x = wishes.reduce((best, c) => (Math.abs(c - wish) < Math.abs(best - wish) ? c : best), wishes[0] ?? wish);
  return { x, y: (top + bottom) / 2 };
}

/** Gives each crossing a height in its strip, so that lines which have nothing to do with each other don't lie on each other. */
function assignTracks(crossings: Crossing[]): void {
  const strips = new Map<string, Crossing[]>();
  for (const c of crossings) {
    const key = `${c.zone.top}:${c.zone.bottom}`;
    strips.set(key, [...(strips.get(key) ?? []), c]);
  }
  for (const strip of strips.values()) {
    const tracks: Crossing[][] = [];
    const place = new Map<Crossing, number>();
    for (const c of [...strip].sort((a, b) => Math.min(a.from.x, a.to.x) - Math.min(b.from.x, b.to.x))) {
      let free = tracks.findIndex((t) => t.every((o) => mayShare(c, o)));
      if (free < 0) free = tracks.push([]) - 1;
      (tracks[free] as Crossing[]).push(c);
      place.set(c, free);
    }
    for (const c of strip) c.y = c.zone.top + ((c.zone.bottom - c.zone.top) * ((place.get(c) ?? 0) + 1)) / (tracks.length + 1);
  }
}

function mayShare(a: Crossing, b: Crossing): boolean {
  const sameStart = a.line.from === b.line.from && a.from.x === b.from.x;
  const sameEnd = a.line.to === b.line.to && a.to.x === b.to.x;
  if (sameStart || sameEnd) return true;
  const [a0, a1] = [Math.min(a.from.x, a.to.x), Math.max(a.from.x, a.to.x)];
  const [b0, b1] = [Math.min(b.from.x, b.to.x), Math.max(b.from.x, b.to.x)];
  return a1 + 8 < b0 || b1 + 8 < a0;
}

/** The route as an SVG path with rounded corners. */
export function pathOf(points: Point[], radius = 8): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let d = `M${first.x},${first.y}`;
  rest.forEach((p, i) => {
    const next = rest[i + 1];
    const before = points[i] as Point;
    if (!next) {
      d += `L${p.x},${p.y}`;
      return;
    }
    const r = Math.min(radius, distance(before, p) / 2, distance(p, next) / 2);
    const into = toward(p, before, r);
    const out = toward(p, next, r);
    d += `L${into.x},${into.y}Q${p.x},${p.y} ${out.x},${out.y}`;
  });
  return d;
}

const distance = (a: Point, b: Point) => Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
const toward = (from: Point, to: Point, by: number): Point => ({ x: from.x + Math.sign(to.x - from.x) * by, y: from.y + Math.sign(to.y - from.y) * by });

/** True where both ends of an edge still stand where its route begins and ends: not while one of them is dragged. */
export function holds(route: Route | undefined, sourceX: number, sourceY: number, targetX: number, targetY: number): route is Route {
  const a = route?.points[0];
  const b = route?.points[route.points.length - 1];
  const near = (p: Point | undefined, x: number, y: number) => !!p && Math.abs(p.x - x) < 4 && Math.abs(p.y - y) < 8;
  return near(a, sourceX, sourceY) && near(b, targetX, targetY);
}
