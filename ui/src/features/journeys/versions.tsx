import { Paper, Stack, Text, Title } from "@mantine/core";
import { IconVersions } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";
import type { Journey } from "./api";

/** Published versions, newest first, and when the journey was paused. */
export function Versions({ journey }: { journey: Journey }) {
  const { t, i18n } = useTranslation();
  return (
    <Stack>
      <DataTable<Schema<"VersionSummary">>
        label={t("journey.versions")}
        rows={journey.versions ?? []}
        rowKey={(v) => v.id}
        empty={<EmptyState icon={<IconVersions size={40} />} title={t("journeys.neverPublished")} />}
        columns={[
          {
            key: "number",
            title: t("journey.version"),
            render: (v) => (
              <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: journey.key }} search={{ version: v.number }} fw={600}>
                {t("journeys.version", { n: v.number })}
              </RouterAnchor>
            ),
          },
          { key: "live", title: t("journeys.state"), render: (v) => (v.live ? <StateBadge state="published" label={t("journey.live")} /> : "–") },
          { key: "open", title: t("journeys.open"), align: "right", render: (v) => formatNumber(v.open_runs, i18n.language) },
          { key: "at", title: t("journey.publishedAt"), render: (v) => <When at={v.published_at} relative={false} size="sm" /> },
          { key: "by", title: t("journey.publishedBy"), render: (v) => v.published_by },
          { key: "hash", title: t("journey.hash"), render: (v) => <Text ff="monospace" size="xs" title={v.hash}>{v.hash.slice(0, 12)}</Text> },
        ]}
      />
      {(journey.pauses ?? []).length > 0 && (
        <Paper withBorder p="md">
          <Title order={2} mb="xs">
            {t("journey.pauses")}
          </Title>
          {(journey.pauses ?? []).map((p) => (
            <Text size="sm" key={p.paused_at}>
              <When at={p.paused_at} relative={false} /> – {p.resumed_at ? <When at={p.resumed_at} relative={false} /> : t("journey.stillPaused")}
              {p.resumed_at ? ` (${t(`clock.${p.clock}`, { defaultValue: p.clock })})` : ""}
            </Text>
          ))}
        </Paper>
      )}
    </Stack>
  );
}
