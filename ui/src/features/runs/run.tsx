import { Alert, Code, Grid, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconExternalLink, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "@mantine/core";
import { api, unwrap } from "../../api/client";
import { useMay } from "../../api/session";
import type { Schema } from "../../api/types";
import { BackLink, RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { type PersonAction, personActions, PersonMenu } from "../../components/person-menu";
import { Facts } from "../../components/facts";
import { StateBadge } from "../../components/state-badge";
import { EntryTimeline } from "../../components/timeline";
import { When } from "../../components/when";
import { formatMoney } from "../../lib/format";

/** One pass of one customer: what happened and why, and the workflow behind it as long as Temporal remembers. */
export function RunPage() {
  const { t, i18n } = useTranslation();
  const { runId } = useParams({ from: "/signed-in/runs/$runId" });
  const mayWrite = useMay("customers.write");
  const run = useQuery({
    queryKey: ["run", runId],
    queryFn: () => unwrap(api.GET("/api/admin/v1/runs/{id}", { params: { path: { id: runId } } })),
    refetchInterval: 5_000,
  });
  if (run.isPending) return <ListSkeleton rows={4} height={90} />;
  if (run.isError) return <LoadError error={run.error} onRetry={() => void run.refetch()} />;
  const r = run.data;
  const operate = (kind: PersonAction) => unwrap(api.POST("/api/admin/v1/runs/{id}/operations", { params: { path: { id: runId } }, body: { kind } }));
  return (
    <>
      <PageHeader
        title={t("run.title", { name: r.customer.name, journey: r.journey.name })}
        back={<BackLink to="/journeys/$journeyKey" params={{ journeyKey: r.journey.key }} search={{ tab: "people" }}>{r.journey.name}</BackLink>}
        lead={
          <Group gap="xs">
            {r.held ? <StateBadge state="paused" label={t("people.held")} /> : <StateBadge state={r.state} />}
            {r.held && <StateBadge state="paused" label={t("people.held")} />}
            {r.control && <StateBadge state="skipped" label={t("run.control")} />}
            <RouterAnchor to="/customers/$customerId" params={{ customerId: r.customer.id }}>
              {t("run.toCustomer")}
            </RouterAnchor>
          </Group>
        }
        actions={
          <Group gap="xs">
            {mayWrite && r.state === "open" && <PersonMenu label={t("person.actions")} kinds={personActions.filter((k) => k !== (r.held ? "hold" : "release"))} run={operate} undo={(kind) => () => operate(kind === "hold" ? "release" : "hold")} />}
            <TemporalLink temporal={r.temporal} />
          </Group>
        }
      />
      <Temporal temporal={r.temporal} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Paper withBorder p="md">
            <Title order={2} mb="md">
              {t("run.timeline")}
            </Title>
            <EntryTimeline entries={r.timeline ?? []} />
          </Paper>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack>
            <Paper withBorder p="md">
              <Title order={2} mb="sm">
                {t("run.about")}
              </Title>
              <Facts
                rows={[
                  [t("journey.version"), String(r.journey.version)],
                  [t("people.at"), r.state === "open" ? r.step_name || r.step_id : "–"],
                  [t("people.wakes"), <When key="w" at={r.wake_at} size="sm" />],
                  ...(r.waiting ? ([[t("run.waits"), r.waiting.why]] as [string, string][]) : []),
                  [t("people.entered"), <When key="s" at={r.started_at} relative={false} size="sm" />],
                  [t("run.ended"), <When key="e" at={r.ended_at} relative={false} size="sm" />],
                  [t("run.outcome"), r.outcome ? t(`outcome.${r.outcome}`, { defaultValue: r.outcome }) : "–"],
                  ...(r.goal ? ([[t("run.goal"), formatMoney(r.goal.value.minor, r.goal.value.currency || "USD", i18n.language)]] as [string, string][]) : []),
                ]}
              />
            </Paper>
            <Sends sends={r.sends ?? []} />
            {(r.contexts ?? []).map((c) => (
              <Paper withBorder p="md" key={c.revision}>
                <Title order={2} mb="xs">
                  {t("run.revision", { n: c.revision })}
                </Title>
                <Code block tabIndex={0}>
                  {JSON.stringify(c.data, null, 2)}
                </Code>
              </Paper>
            ))}
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function TemporalLink({ temporal }: { temporal: Schema<"TemporalRun"> }) {
  const { t } = useTranslation();
  if (!temporal.url) return null;
  return (
    <Button component="a" href={temporal.url} target="_blank" rel="noreferrer" variant="default" rightSection={<IconExternalLink size={14} aria-hidden />}>
      {t("run.inTemporal")}
    </Button>
  );
}

function Temporal({ temporal }: { temporal: Schema<"TemporalRun"> }) {
  const { t } = useTranslation();
  if (temporal.state === "forgotten" || temporal.state === "unreachable" || temporal.state === "not_started")
    return (
      <Alert mb="md" color="blue" icon={<IconInfoCircle size={18} aria-hidden />}>
        {t(`temporal.${temporal.state}`)}
      </Alert>
    );
  return (
    <Text size="sm" className="so-dim" mb="md">
      {t("run.workflow")} <Code>{temporal.workflow_id}</Code> · {t(`temporal.${temporal.state}`, { defaultValue: temporal.state })}
    </Text>
  );
}

function Sends({ sends }: { sends: Schema<"SendSummary">[] }) {
  const { t } = useTranslation();
  if (sends.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t("home.sends")}
      </Title>
      <Stack gap="sm">
        {sends.map((s) => (
          <div key={s.id}>
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" fw={600} truncate>
                {s.subject || s.template}
              </Text>
              <StateBadge state={s.state} />
            </Group>
            <Text size="xs" className="so-dim">
              {[s.channel, s.reason && t(`reason.${s.reason}`, { defaultValue: s.reason }), s.detail].filter(Boolean).join(" · ")}
            </Text>
            {s.state === "accepted" && (
              <Text size="xs" className="so-dim">
                {s.opened_at ? t("run.opened") : t("run.notOpened")} {s.opened_at && <When at={s.opened_at} size="xs" />}
                {s.clicked_at && (
                  <>
                    {" · "}
                    {t("run.clicked")} <When at={s.clicked_at} size="xs" />
                  </>
                )}
              </Text>
            )}
            {s.inbox_id && (
              <RouterAnchor to="/inbox" search={{ message: s.inbox_id }} size="xs">
                {t("run.openMail")}
              </RouterAnchor>
            )}
          </div>
        ))}
      </Stack>
    </Paper>
  );
}
