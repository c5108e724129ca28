import { Button, Switch, Text } from "@mantine/core";
import { IconGift, IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../api/session";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";
import { benefitOf, type Offer, offersQuery } from "./api";
import { OfferForm } from "./form";
import { Standing } from "./standing";

/** What can be given to people, with what is left of it. */
export function OfferList() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const mayWrite = useMay("offers.write");
  const { archived } = useSearch({ from: "/signed-in/offers" });
  const navigate = useNavigate({ from: "/offers" });
  const [adding, setAdding] = useState(false);
  const offers = useQuery({ ...offersQuery(!!archived), placeholderData: keepPreviousData });
  const n = (x: number) => formatNumber(x, i18n.language);
  const add = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t("offers.new")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("nav.offers")} lead={t("offers.lead")} actions={add} />
      <Switch mb="md" label={t("offers.withArchived")} checked={!!archived} onChange={(e) => void navigate({ search: { archived: e.currentTarget.checked || undefined }, replace: true })} />
      {offers.isPending && <ListSkeleton />}
      {offers.isError && <LoadError error={offers.error} onRetry={() => void offers.refetch()} />}
      {offers.data && (
        <DataTable<Offer>
          label={t("nav.offers")}
          rows={offers.data.items ?? []}
          rowKey={(o) => o.key}
          empty={
            <EmptyState icon={<IconGift size={40} />} title={t("offers.emptyTitle")} action={add}>
              {t("offers.empty")}
            </EmptyState>
          }
          columns={[
            {
              key: "name",
              title: t("offers.name"),
              render: (o) => (
                <>
                  <RouterAnchor to="/offers/$offerKey" params={{ offerKey: o.key }} fw={600}>
                    {o.name}
                  </RouterAnchor>
                  <Text size="xs" className="so-dim">
                    {[benefitOf(o, me.workspace.currency, i18n.language), o.partner].filter(Boolean).join(" · ") || o.key}
                  </Text>
                </>
              ),
            },
            { key: "state", title: t("people.state"), render: (o) => <Standing offer={o} /> },
            { key: "until", title: t("offers.until"), render: (o) => <When at={o.valid_until} size="sm" /> },
            { key: "left", title: t("offers.left"), align: "right", render: (o) => (o.code_kind === "pool" ? n(o.free) : o.budget == null ? t("offers.noLimit") : n(Math.max(0, o.budget - o.reserved - o.confirmed))) },
            { key: "reserved", title: t("offers.reserved"), align: "right", render: (o) => n(o.reserved) },
            { key: "given", title: t("offers.given"), align: "right", render: (o) => n(o.confirmed) },
          ]}
        />
      )}
      {adding && <OfferForm onClose={() => setAdding(false)} />}
    </>
  );
}
