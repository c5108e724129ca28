import { Group, Select, Tabs, Text } from "@mantine/core";
import { IconUserHeart } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { paged, rowsOf } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor, RouterButton } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { formatNumber } from "../../lib/format";
import { type Referral, type ReferralSearch, type Referrer, referralsPage, referralStates, referrersQuery } from "./api";
import { Claims } from "./claims";

/** Who recommended us to whom. The filters are the address of the page. */
export function ReferralList() {
  const { t } = useTranslation();
  const may = useMay("customers.read");
  const search = useSearch({ from: "/signed-in/referrals" });
  const navigate = useNavigate({ from: "/referrals" });
  const put = (change: ReferralSearch) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <>
      <PageHeader title={t("nav.referrals")} lead={t("referrals.lead")} />
      {!may && <Text>{t("common.notAllowed")}</Text>}
      {may && (
        <Tabs value={search.tab ?? "claims"} onChange={(v) => put({ tab: v === "referrers" ? "referrers" : undefined })} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="claims">{t("referrals.claims")}</Tabs.Tab>
            <Tabs.Tab value="referrers">{t("referrals.referrers")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="claims">
            <AllClaims search={search} put={put} />
          </Tabs.Panel>
          <Tabs.Panel value="referrers">
            <Referrers />
          </Tabs.Panel>
        </Tabs>
      )}
    </>
  );
}

function Empty({ filtered }: { filtered?: boolean }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<IconUserHeart size={40} />}
      title={t(filtered ? "referrals.noMatchTitle" : "referrals.emptyTitle")}
      action={
        !filtered && (
          <RouterButton to="/journeys" variant="default">
            {t("tasks.toJourneys")}
          </RouterButton>
        )
      }
    >
      {t(filtered ? "referrals.noMatch" : "referrals.empty")}
    </EmptyState>
  );
}

function AllClaims({ search, put }: { search: ReferralSearch; put: (change: ReferralSearch) => void }) {
  const { t } = useTranslation();
  const claims = useInfiniteQuery({
    queryKey: ["referrals", "list", search.state],
    ...paged<Referral>((token) => referralsPage(search, token)),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  return (
    <>
      <Group mb="md">
        <Select
          label={t("people.state")}
          placeholder={t("referrals.anyState")}
          clearable
          w={220}
          value={search.state ?? null}
          onChange={(v) => put({ state: referralStates.find((s) => s === v) })}
          data={referralStates.map((s) => ({ value: s, label: t(`referralState.${s}`) }))}
        />
      </Group>
      {claims.isPending && <ListSkeleton />}
      {claims.isError && <LoadError error={claims.error} onRetry={() => void claims.refetch()} />}
      {claims.data && (
        <Claims
          label={t("referrals.claims")}
          rows={rowsOf(claims.data)}
          more={claims.hasNextPage ? () => void claims.fetchNextPage() : undefined}
          loadingMore={claims.isFetchingNextPage}
          empty={<Empty filtered={!!search.state} />}
        />
      )}
    </>
  );
}

function Referrers() {
  const { t, i18n } = useTranslation();
  const referrers = useQuery(referrersQuery);
  const n = (x: number) => formatNumber(x, i18n.language);
  if (referrers.isPending) return <ListSkeleton />;
  if (referrers.isError) return <LoadError error={referrers.error} onRetry={() => void referrers.refetch()} />;
  return (
    <DataTable<Referrer>
      label={t("referrals.referrers")}
      rows={referrers.data.items ?? []}
      rowKey={(r) => r.customer.id + r.code.program}
      empty={<Empty />}
      columns={[
        {
          key: "who",
          title: t("referrals.referrer"),
          render: (r) => (
            <RouterAnchor to="/customers/$customerId" params={{ customerId: r.customer.id }} search={{ tab: "referrals" }} fw={600}>
              {r.customer.name || t("referrals.nobody")}
            </RouterAnchor>
          ),
        },
        { key: "code", title: t("referrals.code"), render: (r) => <Text ff="monospace" size="sm">{r.code.code || "–"}</Text> },
        { key: "visits", title: t("referrals.visits"), align: "right", render: (r) => n(r.code.visits) },
        { key: "claims", title: t("referrals.claims"), align: "right", render: (r) => n(r.claims) },
        { key: "open", title: t("referrals.open"), align: "right", render: (r) => n(r.open) },
        { key: "rewarded", title: t("referralState.rewarded"), align: "right", render: (r) => n(r.rewarded) },
        { key: "refused", title: t("referralState.refused"), align: "right", render: (r) => n(r.refused) },
        { key: "reversed", title: t("referralState.reversed"), align: "right", render: (r) => n(r.reversed) },
      ]}
    />
  );
}
