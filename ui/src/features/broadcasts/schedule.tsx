import { Checkbox, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { DurationInput } from "../../components/duration-input";
import { When } from "../../components/when";

type Schedule = Schema<"Schedule">;
const usual = [
  ["daily", "0 9 * * *"],
  ["weekly", "0 9 * * 1"],
  ["monthly", "0 9 1 * *"],
] as const;

/** Now, at a time or again and again; by one clock or by everybody's own. */
export function ScheduleForm({ value, zone, coming, onChange }: { value: Schedule; zone: string; coming: string[]; onChange: (s: Schedule) => void }) {
  const { t } = useTranslation();
  const kind = value.kind || "now";
  // What another kind would refuse is left behind; the zone and the own clock are not asked for "now".
  const choose = (k: string) => onChange(k === "now" ? { kind: k } : { kind: k, timezone: value.timezone, local: value.local, ...(k === "at" ? { at: value.at } : { cron: value.cron || usual[1][1], catch_up: value.catch_up }) });
  return (
    <Stack gap="sm">
      <Radio.Group label={t("bc.when")} value={kind} onChange={choose}>
        <Stack gap={6} mt={6}>
          {["now", "at", "cron"].map((k) => (
            <Radio key={k} value={k} label={t(`bc.kind.${k}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {kind === "at" && <TextInput type="datetime-local" label={t("bc.at")} required value={(value.at ?? "").slice(0, 16)} onChange={(e) => onChange({ ...value, at: e.currentTarget.value || undefined })} maw={260} />}
      {kind === "cron" && (
        <>
          <TextInput label={t("bc.cron")} description={t("bc.cronHint")} required value={value.cron ?? ""} onChange={(e) => onChange({ ...value, cron: e.currentTarget.value })} maw={260} styles={{ input: { fontFamily: "monospace" } }} />
          <Group gap="xs">
            {usual.map(([name, cron]) => (
              <Button key={name} size="compact-sm" variant="default" aria-pressed={value.cron === cron} onClick={() => onChange({ ...value, cron })}>
                {t(`bc.usual.${name}`)}
              </Button>
            ))}
          </Group>
          <DurationInput label={t("bc.catchUp")} placeholder="PT6H" units={["minute", "hour", "day"]} value={value.catch_up} onChange={(catch_up) => onChange({ ...value, catch_up })} />
        </>
      )}
      {kind !== "now" && (
        <>
          <Checkbox label={t("bc.local")} description={t("bc.localHint", { zone: value.timezone || zone })} checked={value.local ?? false} onChange={(e) => onChange({ ...value, local: e.currentTarget.checked || undefined })} />
          <TextInput label={t("bc.timezone")} placeholder={zone} value={value.timezone ?? ""} onChange={(e) => onChange({ ...value, timezone: e.currentTarget.value.trim() || undefined })} maw={260} />
        </>
      )}
      {kind !== "now" && coming.length > 0 && (
        <div>
          <Text size="sm" fw={500}>
            {t(kind === "cron" ? "bc.nextFive" : "bc.nextAt")}
          </Text>
          <ul style={{ margin: "4px 0 0", paddingInlineStart: 20 }} data-coming>
            {coming.map((at) => (
              <li key={at}>
                <When at={at} relative={false} size="sm" />
              </li>
            ))}
          </ul>
        </div>
      )}
    </Stack>
  );
}
