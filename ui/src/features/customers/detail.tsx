import { Grid, Group, Paper, Stack, Tabs, Text, Title, Tooltip } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { paged, rowsOf, type Schema } from "../../api/types";
import { Facts } from "../../components/facts";
import { BackLink, RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { EntryTimeline } from "../../components/timeline";
import { When } from "../../components/when";
import { formatDate, formatMoney, formatNumber, formatPercent } from "../../lib/format";
import { useMe } from "../../api/session";
import { type Customer, customerQuery } from "./api";
import { Consents } from "./consents";
import { Objects } from "./objects";
import { Why } from "./why";

/** A tab that another feature brings. */
export type MoreOfCustomer = { tab: string; title: string; panel: (id: string) => React.ReactNode };

export function CustomerDetail({ more = [] }: { more?: MoreOfCustomer[] }) {
  const { t } = useTranslation();
  const { customerId } = useParams({ from: "/signed-in/customers/$customerId" });
  const { tab } = useSearch({ from: "/signed-in/customers/$customerId" });
  const navigate = useNavigate({ from: "/customers/$customerId" });
  const customer = useQuery(customerQuery(customerId));
  if (customer.isPending) return <ListSkeleton rows={4} height={90} />;
  if (customer.isError) return <LoadError error={customer.error} onRetry={() => void customer.refetch()} />;
  const c = customer.data;
  return (
    <>
      <PageHeader
        title={c.name}
        back={<BackLink to="/customers">{t("nav.customers")}</BackLink>}
        lead={[c.email, c.external_id, c.country, c.timezone].filter(Boolean).join(" · ")}
      />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }} order={{ base: 2, md: 1 }}>
          <Tabs value={tab ?? "timeline"} onChange={(v) => void navigate({ search: { tab: v ?? undefined } })} keepMounted={false}>
            <Tabs.List mb="md">
              <Tabs.Tab value="timeline">{t("customer.timeline")}</Tabs.Tab>
              <Tabs.Tab value="why">{t("customer.why")}</Tabs.Tab>
              <Tabs.Tab value="consents">{t("customer.consents")}</Tabs.Tab>
              <Tabs.Tab value="runs">{t("customer.runs")}</Tabs.Tab>
              <Tabs.Tab value="objects">{t("customer.objects")}</Tabs.Tab>
              {more.map((m) => (
                <Tabs.Tab key={m.tab} value={m.tab}>
                  {t(m.title)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="timeline">
              <TimelineTab id={c.id} />
            </Tabs.Panel>
            <Tabs.Panel value="why">
              <Why id={c.id} />
            </Tabs.Panel>
            <Tabs.Panel value="consents">
              <Consents customer={c} />
            </Tabs.Panel>
            <Tabs.Panel value="runs">
              <Runs runs={c.runs ?? []} />
            </Tabs.Panel>
            <Tabs.Panel value="objects">
              <Objects objects={c.objects ?? []} />
            </Tabs.Panel>
            {more.map((m) => (
              <Tabs.Panel key={m.tab} value={m.tab}>
                {m.panel(c.id)}
              </Tabs.Panel>
            ))}
          </Tabs>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }} order={{ base: 1, md: 2 }}>
          <Stack>
            <Profile customer={c} />
            <Scores customer={c} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function TimelineTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const timeline = useInfiniteQuery({
    queryKey: ["customer", id, "timeline"],
    ...paged<Schema<"TimelineEntry">>((page_token) =>
      unwrap(api.GET("/api/admin/v1/customers/{id}/timeline", { params: { path: { id }, query: { page_token, page_size: 50 } } })),
    ),
  });
  if (timeline.isPending) return <ListSkeleton />;
  if (timeline.isError) return <LoadError error={timeline.error} onRetry={() => void timeline.refetch()} />;
  const rows = rowsOf(timeline.data);
  return (
    <Paper withBorder p="md">
      {rows.length === 0 ? <Text className="so-dim">{t("customer.noTimeline")}</Text> : <EntryTimeline entries={rows} linkRuns />}
      {timeline.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" size="xs" loading={timeline.isFetchingNextPage} onClick={() => void timeline.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Group>
      )}
    </Paper>
  );
}

function Runs({ runs }: { runs: Schema<"RunSummary">[] }) {
  const { t } = useTranslation();
  if (runs.length === 0) return <Text className="so-dim">{t("customer.noRuns")}</Text>;
  return (
    <Stack gap="sm">
      {runs.map((r) => (
        <Paper withBorder p="md" key={r.id}>
          <Group justify="space-between" wrap="nowrap">
            <RouterAnchor to="/runs/$runId" params={{ runId: r.id }} fw={600}>
              {r.journey.name}
            </RouterAnchor>
            <StateBadge state={r.state} />
          </Group>
          <Text size="sm" className="so-dim">
            {t("journeys.version", { n: r.journey.version })} · <When at={r.started_at} />
            {r.state === "open" && r.step_name ? ` · ${r.step_name}` : ""}
            {r.outcome ? ` · ${t(`outcome.${r.outcome}`, { defaultValue: r.outcome })}` : ""}
          </Text>
        </Paper>
      ))}
    </Stack>
  );
}

function Profile({ customer: c }: { customer: Customer }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const show = (m: Schema<"Metric">) => {
    if (m.time) return <When at={m.time} size="sm" />;
    if (m.number == null) return "–";
    if (m.kind === "money") return formatMoney(m.number, me.workspace.currency, i18n.language);
    if (m.kind === "days") return t("common.days", { count: Math.round(m.number), n: formatNumber(Math.round(m.number), i18n.language) });
    return formatNumber(m.number, i18n.language);
  };
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("customer.profile")}
      </Title>
      <Facts
        rows={[
          [t("customer.language"), c.locale || "–"],
          [t("customer.birthday"), /^\d{4}-/.test(c.birthday) ? formatDate(c.birthday, i18n.language) : c.birthday || "–"],
          [t("customer.since"), <When key="since" at={c.created_at} relative={false} size="sm" />],
          ...(c.metrics ?? []).map((m) => [t(`metric.${m.key}`, { defaultValue: m.key }), show(m)] as [string, React.ReactNode]),
        ]}
      />
      {c.contact_points?.some((p) => p.suppressed_reason) && (
        <Text size="sm" mt="sm" fw={600}>
          {t("customer.suppressed")}
        </Text>
      )}
      {c.no_profiling && <Text size="sm" mt="xs">{t("customer.noProfiling")}</Text>}
    </Paper>
  );
}

function Scores({ customer: c }: { customer: Customer }) {
  const { t, i18n } = useTranslation();
  const show = (s: Schema<"Score">) => {
    if (s.time) return <When at={s.time} size="sm" />;
    if (s.text && s.kind === "rfm") return s.text;
    if (s.number == null) return "–";
    if (s.kind === "probability") return formatPercent(s.number, i18n.language);
    if (s.kind === "days") return t("common.days", { count: Math.round(s.number), n: formatNumber(Math.round(s.number), i18n.language) });
    return formatNumber(Math.round(s.number * 100) / 100, i18n.language);
  };
  const scores = c.scores ?? [];
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("customer.scores")}
      </Title>
      {scores.length === 0 && <Text className="so-dim" size="sm">{t("customer.noScores")}</Text>}
      <Facts
        rows={scores.map((s) => [
          t(`score.${s.key}`, { defaultValue: s.key }),
          <Tooltip key={s.key} label={s.why} multiline maw={300} events={{ hover: true, focus: true, touch: true }} disabled={!s.why}>
            <span tabIndex={0} style={{ borderBottom: "1px dotted var(--so-muted)" }}>
              {show(s)}
            </span>
          </Tooltip>,
        ])}
      />
      {scores[0]?.scored_at && (
        <Text size="xs" className="so-dim" mt="sm">
          {t("customer.scored", { model: scores[0].model })} <When at={scores[0].scored_at} />
        </Text>
      )}
    </Paper>
  );
}
