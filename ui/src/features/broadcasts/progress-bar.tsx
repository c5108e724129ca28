import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../lib/format";
import type { Issue } from "./api";
import { percentDone, remainingWords } from "./progress";

/** How far an issue is, how fast it goes and how long it will still take. */
export function IssueProgress({ issue, paused, label, compact }: { issue: Issue; paused: boolean; label: string; compact?: boolean }) {
  const { t, i18n } = useTranslation();
  const n = (x: number) => formatNumber(x, i18n.language);
  const moving = !paused && (issue.state === "collecting" || issue.state === "sending");
  const left = remainingWords(issue.remaining_seconds, i18n.language);
  return (
    <Stack gap={4} miw={compact ? 180 : undefined}>
      <Progress value={percentDone(issue)} size={compact ? "sm" : "lg"} aria-label={label} color={issue.state === "cancelled" ? "gray" : undefined} />
      <Group justify="space-between" gap="xs">
        <Text size={compact ? "xs" : "sm"}>{t("bc.handled", { handled: n(issue.handled), all: n(issue.recipients) })}</Text>
        {moving && (
          <Text size={compact ? "xs" : "sm"} className="so-dim">
            {issue.state === "collecting" ? t("bc.collecting") : left ? t("bc.pace", { rate: n(issue.per_minute), left }) : t("bc.rate", { rate: n(issue.per_minute) })}
          </Text>
        )}
      </Group>
    </Stack>
  );
}
