import { Group, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { DurationInput } from "../duration-input";
import { kindOf, type ValueKind, type ValueType } from "./model";

type Props = { type: ValueType; unit: string; op: string; value: unknown; onChange: (value: unknown) => void; choices?: string[] };

const kindsOf: Record<ValueType, ValueKind[]> = {
  text: ["text"],
  number: ["number"],
  boolean: ["boolean"],
  choice: ["text"],
  date: ["today", "day"],
  instant: ["now", "today", "day"],
  any: ["text", "number", "boolean", "day", "today", "now"],
};

/** What a condition compares with, in the way its type and operator ask for. */
export function ValueInput({ type, unit, op, value, onChange, choices = [] }: Props) {
  const { t } = useTranslation();
  if (op === "exists" || op === "not_exists") return null;
  if (op === "anniversary")
    return (
      <Group gap={6} wrap="nowrap">
        <NumberInput aria-label={t("cond.days")} w={84} min={-366} max={366} allowDecimal={false} value={typeof value === "number" ? value : 0} onChange={(v) => onChange(Number(v) || 0)} />
        <span className="so-dim" style={{ fontSize: 13 }}>
          {t("cond.daysAhead")}
        </span>
      </Group>
    );
  if (op === "in" || op === "nin") return <Many type={type} value={value} onChange={onChange} choices={choices} />;
  if (op === "between") {
    const [from, to] = Array.isArray(value) ? (value as unknown[]) : [value, value];
    return (
      <Group gap={6} wrap="wrap">
        <One type={type} unit={unit} label={t("cond.from")} value={from} onChange={(v) => onChange([v, to])} />
        <span className="so-dim">{t("cond.and")}</span>
        <One type={type} unit={unit} label={t("cond.to")} value={to} onChange={(v) => onChange([from, v])} />
      </Group>
    );
  }
  return <One type={type} unit={unit} label={t("cond.value")} value={value} onChange={onChange} choices={choices} />;
}

function Many({ type, value, onChange, choices }: { type: ValueType; value: unknown; onChange: (v: unknown) => void; choices: string[] }) {
  const { t } = useTranslation();
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  // In a list of mixed values a number stays a number: only what was text is text.
  const numeric = type === "number" || (type === "any" && list.length > 0 && list.every((v) => typeof v === "number"));
  return (
    <TagsInput
      aria-label={t("cond.values")}
      placeholder={list.length === 0 ? t("cond.valuesHint") : undefined}
      miw={180}
      data={choices}
      value={list.map(String)}
      onChange={(texts) => onChange(numeric ? texts.map(Number).filter((n) => !Number.isNaN(n)) : texts)}
      clearable={false}
    />
  );
}

function One({ type, unit, label, value, onChange, choices = [] }: { type: ValueType; unit: string; label: string; value: unknown; onChange: (v: unknown) => void; choices?: string[] }) {
  const { t } = useTranslation();
  const kinds = kindsOf[type];
  const kind = kinds.includes(kindOf(value)) ? kindOf(value) : (kinds[0] as ValueKind);
  const change = (k: ValueKind) => onChange({ text: "", number: 0, boolean: true, day: new Date().toISOString().slice(0, 10), today: { today: "P0D" }, now: { now: "-P30D" } }[k]);
  const moving = (which: "now" | "today") => (
    <DurationInput
      hideLabel
      signed
      label={label}
      units={which === "today" ? ["day", "week", "month", "year"] : undefined}
      value={String((value as Record<string, unknown>)[which] ?? "P0D")}
      onChange={(iso) => onChange({ [which]: iso ?? "P0D" })}
    />
  );
  return (
    <Group gap={6} wrap="nowrap">
      {kinds.length > 1 && (
        <Select aria-label={t("cond.kindOf", { label })} allowDeselect={false} w={kind === "today" || kind === "now" ? 120 : 110} value={kind} data={kinds.map((k) => ({ value: k, label: t(`cond.kind.${k}`) }))} onChange={(k) => k && change(k as ValueKind)} />
      )}
      {kind === "text" && choices.length > 0 && type === "choice" && (
        <Select aria-label={label} allowDeselect={false} w={130} value={String(value)} data={choices.map((c) => ({ value: c, label: t(`state.${c}`, { defaultValue: c }) }))} onChange={onChange} />
      )}
      {kind === "text" && type !== "choice" && <TextInput aria-label={label} w={150} value={typeof value === "string" ? value : ""} onChange={(e) => onChange(e.currentTarget.value)} />}
      {kind === "number" && (
        <NumberInput
          aria-label={label}
          w={110}
          value={typeof value === "number" ? (unit === "money" ? value / 100 : value) : ""}
          decimalScale={unit === "money" ? 2 : undefined}
          step={unit === "probability" ? 0.05 : 1}
          suffix={unit === "days" ? ` ${t("cond.daysUnit")}` : undefined}
          onChange={(v) => typeof v === "number" && onChange(unit === "money" ? Math.round(v * 100) : v)}
        />
      )}
      {kind === "boolean" && (
        <Select
          aria-label={label}
          allowDeselect={false}
          w={90}
          value={value === false ? "no" : "yes"}
          data={[
            { value: "yes", label: t("cond.yes") },
            { value: "no", label: t("cond.no") },
          ]}
          onChange={(v) => onChange(v === "yes")}
        />
      )}
      {kind === "day" && <TextInput aria-label={label} type="date" w={150} value={typeof value === "string" ? value : ""} onChange={(e) => onChange(e.currentTarget.value)} />}
      {kind === "today" && moving("today")}
      {kind === "now" && moving("now")}
    </Group>
  );
}
