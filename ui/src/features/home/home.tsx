import { Alert, Group, Paper, SimpleGrid, Stack, Table, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";
import { RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { Sparkline } from "../../components/sparkline";
import { Stat } from "../../components/stat";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { formatMoney, formatNumber } from "../../lib/format";

type Figure = Schema<"Figure">;
type Overview = Schema<"Overview">;

export function Home() {
  const { t, i18n } = useTranslation();
  const overview = useQuery({ queryKey: ["overview"], queryFn: () => unwrap(api.GET("/api/admin/v1/overview")), refetchInterval: 5_000 });
  if (overview.isPending) return <ListSkeleton rows={5} height={90} />;
  if (overview.isError) return <LoadError error={overview.error} onRetry={() => void overview.refetch()} />;
  const o = overview.data;
  const n = (x: number) => formatNumber(x, i18n.language);
  const change = (f: Figure) => ({ text: t("home.before", { n: n(f.previous_7_days) }), up: f.last_7_days >= f.previous_7_days });
  const value = (o.value_last_7_days ?? []).map((m) => formatMoney(m.minor, m.currency, i18n.language)).join(" + ");
  return (
    <>
      <PageHeader title={t("nav.home")} lead={<>{t("home.lead")} · <When at={o.at} relative={false} /></>} />
      <Attention items={o.attention ?? []} />
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }} spacing="sm" mb="lg">
        <Stat label={t("home.customers")} value={n(o.customers)} hint={t("home.customersHint")} />
        <Stat label={t("home.openRuns")} value={n(o.open_runs)} hint={t("home.openRunsHint")} />
        <Stat label={t("home.waking")} value={n(o.waking_next_24h)} hint={t("home.wakingHint")} />
        <Stat label={t("home.entries")} value={n(o.entries.last_7_days)} hint={t("home.entriesHint")} change={change(o.entries)} />
        <Stat label={t("home.accepted")} value={n(o.sends_accepted.last_7_days)} hint={t("home.acceptedHint")} change={change(o.sends_accepted)} />
        <Stat label={t("home.skipped")} value={n(o.sends_skipped.last_7_days)} hint={t("home.skippedHint")} change={change(o.sends_skipped)} />
        <Stat
          label={t("home.conversions")}
          value={n(o.conversions.last_7_days)}
          hint={t("home.conversionsHint")}
          change={value ? { text: value, up: true } : change(o.conversions)}
        />
        <Stat label={t("home.events")} value={n(o.events.last_7_days)} hint={t("home.eventsHint")} change={change(o.events)} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <LiveJourneys overview={o} />
        <Outcomes overview={o} />
      </SimpleGrid>
    </>
  );
}

function Attention({ items }: { items: Schema<"AttentionItem">[] }) {
  const { t } = useTranslation();
  if (items.length === 0)
    return (
      <Group gap="xs" mb="md">
        <ThemeIcon variant="light" color="teal" size="sm" aria-hidden>
          <IconCircleCheck size={14} />
        </ThemeIcon>
        <Text size="sm">{t("home.allWell")}</Text>
      </Group>
    );
  const colour = { error: "red", warning: "yellow", info: "blue" } as const;
  return (
    <Stack gap="xs" mb="lg">
      {items.map((item) => (
        <Alert
          key={item.kind + item.title}
          color={colour[item.severity]}
          icon={item.severity === "info" ? <IconInfoCircle size={18} aria-hidden /> : <IconAlertCircle size={18} aria-hidden />}
          title={t(`attention.${item.kind}`, { count: item.count, defaultValue: item.title })}
        >
          <Text size="sm">
            {item.title}
            {item.since && (
              <>
                {" "}
                (<When at={item.since} />)
              </>
            )}
          </Text>
        </Alert>
      ))}
    </Stack>
  );
}

function LiveJourneys({ overview }: { overview: Overview }) {
  const { t, i18n } = useTranslation();
  const rows = overview.journeys ?? [];
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t("home.liveJourneys")}
      </Title>
      {rows.length === 0 && <Text className="so-dim">{t("home.noJourneys")}</Text>}
      <Table verticalSpacing={6} aria-label={t("home.liveJourneys")}>
        <Table.Tbody>
          {rows.map((j) => (
            <Table.Tr key={j.key}>
              <Table.Td>
                <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: j.key }} fw={600}>
                  {j.name}
                </RouterAnchor>
                <Text size="xs" className="so-dim">
                  {t("home.pulse", { open: formatNumber(j.open_runs, i18n.language), conversions: formatNumber(j.conversions_7d, i18n.language) })}
                </Text>
              </Table.Td>
              <Table.Td>
                <Sparkline values={j.entries_daily ?? []} label={t("journeys.daily")} />
              </Table.Td>
              <Table.Td ta="right">
                <StateBadge state={j.state} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Outcomes({ overview }: { overview: Overview }) {
  const { t, i18n } = useTranslation();
  const rows = overview.sends_7d ?? [];
  const total = rows.reduce((sum, r) => sum + r.count, 0);
  return (
    <Paper withBorder p="md">
      <Title order={2} mb={4}>
        {t("home.sends")}
      </Title>
      <Text size="sm" className="so-dim" mb="sm">
        {t("home.sendsHint")}
      </Text>
      {rows.length === 0 && <Text className="so-dim">{t("home.noSends")}</Text>}
      <Stack gap={8}>
        {rows.map((r) => (
          <div key={`${r.state}/${r.reason}`}>
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Text size="sm">
                {t(`state.${r.state}`, { defaultValue: r.state })}
                {r.reason && <Text span inherit className="so-dim">{` · ${t(`reason.${r.reason}`, { defaultValue: r.reason })}`}</Text>}
              </Text>
              <Text size="sm" fw={600}>
                {formatNumber(r.count, i18n.language)}
              </Text>
            </Group>
            <div style={{ height: 6, borderRadius: 3, background: "var(--so-line)" }}>
              <div style={{ width: `${(100 * r.count) / Math.max(1, total)}%`, minWidth: 3, height: 6, borderRadius: 3, background: "var(--mantine-primary-color-filled)" }} />
            </div>
          </div>
        ))}
      </Stack>
    </Paper>
  );
}
