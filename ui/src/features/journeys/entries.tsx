import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { useMay } from "../../api/session";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError } from "../../components/page";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";

type Outcome = "entered" | "not_entered" | "any";

/** Who came to the entry and what became of them, in one line; each number opens the people below. */
export function EntryFunnel({ journeyKey, funnel }: { journeyKey: string; funnel: Schema<"Funnel"> }) {
  const { t, i18n } = useTranslation();
  const search = useSearch({ from: "/signed-in/journeys/$journeyKey" });
  const navigate = useNavigate({ from: "/journeys/$journeyKey" });
  const mayRead = useMay("customers.read");
  const number = (count: number, what: string, outcome: Outcome, reason?: string) => {
    const n = formatNumber(count, i18n.language);
    const chosen = search.outcome === outcome && search.reason === reason;
    return (
      <Text span key={what + (reason ?? "")} size="sm">
        {mayRead ? (
          <Anchor
            component="button"
            type="button"
            fw={chosen ? 700 : 500}
            aria-pressed={chosen}
            aria-label={t("entries.show", { n, what })}
            onClick={() => void navigate({ search: (s) => ({ ...s, outcome: chosen ? undefined : outcome, reason: chosen ? undefined : reason }), resetScroll: false })}
          >
            {n}
          </Anchor>
        ) : (
          n
        )}{" "}
        {what}
      </Text>
    );
  };
  const words = (reason: string) => t(`reason.${reason}`, { defaultValue: reason.replaceAll("_", " ") });
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <div>
          <Title order={2}>{t("entries.title")}</Title>
          <Text size="xs" className="so-dim">
            {t("entries.all")}
          </Text>
        </div>
        <Group gap="md">
          {number(funnel.seen, t("entries.seen"), "any")}
          {(funnel.refused ?? []).map((r) => number(r.count, words(r.reason), "not_entered", r.reason))}
          {number(funnel.entered, t("entries.entered"), "entered")}
        </Group>
        {search.outcome && mayRead && <Entries journeyKey={journeyKey} outcome={search.outcome} reason={search.reason} />}
      </Stack>
    </Paper>
  );
}

function Entries({ journeyKey, outcome, reason }: { journeyKey: string; outcome: Outcome; reason: string | undefined }) {
  const { t } = useTranslation();
  const filter = { outcome: outcome === "any" ? undefined : outcome, reason };
  const entries = useInfiniteQuery({
    queryKey: ["journey", journeyKey, "entries", filter],
    ...paged<Schema<"EntrySummary">>((page_token) =>
      unwrap(api.GET("/api/admin/v1/journeys/{key}/entries", { params: { path: { key: journeyKey }, query: { ...filter, page_token, page_size: 50 } as never } })),
    ),
  });
  if (entries.isPending) return <ListSkeleton rows={3} />;
  if (entries.isError) return <LoadError error={entries.error} onRetry={() => void entries.refetch()} />;
  return (
    <DataTable<Schema<"EntrySummary">>
      label={t("entries.list")}
      rows={rowsOf(entries.data)}
      rowKey={(e) => e.id}
      more={entries.hasNextPage ? () => void entries.fetchNextPage() : undefined}
      loadingMore={entries.isFetchingNextPage}
      empty={<EmptyState icon={<IconUsers size={40} />} title={t("entries.none")} />}
      columns={[
        {
          key: "customer",
          title: t("people.customer"),
          render: (e) => (
            <>
              <RouterAnchor to="/customers/$customerId" params={{ customerId: e.customer.id }} fw={600}>
                {e.customer.name || e.customer.id}
              </RouterAnchor>
              <Text size="xs" className="so-dim">
                {e.customer.email}
              </Text>
            </>
          ),
        },
        { key: "outcome", title: t("entries.outcome"), render: (e) => (e.outcome === "entered" ? t("measure.entered") : t(`reason.${e.reason}`, { defaultValue: e.reason.replaceAll("_", " ") })) },
        { key: "at", title: t("entries.at"), render: (e) => <When at={e.at} size="sm" /> },
        {
          key: "run",
          title: t("people.run"),
          render: (e) =>
            e.outcome === "entered" ? (
              <RouterAnchor to="/runs/$runId" params={{ runId: e.run_id }} size="sm" aria-label={t("people.openRun", { name: e.customer.name })}>
                {t("people.timeline")}
              </RouterAnchor>
            ) : (
              "–"
            ),
        },
      ]}
    />
  );
}
