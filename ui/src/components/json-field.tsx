import { JsonInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

type Props = { label: string; value: unknown; onChange: (value: unknown) => void; description?: string; object?: boolean };

/** A value as JSON, for what no form can show. What does not parse stays in the box and changes nothing. */
export function JsonField({ label, value, onChange, description, object }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState<string>();
  const change = (text: string) => {
    setDraft(text);
    try {
      const parsed: unknown = JSON.parse(text);
      if (object && (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))) throw new Error(t("json.object"));
      setError(undefined);
      onChange(parsed);
    } catch (e) {
      setError(t("json.bad", { message: (e as Error).message }));
    }
  };
  return (
    <JsonInput
      label={label}
      description={description}
      value={draft ?? JSON.stringify(value, null, 2)}
      error={error}
      onChange={change}
      onBlur={() => !error && setDraft(null)}
      autosize
      minRows={3}
      maxRows={18}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
    />
  );
}
