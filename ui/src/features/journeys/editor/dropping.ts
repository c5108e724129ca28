import { type StepKind, stepKinds } from "../document";
import { ENTRY_ID } from "../canvas/graph-model";
import type { Place } from "./commands";
import { KIND_TYPE } from "./palette";

/** Where a dragged kind of step is let go: on a line, on a step (it comes after it), or on the free canvas. */
export type Landing = { place: Place } | { after: string } | { at: { x: number; y: number } };

type World = {
  frame: () => HTMLElement | null;
  placeOf: (edge: string) => Place | undefined;
  toFlow: (p: { x: number; y: number }) => { x: number; y: number };
  onDrop: (kind: StepKind, landing: Landing) => void;
};

/** What lies under the pointer: a line (its path or its +) goes before a step, so that a short line can be hit. */
export function under(x: number, y: number): { edge?: string; step?: string; node?: Element } {
  for (const el of document.elementsFromPoint(x, y)) {
    const edge = el.closest<HTMLElement>("[data-edge-id]")?.dataset.edgeId ?? el.closest(".react-flow__edge")?.getAttribute("data-id") ?? undefined;
    if (edge) return { edge, node: el.closest("[data-edge-id]") ?? el.closest(".react-flow__edge") ?? undefined };
    const step = el.closest<HTMLElement>("button[data-step-id]");
    if (step?.dataset.stepId) return { step: step.dataset.stepId, node: step };
  }
  return {};
}

/** The handlers of a drag from the palette. The target is marked on the element itself: no step is drawn again while dragging. */
export class Dropping {
  private marked: Element | undefined;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  private mark(node: Element | undefined) {
    if (node === this.marked) return;
    this.marked?.removeAttribute("data-drop");
    node?.setAttribute("data-drop", "true");
    this.marked = node;
  }

  readonly over = (e: React.DragEvent) => {
    if (!e.dataTransfer.types.includes(KIND_TYPE)) return;
    e.preventDefault();
    e.dataTransfer.dropEffect = "copy";
    this.mark(under(e.clientX, e.clientY).node);
  };

  readonly leave = (e: React.DragEvent) => {
    if (!this.world.frame()?.contains(e.relatedTarget as Node | null)) this.mark(undefined);
  };

  readonly drop = (e: React.DragEvent) => {
    const kind = stepKinds.find((k) => k === e.dataTransfer.getData(KIND_TYPE));
    this.mark(undefined);
    if (!kind) return;
    e.preventDefault();
    const { edge, step } = under(e.clientX, e.clientY);
    const place = edge ? this.world.placeOf(edge) : undefined;
    if (place) this.world.onDrop(kind, { place });
    else if (step) this.world.onDrop(kind, step === ENTRY_ID ? { place: { from: ENTRY_ID } } : { after: step });
    else this.world.onDrop(kind, { at: this.world.toFlow({ x: e.clientX, y: e.clientY }) });
  };
}
