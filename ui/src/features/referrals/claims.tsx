import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../api/session";
import type { Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { formatMoney, formatNumber } from "../../lib/format";
import { endable, endReferral, type Referral } from "./api";

/** Who came by whose code, and what came of it for both. */
export function Claims({ rows, label, empty, more, loadingMore, only }: { rows: Referral[]; label: string; empty: React.ReactNode; more?: () => void; loadingMore?: boolean; only?: "look" }) {
  const { t } = useTranslation();
  const mayEnd = useMay("customers.write") && only !== "look";
  const [ending, setEnding] = useState<Referral>();
  return (
    <>
      <DataTable<Referral>
        label={label}
        rows={rows}
        rowKey={(r) => r.id}
        empty={empty}
        more={more}
        loadingMore={loadingMore}
        columns={[
          { key: "friend", title: t("referrals.friend"), render: (r) => <Who customer={r.friend} /> },
          {
            key: "state",
            title: t("people.state"),
            render: (r) => (
              <>
                <StateBadge state={r.state} label={t(`referralState.${r.state === "accepted" && r.order_key ? "keeping" : r.state}`)} />
                <Reason of={r} />
              </>
            ),
          },
          { key: "referrer", title: t("referrals.referrer"), render: (r) => <Who customer={r.referrer} /> },
          { key: "at", title: t("referrals.claimed"), render: (r) => <When at={r.claimed_at} size="sm" /> },
          { key: "them", title: t("referrals.forReferrer"), render: (r) => <Side side={r.referrer_side} known={r.reason} /> },
          { key: "those", title: t("referrals.forFriend"), render: (r) => <Side side={r.friend_side} known={r.reason} /> },
          ...(mayEnd
            ? [
                {
                  key: "end",
                  title: t("referrals.action"),
                  render: (r: Referral) => {
                    const how = endable(r);
                    return how ? (
                      <Button size="compact-sm" variant="default" onClick={() => setEnding(r)} aria-label={`${t(`referrals.${how}`)}: ${r.friend.name}`}>
                        {t(`referrals.${how}`)}
                      </Button>
                    ) : null;
                  },
                },
              ]
            : []),
        ]}
      />
      {ending && <End referral={ending} onClose={() => setEnding(undefined)} />}
    </>
  );
}

function Who({ customer: c }: { customer: Schema<"CustomerRef"> }) {
  const { t } = useTranslation();
  return (
    <RouterAnchor to="/customers/$customerId" params={{ customerId: c.id }} search={{ tab: "referrals" }} size="sm">
      {c.name || t("referrals.nobody")}
    </RouterAnchor>
  );
}

/** Why it ended, or what it waits for. */
function Reason({ of: r }: { of: Referral }) {
  const { t } = useTranslation();
  if (r.reason) {
    return (
      <Text size="xs" className="so-dim">
        {t(`referralReason.${r.reason}`, { defaultValue: r.reason })}
      </Text>
    );
  }
  if (r.state !== "accepted" || !r.due_at) return null;
  return (
    <Text size="xs" className="so-dim" component="div">
      {t(r.order_key ? "referrals.keptUntil" : "referrals.orderUntil")} <When at={r.due_at} size="xs" relative={false} />
    </Text>
  );
}

function Side({ side: s, known }: { side: Schema<"ReferralSide">; known: string }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  if (s.state === "none") return <Text size="sm">–</Text>;
  const what =
    s.kind === "points" ? t("referrals.points", { count: s.amount, n: formatNumber(s.amount, i18n.language) }) : s.kind === "discount" ? formatMoney(s.amount, me.workspace.currency, i18n.language) : s.kind === "voucher" ? t("referrals.voucher") : "";
  return (
    <>
      <Text size="sm" td={s.state === "reversed" ? "line-through" : undefined}>
        {what || t(`referralSide.${s.state}`)}
      </Text>
      {what && s.state !== "granted" && (
        <Text size="xs" className="so-dim">
          {t(`referralSide.${s.state}`)}
        </Text>
      )}
      {!what && s.reason && s.reason !== known && (
        <Text size="xs" className="so-dim">
          {t(`referralReason.${s.reason}`, { defaultValue: s.reason })}
        </Text>
      )}
    </>
  );
}

function End({ referral: r, onClose }: { referral: Referral; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const how = endable(r) ?? "refuse";
  const end = useMutation({
    mutationFn: () => endReferral(r.id),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["referrals"] });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t(`referrals.${how}`)} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text>{t(`referrals.${how}Asks`, { friend: r.friend.name, referrer: r.referrer.name })}</Text>
        {end.isError && (
          <Text size="sm" role="alert" fw={600}>
            {end.error.message}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("common.cancel")}
          </Button>
          <Button color="red" loading={end.isPending} onClick={() => end.mutate()}>
            {t(`referrals.${how}`)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
