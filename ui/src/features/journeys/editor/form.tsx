import { ActionIcon, Autocomplete, Button, Checkbox, Group, NumberInput, Paper, Select, Stack, Switch, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { memo, useCallback, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Catalogue } from "../../../api/catalogue";
import { ConditionBuilder } from "../../../components/condition-builder/condition-builder";
import type { Condition } from "../../../components/condition-builder/model";
import { DurationInput } from "../../../components/duration-input";
import { JsonField } from "../../../components/json-field";
import { type JourneyDocument, type Step, ways } from "../document";
import { weekdayNames } from "../sentences";
import type { Field, Source } from "./fields";
import { Sign } from "./issues";

type Values = Record<string, unknown>;
export type FormContext = { document: JourneyDocument; catalogue: Catalogue; offers: readonly string[]; errors: Record<string, string>; warnings: Record<string, string>; readOnly: boolean };
type FormProps = { fields: readonly Field[]; value: Values; onChange: (value: Values, field: string) => void; path: string; context: FormContext };

const stepName = (s: Step) => (s.name ? `${s.name} (${s.id})` : s.id);

/** Fields in order. What is left empty is left out of the document, so that defaults stay defaults. */
export function Form(props: FormProps) {
  const { fields, value, path, context } = props;
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });
  // Always the same function, so that a letter in one field draws that field only.
  const put = useCallback((field: Field, v: unknown) => {
    const next = { ...latest.current.value };
    if (v === undefined || (v === "" && !field.required)) delete next[field.path];
    else {
      next[field.path] = v;
      for (const other of field.instead ?? []) delete next[other];
    }
    latest.current.onChange(next, field.path);
  }, []);
  return (
    <Stack gap="sm">
      {fields.map((field) => (
        <Row key={field.path} field={field} value={value[field.path]} event={value.event} object={value.object} path={`${path}.${field.path}`} context={context} put={put} />
      ))}
    </Stack>
  );
}

type RowProps = { field: Field; value: unknown; event: unknown; object: unknown; path: string; context: FormContext; put: (field: Field, v: unknown) => void };

/** Whether a field offers or shows other parts of the document. */
const readsDocument = (f: Field) => f.as === "condition" || f.as === "part" || f.as === "rows" || (f.as === "name" && ["steps", "sends", "offers"].includes(f.from));

function sameContext(field: Field, path: string, a: FormContext, b: FormContext): boolean {
  if (a === b) return true;
  if (field.as === "part" || field.as === "rows") return false; // issues within are painted by their own fields
  return a.catalogue === b.catalogue && a.offers === b.offers && a.readOnly === b.readOnly && a.errors[path] === b.errors[path] && a.warnings[path] === b.warnings[path] && (a.document === b.document || !readsDocument(field));
}

const Row = memo(
  function Row({ field, value, event, object, path, context, put }: RowProps) {
    return <FieldInput field={field} value={value} all={{ event, object }} path={path} context={context} onChange={(v) => put(field, v)} />;
  },
  (a, b) => a.field === b.field && Object.is(a.value, b.value) && a.event === b.event && a.object === b.object && a.path === b.path && a.put === b.put && sameContext(b.field, b.path, a.context, b.context),
);

type InputProps = { field: Field; value: unknown; all: Values; path: string; context: FormContext; onChange: (v: unknown) => void };

export function choicesOf(from: Source | undefined, { catalogue, document, offers }: FormContext, all: Values = {}): { value: string; label: string }[] {
  const plain = (names: string[]) => names.map((n) => ({ value: n, label: n }));
  switch (from) {
    case "templates":
      return catalogue.templates.map((x) => ({ value: x.key, label: x.key }));
    case "channels":
      return plain(catalogue.channels);
    case "events":
      return plain(catalogue.events.map((e) => e.name));
    case "audiences":
      return plain(catalogue.audiences);
    case "purposes":
      return plain(catalogue.purposes);
    case "journeys":
      return plain(catalogue.journeys.filter((j) => j.key !== document.key).map((j) => j.key));
    case "attributes":
      return plain([...catalogue.fields.map((f) => f.name), ...catalogue.attributes.map((a) => `attributes.${a}`)]);
    case "objects":
      return plain(catalogue.objects.map((o) => o.type));
    case "dates":
      return plain([...new Set(catalogue.objects.flatMap((o) => (!all.object || o.type === all.object ? o.dates : [])))]);
    case "steps":
      return plain(document.steps.map((s) => s.id));
    case "sends":
      return plain(["*", ...document.steps.flatMap((s) => (s.kind === "send" ? [s.id] : []))]);
    case "offerKeys":
      return plain([...offers]);
    case "offers":
      return plain(document.steps.flatMap((s) => (s.kind === "offer" ? [s.id] : [])));
    default:
      return [];
  }
}

/** What deserves a look but stops nothing. A span, because it stands in a description. */
function Warning({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <span style={{ display: "inline-flex", gap: 4, alignItems: "center", color: "var(--mantine-color-text)" }}>
      <Sign severity="warning" label={t("editor.warning")} size={14} />
      {text}
    </span>
  );
}

function FieldInput({ field, value, all, path, context, onChange }: InputProps) {
  const { t, i18n } = useTranslation();
  const label = t(`f.${field.label ?? field.path}`);
  const warning = context.warnings[path];
  const shared = {
    label,
    error: context.errors[path],
    description: warning && !context.errors[path] ? <Warning text={warning} /> : undefined,
    required: field.required ?? false,
    withAsterisk: field.required ?? false,
    "data-field": path,
  };
  const text = typeof value === "string" ? value : "";
  switch (field.as) {
    case "text":
      return <TextInput {...shared} value={text} onChange={(e) => onChange(e.currentTarget.value)} />;
    case "area":
      return <Textarea {...shared} autosize minRows={2} maxRows={10} value={text} onChange={(e) => onChange(e.currentTarget.value)} />;
    case "time":
      return <TextInput {...shared} type="time" value={text} onChange={(e) => onChange(e.currentTarget.value)} />;
    case "switch":
      return <Switch label={label} data-field={path} checked={value === true} onChange={(e) => onChange(e.currentTarget.checked || undefined)} />;
    case "number":
      return <NumberInput {...shared} value={typeof value === "number" ? value : ""} min={field.min} max={field.max} onChange={(v) => onChange(typeof v === "number" ? v : undefined)} />;
    case "duration":
      return <DurationInput label={label} error={context.errors[path]} required={field.required} signed={field.signed} placeholder={field.usual} value={text || undefined} onChange={onChange} />;
    case "choice":
      return (
        <Select
          {...shared}
          allowDeselect={false}
          value={text || field.usual || null}
          data={field.choices.map((c) => ({ value: c, label: t(`choice.${field.label ?? field.path}.${c}`, { defaultValue: t(`taskType.${c}`, { defaultValue: t(`role.${c}`, { defaultValue: c }) }) }) }))}
          onChange={(v) => onChange(v ?? undefined)}
        />
      );
    case "name":
      return <Autocomplete {...shared} value={text} data={choicesOf(field.from, context, all)} onChange={onChange} />;
    case "names":
    case "texts":
      return <TagsInput {...shared} value={(value as string[] | undefined) ?? []} data={field.as === "names" ? choicesOf(field.from, context).map((c) => c.value) : []} onChange={(v) => onChange(v.length > 0 ? v : undefined)} />;
    case "weekdays":
      return (
        <Checkbox.Group label={label} value={(value as string[] | undefined) ?? []} onChange={(v) => onChange(v.length > 0 ? v : undefined)}>
          <Group gap="xs" mt={4}>
            {["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((d) => (
              <Checkbox key={d} value={d} label={weekdayNames([d], i18n.language)} size="xs" />
            ))}
          </Group>
        </Checkbox.Group>
      );
    case "json":
      return <JsonField label={label} description={t("editor.jsonHint")} value={value ?? {}} object onChange={(v) => onChange(Object.keys(v as object).length > 0 ? v : undefined)} />;
    case "condition":
      return (
        <ConditionBuilder
          label={label}
          scope={field.scope}
          catalogue={context.catalogue}
          event={typeof all.event === "string" ? all.event : undefined}
          steps={context.document.steps.map((s) => ({ id: s.id, name: stepName(s), results: ways(s).map((w) => w.exit) }))}
          value={value as Condition | undefined}
          onChange={(c) => onChange(c ?? (field.path === "when" ? {} : undefined))}
        />
      );
    case "part":
      return (
        <Paper withBorder p="sm" role="group" aria-label={label}>
          <Switch label={label} data-field={path} checked={value !== undefined} onChange={(e) => onChange(e.currentTarget.checked ? structuredClone(field.start) : undefined)} mb={value === undefined ? 0 : "sm"} />
          {value !== undefined && <Form fields={field.fields} value={value as Values} path={path} context={context} onChange={onChange} />}
        </Paper>
      );
    case "rows": {
      const rows = (value as Values[] | undefined) ?? [];
      return (
        <Stack gap="xs" role="group" aria-label={label}>
          <Text size="sm" fw={500}>
            {label}
          </Text>
          {rows.map((row, i) => (
            <Paper withBorder p="sm" key={i} role="group" aria-label={t("editor.row", { label, n: i + 1 })}>
              <Group justify="flex-end" mb={-24}>
                <ActionIcon variant="subtle" color="gray" aria-label={t("editor.removeRow", { label, n: i + 1 })} onClick={() => onChange(rows.filter((_, j) => j !== i))} style={{ zIndex: 1 }}>
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              </Group>
              <Form fields={field.fields} value={row} path={`${path}[${i}]`} context={context} onChange={(v) => onChange(rows.map((r, j) => (j === i ? v : r)))} />
            </Paper>
          ))}
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} style={{ alignSelf: "flex-start" }} onClick={() => onChange([...rows, structuredClone(field.start)])}>
            {t("editor.addRow", { label })}
          </Button>
        </Stack>
      );
    }
  }
}
