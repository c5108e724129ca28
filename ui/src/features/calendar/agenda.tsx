import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { formatNumber } from "../../lib/format";
import { byDay, type Entry, volumeOf } from "./days";
import { Line, useReach } from "./line";

/** Day by day, with how many people each day is for. */
export function Agenda({ entries, empty }: { entries: Entry[]; empty: string }) {
  const { t, i18n } = useTranslation();
  const reach = useReach();
  const days = [...byDay(entries)];
  if (days.length === 0)
    return (
      <Paper withBorder>
        <EmptyState icon={<IconCalendar size={40} />} title={empty}>
          {t("cal.empty")}
        </EmptyState>
      </Paper>
    );
  return (
    <Stack gap="md">
      {days.map(([key, list]) => {
        const volume = volumeOf(list);
        return (
          <Paper key={key} withBorder p="md" component="section" aria-labelledby={`day-${key}`}>
            <Group justify="space-between" mb="xs" gap="xs">
              <Title order={3} id={`day-${key}`}>
                {new Intl.DateTimeFormat(i18n.language, { weekday: "long", day: "numeric", month: "long" }).format(new Date(list[0]?.at ?? key))}
              </Title>
              {volume > 0 && (
                <Text size="sm" className="so-dim">
                  {t("cal.volume", { count: volume, n: formatNumber(volume, i18n.language) })}
                </Text>
              )}
            </Group>
            <Stack gap="xs">
              {list.map((e, i) => (
                <Group key={`${e.kind} ${e.key} ${e.at} ${i}`} gap="xs" justify="space-between">
                  <Line entry={e} />
                  <Group gap="xs">
                    <Text size="sm" className="so-dim">
                      {reach(e)}
                    </Text>
                    <StateBadge state={e.paused ? "paused" : e.state} label={t(`bc.state.${e.paused ? "paused" : e.state}`)} />
                  </Group>
                </Group>
              ))}
            </Stack>
          </Paper>
        );
      })}
    </Stack>
  );
}
