import { Alert, Grid, Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../api/session";
import { Facts } from "../../components/facts";
import { BackLink } from "../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { When } from "../../components/when";
import { formatDuration } from "../../lib/duration";
import { formatDateTime, formatNumber } from "../../lib/format";
import { BroadcastActions, CopyActions } from "./actions";
import { type Broadcast, broadcastQuery, type Definition } from "./api";
import { Composer } from "./composer";
import { BroadcastState } from "./list";
import { Outcomes } from "./outcomes";
import { IssueProgress } from "./progress-bar";
import { Results } from "./results";

/** One broadcast: a draft is written here; what was let go is followed here. */
export function BroadcastPage() {
  const { t } = useTranslation();
  const { broadcastKey } = useParams({ from: "/signed-in/broadcasts/$broadcastKey" });
  const query = useQuery(broadcastQuery(broadcastKey));
  const mayWrite = useMay("journeys.write");
  const back = <BackLink to="/broadcasts">{t("nav.broadcasts")}</BackLink>;
  if (query.isPending) return <ListSkeleton />;
  if (query.isError && !query.data) return <LoadError error={query.error} onRetry={() => void query.refetch()} />;
  const b = query.data;
  if (b.state === "draft" && mayWrite) return <Composer key={b.id} broadcast={b} back={back} />;
  return <Followed broadcast={b} back={back} />;
}

function Followed({ broadcast: b, back }: { broadcast: Broadcast; back: ReactNode }) {
  const { t } = useTranslation();
  const search = useSearch({ from: "/signed-in/broadcasts/$broadcastKey" });
  const mayPublish = useMay("journeys.publish");
  const mayWrite = useMay("journeys.write");
  const issue = b.issues.find((i) => i.number === search.issue) ?? b.issues[0];
  return (
    <>
      <PageHeader
        back={back}
        title={b.name}
        lead={
          <Group gap="xs">
            <BroadcastState state={b.state} />
            {b.next_at && (
              <span>
                {t("bc.nextAt")} <When at={b.next_at} relative={false} />
              </span>
            )}
          </Group>
        }
        actions={
          <>
            {mayPublish && <BroadcastActions broadcast={b} />}
            {mayWrite && <CopyActions broadcast={b} issue={issue && issue.state !== "missed" ? issue.number : undefined} />}
          </>
        }
      />
      {b.held && b.held !== "workspace_stopped" && ( // every page says that all sending is stopped
        <Alert color="yellow" mb="md" title={t("bc.heldTitle")} data-held={b.held}>
          {t(`bc.held.${b.held}`)}
        </Alert>
      )}
      {b.reason && (
        <Alert color="gray" mb="md" title={t("bc.cancelledBecause")}>
          {b.reason}
        </Alert>
      )}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            {issue ? (
              <Paper withBorder p="md">
                <Group justify="space-between" mb="sm">
                  <Title order={2}>{t("bc.progress")}</Title>
                  {b.issues.length > 1 && <IssueChoice broadcast={b} number={issue.number} />}
                </Group>
                <IssueProgress issue={issue} paused={b.state === "paused"} label={t("bc.progressOf", { name: b.name })} />
                {b.state === "sending" && (issue.state === "sending" || issue.state === "collecting") && (
                  <Text size="sm" className="so-dim" mt="xs">
                    {t("bc.goesOn")}
                  </Text>
                )}
                <Group gap="md" mt="sm">
                  <BroadcastState state={b.state === "paused" && issue.number === b.issue?.number && !issue.ended_at ? "paused" : issue.state} />
                  {issue.started_at && (
                    <Text size="sm" className="so-dim" component="div">
                      {t("bc.started")} <When at={issue.started_at} relative={false} />
                    </Text>
                  )}
                  {issue.ended_at && (
                    <Text size="sm" className="so-dim" component="div">
                      {t("bc.ended")} <When at={issue.ended_at} relative={false} />
                    </Text>
                  )}
                </Group>
              </Paper>
            ) : (
              <Paper withBorder p="md">
                <Text size="sm">{t("bc.notBegun")}</Text>
              </Paper>
            )}
            {issue && issue.state !== "missed" && (
              <section>
                <Title order={2} mb="xs">
                  {t("bc.results")}
                </Title>
                <Results broadcastKey={b.key} issue={issue} engaged={search.engaged} />
              </section>
            )}
            {issue && (
              <section>
                <Title order={2} mb="xs">
                  {t("bc.outcomes")}
                </Title>
                <Outcomes broadcastKey={b.key} issue={issue} chosen={search} />
              </section>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <About broadcast={b} />
        </Grid.Col>
      </Grid>
    </>
  );
}

function IssueChoice({ broadcast, number }: { broadcast: Broadcast; number: number }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate({ from: "/broadcasts/$broadcastKey" });
  return (
    <Select
      aria-label={t("bc.issue")}
      allowDeselect={false}
      value={String(number)}
      data={broadcast.issues.map((i) => ({ value: String(i.number), label: t("bc.issueOf", { n: i.number, at: formatDateTime(i.planned_at, i18n.language) }) }))}
      onChange={(v) => v && void navigate({ search: { issue: Number(v) } })}
    />
  );
}

function About({ broadcast: b }: { broadcast: Broadcast }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const d = b.definition;
  const rows: [string, ReactNode][] = [
    [t("bc.purpose"), d.purpose || "–"],
    [t("bc.template"), d.template || "–"],
    [t("bc.channel"), t(`channel.${d.channel || "email"}`, { defaultValue: d.channel })],
    [t("bc.when"), scheduleWords(d, me.workspace.timezone, t, i18n.language)],
    ...(d.subject ? [[t("bc.subject"), d.subject] as [string, ReactNode]] : []),
    [t("bc.priority"), formatNumber(d.priority || 50, i18n.language)],
    [t("bc.expires"), formatDuration(d.expires || "P2D", i18n.language)],
    [t("bc.ratePerHour"), d.rate_per_hour ? formatNumber(d.rate_per_hour, i18n.language) : t("bc.noLimit")],
    [t("bc.to"), d.audience ? <Json value={d.audience} label={t("bc.to")} /> : t("bc.everybody")],
  ];
  const out = d.exclude;
  if (out?.conditions?.length) rows.push([t("bc.without"), <Json key="c" value={out.conditions} label={t("bc.without")} />]);
  if (out?.journeys?.length) rows.push([t("bc.inJourneys"), out.journeys.join(", ")]);
  if (out?.broadcasts?.length) rows.push([t("bc.withoutBroadcasts"), out.broadcasts.join(", ")]);
  if (d.resend) rows.push([t("bc.field.resend"), t("bc.resendOnly", { name: d.resend.broadcast, unless: t(`bc.unless.${d.resend.unless}`) })]);
  if (out?.mailed_within) rows.push([t("bc.mailedWithin"), formatDuration(out.mailed_within, i18n.language)]);
  if (b.coming.length > 0)
    rows.push([
      t("bc.coming"),
      <Stack key="n" gap={2}>
        {b.coming.map((at) => (
          <When key={at} at={at} relative={false} size="sm" />
        ))}
      </Stack>,
    ]);
  if (b.scheduled_by) rows.push([t("bc.by"), b.scheduled_by]);
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t("bc.about")}
      </Title>
      <Facts rows={rows} />
    </Paper>
  );
}

function Json({ value, label }: { value: unknown; label: string }) {
  return (
    <pre tabIndex={0} role="region" aria-label={label} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: 0, fontSize: 12, maxHeight: 220, overflowY: "auto" }}>
      {JSON.stringify(value, null, 1)}
    </pre>
  );
}

/** When it goes out, as a sentence. */
export function scheduleWords(d: Definition, zone: string, t: (key: string, values?: Record<string, unknown>) => string, locale: string): string {
  const s = d.schedule;
  const where = s.local ? t("bc.ownClock") : s.timezone || zone;
  if (s.kind === "at") return s.at ? `${formatDateTime(`${s.at.slice(0, 16)}:00Z`, locale, "UTC")} (${where})` : "–";
  if (s.kind === "cron") return `${s.cron ?? ""} (${where})`;
  return t("bc.kind.now");
}
