import { ActionIcon, Box, Button, Group, Paper, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCalendar, IconChevronLeft, IconChevronRight, IconRoute, IconSpeakerphone } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { formatNumber } from "../../lib/format";
import { addMonths, byDay, dayKey, type Entry, monthKey, monthOf, weeksOf } from "./days";

type Props = { month: Date; entries: Entry[] };

/** Everything that goes out in a month: as a sheet, or day by day, which is what fits a narrow screen. */
export function Calendar() {
  const { t, i18n } = useTranslation();
  const search = useSearch({ from: "/signed-in/calendar" });
  const navigate = useNavigate({ from: "/calendar" });
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const month = monthOf(search.month, new Date());
  const days = weeksOf(month).flat();
  const from = days[0]?.date ?? month;
  const end = days[days.length - 1]?.date ?? month;
  const to = new Date(end.getFullYear(), end.getMonth(), end.getDate() + 1);
  const query = { from: from.toISOString(), to: to.toISOString() };
  const calendar = useQuery({ queryKey: ["calendar", query], queryFn: () => unwrap(api.GET("/api/admin/v1/calendar", { params: { query } })), placeholderData: keepPreviousData, refetchInterval: 30_000 });
  const go = (d: Date) => void navigate({ search: (s) => ({ ...s, month: monthKey(d) }) });
  const agenda = narrow || search.view === "agenda";
  const entries = calendar.data?.items ?? [];
  return (
    <>
      <PageHeader title={t("nav.calendar")} lead={t("cal.lead")} />
      <Group justify="space-between" mb="md">
        <Group gap="xs">
          <ActionIcon variant="default" size="lg" aria-label={t("cal.before")} onClick={() => go(addMonths(month, -1))}>
            <IconChevronLeft size={18} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" size="lg" aria-label={t("cal.after")} onClick={() => go(addMonths(month, 1))}>
            <IconChevronRight size={18} aria-hidden />
          </ActionIcon>
          <Button variant="default" onClick={() => go(new Date())}>
            {t("cal.today")}
          </Button>
          <Title order={2} aria-live="polite">
            {new Intl.DateTimeFormat(i18n.language, { month: "long", year: "numeric" }).format(month)}
          </Title>
        </Group>
        {!narrow && (
          <SegmentedControl
            aria-label={t("cal.view")}
            value={agenda ? "agenda" : "month"}
            data={["month", "agenda"].map((v) => ({ value: v, label: t(`cal.${v}`) }))}
            onChange={(v) => void navigate({ search: (s) => ({ ...s, view: v === "agenda" ? "agenda" : undefined }) })}
          />
        )}
      </Group>
      {calendar.isPending && <ListSkeleton />}
      {calendar.isError && <LoadError error={calendar.error} onRetry={() => void calendar.refetch()} />}
      {calendar.data && (agenda ? <Agenda month={month} entries={entries} /> : <Sheet month={month} entries={entries} />)}
    </>
  );
}

function Sheet({ month, entries }: Props) {
  const { t, i18n } = useTranslation();
  const days = byDay(entries);
  const weeks = weeksOf(month);
  const today = dayKey(new Date());
  const name = (d: Date, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(i18n.language, options).format(d);
  return (
    <Paper withBorder style={{ overflow: "hidden" }}>
      <Table layout="fixed" withColumnBorders aria-label={t("nav.calendar")}>
        <Table.Thead>
          <Table.Tr>
            {weeks[0]?.map((d) => (
              <Table.Th key={d.key} abbr={name(d.date, { weekday: "long" })}>
                {name(d.date, { weekday: "short" })}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {weeks.map((week) => (
            <Table.Tr key={week[0]?.key}>
              {week.map((d) => (
                <Table.Td key={d.key} h={96} style={{ verticalAlign: "top" }} aria-current={d.key === today ? "date" : undefined}>
                  <Text component="time" dateTime={d.key} size="sm" fw={d.key === today ? 700 : 400} td={d.key === today ? "underline" : undefined} className={d.inMonth ? undefined : "so-dim"}>
                    {d.date.getDate()}
                  </Text>
                  <Stack gap={2} mt={2}>
                    {(days.get(d.key) ?? []).map((e, i) => (
                      <Box key={`${e.kind} ${e.key} ${e.at} ${i}`} style={{ fontSize: 12, overflowWrap: "anywhere" }}>
                        <Line entry={e} />
                      </Box>
                    ))}
                  </Stack>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Agenda({ month, entries }: Props) {
  const { t, i18n } = useTranslation();
  const days = [...byDay(entries.filter((e) => monthKey(new Date(e.at)) === monthKey(month)))];
  if (days.length === 0)
    return (
      <Paper withBorder>
        <EmptyState icon={<IconCalendar size={40} />} title={t("cal.emptyTitle")}>
          {t("cal.empty")}
        </EmptyState>
      </Paper>
    );
  return (
    <Stack gap="md">
      {days.map(([key, list]) => (
        <Paper key={key} withBorder p="md" component="section" aria-labelledby={`day-${key}`}>
          <Title order={3} id={`day-${key}`} mb="xs">
            {new Intl.DateTimeFormat(i18n.language, { weekday: "long", day: "numeric", month: "long" }).format(new Date(list[0]?.at ?? key))}
          </Title>
          <Stack gap="xs">
            {list.map((e, i) => (
              <Group key={`${e.kind} ${e.key} ${e.at} ${i}`} gap="xs" justify="space-between">
                <Line entry={e} />
                <Group gap="xs">
                  {e.recipients > 0 && (
                    <Text size="sm" className="so-dim">
                      {t("cal.recipients", { count: e.recipients, n: formatNumber(e.recipients, i18n.language) })}
                    </Text>
                  )}
                  <StateBadge state={e.paused ? "paused" : e.state} label={t(`bc.state.${e.paused ? "paused" : e.state}`)} />
                </Group>
              </Group>
            ))}
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}

/** The hour, the kind (as icon and word) and the name, which leads there. */
function Line({ entry: e }: { entry: Entry }) {
  const { t, i18n } = useTranslation();
  const at = new Date(e.at);
  const label = t(`cal.kind.${e.kind}`);
  const state = t(`bc.state.${e.paused ? "paused" : e.state}`);
  const Icon = e.kind === "journey" ? IconRoute : IconSpeakerphone;
  return (
    <span title={`${label} · ${state}`}>
      <time dateTime={e.at}>{new Intl.DateTimeFormat(i18n.language, { hour: "2-digit", minute: "2-digit" }).format(at)}</time>{" "}
      <Icon size={13} role="img" aria-label={`${label}, ${state}`} style={{ verticalAlign: "-2px" }} />{" "}
      {e.kind === "journey" ? (
        <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: e.key }} inherit underline="always">
          {e.name}
        </RouterAnchor>
      ) : (
        <RouterAnchor to="/broadcasts/$broadcastKey" params={{ broadcastKey: e.key }} inherit underline="always">
          {e.name}
        </RouterAnchor>
      )}
    </span>
  );
}
