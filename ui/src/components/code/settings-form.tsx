import { Fieldset, MultiSelect, NumberInput, Select, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../../api/catalogue";
import { DurationInput } from "../duration-input";
import { JsonField } from "../json-field";
import { offerNamesQuery } from "./api";
import { asked, errorAt, fieldsOf, labelOf, type SettingsSchema, withSetting } from "./schema";

type Values = Record<string, unknown>;
type Props = { schema: SettingsSchema | undefined; value: Values; onChange: (value: Values, field: string) => void; path: string; errors: Record<string, string>; readOnly?: boolean };

/** The settings of code as a form, made of their JSON Schema. What is left empty keeps the default that the code has. */
export function SettingsForm({ schema, value, onChange, path, errors, readOnly }: Props) {
  const { t } = useTranslation();
  const fields = fieldsOf(schema);
  if (fields.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("code.noSettings")}
      </Text>
    );
  return (
    <Stack gap="sm">
      {fields.map(([name, s]) => (
        <Setting
          key={name}
          name={name}
          schema={s}
          value={value[name]}
          path={`${path}.${name}`}
          errors={errors}
          readOnly={readOnly}
          onChange={(v) => onChange(withSetting(value, name, v), name)}
        />
      ))}
    </Stack>
  );
}

type SettingProps = { name: string; schema: SettingsSchema; value: unknown; path: string; errors: Record<string, string>; readOnly: boolean | undefined; onChange: (v: unknown) => void };

function Setting({ name, schema, value, path, errors, readOnly, onChange }: SettingProps) {
  const { t } = useTranslation();
  const as = asked(schema);
  const label = labelOf(name, schema);
  const shared = { label, description: schema.description, error: errorAt(errors, path, as !== "group"), disabled: readOnly, "data-field": path };
  const usual = schema.default;
  const hint = usual === undefined || usual === null || usual === "" ? undefined : t("code.usual", { value: Array.isArray(usual) ? usual.join(", ") : String(usual) });
  const text = typeof value === "string" ? value : "";
  const list = Array.isArray(value) ? value.map(String) : Array.isArray(usual) && value === undefined ? usual.map(String) : [];
  const some = (v: string[]) => onChange(v.length > 0 || (Array.isArray(usual) && usual.length > 0) ? v : undefined);
  switch (as) {
    case "switch":
      return <Switch {...shared} checked={typeof value === "boolean" ? value : usual === true} onChange={(e) => onChange(e.currentTarget.checked)} />;
    case "number":
      return (
        <NumberInput
          {...shared}
          value={typeof value === "number" ? value : ""}
          placeholder={usual === undefined ? undefined : String(usual)}
          min={schema.minimum}
          max={schema.maximum}
          clampBehavior="none"
          allowDecimal={schema.type === "number"}
          onChange={(v) => onChange(typeof v === "number" ? v : undefined)}
        />
      );
    case "choice":
      return <Select {...shared} clearable={!usual} value={text || (typeof usual === "string" && usual) || null} data={schema.enum ?? []} onChange={(v) => onChange(v ?? undefined)} />;
    case "choices":
      return <MultiSelect {...shared} value={list} data={schema.items?.enum ?? []} onChange={some} />;
    case "duration":
      return (
        <DurationInput
          label={label}
          description={schema.description}
          error={shared.error}
          value={text || undefined}
          placeholder={typeof usual === "string" ? usual : undefined}
          onChange={onChange}
        />
      );
    case "date":
    case "time":
      return <TextInput {...shared} description={[schema.description, hint].filter(Boolean).join(" ") || undefined} type={as} value={text} onChange={(e) => onChange(e.currentTarget.value || undefined)} />;
    case "reference":
      return <Reference {...shared} format={schema.format ?? ""} value={text || (typeof usual === "string" && usual) || null} onChange={(v) => onChange(v ?? undefined)} />;
    case "references":
      return <References {...shared} format={schema.items?.format ?? ""} value={list} onChange={some} />;
    case "texts":
      return <TagsInput {...shared} value={list} onChange={some} />;
    case "numbers":
      return <TagsInput {...shared} value={list} onChange={(v) => onChange(v.map((x) => (x.trim() !== "" && Number.isFinite(Number(x)) ? Number(x) : x)))} />;
    case "group":
      return (
        <Fieldset legend={label} data-field={path}>
          {schema.description && (
            <Text size="sm" c="dimmed" mb="xs">
              {schema.description}
            </Text>
          )}
          <SettingsForm schema={withDefaults(schema)} value={(value ?? {}) as Values} path={path} errors={errors} readOnly={readOnly} onChange={(v) => onChange(Object.keys(v).length > 0 ? v : undefined)} />
        </Fieldset>
      );
    case "json":
      return <JsonField label={label} description={[schema.description, shared.error].filter(Boolean).join(" ") || undefined} value={value ?? usual ?? (schema.type === "array" ? [] : {})} onChange={onChange} />;
    default:
      return (
        <TextInput {...shared} value={text} placeholder={typeof usual === "string" ? usual : undefined} onChange={(e) => onChange(e.currentTarget.value || undefined)} />
      );
  }
}

/** The default of an object is told at its own settings. */
function withDefaults(s: SettingsSchema): SettingsSchema {
  const usual = (s.default ?? {}) as Values;
  return { ...s, properties: Object.fromEntries(Object.entries(s.properties ?? {}).map(([k, p]) => [k, p.default === undefined && usual[k] !== undefined ? { ...p, default: usual[k] } : p])) };
}

type RefProps = { format: string; label: string; description: string | undefined; error: string | undefined; disabled: boolean | undefined; "data-field": string };

function useChoices(format: string, chosen: string[]): { value: string; label: string }[] {
  const catalogue = useCatalogue();
  const offers = useQuery({ ...offerNamesQuery, enabled: format === "offer" });
  const all =
    format === "template"
      ? catalogue.templates.map((x) => ({ value: x.key, label: x.name || x.key }))
      : format === "audience"
        ? catalogue.audiences.map((a) => ({ value: a, label: a }))
        : (offers.data ?? []).map((o) => ({ value: o.key, label: o.name || o.key }));
  return [...all, ...chosen.filter((c) => !all.some((a) => a.value === c)).map((c) => ({ value: c, label: c }))];
}

function Reference({ format, value, onChange, ...rest }: RefProps & { value: string | null; onChange: (v: string | null) => void }) {
  return <Select {...rest} searchable clearable value={value} data={useChoices(format, value ? [value] : [])} onChange={onChange} />;
}

function References({ format, value, onChange, ...rest }: RefProps & { value: string[]; onChange: (v: string[]) => void }) {
  return <MultiSelect {...rest} searchable value={value} data={useChoices(format, value)} onChange={onChange} />;
}
