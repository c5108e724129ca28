import { useCallback, useEffect } from "react";
import { ENTRY_ID } from "../canvas/graph-model";
import { type JourneyDocument, type Step, ways } from "../document";
import { copySteps, duplicateSteps, pasteSteps, readSteps } from "./clipboard";
import type { Place } from "./commands";
import { nearest } from "./keyboard";

/** Copied steps are kept here, too: another tab can paste them even where the browser gives no clipboard. */
const CLIPBOARD = "sojourn.steps";

const writing = () => document.activeElement?.matches("input, textarea, select, [contenteditable]") ?? false;
const inDialog = () => document.querySelector('[role="dialog"]') !== null;
const findField = () => document.getElementById("find-step")?.focus();

/** Goes to the first field of a step's form, as soon as it is that step's. */
function focusForm(id: string, frames = 60) {
  requestAnimationFrame(() => {
    const form = document.querySelector(`#step-panel[data-for="${CSS.escape(id)}"]`);
    if (form) form.querySelector<HTMLElement>("input, button")?.focus();
    else if (frames > 0) focusForm(id, frames - 1);
  });
}

/** All ways that lead on from a step, or the entry. */
export function placeAfter(doc: JourneyDocument, id: string): Place {
  const step = doc.steps.find((s) => s.id === id);
  return step ? { from: id, exits: ways(step).map((_, i) => i) } : { from: ENTRY_ID };
}

/**
 * Where pasted steps go: after the chosen step (the last one, if several are), on the ways that lead where its first one leads.
 * With nothing chosen it is the last step that a run goes on from; an end that is chosen has nothing after it: then they stand
 * beside the others, and validation says so.
 */
export function placeOfPaste(doc: JourneyDocument, chosen: readonly string[]): Place | undefined {
  if (chosen.length === 1 && chosen[0] === ENTRY_ID) return { from: ENTRY_ID };
  const goesOn = (s: Step) => ways(s).length > 0;
  const step = chosen.length === 0 ? doc.steps.findLast(goesOn) : doc.steps.findLast((s) => chosen.includes(s.id));
  if (doc.steps.length === 0) return { from: ENTRY_ID };
  const first = step && ways(step)[0];
  return step && first ? { from: step.id, exits: ways(step).flatMap((w, i) => (w.to === first.to ? [i] : [])) } : undefined;
}

type Editing = {
  doc: JourneyDocument;
  selected: ReadonlySet<string>;
  steps: string[]; // the chosen ones that are steps
  only: string | undefined;
  readOnly: boolean;
  edit: (doc: JourneyDocument) => void;
  select: (ids: string[]) => void;
  goTo: (id: string, walking?: boolean) => void;
  add: (place: Place) => void;
  remove: () => void;
  undo: () => void;
  redo: () => void;
};

/** The keyboard of the editor: everywhere for undo, find, copy and paste; on the canvas for the rest. Returns the canvas' handler. */
export function useShortcuts(e: Editing) {
  const { doc, selected, steps, only, readOnly, edit, select, undo, redo } = e;
  const put = useCallback(
    (made: { doc: JourneyDocument; ids: string[] }) => {
      if (made.ids.length === 0) return;
      edit(made.doc);
      select(made.ids);
    },
    [edit, select],
  );
  useEffect(() => {
    const onKey = (k: KeyboardEvent) => {
      if (!(k.ctrlKey || k.metaKey) || inDialog()) return;
      const key = k.key.toLowerCase();
      if (key === "f") {
        k.preventDefault();
        findField();
      }
      if (writing() || (key !== "z" && key !== "y")) return;
      k.preventDefault();
      (key === "y" || k.shiftKey ? redo : undo)();
    };
    const onCopy = (c: ClipboardEvent) => {
      if (writing() || inDialog() || steps.length === 0 || (window.getSelection()?.toString() ?? "") !== "") return;
      const text = copySteps(doc, steps);
      localStorage.setItem(CLIPBOARD, text);
      c.clipboardData?.setData("text/plain", text);
      c.preventDefault();
    };
    const onPaste = (c: ClipboardEvent) => {
      if (readOnly || writing() || inDialog()) return;
      const clip = readSteps(c.clipboardData?.getData("text/plain") ?? "") ?? readSteps(localStorage.getItem(CLIPBOARD) ?? "");
      if (clip) put(pasteSteps(doc, clip, placeOfPaste(doc, [...selected])));
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("copy", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [doc, selected, steps, readOnly, undo, redo, put]);

  return (k: React.KeyboardEvent, positions: Record<string, { x: number; y: number }>) => {
    // The + of an edge and the buttons of the zoom do what they say.
    const other = (k.target as HTMLElement).closest("button:not([data-step-id])");
    if (other && (k.key === "Enter" || k.key === " ")) return;
    const at = (document.activeElement as HTMLElement | null)?.dataset.stepId ?? only ?? ENTRY_ID;
    const mod = k.ctrlKey || k.metaKey;
    const key = k.key.toLowerCase();
    const arrow = { arrowdown: "down", arrowup: "up", arrowleft: "left", arrowright: "right" }[key] as "down" | undefined;
    const act = !mod
      ? {
          enter: () => {
            select([at]);
            focusForm(at);
          },
          a: readOnly ? undefined : () => e.add(placeAfter(doc, at)),
          "+": readOnly ? undefined : () => e.add(placeAfter(doc, at)),
          delete: e.remove,
          backspace: e.remove,
          "/": findField,
          escape: () => e.goTo(at),
        }[key]
      : { d: readOnly ? undefined : () => put(duplicateSteps(doc, steps)), a: () => select(doc.steps.map((s) => s.id)) }[key];
    if (arrow && !mod) {
      k.preventDefault();
      const next = nearest(positions, at, arrow);
      if (!k.shiftKey) return e.goTo(next, true);
      // With Shift the choice grows, and the last one stays in hand.
      e.goTo(next);
      return select([...new Set([...e.selected, at, next])].filter((id) => id !== ENTRY_ID));
    }
    if (!act) return;
    k.preventDefault();
    act();
  };
}
