import { Badge, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError } from "../../components/page";
import { When } from "../../components/when";
import { formatNumber, formatPercent } from "../../lib/format";
import { type Issue, resultsQuery } from "./api";

const shown = ["delivered", "opened", "clicked", "unsubscribed", "not_opened", "not_clicked"] as const;

/** What people did with an issue: each number opens its people. */
export function Results({ broadcastKey, issue, engaged }: { broadcastKey: string; issue: Issue; engaged?: string | undefined }) {
  const { t, i18n } = useTranslation();
  const maySee = useMay("customers.read");
  const query = useQuery(resultsQuery(broadcastKey, issue.number, issue.state === "sending"));
  const n = (x: number) => formatNumber(x, i18n.language);
  if (query.isPending) return <ListSkeleton rows={3} />;
  if (query.isError && !query.data) return <LoadError error={query.error} onRetry={() => void query.refetch()} />;
  const r = query.data;
  const count = { delivered: r.delivered, opened: r.opened, clicked: r.clicked, unsubscribed: r.unsubscribed, not_opened: r.delivered - r.opened, not_clicked: r.delivered - r.clicked };
  return (
    <Stack gap="md">
      <Paper withBorder style={{ overflow: "hidden" }}>
        <Table verticalSpacing="xs" horizontalSpacing="md" aria-label={t("bc.results")}>
          <Table.Tbody>
            {shown.map((k) => {
              const name = t(`bc.engaged.${k}`);
              return (
                <Table.Tr key={k}>
                  <Table.Th scope="row" fw={400}>
                    {maySee ? (
                      <RouterAnchor
                        to="/broadcasts/$broadcastKey"
                        params={{ broadcastKey }}
                        search={{ issue: issue.number, engaged: k }}
                        aria-current={engaged === k ? "true" : undefined}
                        fw={engaged === k ? 700 : undefined}
                        resetScroll={false}
                      >
                        {name}
                      </RouterAnchor>
                    ) : (
                      name
                    )}
                  </Table.Th>
                  <Table.Td ta="right">{n(count[k])}</Table.Td>
                  <Table.Td ta="right">{k !== "delivered" && r.delivered > 0 ? t("bc.ofDelivered", { share: formatPercent(count[k] / r.delivered, i18n.language, 1) }) : ""}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Paper>
      {issue.test && <SubjectTest issue={issue} test={issue.test} now={r.arms} />}
    </Stack>
  );
}

function SubjectTest({ issue, test, now }: { issue: Issue; test: NonNullable<Issue["test"]>; now: NonNullable<Issue["test"]>["arms"] }) {
  const { t, i18n } = useTranslation();
  const n = (x: number) => formatNumber(x, i18n.language);
  return (
    <section aria-label={t("bc.testTitle")}>
      <Title order={3} mb="xs">
        {t("bc.testTitle")}
      </Title>
      <Text size="sm" className="so-dim" component="div" mb="xs">
        {test.decided_at ? (
          <>
            {t("bc.testDecided")} <When at={test.decided_at} relative={false} size="sm" />
          </>
        ) : test.decides_at ? (
          <>
            {t("bc.testDecides")} <When at={test.decides_at} relative={false} size="sm" />
          </>
        ) : (
          (issue.state === "sending" || issue.state === "collecting") && t("bc.testRunning")
        )}
      </Text>
      <Paper withBorder style={{ overflowX: "auto" }}>
        <Table verticalSpacing="xs" horizontalSpacing="md" aria-label={t("bc.testTitle")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("bc.subject")}</Table.Th>
              {(["delivered", "opened", "clicked"] as const).map((k) => (
                <Table.Th key={k} ta="right">
                  {t(`bc.engaged.${k}`)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {now.map((a) => (
              <Table.Tr key={a.arm}>
                <Table.Th scope="row" fw={400}>
                  {a.subject}{" "}
                  {test.winner === a.arm && (
                    <Badge variant="default" styles={{ root: { textTransform: "none" } }}>
                      {t("bc.testWinner")}
                    </Badge>
                  )}
                </Table.Th>
                <Table.Td ta="right">{n(a.sent)}</Table.Td>
                <Table.Td ta="right">{a.sent > 0 ? `${n(a.opened)} (${formatPercent(a.opened / a.sent, i18n.language, 1)})` : "–"}</Table.Td>
                <Table.Td ta="right">{a.sent > 0 ? `${n(a.clicked)} (${formatPercent(a.clicked / a.sent, i18n.language, 1)})` : "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
    </section>
  );
}
