import { ActionIcon, Badge, Box, Button, Grid, Group, Paper, Select, Text, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconLayoutGrid, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../../../api/catalogue";
import { useMay } from "../../../api/session";
import { RouterAnchor, RouterButton } from "../../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../../components/page";
import { type Journey, journeyQuery, versionQuery } from "../api";
import { END_ID, ENTRY_ID } from "../canvas/graph-model";
import { type StepKind, ways } from "../document";
import { addLoose, arrange, connect, deleteSteps, insertStep, moveSteps, type Place } from "./commands";
import { ConflictDialog } from "./conflict-dialog";
import { ConnectDialog, type Link } from "./connect-dialog";
import type { Landing } from "./dropping";
import { StepComments } from "../comments";
import { EditorCanvas } from "./editor-canvas";
import { InsertDialog } from "./insert-dialog";
import { IssueList, marksOf, Sign } from "./issues";
import { Palette } from "./palette";
import { EditorPanel } from "./panel";
import { SourceDialog } from "./source-dialog";
import { useDraft } from "./use-draft";
import { placeAfter, useShortcuts } from "./use-shortcuts";

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
  const latest = useLatest({ keys, only });
  const onKeyDown = useCallback((e: React.KeyboardEvent, positions: Record<string, { x: number; y: number }>) => latest.current.keys(e, positions), [latest]);
  useFollowRename(doc.steps, only, select);
  const problems = draft.issues.filter((i) => i.severity === "error").length;
  const hints = draft.issues.length - problems;
  const find = useMemo(() => doc.steps.map((s) => ({ value: s.id, label: s.name ? `${s.name} (${s.id})` : s.id })), [doc.steps]);
  const tool = (label: string, icon: React.ReactNode, onClick: () => void, disabled: boolean) => (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={onClick} disabled={disabled || readOnly}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
  return (
    <>
      <PageHeader
        title={t("editor.title", { name: doc.name })}
        back={
          <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: journey.key }} size="sm">
            {journey.name}
          </RouterAnchor>
        }
        lead={
          <Group gap="xs" role="status">
            <Badge variant={draft.saving === "failed" || draft.saving === "conflict" ? "filled" : "default"} color="red.9">
              {t(`editor.saving.${draft.saving}`)}
            </Badge>
            <span className="so-status">
              {problems > 0 && <Sign severity="error" />}
              {problems > 0 ? t("journey.issues", { count: problems }) : t("editor.sound")}
            </span>
            {hints > 0 && (
              <span className="so-status">
                <Sign severity="warning" />
                {t("editor.warnings", { count: hints })}
              </span>
            )}
          </Group>
        }
        actions={
          <>
            <Button variant="default" onClick={() => setSource(true)}>
              {t("editor.yaml")}
            </Button>
            {draft.saving === "failed" && <Button onClick={draft.retry}>{t("common.tryAgain")}</Button>}
            <RouterButton to="/journeys/$journeyKey" params={{ journeyKey: journey.key }} disabled={draft.saving !== "saved"}>
              {t("editor.finish")}
            </RouterButton>
          </>
        }
      />
      <Group gap="xs" mb="xs" role="toolbar" aria-label={t("editor.tools")}>
        <Button leftSection={<IconPlus size={16} aria-hidden />} disabled={readOnly} onClick={() => setPlace(placeAfter(doc, only ?? doc.steps.at(-1)?.id ?? ENTRY_ID))}>
          {t("editor.addStep")}
        </Button>
        {tool(t("editor.undo"), <IconArrowBackUp size={18} aria-hidden />, draft.undo, !draft.canUndo)}
        {tool(t("editor.redo"), <IconArrowForwardUp size={18} aria-hidden />, draft.redo, !draft.canRedo)}
        {tool(t("editor.arrange"), <IconLayoutGrid size={18} aria-hidden />, () => edit(arrange(doc)), !doc.layout)}
        <Select id="find-step" aria-label={t("editor.find")} placeholder={t("editor.find")} searchable clearable={false} value={null} data={find} nothingFoundMessage={t("editor.notFound")} limit={50} onChange={(id) => id && goTo(id)} />
        <Button variant="subtle" onClick={() => select([])}>
          {t("editor.journey")}
        </Button>
        {steps.length > 1 && (
          <Button variant="outline" color="red.9" c="var(--mantine-color-error)" disabled={readOnly} onClick={remove}>
            {t("editor.deleteMany", { count: steps.length })}
          </Button>
        )}
      </Group>
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
              <StepComments journeyKey={journey.key} stepId={only} />
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
