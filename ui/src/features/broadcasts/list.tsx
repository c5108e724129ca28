import { Text } from "@mantine/core";
import { IconArchive, IconSpeakerphone } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { useMay } from "../../api/session";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { NewBroadcast } from "./new";
import { IssueProgress } from "./progress-bar";

type Summary = Schema<"BroadcastSummary">;

/** Every broadcast with its state and, while it goes out, how far it is. */
export function BroadcastList() {
  const { t } = useTranslation();
  const mayWrite = useMay("journeys.write");
  const { archived = false } = useSearch({ from: "/signed-in/broadcasts" });
  const list = useInfiniteQuery({
    queryKey: ["broadcasts", archived],
    ...paged<Summary>((page_token) => unwrap(api.GET("/api/admin/v1/broadcasts", { params: { query: { page_token, page_size: 50, archived: archived || undefined } as never } }))),
    refetchInterval: (query) => (rowsOf(query.state.data).some((b) => b.state === "sending") ? 2_000 : 10_000),
  });
  const rows = rowsOf(list.data);
  const add = mayWrite && list.data ? <NewBroadcast taken={rows.map((b) => b.key)} /> : undefined;
  return (
    <>
      <PageHeader title={t("nav.broadcasts")} lead={t("bc.lead")}
        actions={
          <>
            <RouterAnchor to="/broadcasts" search={{ archived: archived ? undefined : true }} size="sm">
              {t(archived ? "bc.showList" : "bc.showArchive")}
            </RouterAnchor>
            {!archived && rows.length > 0 && add}
          </>
        }
      />
      {list.isPending && <ListSkeleton />}
      {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && (
        <DataTable<Summary>
          label={t("nav.broadcasts")}
          rows={rows}
          rowKey={(b) => b.id}
          more={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
          loadingMore={list.isFetchingNextPage}
          empty={
            archived ? (
              <EmptyState icon={<IconArchive size={40} />} title={t("bc.emptyArchive")} />
            ) : (
              <EmptyState icon={<IconSpeakerphone size={40} />} title={t("bc.emptyTitle")} action={add}>
                {t("bc.empty")}
              </EmptyState>
            )
          }
          columns={[
            {
              key: "name",
              title: t("bc.name"),
              render: (b) => (
                <>
                  <RouterAnchor to="/broadcasts/$broadcastKey" params={{ broadcastKey: b.key }} fw={600}>
                    {b.name}
                  </RouterAnchor>
                  {b.recurring && (
                    <Text size="xs" className="so-dim">
                      {t("bc.recurring")}
                    </Text>
                  )}
                </>
              ),
            },
            { key: "state", title: t("bc.state"), render: (b) => <BroadcastState state={b.state} /> },
            {
              key: "progress",
              title: t("bc.progress"),
              render: (b) => (b.issue ? <IssueProgress issue={b.issue} paused={b.state === "paused"} label={t("bc.progressOf", { name: b.name })} compact /> : "–"),
            },
            { key: "next", title: t("bc.next"), render: (b) => <When at={b.next_at} relative={false} size="sm" /> },
            { key: "changed", title: t("bc.changed"), render: (b) => <When at={b.updated_at} size="sm" /> },
          ]}
        />
      )}
    </>
  );
}

/** The state of a broadcast or of one of its issues. */
export function BroadcastState({ state }: { state: string }) {
  const { t } = useTranslation();
  return <StateBadge state={state} label={t(`bc.state.${state}`)} />;
}
