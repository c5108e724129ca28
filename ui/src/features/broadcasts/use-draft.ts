import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/errors";
import { useLeaving } from "../../lib/leaving";
import { type Broadcast, broadcastQuery, type Definition, saveBroadcast } from "./api";

export type Draft = { name: string; definition: Definition };
export type Saving = "saved" | "waiting" | "saving" | "failed" | "conflict";
const SAVE_MS = 700;

const draftOf = (b: Broadcast): Draft => ({ name: b.name, definition: b.definition });
/** Equal whatever the order of the fields: the server writes them in its own. */
export const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
const canonical = (v: unknown): string =>
  JSON.stringify(v, (_, x: unknown) => (x && typeof x === "object" && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort(([p], [q]) => (p < q ? -1 : 1))) : x)) ?? "";

/** A draft that saves itself on the revision it is based on. When somebody else was faster, both are kept until one is chosen. */
export function useDraft(broadcast: Broadcast) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(broadcast));
  const [saving, setSaving] = useState<Saving>("saved");
  const [error, setError] = useState("");
  const [theirs, setTheirs] = useState<Broadcast | null>(null);
  const [round, again] = useReducer((n: number) => n + 1, 0);
  const base = useRef({ revision: broadcast.revision, draft });
  const busy = useRef<Promise<unknown> | null>(null);
  const { key } = broadcast;

  const save = useCallback(
    async (to: Draft) => {
      const saved = await saveBroadcast(key, base.current.revision, to);
      base.current = { revision: saved.revision, draft: to };
      queryClient.setQueryData(broadcastQuery(key).queryKey, saved);
    },
    [key, queryClient],
  );

  useEffect(() => {
    if (theirs || draft.name.trim() === "") return;
    if (same(draft, base.current.draft)) {
      if (!busy.current) setSaving("saved");
      return;
    }
    setSaving("waiting");
    const timer = setTimeout(() => {
      if (busy.current) return; // asks again when that one is done
      setSaving("saving");
      busy.current = save(draft)
        .then(() => setSaving("saved"))
        .catch(async (failed: unknown) => {
          setError(failed instanceof Error ? failed.message : "");
          if (!(failed instanceof ApiError) || (failed.status !== 412 && failed.status !== 409)) return setSaving("failed");
          const now = await queryClient.fetchQuery({ ...broadcastQuery(key), staleTime: 0 });
          if (now.state !== "draft") return; // it has been let go: the page shows that instead
          setTheirs(now);
          setSaving("conflict");
        })
        .catch(() => setSaving("failed"))
        .finally(() => {
          busy.current = null;
          again();
        });
    }, SAVE_MS);
    return () => clearTimeout(timer);
  }, [draft, round, theirs, key, queryClient, save]);

  // A link of the page is followed at once: what was not saved yet is saved behind it.
  useLeaving(() => {
    if (theirs || draft.name.trim() === "" || same(draft, base.current.draft)) return;
    void (busy.current ?? Promise.resolve())
      .then(() => (same(draft, base.current.draft) ? undefined : save(draft)))
      .catch((failed: Error) => {
        if (failed instanceof ApiError && failed.status === 404) return; // thrown away
        notifications.show({ color: "red", title: `${draft.name}: ${t("editor.saving.failed")}`, message: failed.message, autoClose: false });
      });
  });

  useEffect(() => {
    const unsaved = (e: BeforeUnloadEvent) => saving !== "saved" && e.preventDefault();
    window.addEventListener("beforeunload", unsaved);
    return () => window.removeEventListener("beforeunload", unsaved);
  }, [saving]);

  /** Ends a conflict: mine is saved over theirs, or theirs takes the place of mine. */
  const resolve = (side: "mine" | "theirs") => {
    if (!theirs) return;
    base.current = { revision: theirs.revision, draft: draftOf(theirs) };
    if (side === "theirs") setDraft(draftOf(theirs));
    setTheirs(null);
    setSaving("waiting");
  };
  return {
    draft,
    saving: draft.name.trim() === "" ? ("waiting" as const) : saving,
    error,
    theirs,
    resolve,
    retry: again,
    revision: () => base.current.revision,
    edit: (change: Partial<Draft>) => setDraft((d) => ({ ...d, ...change })),
    define: (change: Partial<Definition>) => setDraft((d) => ({ ...d, definition: { ...d.definition, ...change } })),
  };
}
