import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../../api/client";
import { ApiError } from "../../../api/errors";
import type { Schema } from "../../../api/types";
import { type Journey, journeyQuery } from "../api";
import { useLeaving } from "../../../lib/leaving";
import type { JourneyDocument } from "../document";
import { type History, newHistory, record, redo, undo } from "./history";
import { mergeDocuments, same, sameDocument, type Side } from "./merge";

export type Issue = Schema<"Issue">;
export type Saving = "saved" | "waiting" | "saving" | "failed" | "conflict";

type Action = { do: "edit"; doc: JourneyDocument; key?: string; at: number } | { do: "undo" } | { do: "redo" } | { do: "reset"; doc: JourneyDocument };
const reduce = (h: History, a: Action): History => (a.do === "edit" ? record(h, a.doc, a.at, a.key) : a.do === "undo" ? undo(h) : a.do === "redo" ? redo(h) : newHistory(a.doc));

const SAVE_MS = 700;
const CHECK_MS = 350;

/** The draft in the editor: edits with undo, validation by the server as one types, and saving against the revision it came from. */
export function useDraft(journey: Journey, readOnly: boolean) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [history, dispatch] = useReducer(reduce, journey.draft as JourneyDocument, newHistory);
  const [issues, setIssues] = useState<Issue[]>(journey.issues ?? []);
  const [saving, setSaving] = useState<Saving>("saved");
  const [theirs, setTheirs] = useState<Journey | null>(null);
  const base = useRef({ revision: journey.draft_revision, doc: journey.draft as JourneyDocument });
  const busy = useRef<Promise<unknown> | null>(null);
  const [round, again] = useReducer((n: number) => n + 1, 0);
  const doc = history.present;

  useEffect(() => {
    let stale = false;
    const timer = setTimeout(() => {
      void unwrap(api.POST("/api/admin/v1/journeys/validate", { body: { document: doc } }))
        .then((r) => !stale && setIssues((before) => (JSON.stringify(before) === JSON.stringify(r.issues) ? before : r.issues)))
        .catch(() => undefined); // what can't be checked now is checked when it is saved
    }, CHECK_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [doc]);

  /** Saves a draft over the revision that the last one made. */
  const save = useCallback(
    async (draft: JourneyDocument) => {
      const saved = await unwrap(api.PUT("/api/admin/v1/journeys/{key}/draft", { params: { path: { key: journey.key }, header: { "If-Match": `"${base.current.revision}"` } }, body: draft }));
      base.current = { revision: saved.draft_revision, doc: draft };
      queryClient.setQueryData(journeyQuery(journey.key).queryKey, saved);
    },
    [journey.key, queryClient],
  );

  useEffect(() => {
    if (readOnly || theirs || sameDocument(doc, base.current.doc)) return;
    setSaving("waiting");
    const timer = setTimeout(() => {
      if (busy.current) return; // asks again when that one is done
      setSaving("saving");
      busy.current = save(doc)
        .then(() => setSaving("saved"))
        .catch(async (error: unknown) => {
          if (!(error instanceof ApiError) || (error.status !== 412 && error.status !== 409)) return setSaving("failed");
          const now = await queryClient.fetchQuery({ ...journeyQuery(journey.key), staleTime: 0 });
          setTheirs(now);
          setSaving("conflict");
        })
        .finally(() => {
          busy.current = null;
          again();
        });
    }, SAVE_MS);
    return () => clearTimeout(timer);
  }, [doc, round, theirs, readOnly, journey.key, queryClient, save]);

  // A link of the page is followed at once: what was not saved yet is saved behind it.
  useLeaving(() => {
    if (readOnly || theirs || sameDocument(doc, base.current.doc)) return;
    void (busy.current ?? Promise.resolve())
      .then(() => (sameDocument(doc, base.current.doc) ? undefined : save(doc)))
      .catch((error: Error) => notifications.show({ color: "red", title: `${doc.name}: ${t("editor.saving.failed")}`, message: error.message, autoClose: false }));
  });

  useEffect(() => {
    const unsaved = (e: BeforeUnloadEvent) => saving !== "saved" && e.preventDefault();
    window.addEventListener("beforeunload", unsaved);
    return () => window.removeEventListener("beforeunload", unsaved);
  }, [saving]);

  const edit = useCallback((next: JourneyDocument, key?: string) => !readOnly && dispatch({ do: "edit", doc: next, key, at: Date.now() }), [readOnly]);
  /** Ends a conflict: the merge becomes my draft, based on what they saved. */
  const resolve = (choose: Record<string, Side>) => {
    if (!theirs) return;
    const { merged } = mergeDocuments(base.current.doc, doc, theirs.draft as JourneyDocument, choose);
    base.current = { revision: theirs.draft_revision, doc: theirs.draft as JourneyDocument };
    setTheirs(null);
    edit(merged);
    setSaving(same(merged, theirs.draft) ? "saved" : "waiting");
  };
  return {
    doc,
    /** The last change was a letter in a field: what follows from it may wait until somebody rests. */
    typing: history.key !== undefined,
    issues,
    saving,
    edit,
    undo: useCallback(() => dispatch({ do: "undo" }), []),
    redo: useCallback(() => dispatch({ do: "redo" }), []),
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    conflict: theirs ? { theirs, merge: mergeDocuments(base.current.doc, doc, theirs.draft as JourneyDocument) } : null,
    resolve,
    retry: again,
  };
}
