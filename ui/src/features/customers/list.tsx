import { Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconUsers } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { When } from "../../components/when";
import { formatMoney, formatNumber, formatPercent } from "../../lib/format";
import { useMe } from "../../api/session";

export function CustomerList() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const { q } = useSearch({ from: "/signed-in/customers" });
  const navigate = useNavigate({ from: "/customers" });
  const [typed, setTyped] = useState(q ?? "");
  const search = useDebouncedCallback((text: string) => void navigate({ search: { q: text || undefined }, replace: true }), 250);
  const customers = useInfiniteQuery({
    queryKey: ["customers", q ?? ""],
    ...paged<Schema<"CustomerSummary">>((page_token) => unwrap(api.GET("/api/admin/v1/customers", { params: { query: { q, page_token, page_size: 50 } } }))),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHeader title={t("nav.customers")} lead={t("customers.lead")} />
      <TextInput
        label={t("customers.search")}
        description={t("customers.searchHint")}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(e) => {
          setTyped(e.currentTarget.value);
          search(e.currentTarget.value.trim());
        }}
        maw={420}
        mb="md"
      />
      {customers.isPending && <ListSkeleton />}
      {customers.isError && <LoadError error={customers.error} onRetry={() => void customers.refetch()} />}
      {customers.data && (
        <DataTable<Schema<"CustomerSummary">>
          label={t("nav.customers")}
          rows={rowsOf(customers.data)}
          rowKey={(c) => c.id}
          more={customers.hasNextPage ? () => void customers.fetchNextPage() : undefined}
          loadingMore={customers.isFetchingNextPage}
          empty={
            <EmptyState icon={<IconUsers size={40} />} title={t("customers.emptyTitle")}>
              {t(q ? "customers.noMatch" : "customers.empty")}
            </EmptyState>
          }
          columns={[
            {
              key: "name",
              title: t("customers.name"),
              render: (c) => (
                <>
                  <RouterAnchor to="/customers/$customerId" params={{ customerId: c.id }} fw={600}>
                    {c.name}
                  </RouterAnchor>
                  <Text size="xs" className="so-dim">
                    {c.email || c.external_id}
                  </Text>
                </>
              ),
            },
            { key: "orders", title: t("customers.orders"), align: "right", render: (c) => formatNumber(c.orders_count, i18n.language) },
            { key: "value", title: t("customers.value"), align: "right", render: (c) => formatMoney(c.orders_value, me.workspace.currency, i18n.language) },
            { key: "last", title: t("customers.lastOrder"), render: (c) => <When at={c.last_order_at} size="sm" /> },
            { key: "p", title: t("customers.pOrder"), align: "right", render: (c) => (c.p_order == null ? "–" : formatPercent(c.p_order, i18n.language)) },
            { key: "runs", title: t("customers.openRuns"), align: "right", render: (c) => formatNumber(c.open_runs, i18n.language) },
          ]}
        />
      )}
    </>
  );
}
