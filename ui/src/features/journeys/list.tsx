import { Box, Group, Switch, Text, TextInput } from "@mantine/core";
import { IconPlus, IconRoute } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor, RouterButton } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { Sparkline } from "../../components/sparkline";
import { StateBadge } from "../../components/state-badge";
import { formatNumber } from "../../lib/format";
import { useMay } from "../../api/session";
import { archivedJourneysQuery, journeysQuery } from "./api";
import { DuplicateButton } from "./starting";

type Summary = Schema<"JourneySummary">;

export function JourneyList() {
  const { t, i18n } = useTranslation();
  const journeys = useQuery(journeysQuery);
  const mayWrite = useMay("journeys.write");
  const { q = "", archived } = useSearch({ from: "/signed-in/journeys" });
  const navigate = useNavigate({ from: "/journeys" });
  const put = (change: { q?: string | undefined; archived?: true | undefined }) => void navigate({ search: (s) => ({ ...s, ...change }), replace: true });
  const old = useQuery({ ...archivedJourneysQuery, enabled: !!archived });
  const taken = (journeys.data?.items ?? []).map((j) => j.key);
  const n = (x: number) => formatNumber(x, i18n.language);
  const add = mayWrite && (
    <RouterButton to="/blueprints" leftSection={<IconPlus size={16} aria-hidden />}>
      {t("journeys.new")}
    </RouterButton>
  );
  const all = [...(journeys.data?.items ?? []), ...(archived ? (old.data?.items ?? []) : [])];
  const rows = all.filter((j) => `${j.name} ${j.key}`.toLowerCase().includes(q.toLowerCase()));
  return (
    <>
      <PageHeader title={t("nav.journeys")} lead={t("journeys.lead")} actions={add} />
      <Group align="flex-end" mb="md">
        <TextInput label={t("journeys.search")} value={q} onChange={(e) => put({ q: e.currentTarget.value || undefined })} maw={320} />
        <Switch mb={8} label={t("journeys.withArchived")} checked={!!archived} onChange={(e) => put({ archived: e.currentTarget.checked || undefined })} />
      </Group>
      {old.isError && <LoadError error={old.error} onRetry={() => void old.refetch()} />}
      {journeys.isPending && <ListSkeleton />}
      {journeys.isError && <LoadError error={journeys.error} onRetry={() => void journeys.refetch()} />}
      {journeys.data && (
        <DataTable<Summary>
          label={t("nav.journeys")}
          rows={rows}
          rowKey={(j) => j.id}
          empty={
            <EmptyState icon={<IconRoute size={40} />} title={t("journeys.emptyTitle")} action={add}>
              {t("journeys.empty")}
            </EmptyState>
          }
          columns={[
            {
              key: "name",
              title: t("journeys.name"),
              render: (j) => (
                <Box miw={190}>
                  <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: j.key }} fw={600}>
                    {j.name}
                  </RouterAnchor>
                  <Text size="xs" className="so-dim">
                    {j.live_version > 0 ? t("journeys.version", { n: j.live_version }) : t("journeys.neverPublished")} · {t(`entryKind.${j.entry_kind}`, { defaultValue: j.entry_kind })}
                  </Text>
                </Box>
              ),
            },
            { key: "state", title: t("journeys.state"), render: (j) => <StateBadge state={j.state} /> },
            { key: "open", title: t("journeys.open"), align: "right", render: (j) => n(j.open_runs) },
            { key: "entries", title: t("journeys.entries7d"), align: "right", render: (j) => n(j.entries_7d) },
            { key: "sends", title: t("journeys.sends7d"), align: "right", render: (j) => n(j.sends_7d) },
            { key: "goal", title: t("journeys.conversions7d"), align: "right", render: (j) => n(j.conversions_7d) },
            { key: "daily", title: t("journeys.daily"), render: (j) => <Sparkline values={j.entries_daily ?? []} label={t("journeys.daily")} /> },
            ...(mayWrite ? [{ key: "duplicate", title: t("journeys.duplicate"), render: (j: Summary) => <DuplicateButton journeyKey={j.key} name={j.name} taken={taken} /> }] : []),
          ]}
        />
      )}
    </>
  );
}
