import { Anchor, Code, Group, Stack, Text, ThemeIcon, Timeline } from "@mantine/core";
import {
  IconBolt,
  IconCheckbox,
  IconFlag,
  IconMail,
  IconQuestionMark,
  IconRoute,
  IconShoppingCart,
  IconTarget,
  IconTool,
  IconUserCheck,
  IconArrowRight,
  IconFileText,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../api/types";
import { formatMoney } from "../lib/format";
import { RouterAnchor } from "./link";
import { When } from "./when";

type Entry = Schema<"TimelineEntry">;

const icons = {
  event: IconBolt,
  order: IconShoppingCart,
  send: IconMail,
  decision: IconQuestionMark,
  consent: IconUserCheck,
  run_started: IconRoute,
  run_ended: IconFlag,
  step: IconArrowRight,
  conversion: IconTarget,
  context: IconFileText,
  repair: IconTool,
} satisfies Record<Entry["kind"], typeof IconCheckbox>;

/** One timeline of everything: what happened, why, and the values that were seen. */
export function EntryTimeline({ entries, linkRuns = false }: { entries: Entry[]; linkRuns?: boolean }) {
  return (
    <Timeline bulletSize={26} lineWidth={2} active={-1}>
      {entries.map((e) => {
        const Icon = icons[e.kind] ?? IconCheckbox;
        return (
          <Timeline.Item
            key={e.id}
            bullet={
              <ThemeIcon size={26} radius="xl" variant="light" color={e.kind === "conversion" ? "yellow" : e.kind === "repair" ? "red" : "sojourn"} aria-hidden>
                <Icon size={15} />
              </ThemeIcon>
            }
          >
            <Item entry={e} linkRuns={linkRuns} />
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

function Item({ entry, linkRuns }: { entry: Entry; linkRuns: boolean }) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(false);
  const facts = Object.keys(entry.facts ?? {}).length > 0;
  return (
    <Stack gap={2}>
      <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" fw={550}>
          {entry.title}
          {entry.value ? ` · ${formatMoney(entry.value.minor, entry.value.currency, i18n.language)}` : ""}
        </Text>
        <When at={entry.at} size="xs" className="so-dim" style={{ whiteSpace: "nowrap" }} />
      </Group>
      <Group gap="xs">
        <Text size="xs" className="so-dim">
          {[t(`timeline.${entry.kind}`), entry.step_name, entry.reason && t(`${entry.kind === "decision" && entry.code.endsWith(".entered") ? "cause" : "reason"}.${entry.reason}`, { defaultValue: entry.reason })].filter(Boolean).join(" · ")}
        </Text>
        {linkRuns && entry.run_id && (
          <RouterAnchor to="/runs/$runId" params={{ runId: entry.run_id }} size="xs">
            {entry.journey?.name ?? t("people.run")}
          </RouterAnchor>
        )}
        {entry.broadcast && (
          <RouterAnchor to="/broadcasts/$broadcastKey" params={{ broadcastKey: entry.broadcast.key }} search={{ issue: entry.broadcast.issue }} size="xs">
            {entry.broadcast.name}
          </RouterAnchor>
        )}
        {facts && (
          <Anchor component="button" type="button" size="xs" onClick={() => setOpen(!open)} aria-expanded={open}>
            {t(open ? "timeline.hide" : "timeline.facts")}
          </Anchor>
        )}
      </Group>
      {open && (
        <Code block tabIndex={0} style={{ fontSize: 11 }}>
          {JSON.stringify(entry.facts, null, 2)}
        </Code>
      )}
    </Stack>
  );
}
