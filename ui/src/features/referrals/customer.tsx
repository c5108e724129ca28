import { Code, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Facts } from "../../components/facts";
import { ListSkeleton, LoadError } from "../../components/page";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";
import { customerReferralsQuery } from "./api";
import { Claims } from "./claims";

/** A customer's own code and link, and the referrals he is part of, on either side. */
export function CustomerReferrals({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const referrals = useQuery(customerReferralsQuery(id));
  if (referrals.isPending) return <ListSkeleton />;
  if (referrals.isError) return <LoadError error={referrals.error} onRetry={() => void referrals.refetch()} />;
  const { codes, claims } = referrals.data;
  return (
    <Stack>
      {(codes ?? []).length === 0 && <Text className="so-dim">{t("referrals.noCode")}</Text>}
      {(codes ?? []).map((c) => (
        <Paper withBorder p="md" key={c.program + c.issued_at} component="article">
          <Title order={2} size="md" mb="xs">
            {t("referrals.ownCode")}
          </Title>
          <Facts
            rows={[
              [t("referrals.code"), c.code ? <Code key="code">{c.code}</Code> : "–"],
              [t("referrals.link"), c.link ? <Code key="link" style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>{c.link}</Code> : "–"],
              [t("referrals.program"), c.program],
              [t("referrals.issued"), <When key="issued" at={c.issued_at} size="sm" />],
              [t("referrals.expires"), c.expires_at ? <When key="expires" at={c.expires_at} size="sm" /> : t("referrals.never")],
              [t("referrals.visits"), formatNumber(c.visits, i18n.language)],
            ]}
          />
        </Paper>
      ))}
      <Claims label={t("referrals.claims")} rows={claims ?? []} only="look" empty={<Text className="so-dim">{t("referrals.noClaims")}</Text>} />
    </Stack>
  );
}
