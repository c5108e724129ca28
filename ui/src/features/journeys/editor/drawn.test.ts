import { expect, test } from "vitest";
import { buildGraphModel } from "../canvas/graph-model";
import type { JourneyDocument, Step } from "../document";
import { editStep } from "./commands";
import { type DrawnEdge, type DrawnNode, drawEdges, drawNodes, memory } from "./drawn";

const steps: Step[] = Array.from({ length: 50 }, (_, i) => ({ id: `s${i}`, kind: "wait", wait: { for: "P1D" }, next: i < 49 ? `s${i + 1}` : "" }));
const doc = { key: "k", name: "K", purpose: "marketing", entry: { kind: "event", event: "E" }, steps } as unknown as JourneyDocument;

test("an edit of one step makes one box and its line anew, several chosen ones theirs", () => {
  const nodes = memory<DrawnNode>();
  const edges = memory<DrawnEdge>();
  const onInsert = () => undefined;
  const t = ((key: string) => key) as never;
  const draw = (d: JourneyDocument, selected: string[] = []) => {
    const model = buildGraphModel(d);
    return {
      nodes: drawNodes(nodes, model, { entry: d.entry, positions: {}, dragged: {}, several: new Set(selected), marks: {}, waiting: {}, readOnly: false }),
      edges: drawEdges(edges, model, { steps: d.steps, routes: {}, readOnly: false, onInsert, t }),
    };
  };
  const fresh = <T>(a: T[], b: T[]) => b.filter((x) => !a.includes(x)).length;
  const first = draw(doc);
  const renamed = draw(editStep(doc, { ...(steps[7] as Step), name: "Seven" }));
  expect([fresh(first.nodes, renamed.nodes), fresh(first.edges, renamed.edges)]).toEqual([1, 1]);
  expect(renamed.nodes.find((n) => n.id === "s7")?.data.node).toMatchObject({ step: { name: "Seven" } });
  const one = draw(doc, ["s1"]);
  const two = draw(doc, ["s2"]);
  expect([fresh(one.nodes, two.nodes), fresh(one.edges, two.edges)]).toEqual([2, 0]);
});

test("a box that is made anew keeps its size: React Flow need not measure it, and its lines stay", () => {
  const world = { entry: doc.entry, positions: {}, several: new Set<string>(), marks: {}, waiting: {}, readOnly: false };
  const made = drawNodes(memory<DrawnNode>(), buildGraphModel(doc), { ...world, dragged: { s3: { x: 5, y: 6 } } });
  for (const n of made) expect(n.measured).toEqual({ width: n.width, height: n.height });
});
