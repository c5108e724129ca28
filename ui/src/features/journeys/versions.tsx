import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconVersions } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import type { Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";
import { useQuery } from "@tanstack/react-query";
import { type Journey, versionQuery } from "./api";
import type { JourneyDocument } from "./document";
import { setRollout } from "./versions-api";
import { DiffDialog, MoveDialog, RollBackDialog, useVersionAction } from "./versions-dialogs";
import { Operations } from "./versions-operations";

/** Published versions, newest first, and when the journey was paused. */
export function Versions({ journey }: { journey: Journey }) {
  const { t, i18n } = useTranslation();
  const mayPublish = useMay("journeys.publish");
  const [diff, setDiff] = useState<{ from: number; to: number } | null>(null);
  const [back, setBack] = useState(0);
  const [moving, setMoving] = useState(false);
  const live = useQuery(versionQuery(journey.key, journey.live_version));
  const widen = useVersionAction<number>(journey.key, (percent) => setRollout(journey.key, percent), t("versions.widened"));
  const elsewhere = (journey.versions ?? []).some((v) => !v.live && v.open_runs > 0);
  const running = journey.state === "published" || journey.state === "paused";
  return (
    <Stack>
      {journey.rollout_percent < 100 && (
        <Alert color="blue">
          <Group justify="space-between">
            <Text size="sm">{t("versions.stage", { n: journey.rollout_percent })}</Text>
            {mayPublish && (
              <Group gap="xs">
                {[10, 100]
                  .filter((x) => x > journey.rollout_percent)
                  .map((x) => (
                    <Button key={x} size="xs" variant="default" loading={widen.isPending} onClick={() => widen.mutate(x)}>
                      {t("versions.widen", { n: x })}
                    </Button>
                  ))}
              </Group>
            )}
          </Group>
        </Alert>
      )}
      {mayPublish && running && elsewhere && live.data && (
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setMoving(true)}>
            {t("move.title")}
          </Button>
        </Group>
      )}
      {diff && <DiffDialog journey={journey} from={diff.from} to={diff.to} onClose={() => setDiff(null)} />}
      {back > 0 && <RollBackDialog journey={journey} version={back} onClose={() => setBack(0)} />}
      {moving && live.data && <MoveDialog journey={journey} document={live.data.document as JourneyDocument} onClose={() => setMoving(false)} />}
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
              <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: journey.key }} search={{ version: v.number }} fw={600} style={{ whiteSpace: "nowrap" }}>
                {t("journeys.version", { n: v.number })}
              </RouterAnchor>
            ),
          },
          { key: "live", title: t("journeys.state"), render: (v) => (v.live ? <StateBadge state="published" label={t("journey.live")} /> : "–") },
          { key: "open", title: t("journeys.open"), align: "right", render: (v) => formatNumber(v.open_runs, i18n.language) },
          { key: "at", title: t("journey.publishedAt"), render: (v) => <When at={v.published_at} relative={false} size="sm" /> },
          { key: "by", title: t("journey.publishedBy"), render: (v) => v.published_by },
          { key: "hash", title: t("journey.hash"), render: (v) => <Text ff="monospace" size="xs" title={v.hash}>{v.hash.slice(0, 12)}</Text> },
          {
            key: "actions",
            title: t("versions.actions"),
            render: (v) => (
              <Group gap="xs" wrap="nowrap">
                {(!v.live || journey.draft_changed) && (
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={t("versions.compareOf", { n: v.number })}
                    onClick={() => setDiff(v.live ? { from: v.number, to: 0 } : { from: v.number, to: journey.live_version })}
                  >
                    {t("versions.compare")}
                  </Button>
                )}
                {mayPublish && running && !v.live && (
                  <Button size="xs" variant="default" aria-label={t("versions.rollBackOf", { n: v.number })} onClick={() => setBack(v.number)}>
                    {t("versions.rollBack")}
                  </Button>
                )}
              </Group>
            ),
          },
        ]}
      />
      <Operations journeyKey={journey.key} mayPublish={mayPublish} />
      {(journey.pauses ?? []).length > 0 && (
        <Paper withBorder p="md">
          <Title order={2} mb="xs">
            {t("journey.pauses")}
          </Title>
          {(journey.pauses ?? []).map((p) => (
            <Text size="sm" key={p.paused_at}>
              <When at={p.paused_at} relative={false} /> – {p.resumed_at ? <When at={p.resumed_at} relative={false} /> : t("journey.stillPaused")}
              {p.resumed_at ? ` (${t(`clock.${p.clock}`, { defaultValue: p.clock })})` : ""}
              {p.cause && ` – ${t("versions.selfPaused", { measured: p.measured, sample: p.sample, cause: t(`guard.${p.cause}`, { defaultValue: p.cause }) })}`}
            </Text>
          ))}
        </Paper>
      )}
    </Stack>
  );
}
