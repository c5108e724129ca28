import { createContext, useContext, useSyncExternalStore } from "react";
import { ENTRY_ID } from "../canvas/graph-model";

// What is chosen on the canvas, beside React Flow: boxes and lines ask for themselves, so that choosing another step draws
// two boxes and their lines, and the other two hundred hear nothing of it.

export type Choice = {
  readonly selected: ReadonlySet<string>;
  /** The one step that Tab leads to: the chosen one, or the entry. */
  readonly focus: string;
  /** A step to bring into view; a new object each time. */
  readonly reveal: { readonly id: string } | null;
  /** Somebody goes from step to step: what takes time to draw waits until he stands still. */
  readonly walking: boolean;
};

const nobody: ReadonlySet<string> = new Set();
const nothing: Choice = { selected: nobody, focus: ENTRY_ID, reveal: null, walking: false };

export function newChoice() {
  let now = nothing;
  const listeners = new Set<() => void>();
  return {
    get: () => now,
    put(ids: Iterable<string>, more: { reveal?: string; walking?: boolean } = {}) {
      const selected = new Set(ids);
      const [one] = selected;
      now = { selected, focus: selected.size === 1 && one !== undefined ? one : ENTRY_ID, reveal: more.reveal === undefined ? now.reveal : { id: more.reveal }, walking: more.walking ?? false };
      for (const tell of listeners) tell();
    },
    subscribe(tell: () => void) {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
  };
}
export type ChoiceStore = ReturnType<typeof newChoice>;

export const ChoiceContext = createContext<ChoiceStore>(newChoice());

/** One fact about the choice; whoever asks is drawn again only when the answer changes. */
export function useChoice<T>(store: ChoiceStore, ask: (c: Choice) => T): T {
  return useSyncExternalStore(store.subscribe, () => ask(store.get()));
}

export const useIsChosen = (id: string) => useChoice(useContext(ChoiceContext), (c) => c.selected.has(id));
export const useIsFocus = (id: string) => useChoice(useContext(ChoiceContext), (c) => c.focus === id);

/** Those that are chosen together, for dragging them together; of one alone React Flow need not know. */
export const severalOf = (c: Choice): ReadonlySet<string> => (c.selected.size > 1 ? c.selected : nobody);
