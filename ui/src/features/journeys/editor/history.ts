import type { JourneyDocument } from "../document";

/** What can be undone and redone. Documents share their unchanged parts, so keeping them whole is cheap. */
export type History = { past: JourneyDocument[]; present: JourneyDocument; future: JourneyDocument[]; key?: string; at: number };

const MOST = 200;
const PAUSE_MS = 1200;

export const newHistory = (present: JourneyDocument): History => ({ past: [], present, future: [], at: 0 });

/** Makes an edit undoable. Edits with the same key within a moment (typing into one field) are undone as one. */
export function record(h: History, doc: JourneyDocument, at: number, key?: string): History {
  if (doc === h.present) return h;
  if (key !== undefined && key === h.key && at - h.at < PAUSE_MS && h.past.length > 0) return { ...h, present: doc, future: [], at };
  return { past: [...h.past, h.present].slice(-MOST), present: doc, future: [], key, at };
}

export function undo(h: History): History {
  const last = h.past.at(-1);
  return last ? { past: h.past.slice(0, -1), present: last, future: [h.present, ...h.future], at: 0 } : h;
}

export function redo(h: History): History {
  const [next, ...rest] = h.future;
  return next ? { past: [...h.past, h.present], present: next, future: rest, at: 0 } : h;
}
