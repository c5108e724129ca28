import { Paper, Stack, Table, Text, Title } from "@mantine/core";
import { IconMailOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { useMay } from "../../api/session";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { formatNumber, formatPercent } from "../../lib/format";
import type { Issue } from "./api";
import { byCount } from "./progress";

export type Chosen = { state?: string | undefined; reason?: string | undefined; engaged?: Engaged | undefined };
export type Engaged = "delivered" | "opened" | "clicked" | "unsubscribed" | "not_opened" | "not_clicked";
type Send = Schema<"SendSummary">;

/** What became of an issue: each outcome with its reason leads to the people behind the number. */
export function Outcomes({ broadcastKey, issue, chosen }: { broadcastKey: string; issue: Issue; chosen: Chosen }) {
  const { t, i18n } = useTranslation();
  const maySee = useMay("customers.read");
  const rows = byCount(issue.outcomes);
  if (rows.length === 0)
    return (
      <Text size="sm" className="so-dim">
        {t("bc.noOutcomes")}
      </Text>
    );
  return (
    <Stack gap="md">
      <Paper withBorder style={{ overflow: "hidden" }}>
        <Table verticalSpacing="xs" horizontalSpacing="md" aria-label={t("bc.outcomes")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("bc.outcome")}</Table.Th>
              <Table.Th ta="right">{t("bc.people")}</Table.Th>
              <Table.Th ta="right">{t("bc.share")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((o) => {
              const state = t(`state.${o.state}`, { defaultValue: o.state });
              const text = o.reason ? t("bc.because", { state, reason: t(`reason.${o.reason}`, { defaultValue: o.reason }) }) : state;
              const current = chosen.state === o.state && (chosen.reason ?? "") === o.reason;
              return (
                <Table.Tr key={`${o.state} ${o.reason}`}>
                  <Table.Td>
                    {maySee ? (
                      <RouterAnchor
                        to="/broadcasts/$broadcastKey"
                        params={{ broadcastKey }}
                        search={{ issue: issue.number, state: o.state, reason: o.reason || undefined }}
                        aria-current={current ? "true" : undefined}
                        fw={current ? 700 : undefined}
                        resetScroll={false}
                      >
                        {text}
                      </RouterAnchor>
                    ) : (
                      text
                    )}
                  </Table.Td>
                  <Table.Td ta="right">{formatNumber(o.count, i18n.language)}</Table.Td>
                  <Table.Td ta="right">{issue.recipients > 0 ? formatPercent(o.count / issue.recipients, i18n.language, 1) : "–"}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Paper>
      {maySee && (chosen.state || chosen.engaged) && <Sends issue={issue} chosen={chosen} />}
    </Stack>
  );
}

function Sends({ issue, chosen }: { issue: Issue; chosen: Chosen }) {
  const { t } = useTranslation();
  const filter = { issue: issue.id, state: chosen.state, reason: chosen.reason, engaged: chosen.engaged };
  const sends = useInfiniteQuery({
    queryKey: ["sends", filter],
    ...paged<Send>((page_token) => unwrap(api.GET("/api/admin/v1/sends", { params: { query: { ...filter, page_token, page_size: 50 } } }))),
    refetchInterval: issue.state === "sending" ? 5_000 : false,
  });
  return (
    <section aria-label={t("bc.peopleBehind")}>
      <Title order={3} mb="xs">
        {chosen.engaged ? `${t("bc.peopleBehind")}: ${t(`bc.engaged.${chosen.engaged}`)}` : t("bc.peopleBehind")}
      </Title>
      {sends.isPending && <ListSkeleton rows={3} />}
      {sends.isError && <LoadError error={sends.error} onRetry={() => void sends.refetch()} />}
      {sends.data && (
        <DataTable<Send>
          label={t("bc.peopleBehind")}
          rows={rowsOf(sends.data)}
          rowKey={(s) => s.id}
          more={sends.hasNextPage ? () => void sends.fetchNextPage() : undefined}
          loadingMore={sends.isFetchingNextPage}
          empty={<EmptyState icon={<IconMailOff size={40} />} title={t("bc.nobodyHere")} />}
          columns={[
            {
              key: "who",
              title: t("people.customer"),
              render: (s) => (
                <>
                  <RouterAnchor to="/customers/$customerId" params={{ customerId: s.customer.id }} fw={600}>
                    {s.customer.name}
                  </RouterAnchor>
                  <Text size="xs" className="so-dim">
                    {s.address || s.customer.email}
                  </Text>
                </>
              ),
            },
            { key: "state", title: t("bc.state"), render: (s) => <StateBadge state={s.state} /> },
            { key: "reason", title: t("bc.reason"), render: (s) => (s.reason ? t(`reason.${s.reason}`, { defaultValue: s.reason }) : s.detail || "–") },
            { key: "at", title: t("bc.when"), render: (s) => <When at={s.handed_at ?? s.closed_at ?? s.defer_until ?? s.planned_at} size="sm" /> },
            {
              key: "mail",
              title: t("bc.message"),
              render: (s) =>
                s.inbox_id ? (
                  <RouterAnchor to="/inbox" search={{ message: s.inbox_id }}>
                    {s.subject || t("run.openMail")}
                  </RouterAnchor>
                ) : (
                  s.subject || "–"
                ),
            },
          ]}
        />
      )}
    </section>
  );
}
