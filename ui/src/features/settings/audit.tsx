import { Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { EmptyState, ListSkeleton, LoadError } from "../../components/page";
import { When } from "../../components/when";

export function Audit() {
  const { t } = useTranslation();
  const audit = useInfiniteQuery({
    queryKey: ["audit"],
    ...paged<Schema<"AuditEntry">>((page_token) => unwrap(api.GET("/api/admin/v1/audit", { params: { query: { page_token, page_size: 50 } } }))),
  });
  if (audit.isPending) return <ListSkeleton />;
  if (audit.isError) return <LoadError error={audit.error} onRetry={() => void audit.refetch()} />;
  return (
    <DataTable<Schema<"AuditEntry">>
      label={t("settings.audit")}
      rows={rowsOf(audit.data)}
      rowKey={(e) => e.id}
      more={audit.hasNextPage ? () => void audit.fetchNextPage() : undefined}
      loadingMore={audit.isFetchingNextPage}
      empty={<EmptyState icon={<IconHistory size={40} />} title={t("audit.empty")} />}
      columns={[
        { key: "at", title: t("consent.when"), render: (e) => <When at={e.at} relative={false} size="sm" /> },
        { key: "who", title: t("audit.who"), render: (e) => e.actor },
        { key: "what", title: t("audit.what"), render: (e) => t(`audit.${e.action}`, { defaultValue: e.action }) },
        { key: "subject", title: t("audit.subject"), render: (e) => e.subject },
        {
          key: "detail",
          title: t("audit.detail"),
          render: (e) => (
            <Text size="xs" ff="monospace" style={{ overflowWrap: "anywhere" }}>
              {Object.keys(e.detail ?? {}).length > 0 ? JSON.stringify(e.detail) : "–"}
            </Text>
          ),
        },
      ]}
    />
  );
}
