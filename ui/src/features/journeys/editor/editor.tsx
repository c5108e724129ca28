import { Box, Grid, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../../../api/catalogue";
import { useMay } from "../../../api/session";
import { ListSkeleton, LoadError } from "../../../components/page";
import { type Journey, journeyQuery, versionQuery } from "../api";
import { END_ID, ENTRY_ID } from "../canvas/graph-model";
import { type StepKind, ways } from "../document";
import { addLoose, arrange, connect, deleteSteps, insertStep, moveSteps, type Place } from "./commands";
import { ConflictDialog } from "./conflict-dialog";
import { ConnectDialog, type Link } from "./connect-dialog";
import type { Landing } from "./dropping";
import { StepComments } from "../comments";
import { EditorCanvas } from "./editor-canvas";
import { EditorHeader, EditorTools } from "./header";
import { InsertDialog } from "./insert-dialog";
import { IssueList, marksOf } from "./issues";
import { Palette } from "./palette";
import { EditorPanel } from "./panel";
import { SourceDialog } from "./source-dialog";
import { useDraft } from "./use-draft";
import { placeAfter, useShortcuts } from "./use-shortcuts";

const Comments = memo(StepComments);

export function JourneyEditor() {
  const { journeyKey } = useParams({ from: "/signed-in/journeys/$journeyKey/edit" });
  const journey = useQuery({ ...journeyQuery(journeyKey), refetchInterval: false, refetchOnWindowFocus: false });
  if (journey.isPending) return <ListSkeleton rows={4} height={120} />;
  if (journey.isError) return <LoadError error={journey.error} onRetry={() => void journey.refetch()} />;
  return <Editor key={journeyKey} journey={journey.data} />;
}

/** Gives a step of the canvas the focus as soon as it is drawn; it may just be coming into view. */
function focusStep(id: string, frames = 20) {
  requestAnimationFrame(() => {
    const el = document.querySelector<HTMLElement>(`.so-editor-canvas button[data-step-id="${CSS.escape(id)}"]`);
    if (el) el.focus({ preventScroll: true });
    else if (frames > 0) focusStep(id, frames - 1);
  });
}

/** The latest value for handlers that must stay the same function, so that nothing is drawn again because of them. */
function useLatest<T>(value: T) {
  const ref = useRef(value);
  useEffect(() => {
    ref.current = value;
  });
  return ref;
}

function Editor({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const readOnly = !useMay("journeys.write");
  const draft = useDraft(journey, readOnly);
  const { doc, edit } = draft;
  const now = useLatest(doc);
  // The form answers at once; the drawing and the form of another step follow as soon as there is time.
  const drawn = useDeferredValue(doc);
  const catalogue = useCatalogue();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [reveal, setReveal] = useState<{ id: string } | null>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const [link, setLink] = useState<Link | null>(null);
  const [source, setSource] = useState(false);
  const only = selected.size === 1 ? [...selected][0] : undefined;
  const opened = useDeferredValue(only);
  const select = useCallback((ids: string[]) => setSelected(new Set(ids)), []);
  const steps = useMemo(() => [...selected].filter((id) => doc.steps.some((s) => s.id === id)), [selected, doc.steps]);
  const version = useQuery(versionQuery(journey.key, journey.live_version));
  const waiting = useMemo(() => Object.fromEntries((version.data?.counts.steps ?? []).map((s) => [s.step_id, s.waiting])), [version.data]);
  const marks = useMemo(() => marksOf(draft.issues), [draft.issues]);
  const goTo = useCallback(
    (id: string) => {
      select([id]);
      setReveal({ id });
      focusStep(id);
    },
    [select],
  );
  const onGo = useCallback((at: string) => (at ? goTo(at) : select([])), [goTo, select]);
  const remove = () => {
    if (steps.length === 0 || readOnly) return;
    edit(deleteSteps(doc, steps));
    goTo(ENTRY_ID);
  };
  const put = useCallback(
    (kind: StepKind, p: Place) => {
      const made = insertStep(now.current, p, kind);
      edit(made.doc);
      select([made.id]);
      setReveal({ id: made.id });
      return made.id;
    },
    [edit, select, now],
  );
  const onLinked = useCallback((l: Link, exits: readonly number[]) => edit(connect(now.current, l.from, exits, l.to === END_ID ? "" : l.to)), [edit, now]);
  const onConnect = useCallback(
    (from: string, to: string) => {
      const step = now.current.steps.find((s) => s.id === from);
      if (step && ways(step).length > 1) setLink({ from, to });
      else onLinked({ from, to }, [0]);
    },
    [now, onLinked],
  );
  const onDrop = useCallback(
    (kind: StepKind, landing: Landing) => {
      if ("place" in landing) return void put(kind, landing.place);
      if ("after" in landing) return void put(kind, placeAfter(now.current, landing.after));
      const made = addLoose(now.current, kind, landing.at);
      edit(made.doc);
      select([made.id]);
    },
    [put, edit, select, now],
  );
  const onPick = useCallback((kind: StepKind) => focusStep(put(kind, placeAfter(now.current, latest.current.only ?? now.current.steps.at(-1)?.id ?? ENTRY_ID))), [put, now]);
  const onMove = useCallback((to: Record<string, { x: number; y: number }>) => edit(moveSteps(now.current, to)), [edit, now]);
  const keys = useShortcuts({ doc, selected, steps, only, readOnly, edit, select, goTo, add: setPlace, remove, undo: draft.undo, redo: draft.redo });
  const latest = useLatest({ keys, only, remove });
  const onKeyDown = useCallback((e: React.KeyboardEvent, positions: Record<string, { x: number; y: number }>) => latest.current.keys(e, positions), [latest]);
  const onRemove = useCallback(() => latest.current.remove(), [latest]);
  const onAdd = useCallback(() => setPlace(placeAfter(now.current, latest.current.only ?? now.current.steps.at(-1)?.id ?? ENTRY_ID)), [now, latest]);
  const onArrange = useCallback(() => edit(arrange(now.current)), [edit, now]);
  const onJourney = useCallback(() => select([]), [select]);
  const openSource = useCallback(() => setSource(true), []);
  useFollowRename(doc.steps, only, select);
  const problems = draft.issues.filter((i) => i.severity === "error").length;
  const hints = draft.issues.length - problems;
  
  return (
    <>
      <EditorHeader journeyKey={journey.key} name={journey.name} title={doc.name} saving={draft.saving} problems={problems} hints={hints} onRetry={draft.retry} onSource={openSource} />
      <EditorTools
        steps={drawn.steps}
        readOnly={readOnly}
        chosen={steps.length}
        onAdd={onAdd}
        undo={draft.canUndo ? draft.undo : undefined}
        redo={draft.canRedo ? draft.redo : undefined}
        onArrange={drawn.layout ? onArrange : undefined}
        onFind={goTo}
        onJourney={onJourney}
        onRemove={onRemove}
      />
      {!readOnly && <Palette disabled={readOnly} onPick={onPick} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <EditorCanvas doc={drawn} selected={selected} focus={only ?? ENTRY_ID} marks={marks} waiting={waiting} readOnly={readOnly} reveal={reveal} onSelect={select} onInsert={setPlace} onMove={onMove} onConnect={onConnect} onDrop={onDrop} onKeyDown={onKeyDown} />
          <Text size="xs" className="so-dim" mt={6}>
            {t("editor.keys")}
          </Text>
          <IssueList doc={doc} issues={draft.issues} onGo={onGo} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Paper
            withBorder
            p="md"
            className="so-editor-side"
            onKeyDown={(e) => {
              // Escape in the form leads back to the step; one that closes a list or takes an entry back is spent there.
              if (e.key === "Escape" && !e.defaultPrevented && (e.target as HTMLElement).getAttribute("aria-expanded") !== "true") goTo(only ?? ENTRY_ID);
            }}
          >
            <EditorPanel doc={doc} selected={opened} many={steps.length} issues={draft.issues} catalogue={catalogue} readOnly={readOnly} live={journey.live_version} onEdit={edit} onSelect={select} onDeleted={() => goTo(ENTRY_ID)} />
          </Paper>
          {steps.length <= 1 && (
            <Box mt="md">
              <Comments journeyKey={journey.key} stepId={opened} />
            </Box>
          )}
        </Grid.Col>
      </Grid>
      <InsertDialog
        doc={doc}
        place={place}
        onClose={() => setPlace(null)}
        onPick={(p, kind) => {
          setPlace(null);
          const id = put(kind, p);
          setTimeout(() => focusStep(id), 50); // after the dialog has given the focus back
        }}
      />
      <ConnectDialog
        doc={doc}
        link={link}
        onClose={() => setLink(null)}
        onPick={(l, exits) => {
          setLink(null);
          onLinked(l, exits);
        }}
      />
      {source && <SourceDialog doc={doc} readOnly={readOnly} onClose={() => setSource(false)} onSave={(d) => edit(d)} />}
      {draft.conflict && <ConflictDialog draft={draft} />}
    </>
  );
}

/** Keeps a step chosen whose id has changed under it, by undo or redo of a renaming. */
function useFollowRename(steps: readonly { id: string }[], only: string | undefined, select: (ids: string[]) => void) {
  const at = useRef({ index: -1, count: 0 });
  useEffect(() => {
    const index = steps.findIndex((s) => s.id === only);
    if (index >= 0) {
      at.current = { index, count: steps.length };
      return;
    }
    const same = only !== undefined && only !== ENTRY_ID && at.current.count === steps.length ? steps[at.current.index] : undefined;
    at.current = { index: -1, count: 0 };
    if (same) select([same.id]);
  }, [steps, only, select]);
}
