import { Box, Group, Input, NumberInput, Select, TextInput } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { durationUnits, type DurationUnit, isDuration, parseSimpleDuration, simpleDurationToISO } from "../lib/duration";

type Props = {
  label: string;
  value: string | undefined; // ISO 8601
  onChange: (iso: string | undefined) => void;
  description?: string;
  error?: string;
  placeholder?: string; // the default as ISO, shown as a number
  signed?: boolean; // also before a date: asks "before" or "after"
  units?: readonly DurationUnit[];
  required?: boolean;
  hideLabel?: boolean;
};

/** A length of time as a number and a unit. What these two can't say (P1DT2H) is shown as ISO 8601 and kept as it is. */
export function DurationInput({ label, value, onChange, description, error, placeholder, signed, units = durationUnits, required, hideLabel }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const simple = value ? parseSimpleDuration(value) : null;
  const usual = placeholder ? parseSimpleDuration(placeholder) : null;
  if (value && !simple)
    return (
      <TextInput
        label={hideLabel ? undefined : label}
        aria-label={hideLabel ? label : undefined}
        description={description ?? t("duration.iso")}
        value={value}
        error={error ?? (isDuration(value, signed) ? undefined : t("duration.bad"))}
        onChange={(e) => onChange(e.currentTarget.value || undefined)}
      />
    );
  const unit = simple?.unit ?? usual?.unit ?? "day";
  const negative = simple?.negative ?? usual?.negative ?? false;
  const put = (change: Partial<{ amount: number; unit: DurationUnit; negative: boolean }>) =>
    onChange(simpleDurationToISO({ amount: simple?.amount ?? usual?.amount ?? 1, unit, negative, ...change }));
  const side = (n: boolean) => put({ negative: n, amount: simple?.amount ?? 1 });
  return (
    <Input.Wrapper label={hideLabel ? undefined : label} labelElement="div" description={description} error={error} required={required} id={id}>
      <Group gap="xs" wrap="nowrap" mt={4} role="group" aria-label={label}>
        <NumberInput
          aria-label={t("duration.amount", { label })}
          value={simple?.amount ?? ""}
          placeholder={usual ? String(usual.amount) : undefined}
          min={0}
          allowDecimal={false}
          allowNegative={false}
          w={88}
          error={!!error}
          onChange={(v) => (v === "" ? onChange(undefined) : put({ amount: Number(v) }))}
        />
        <Box style={{ flex: 1, minWidth: 96 }}>
          <Select
            aria-label={t("duration.unit", { label })}
            allowDeselect={false}
            value={unit}
            data={(units.includes(unit) ? units : [...units, unit]).map((u) => ({ value: u, label: t(`duration.${u}`, { count: simple?.amount ?? 2 }) }))}
            onChange={(u) => u && put({ unit: u as DurationUnit })}
          />
        </Box>
        {signed && (
          <Select
            aria-label={t("duration.side", { label })}
            allowDeselect={false}
            w={112}
            value={negative ? "before" : "after"}
            data={[
              { value: "before", label: t("duration.before") },
              { value: "after", label: t("duration.after") },
            ]}
            onChange={(v) => side(v === "before")}
          />
        )}
      </Group>
    </Input.Wrapper>
  );
}
