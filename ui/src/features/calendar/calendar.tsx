import { ActionIcon, Button, Group, SegmentedControl, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { addDays, addMonths, dateOf, dayKey, monthKey, monthOf, weekOf, weeksOf } from "./days";
import { Agenda } from "./agenda";
import { Sheet } from "./sheet";




/** Everything that goes out: a month or a week as a sheet, or day by day, which is what fits a narrow screen. */
export function Calendar() {
  const { t, i18n } = useTranslation();
  const search = useSearch({ from: "/signed-in/calendar" });
  const navigate = useNavigate({ from: "/calendar" });
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const view = search.view ?? "month";
  const weekly = view === "week";
  const at = dateOf(search.month, new Date());
  const month = monthOf(search.month, new Date());
  const weeks = weekly ? [weekOf(at)] : weeksOf(month);
  const days = weeks.flat();
  const from = days[0]?.date ?? month;
  const to = addDays(days[days.length - 1]?.date ?? month, 1);
  const query = { from: from.toISOString(), to: to.toISOString() };
  const calendar = useQuery({ queryKey: ["calendar", query], queryFn: () => unwrap(api.GET("/api/admin/v1/calendar", { params: { query } })), placeholderData: keepPreviousData, refetchInterval: 30_000 });
  const go = (d: Date) => void navigate({ search: (s) => ({ ...s, month: weekly ? dayKey(d) : monthKey(d) }) });
  const turn = (n: number) => go(weekly ? addDays(at, 7 * n) : addMonths(month, n));
  const entries = calendar.data?.items ?? [];
  const format = (d: Date, o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(i18n.language, o).format(d);
  const title = weekly ? new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", year: "numeric" }).formatRange(from, addDays(to, -1)) : format(month, { month: "long", year: "numeric" });
  const inSight = entries.filter((e) => weekly || monthKey(new Date(e.at)) === monthKey(month));
  return (
    <>
      <PageHeader title={t("nav.calendar")} lead={t("cal.lead")} />
      <Group justify="space-between" mb="md">
        <Group gap="xs">
          <ActionIcon variant="default" size="lg" aria-label={t(weekly ? "cal.weekBefore" : "cal.before")} onClick={() => turn(-1)}>
            <IconChevronLeft size={18} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" size="lg" aria-label={t(weekly ? "cal.weekAfter" : "cal.after")} onClick={() => turn(1)}>
            <IconChevronRight size={18} aria-hidden />
          </ActionIcon>
          <Button variant="default" onClick={() => go(new Date())}>
            {t("cal.today")}
          </Button>
          <Title order={2} aria-live="polite">
            {title}
          </Title>
        </Group>
        <SegmentedControl
          aria-label={t("cal.view")}
          value={view}
          data={[
            { value: "month", label: t("cal.month") },
            { value: "week", label: t("cal.week") },
            { value: "agenda", label: t("cal.list") },
          ]}
          onChange={(v) => void navigate({ search: (s) => ({ ...s, view: v === "week" || v === "agenda" ? v : undefined }) })}
        />
      </Group>
      {calendar.isPending && <ListSkeleton />}
      {calendar.isError && <LoadError error={calendar.error} onRetry={() => void calendar.refetch()} />}
      {calendar.data &&
        (narrow || view === "agenda" ? (
          <Agenda entries={inSight} empty={t(weekly ? "cal.emptyWeek" : "cal.emptyTitle")} />
        ) : (
          <Sheet key={view} weeks={weeks} entries={entries} tall={weekly} turn={turn} />
        ))}
    </>
  );
}
