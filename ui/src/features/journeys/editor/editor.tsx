import { ActionIcon, Alert, Badge, Button, Grid, Group, Modal, Paper, Radio, Select, Stack, Text, Textarea, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconLayoutGrid, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../../../api/catalogue";
import { api, unwrap } from "../../../api/client";
import { ApiError } from "../../../api/errors";
import { useMay } from "../../../api/session";
import { RouterAnchor, RouterButton } from "../../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../../components/page";
import { type Journey, journeyQuery, versionQuery } from "../api";
import { ENTRY_ID } from "../canvas/graph-model";
import { type JourneyDocument, ways } from "../document";
import { copySteps, duplicateSteps, pasteSteps, readSteps } from "./clipboard";
import { arrange, connect, deleteSteps, insertStep, moveSteps, type Place } from "./commands";
import { EditorCanvas } from "./editor-canvas";
import { InsertDialog } from "./insert-dialog";
import { nearest } from "./keyboard";
import type { Side } from "./merge";
import { EditorPanel } from "./panel";
import { useDraft } from "./use-draft";

const CLIPBOARD = "sojourn.steps";

export function JourneyEditor() {
  const { journeyKey } = useParams({ from: "/signed-in/journeys/$journeyKey/edit" });
  const journey = useQuery({ ...journeyQuery(journeyKey), refetchInterval: false, refetchOnWindowFocus: false });
  if (journey.isPending) return <ListSkeleton rows={4} height={120} />;
  if (journey.isError) return <LoadError error={journey.error} onRetry={() => void journey.refetch()} />;
  return <Editor key={journeyKey} journey={journey.data} />;
}

function Editor({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const readOnly = !useMay("journeys.write");
  const draft = useDraft(journey, readOnly);
  const { doc, edit } = draft;
  const catalogue = useCatalogue();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [place, setPlace] = useState<Place | null>(null);
  const [source, setSource] = useState(false);
  const only = selected.size === 1 ? [...selected][0] : undefined;
  const select = useCallback((ids: string[]) => setSelected(new Set(ids)), []);
  const steps = useMemo(() => [...selected].filter((id) => doc.steps.some((s) => s.id === id)), [selected, doc]);
  const version = useQuery(versionQuery(journey.key, journey.live_version));
  const waiting = useMemo(() => Object.fromEntries((version.data?.counts.steps ?? []).map((s) => [s.step_id, s.waiting])), [version.data]);
  const errors = useMemo(() => {
    const found: Record<string, number> = {};
    for (const i of draft.issues) if (i.severity === "error") found[i.step_id || (i.path.startsWith("entry") ? ENTRY_ID : "")] = (found[i.step_id || (i.path.startsWith("entry") ? ENTRY_ID : "")] ?? 0) + 1;
    return found;
  }, [draft.issues]);
  const focusStep = useCallback((id: string) => requestAnimationFrame(() => document.querySelector<HTMLElement>(`.so-editor-canvas button[data-step-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true })), []);
  const goTo = useCallback(
    (id: string) => {
      select([id]);
      focusStep(id);
    },
    [select, focusStep],
  );
  const placeAfter = (id: string): Place => {
    const step = doc.steps.find((s) => s.id === id);
    return step ? { from: id, exits: ways(step).map((_, i) => i) } : { from: ENTRY_ID };
  };
  const remove = () => {
    if (steps.length === 0) return;
    edit(deleteSteps(doc, steps));
    goTo(ENTRY_ID);
  };
  const keys = (e: React.KeyboardEvent, positions: Record<string, { x: number; y: number }>) => {
    const mod = e.ctrlKey || e.metaKey;
    // The + of an edge and the buttons of the zoom do what they say.
    const other = (e.target as HTMLElement).closest("button:not([data-step-id])");
    if (other && (e.key === "Enter" || e.key === " ")) return;
    const at = (document.activeElement as HTMLElement | null)?.dataset.stepId ?? only ?? ENTRY_ID;
    const arrow = { ArrowDown: "down", ArrowUp: "up", ArrowLeft: "left", ArrowRight: "right" }[e.key] as "down" | undefined;
    const done = () => e.preventDefault();
    if (mod && e.key.toLowerCase() === "d") return done(), void act(() => duplicateSteps(doc, steps));
    if (mod) return;
    if (arrow) return done(), goTo(nearest(positions, at, arrow));
    if (e.key === "Enter") return done(), select([at]), void requestAnimationFrame(() => document.querySelector<HTMLElement>("#step-panel input, #step-panel button")?.focus());
    if (e.key === "a" || e.key === "+") return done(), readOnly ? undefined : setPlace(placeAfter(at));
    if (e.key === "Delete" || e.key === "Backspace") return done(), remove();
    if (e.key === "/") return done(), document.getElementById("find-step")?.focus();
  };
  const act = useCallback(
    (make: () => { doc: JourneyDocument; ids: string[] }) => {
      const made = make();
      edit(made.doc);
      if (made.ids[0]) goTo(made.ids[0]);
    },
    [edit, goTo],
  );
  const { undo, redo } = draft;
  useEffect(() => {
    const writing = () => document.activeElement?.matches("input, textarea, [contenteditable]") ?? false;
    const onKey = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey)) return;
      const key = e.key.toLowerCase();
      if (key === "f") {
        e.preventDefault();
        document.getElementById("find-step")?.focus();
      }
      if (writing()) return;
      if (key === "z" || key === "y") {
        e.preventDefault();
        (key === "y" || e.shiftKey ? redo : undo)();
      }
    };
    const onCopy = (e: ClipboardEvent) => {
      if (writing() || steps.length === 0) return;
      const text = copySteps(doc, steps);
      localStorage.setItem(CLIPBOARD, text);
      e.clipboardData?.setData("text/plain", text);
      e.preventDefault();
    };
    const onPaste = (e: ClipboardEvent) => {
      if (writing()) return;
      const clip = readSteps(e.clipboardData?.getData("text/plain") ?? "") ?? readSteps(localStorage.getItem(CLIPBOARD) ?? "");
      const step = doc.steps.find((s) => s.id === only);
      const first = step && ways(step)[0];
      if (clip) act(() => pasteSteps(doc, clip, only === ENTRY_ID ? { from: ENTRY_ID } : step && first ? { from: step.id, exits: ways(step).flatMap((w, i) => (w.to === first.to ? [i] : [])) } : undefined));
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("copy", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [doc, steps, only, undo, redo, act]);
  const problems = draft.issues.filter((i) => i.severity === "error").length;
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
            <span>{problems > 0 ? t("journey.issues", { count: problems }) : t("editor.sound")}</span>
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
      <Group gap="xs" mb="sm" role="toolbar" aria-label={t("editor.tools")}>
        <Button leftSection={<IconPlus size={16} aria-hidden />} disabled={readOnly} onClick={() => setPlace(placeAfter(only ?? doc.steps.at(-1)?.id ?? ENTRY_ID))}>
          {t("editor.addStep")}
        </Button>
        {tool(t("editor.undo"), <IconArrowBackUp size={18} aria-hidden />, draft.undo, !draft.canUndo)}
        {tool(t("editor.redo"), <IconArrowForwardUp size={18} aria-hidden />, draft.redo, !draft.canRedo)}
        {tool(t("editor.arrange"), <IconLayoutGrid size={18} aria-hidden />, () => edit(arrange(doc)), !doc.layout)}
        <Select id="find-step" aria-label={t("editor.find")} placeholder={t("editor.find")} searchable clearable={false} value={null} data={doc.steps.map((s) => ({ value: s.id, label: s.name ? `${s.name} (${s.id})` : s.id }))} onChange={(id) => id && goTo(id)} />
        <Button variant="subtle" onClick={() => select([])}>
          {t("editor.journey")}
        </Button>
        {steps.length > 1 && (
          <Button variant="outline" color="red.9" c="var(--mantine-color-error)" disabled={readOnly} onClick={remove}>
            {t("editor.deleteMany", { count: steps.length })}
          </Button>
        )}
      </Group>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <EditorCanvas
            doc={doc}
            selected={selected}
            focus={only ?? ENTRY_ID}
            errors={errors}
            waiting={waiting}
            readOnly={readOnly}
            onSelect={select}
            onInsert={setPlace}
            onMove={(to) => edit(moveSteps(doc, to))}
            onConnect={(from, to) => edit(connect(doc, from, 0, to === "@end" ? "" : to))}
            onKeyDown={keys}
          />
          <Text size="xs" className="so-dim" mt={6}>
            {t("editor.keys")}
          </Text>
          {draft.issues.length > 0 && (
            <Alert color={problems > 0 ? "red" : "yellow"} mt="sm" title={problems > 0 ? t("journey.issues", { count: problems }) : t("editor.hints")} styles={{ title: { color: "var(--mantine-color-text)" } }}>
              <Stack gap={4} align="flex-start">
                {draft.issues.map((i) => (
                  <Button key={i.path + i.code} variant="subtle" color="gray" size="compact-sm" styles={{ label: { whiteSpace: "normal", textAlign: "start", color: "var(--mantine-color-text)" }, root: { height: "auto", minHeight: 24 } }} onClick={() => (i.step_id ? goTo(i.step_id) : i.path.startsWith("entry") ? goTo(ENTRY_ID) : select([]))}>
                    {i.step_id ? `${i.step_id}: ` : ""}
                    {i.message}
                  </Button>
                ))}
              </Stack>
            </Alert>
          )}
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Paper withBorder p="md">
            <EditorPanel doc={doc} selected={only} issues={draft.issues} catalogue={catalogue} readOnly={readOnly} live={journey.live_version} onEdit={edit} onDeleted={() => goTo(ENTRY_ID)} />
          </Paper>
        </Grid.Col>
      </Grid>
      <InsertDialog
        doc={doc}
        place={place}
        onClose={() => setPlace(null)}
        onPick={(p, kind) => {
          const made = insertStep(doc, p, kind);
          setPlace(null);
          edit(made.doc);
          select([made.id]);
          setTimeout(() => focusStep(made.id), 50); // after the dialog has given the focus back
        }}
      />
      {source && <SourceDialog doc={doc} readOnly={readOnly} onClose={() => setSource(false)} onSave={(d) => edit(d)} />}
      {draft.conflict && <ConflictDialog draft={draft} />}
    </>
  );
}

/** The journey as YAML, read back by the server's own parser. */
function SourceDialog({ doc, readOnly, onClose, onSave }: { doc: JourneyDocument; readOnly: boolean; onClose: () => void; onSave: (d: JourneyDocument) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState("");
  const given = useQuery({ queryKey: ["journey-source", doc], queryFn: () => unwrap(api.POST("/api/admin/v1/journeys/source", { body: { document: doc } })), staleTime: Infinity });
  const save = async () => {
    try {
      const read = await unwrap(api.POST("/api/admin/v1/journeys/source", { body: { text: text ?? "" } }));
      if (read.document.key !== doc.key) return setError(t("editor.keyStays"));
      onSave(read.document as JourneyDocument);
      onClose();
    } catch (e) {
      setError(e instanceof ApiError ? [e.message, ...e.fields.map((f) => `${f.location}: ${f.message}`)].join("\n") : String(e));
    }
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={t("editor.yaml")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {given.isPending && <ListSkeleton rows={3} />}
      {given.isError && <LoadError error={given.error} />}
      {given.data && (
        <Stack>
          <Textarea label={t("editor.yaml")} autosize minRows={12} maxRows={28} readOnly={readOnly} value={text ?? given.data.yaml} error={error || undefined} onChange={(e) => setText(e.currentTarget.value)} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 }, error: { whiteSpace: "pre-line" } }} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button disabled={text === null || readOnly} onClick={() => void save()}>
              {t("editor.take")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

/** Somebody else saved meanwhile: what only one of us changed is merged, what both changed is asked. */
function ConflictDialog({ draft }: { draft: ReturnType<typeof useDraft> }) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<Record<string, Side>>({});
  const merge = draft.conflict?.merge;
  if (!merge) return null;
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} size="lg" title={t("editor.conflict")}>
      <Stack>
        <Text size="sm">{t("editor.conflictText", { mine: merge.mine.length, theirs: merge.theirs.length })}</Text>
        {merge.conflicts.map((c) => (
          <Radio.Group key={c.id} label={c.step ?? c.field} value={choice[c.id] ?? "mine"} onChange={(v) => setChoice({ ...choice, [c.id]: v as Side })}>
            <Grid mt={4}>
              {(["mine", "theirs"] as const).map((side) => (
                <Grid.Col span={6} key={side}>
                  <Radio value={side} label={t(`editor.${side}`)} />
                  <pre tabIndex={0} style={{ fontSize: 12, overflow: "auto", maxHeight: 220 }}>{c[side] === undefined ? t("editor.takenAway") : JSON.stringify(c[side], null, 2)}</pre>
                </Grid.Col>
              ))}
            </Grid>
          </Radio.Group>
        ))}
        <Group justify="flex-end">
          <Button onClick={() => draft.resolve(choice)}>{t("editor.merge")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
