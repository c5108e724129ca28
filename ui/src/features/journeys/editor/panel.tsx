import { Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../../../api/catalogue";
import { RouterButton } from "../../../components/link";
import { CodeStepForm } from "../../../components/code/code-step";
import { ENTRY_ID } from "../canvas/graph-model";
import { type JourneyDocument, type Step, ways } from "../document";
import { stepIcon } from "../steps";
import { connect, deleteSteps, editDocument, editStep } from "./commands";
import { documentFields, entryFields, type Field, stepFields } from "./fields";
import { Form } from "./form";
import { Sign } from "./issues";
import { StepIdField } from "./step-id";
import type { Issue } from "./use-draft";

type Props = { doc: JourneyDocument; selected: string | undefined; many: number; issues: Issue[]; catalogue: Catalogue; readOnly: boolean; live: number; onEdit: (doc: JourneyDocument, key?: string) => void; onSelect: (ids: string[]) => void; onDeleted: () => void };

/** The form of what is chosen: a step, the entry, or the journey itself. */
export function EditorPanel(props: Props) {
  const { doc, selected, issues, catalogue, readOnly, onEdit } = props;
  const { t } = useTranslation();
  const said = (severity: string, prefix = "") => Object.fromEntries(issues.flatMap((i) => (i.severity === severity ? [[prefix + i.path, i.message]] : [])));
  const context = { document: doc, catalogue, errors: said("error"), warnings: said("warning"), readOnly };
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
        <Form fields={documentFields} value={doc as unknown as Record<string, unknown>} path="" context={{ ...context, errors: said("error", "."), warnings: said("warning", ".") }} onChange={(d, f) => onEdit({ ...(d as unknown as JourneyDocument), name: String(d.name ?? ""), purpose: String(d.purpose ?? "") }, `journey.${f}`)} />
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
      <StepIdField
        key={`id:${step.id}`}
        doc={doc}
        id={step.id}
        live={props.live > 0}
        onRename={(next, id) => {
          onEdit(next);
          props.onSelect([id]);
        }}
      />
      {step.kind === "code" ? (
        <CodeStepForm key={step.id} value={step.code} path={`steps[${at}].code`} errors={context.errors} readOnly={readOnly} onChange={(code, f) => onEdit(editStep(doc, { ...step, code }), `${step.id}.${f}`)} />
      ) : (
        <Form key={step.id} fields={stepFields[step.kind] as readonly Field[]} value={body} path={`steps[${at}].${step.kind}`} context={context} onChange={(b, f) => onEdit(editStep(doc, { ...step, [step.kind]: b } as Step), `${step.id}.${f}`)} />
      )}
      {ways(step).length > 0 && <Title order={3}>{t("editor.leadsTo")}</Title>}
      {ways(step).map((w, i) => (
        <Select
          key={i}
          label={t(`exit.${w.exit}`, { defaultValue: w.exit || "–" })}
          allowDeselect={false}
          searchable
          value={w.to}
          data={[{ value: "", label: t("canvas.end") }, ...doc.steps.map((s) => ({ value: s.id, label: s.name || s.id }))]}
          onChange={(to) => to !== null && onEdit(connect(doc, step.id, i, to))}
        />
      ))}
      <Group>
        {props.live > 0 && (
          <RouterButton to="/journeys/$journeyKey" params={{ journeyKey: doc.key }} search={{ tab: "people", version: props.live, step: step.id, state: "open" }} variant="default" size="xs">
            {t("editor.people")}
          </RouterButton>
        )}
        <Button
          color="red.9"
          c="var(--mantine-color-error)"
          variant="outline"
          size="xs"
          onClick={() => {
            onEdit(deleteSteps(doc, [step.id]));
            props.onDeleted();
          }}
        >
          {t("editor.delete")}
        </Button>
      </Group>
    </Section>
  );
}

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
