import { expect, test } from "vitest";
import type { GraphModel } from "./graph-model";
import { layoutJourney, nodeSize, type Point } from "./layout";
import { holds, pathOf } from "./route";

/** A small generator of its own, so that a failure names the seed that repeats it. */
function random(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 1664525 + 1013904223) % 4294967296;
    return s / 4294967296;
  };
}

/** A journey's shape: a chain with branches, joins, jumps ahead and loops back. */
function shape(seed: number): GraphModel {
  const r = random(seed);
  const n = 3 + Math.floor(r() * 22);
  const ids = Array.from({ length: n }, (_, i) => `s${i}`);
  const model: GraphModel = { nodes: ids.map((id) => ({ id, kind: "entry" as const })), edges: [] };
  const add = (from: string, to: string) => {
    if (from === to || model.edges.some((e) => e.from === from && e.to === to)) return;
    model.edges.push({ id: `${from}->${to}`, from, to, exits: [`exit ${model.edges.length}`] });
  };
  ids.forEach((id, i) => {
    if (i > 0) add(ids[Math.max(0, i - 1 - Math.floor(r() * 3))] as string, id);
    if (r() < 0.3) add(id, ids[Math.min(n - 1, i + 1 + Math.floor(r() * 6))] as string);
    if (r() < 0.08 && i > 2) add(id, ids[Math.floor(r() * i)] as string);
  });
  return model;
}

type Segment = { edge: string; a: Point; b: Point };
function drawn(seed: number) {
  const model = shape(seed);
  const { positions, routes } = layoutJourney(model);
  const boxes = model.nodes.map((n) => ({ id: n.id, ...(positions[n.id] as Point), ...nodeSize(n.kind) }));
  const segments: Segment[] = Object.entries(routes).flatMap(([edge, route]) => route.points.slice(1).map((b, i) => ({ edge, a: route.points[i] as Point, b })));
  return { model, boxes, routes, segments };
}

// Drawn once, looked at by each test; complaints are gathered, since an expectation per segment costs more than the layout.
const drawings = Array.from({ length: 80 }, (_, i) => ({ seed: i + 1, ...drawn(i + 1) }));

test("every edge has a route that goes straight down, up or across, and never through a step", () => {
  const wrong: string[] = [];
  for (const { seed, model, boxes, routes, segments } of drawings) {
    if (Object.keys(routes).length !== model.edges.length) wrong.push(`seed ${seed}: not every edge has a route`);
    for (const s of segments) {
      if (s.a.x !== s.b.x && s.a.y !== s.b.y) wrong.push(`seed ${seed}, ${s.edge}: a slanted line`);
      const [x0, x1] = [Math.min(s.a.x, s.b.x), Math.max(s.a.x, s.b.x)];
      const [y0, y1] = [Math.min(s.a.y, s.b.y), Math.max(s.a.y, s.b.y)];
      const hit = boxes.find((b) => x1 > b.x + 1 && x0 < b.x + b.width - 1 && y1 > b.y + 1 && y0 < b.y + b.height - 1);
      if (hit) wrong.push(`seed ${seed}, ${s.edge} goes through ${hit.id}`);
      if (s.a.y === s.b.y && s.a.x !== s.b.x && Math.abs(s.a.x - s.b.x) < 3) wrong.push(`seed ${seed}, ${s.edge}: a kink`);
    }
  }
  expect(wrong).toEqual([]);
});

test("lines of edges without a common end don't lie on each other where they go across", () => {
  const wrong: string[] = [];
  for (const { seed, model, segments } of drawings) {
    const byId = new Map(model.edges.map((e) => [e.id, e]));
    const across = segments.filter((s) => s.a.y === s.b.y && s.a.x !== s.b.x);
    for (const [i, s] of across.entries())
      for (const o of across.slice(i + 1)) {
        const [e, f] = [byId.get(s.edge), byId.get(o.edge)];
        if (s.edge === o.edge || e?.from === f?.from || e?.to === f?.to || s.a.y !== o.a.y) continue;
        const apart = Math.max(s.a.x, s.b.x) < Math.min(o.a.x, o.b.x) || Math.max(o.a.x, o.b.x) < Math.min(s.a.x, s.b.x);
        if (!apart) wrong.push(`seed ${seed}: ${s.edge} and ${o.edge}`);
      }
  }
  expect(wrong).toEqual([]);
});

test("labels lie on their own line, clear of steps and of each other", () => {
  const wrong: string[] = [];
  for (const { seed, boxes, routes, segments } of drawings) {
    const labels = Object.entries(routes).map(([edge, r]) => ({ edge, ...r.label }));
    for (const l of labels) {
      const own = segments.some((s) => s.edge === l.edge && s.a.x === s.b.x && Math.abs(s.a.x - l.x) < 1 && l.y >= Math.min(s.a.y, s.b.y) - 1 && l.y <= Math.max(s.a.y, s.b.y) + 1);
      if (!own) wrong.push(`seed ${seed}: the label of ${l.edge} is not on its line`);
      const on = boxes.find((b) => l.x > b.x && l.x < b.x + b.width && l.y > b.y && l.y < b.y + b.height);
      if (on) wrong.push(`seed ${seed}: the label of ${l.edge} lies on ${on.id}`);
    }
    for (const [i, l] of labels.entries()) for (const o of labels.slice(i + 1)) if (Math.abs(l.x - o.x) <= 30 && Math.abs(l.y - o.y) <= 14) wrong.push(`seed ${seed}: labels of ${l.edge} and ${o.edge}`);
  }
  expect(wrong).toEqual([]);
});

test("an edge at a step that somebody moved has no route, and none holds while a step is dragged", () => {
  const model = shape(4);
  const edge = model.edges[0] as { id: string; from: string; to: string };
  const { routes } = layoutJourney(model, { [edge.to]: { x: 900, y: 900 } });
  expect(routes[edge.id]).toBeUndefined();
  const whole = layoutJourney(model).routes[edge.id];
  const [a, b] = [whole?.points[0] as Point, whole?.points.at(-1) as Point];
  expect(holds(whole, a.x, a.y, b.x, b.y)).toBe(true);
  expect(holds(whole, a.x + 30, a.y, b.x, b.y)).toBe(false);
  expect(holds(undefined, 0, 0, 0, 0)).toBe(false);
});

test("a path turns its corners round", () => {
  expect(pathOf([{ x: 0, y: 0 }, { x: 0, y: 40 }, { x: 60, y: 40 }, { x: 60, y: 80 }])).toBe("M0,0L0,32Q0,40 8,40L52,40Q60,40 60,48L60,80");
});
