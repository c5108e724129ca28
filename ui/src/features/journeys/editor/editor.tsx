import { Box, Grid, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../../../api/catalogue";
import { useMay } from "../../../api/session";
import { ListSkeleton, LoadError } from "../../../components/page";
import { type Journey, journeyQuery, versionQuery } from "../api";
import { END_ID, ENTRY_ID, isPlace } from "../canvas/graph-model";
import { type StepKind, ways } from "../document";
import { newChoice, useChoice } from "./choice";
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
import { useSettled } from "./settle";
import { SourceDialog } from "./source-dialog";
import { useDraft } from "./use-draft";
import { placeAfter, useShortcuts } from "./use-shortcuts";

const Comments = memo(StepComments);
/** While somebody types, the drawing rests; while he walks from step to step, the form does. In milliseconds. */
const TYPING = 200;
const WALKING = 140;

export function JourneyEditor() {
  const { journeyKey } = useParams({ from: "/signed-in/journeys/$journeyKey/edit" });
  const { step } = useSearch({ from: "/signed-in/journeys/$journeyKey/edit" });
  const journey = useQuery({ ...journeyQuery(journeyKey), refetchInterval: false, refetchOnWindowFocus: false });
  if (journey.isPending) return <ListSkeleton rows={4} height={120} />;
  if (journey.isError) return <LoadError error={journey.error} onRetry={() => void journey.refetch()} />;
  return <Editor key={journeyKey} journey={journey.data} first={step} />;
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

function Editor({ journey, first }: { journey: Journey; first: string | undefined }) {
  const { t } = useTranslation();
  const readOnly = !useMay("journeys.write");
  const draft = useDraft(journey, readOnly);
  const { doc, edit } = draft;
  const now = useLatest(doc);
  // The form answers at once; the drawing and the form of another step follow as soon as there is time.
  const drawn = useSettled(doc, draft.typing ? TYPING : 0);
  const catalogue = useCatalogue();
  const [choice] = useState(newChoice);
  const selected = useChoice(choice, (c) => c.selected);
  const [place, setPlace] = useState<Place | null>(null);
  const [link, setLink] = useState<Link | null>(null);
  const [source, setSource] = useState(false);
  const only = selected.size === 1 ? [...selected][0] : undefined;
  const rested = useSettled(only, choice.get().walking ? WALKING : 0);
  const known = rested === undefined || isPlace(doc, rested);
  const opened = known ? rested : only; // it has another id now, or is gone
  const select = useCallback((ids: string[]) => choice.put(ids), [choice]);
  const steps = useMemo(() => [...selected].filter((id) => doc.steps.some((s) => s.id === id)), [selected, doc.steps]);
  const version = useQuery(versionQuery(journey.key, journey.live_version));
  const waiting = useMemo(() => Object.fromEntries((version.data?.counts.steps ?? []).map((s) => [s.step_id, s.waiting])), [version.data]);
  const marks = useMemo(() => marksOf(draft.issues), [draft.issues]);
  const goTo = useCallback(
    (id: string, walking = false) => {
      choice.put([id], { reveal: id, walking });
      focusStep(id);
    },
    [choice],
  );
  const began = useRef(false);
  useEffect(() => {
    // The address may say where to begin: an issue leads to its step.
    if (began.current) return;
    began.current = true;
    if (isPlace(now.current, first)) goTo(first);
  }, [first, goTo, now]);
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
      choice.put([made.id], { reveal: made.id });
      return made.id;
    },
    [edit, choice, now],
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
  const onDeleted = useCallback(() => goTo(ENTRY_ID), [goTo]);
  const onFind = useCallback((id: string) => goTo(id), [goTo]);
  const onPlaced = useCallback(
    (p: Place, kind: StepKind) => {
      setPlace(null);
      const id = put(kind, p);
      setTimeout(() => focusStep(id), 50); // after the dialog has given the focus back
    },
    [put],
  );
  const onLink = useCallback(
    (l: Link, exits: readonly number[]) => {
      setLink(null);
      onLinked(l, exits);
    },
    [onLinked],
  );
  const noPlace = useCallback(() => setPlace(null), []);
  const noLink = useCallback(() => setLink(null), []);
  const onSideKey = useCallback(
    (e: React.KeyboardEvent) => {
      // Escape in the form leads back to the step; one that closes a list or takes an entry back is spent there.
      if (e.key === "Escape" && !e.defaultPrevented && (e.target as HTMLElement).getAttribute("aria-expanded") !== "true") goTo(latest.current.only ?? ENTRY_ID);
    },
    [goTo, latest],
  );
  const several = Math.max(1, steps.length);
  // Three parts that change at different times: a letter draws the form, a choice two boxes, an edit the canvas.
  const canvas = useMemo(
    () => (
      <>
        <EditorCanvas doc={drawn} choice={choice} marks={marks} waiting={waiting} readOnly={readOnly} onSelect={select} onInsert={setPlace} onMove={onMove} onConnect={onConnect} onDrop={onDrop} onKeyDown={onKeyDown} />
        <Text size="xs" className="so-dim" mt={6}>
          {t("editor.keys")}
        </Text>
        <IssueList doc={drawn} issues={draft.issues} onGo={onGo} />
      </>
    ),
    [drawn, choice, marks, waiting, readOnly, select, onMove, onConnect, onDrop, onKeyDown, draft.issues, onGo, t],
  );
  const side = useMemo(
    () => (
      <>
        <Paper withBorder p="md" className="so-editor-side" onKeyDown={onSideKey}>
          <EditorPanel doc={doc} others={drawn} selected={opened} many={several} issues={draft.issues} catalogue={catalogue} readOnly={readOnly} live={journey.live_version} onEdit={edit} onSelect={select} onDeleted={onDeleted} />
        </Paper>
        {several === 1 && (
          <Box mt="md">
            <Comments journeyKey={journey.key} stepId={opened} />
          </Box>
        )}
      </>
    ),
    [doc, drawn, opened, several, draft.issues, catalogue, readOnly, journey.live_version, journey.key, edit, select, onDeleted, onSideKey],
  );
  const body = useMemo(
    () => (
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>{canvas}</Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>{side}</Grid.Col>
      </Grid>
    ),
    [canvas, side],
  );
  const arranged = !!drawn.layout;
  return (
    <>
      <EditorHeader journeyKey={journey.key} name={journey.name} title={drawn.name} saving={draft.saving} problems={problems} hints={hints} onRetry={draft.retry} onSource={openSource} />
      <EditorTools
        steps={drawn.steps}
        readOnly={readOnly}
        chosen={several}
        onAdd={onAdd}
        undo={draft.canUndo ? draft.undo : undefined}
        redo={draft.canRedo ? draft.redo : undefined}
        onArrange={arranged ? onArrange : undefined}
        onFind={onFind}
        onJourney={onJourney}
        onRemove={onRemove}
      />
      {!readOnly && <Palette disabled={readOnly} onPick={onPick} />}
      {body}
      <InsertDialog doc={drawn} place={place} onClose={noPlace} onPick={onPlaced} />
      <ConnectDialog doc={drawn} link={link} onClose={noLink} onPick={onLink} />
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
