import { Alert, Autocomplete, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { JsonField } from "../json-field";
import { type Settings, useCodeTypes } from "./api";
import { SettingsForm } from "./settings-form";

type Body = Schema<"CodeStep">;
type Props = { value: Body; onChange: (value: Body, field: string) => void; path: string; errors: Record<string, string>; readOnly: boolean };

/** The form of a step in Go: which one, and its settings. A step that no worker has announced can be named all the same. */
export function CodeStepForm({ value, onChange, path, errors, readOnly }: Props) {
  const { t } = useTranslation();
  const types = useCodeTypes("step");
  const type = types.find((c) => c.type === value.type);
  const settings = (value.settings ?? {}) as Settings;
  const put = (s: Settings, field: string) => onChange({ ...value, settings: Object.keys(s).length > 0 ? s : undefined } as Body, `settings.${field}`);
  const choose = (next: string) => {
    const chosen = types.find((c) => c.type === next);
    // The exits that the code declares get their own ways on; each can be led somewhere below.
    const on = chosen ? Object.fromEntries(chosen.exits.map((e) => [e, value.on?.[e] ?? ""])) : value.on;
    onChange({ type: next, ...(on && Object.keys(on).length > 0 ? { on } : {}) } as Body, "type");
  };
  return (
    <Stack gap="sm">
      <Autocomplete
        label={t("f.codeType")}
        required
        disabled={readOnly}
        data-field={`${path}.type`}
        error={errors[`${path}.type`]}
        description={type?.description || type?.name || undefined}
        value={value.type}
        data={types.map((c) => c.type)}
        onChange={choose}
      />
      {type && !type.alive && (
        <Alert color="orange" p="xs">
          <Text size="sm">{t("code.away")}</Text>
        </Alert>
      )}
      {type ? (
        <SettingsForm schema={type.settings} value={settings} onChange={put} path={`${path}.settings`} errors={errors} readOnly={readOnly} />
      ) : (
        <JsonField label={t("f.settings")} description={t("editor.jsonHint")} value={settings} object onChange={(v) => put(v as Settings, "json")} />
      )}
    </Stack>
  );
}
