import { Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo, useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../../../api/catalogue";
import { RouterButton } from "../../../components/link";
import { offerNamesQuery } from "../../../components/code/api";
import { CodeStepForm } from "../../../components/code/code-step";
import { ENTRY_ID } from "../canvas/graph-model";
import { type JourneyDocument, type Step, ways } from "../document";
import { stepIcon } from "../steps";
import { connect, deleteSteps, editDocument, editStep, renameStep } from "./commands";
import { documentFields, entryFields, type Field, stepFields } from "./fields";
import { Form, type FormContext } from "./form";
import { Sign } from "./issues";
import { StepIdField } from "./step-id";
import type { Issue } from "./use-draft";

type Props = { doc: JourneyDocument; /** The document as it was a moment ago: what fields offer from the other steps. */ others: JourneyDocument; selected: string | undefined; many: number; issues: Issue[]; catalogue: Catalogue; readOnly: boolean; live: number; onEdit: (doc: JourneyDocument, key?: string) => void; onSelect: (ids: string[]) => void; onDeleted: () => void };

/** The form of what is chosen: a step, the entry, or the journey itself. */
export const EditorPanel = memo(function EditorPanel(props: Props) {
  const { doc, others: names, selected, issues, catalogue, readOnly, onEdit, onSelect, onDeleted } = props;
  const { t } = useTranslation();
  const known = useQuery(offerNamesQuery).data;
  const offers = useMemo(() => (known ?? []).map((o) => o.key), [known]);
  const context = useMemo<FormContext>(() => {
    // Paths of the journey's own form begin with a dot, because it stands at no place of the document.
    const said = (severity: string) => Object.fromEntries(issues.flatMap((i) => (i.severity === severity ? [[i.path, i.message], [`.${i.path}`, i.message]] : [])));
    return { document: names, catalogue, offers, errors: said("error"), warnings: said("warning"), readOnly };
  }, [names, catalogue, offers, issues, readOnly]);
  const targets = useMemo(() => [{ value: "", label: t("canvas.end") }, ...names.steps.map((s) => ({ value: s.id, label: s.name || s.id }))], [names.steps, t]);
  const latest = useRef({ doc, onEdit });
  useLayoutEffect(() => {
    latest.current = { doc, onEdit };
  });
  const lead = useCallback((from: string, i: number, to: string) => latest.current.onEdit(connect(latest.current.doc, from, i, to)), []);
  const rename = useCallback(
    (id: string, to: string) => {
      latest.current.onEdit(renameStep(latest.current.doc, id, to));
      onSelect([to]);
    },
    [onSelect],
  );
  const remove = useCallback(
    (id: string) => {
      latest.current.onEdit(deleteSteps(latest.current.doc, [id]));
      onDeleted();
    },
    [onDeleted],
  );
  const at = doc.steps.findIndex((s) => s.id === selected);
  const step = doc.steps[at];
  if (selected === ENTRY_ID)
    return (
      <Section place={ENTRY_ID} title={t("canvas.entry")} readOnly={readOnly}>
        <Select
          label={t("f.entryKind")}
          allowDeselect={false}
          value={doc.entry.kind}
          data={Object.keys(entryFields).map((k) => ({ value: k, label: t(`entryKind.${k}`) }))}
          onChange={(kind) => kind && onEdit(editDocument(doc, { entry: { kind, reentry: doc.entry.reentry } }))}
        />
        <Form fields={entryFields[doc.entry.kind] ?? []} value={doc.entry as Record<string, unknown>} path="entry" context={context} onChange={(entry, f) => onEdit(editDocument(doc, { entry: entry as typeof doc.entry }), `entry.${f}`)} />
      </Section>
    );
  if (props.many > 1)
    return (
      <Section title={t("editor.chosen", { count: props.many })} readOnly={readOnly}>
        <Text size="sm">{t("editor.chosenText")}</Text>
      </Section>
    );
  if (!step)
    return (
      <Section title={t("editor.journey")} readOnly={readOnly}>
        <Form fields={documentFields} value={doc as unknown as Record<string, unknown>} path="" context={context} onChange={(d, f) => onEdit({ ...(d as unknown as JourneyDocument), name: String(d.name ?? ""), purpose: String(d.purpose ?? "") }, `journey.${f}`)} />
      </Section>
    );
  const body = ((step as unknown as Record<string, unknown>)[step.kind] ?? {}) as Record<string, unknown>;
  const mine = issues.filter((i) => i.step_id === step.id);
  return (
    <Section place={step.id} title={t(`kind.${step.kind}`)} icon={stepIcon(step.kind)} readOnly={readOnly}>
      {mine.map((i) => (
        <Group key={i.path + i.code} gap={6} wrap="nowrap" align="flex-start" role="note">
          <span style={{ marginTop: 2, display: "inline-flex" }}>
            <Sign severity={i.severity} label={t(i.severity === "error" ? "editor.error" : "editor.warning")} />
          </span>
          <Text size="sm" c={i.severity === "error" ? "var(--mantine-color-error)" : undefined}>
            {i.message}
          </Text>
        </Group>
      ))}
      <TextInput label={t("f.stepName")} value={step.name ?? ""} onChange={(e) => onEdit(editStep(doc, { ...step, name: e.currentTarget.value || undefined }), `${step.id}.name`)} />
      <StepIdField key={`id:${step.id}`} doc={names} id={step.id} live={props.live > 0} onRename={rename} />
      {step.kind === "code" ? (
        <CodeStepForm key={step.id} value={step.code} path={`steps[${at}].code`} errors={context.errors} readOnly={readOnly} onChange={(code, f) => onEdit(editStep(doc, { ...step, code }), `${step.id}.${f}`)} />
      ) : (
        <Form key={step.id} fields={stepFields[step.kind] as readonly Field[]} value={body} path={`steps[${at}].${step.kind}`} context={context} onChange={(b, f) => onEdit(editStep(doc, { ...step, [step.kind]: b } as Step), `${step.id}.${f}`)} />
      )}
      {ways(step).length > 0 && <Title order={3}>{t("editor.leadsTo")}</Title>}
      {ways(step).map((w, i) => (
        <Lead key={i} from={step.id} index={i} exit={w.exit} to={w.to} targets={targets} onLead={lead} />
      ))}
      <StepActions journeyKey={doc.key} id={step.id} live={props.live} onRemove={remove} />
    </Section>
  );
});

type ActionProps = { journeyKey: string; id: string; live: number; onRemove: (id: string) => void };

/** Who is at the step, and its end. */
const StepActions = memo(function StepActions({ journeyKey, id, live, onRemove }: ActionProps) {
  const { t } = useTranslation();
  return (
    <Group>
      {live > 0 && (
        <RouterButton to="/journeys/$journeyKey" params={{ journeyKey }} search={{ tab: "people", version: live, step: id, state: "open" }} variant="default" size="xs">
          {t("editor.people")}
        </RouterButton>
      )}
      <Button color="red.9" c="var(--mantine-color-error)" variant="outline" size="xs" onClick={() => onRemove(id)}>
        {t("editor.delete")}
      </Button>
    </Group>
  );
});

type LeadProps = { from: string; index: number; exit: string; to: string; targets: { value: string; label: string }[]; onLead: (from: string, index: number, to: string) => void };

/** Where one way out of the step leads. */
const Lead = memo(function Lead({ from, index, exit, to, targets, onLead }: LeadProps) {
  const { t } = useTranslation();
  return <Select label={t(`exit.${exit}`, { defaultValue: exit || "–" })} allowDeselect={false} searchable limit={100} value={to} data={targets} onChange={(next) => next !== null && onLead(from, index, next)} />;
});

function Section({ title, place = "", icon, readOnly, children }: { place?: string; title: string; icon?: React.ReactNode; readOnly: boolean; children: React.ReactNode }) {
  return (
    <section aria-label={title} id="step-panel" data-for={place}>
      <fieldset disabled={readOnly} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
        <Stack gap="sm">
          <Group gap={8}>
            {icon}
            <Title order={2}>{title}</Title>
          </Group>
          {children}
        </Stack>
      </fieldset>
    </section>
  );
}
