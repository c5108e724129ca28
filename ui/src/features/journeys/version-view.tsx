import { Box, Grid, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError } from "../../components/page";
import { Stat } from "../../components/stat";
import { formatMoney, formatNumber, formatPercent } from "../../lib/format";
import { type Journey, versionQuery } from "./api";
import { JourneyCanvas, type StepCounts } from "./canvas/canvas";
import type { JourneyDocument } from "./document";
import { StepPanel } from "./step-panel";
import { stepIcon, stepSummary } from "./steps";

type Counts = Schema<"VersionCounts">;

/** Counts of a version by step, in the shape that the canvas draws. */
export function countsByStep(counts: Counts): Record<string, StepCounts> {
  return Object.fromEntries(
    (counts.steps ?? []).map((s) => [s.step_id, { waiting: s.waiting, exits: Object.fromEntries((s.exits ?? []).map((e) => [e.exit, e.count])) }]),
  );
}

function useSelectedStep() {
  const { step } = useSearch({ from: "/signed-in/journeys/$journeyKey" });
  const navigate = useNavigate({ from: "/journeys/$journeyKey" });
  const select = useCallback((id: string | undefined) => void navigate({ search: (s) => ({ ...s, step: id }), resetScroll: false, replace: true }), [navigate]);
  return [step, select] as const;
}

/** A published version: the drawing with live numbers, the same as a list, and what the chosen step does. */
export function VersionView({ journeyKey, number }: { journeyKey: string; number: number }) {
  const { t, i18n } = useTranslation();
  const version = useQuery(versionQuery(journeyKey, number));
  const [selected, select] = useSelectedStep();
  const counts = useMemo(() => (version.data ? countsByStep(version.data.counts) : {}), [version.data]);
  if (version.isPending) return <ListSkeleton rows={2} height={240} />;
  if (version.isError) return <LoadError error={version.error} onRetry={() => void version.refetch()} />;
  const document = version.data.document as JourneyDocument;
  const c = version.data.counts;
  const n = (x: number) => formatNumber(x, i18n.language);
  const value = (c.value ?? []).map((m) => formatMoney(m.minor, m.currency, i18n.language)).join(" + ");
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        <Stat label={t("journey.entered")} value={n(c.entered)} hint={t("journey.enteredHint")} />
        <Stat label={t("journeys.open")} value={n(c.open)} hint={t("home.openRunsHint")} />
        <Stat label={t("journey.conversions")} value={n(c.conversions)} hint={t("home.conversionsHint")} change={value ? { text: value, up: true } : undefined} />
        <Stat label={t("journey.rate")} value={c.entered > 0 ? formatPercent(c.conversions / c.entered, i18n.language, 1) : "–"} hint={t("journey.rateHint")} />
      </SimpleGrid>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <JourneyCanvas document={document} counts={counts} entered={c.entered} selected={selected} onSelect={select} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <StepPanel journeyKey={journeyKey} version={version.data} document={document} stepId={selected} />
        </Grid.Col>
      </Grid>
      <StepList document={document} counts={counts} onSelect={select} />
      <Funnel funnel={c.funnel} />
    </Stack>
  );
}

/** A draft that was never published, or that differs from the live version. */
export function DraftView({ journey }: { journey: Journey }) {
  const [selected, select] = useSelectedStep();
  const document = journey.draft as JourneyDocument;
  const counts = useMemo(() => {
    const found: Record<string, StepCounts> = {};
    for (const issue of journey.issues ?? []) {
      if (!issue.step_id) continue;
      const known = found[issue.step_id] ?? { waiting: 0, exits: {}, issues: 0 };
      found[issue.step_id] = { ...known, issues: (known.issues ?? 0) + 1 };
    }
    return found;
  }, [journey.issues]);
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <JourneyCanvas document={document} counts={counts} entered={0} selected={selected} onSelect={select} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <StepPanel journeyKey={journey.key} document={document} stepId={selected} />
      </Grid.Col>
    </Grid>
  );
}

/** The journey without the drawing: for readers of lists and for screen readers. */
function StepList({ document, counts, onSelect }: { document: JourneyDocument; counts: Record<string, StepCounts>; onSelect: (id: string) => void }) {
  const { t, i18n } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="xs">
        {t("journey.steps")}
      </Title>
      <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("journey.steps")}>
        <Table verticalSpacing={6} miw={480}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("journey.step")}</Table.Th>
              <Table.Th ta="right">{t("journey.waiting")}</Table.Th>
              <Table.Th ta="right">{t("journey.passed")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {document.steps.map((s) => (
              <Table.Tr key={s.id} onClick={() => onSelect(s.id)} style={{ cursor: "pointer" }}>
                <Table.Td>
                  <Group gap={8} wrap="nowrap">
                    {stepIcon(s.kind)}
                    <div>
                      <Text size="sm" fw={600}>
                        {s.name || t(`kind.${s.kind}`)}
                      </Text>
                      <Text size="xs" className="so-dim">
                        {stepSummary(s, t, i18n.language)}
                      </Text>
                    </div>
                  </Group>
                </Table.Td>
                <Table.Td ta="right">{formatNumber(counts[s.id]?.waiting ?? 0, i18n.language)}</Table.Td>
                <Table.Td ta="right">{formatNumber(Object.values(counts[s.id]?.exits ?? {}).reduce((a, b) => a + b, 0), i18n.language)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
    </Paper>
  );
}

function Funnel({ funnel }: { funnel: Schema<"Funnel"> }) {
  const { t, i18n } = useTranslation();
  const n = (x: number) => formatNumber(x, i18n.language);
  return (
    <Paper withBorder p="md">
      <Title order={2} mb={4}>
        {t("journey.funnel")}
      </Title>
      <Text size="sm">
        {t("journey.funnelText", { seen: n(funnel.seen), entered: n(funnel.entered) })}
        {(funnel.refused ?? []).map((r) => `, ${n(r.count)} ${t(`reason.${r.reason}`, { defaultValue: r.reason })}`).join("")}
      </Text>
      <RouterAnchor to="." search={(s) => ({ ...s, tab: "people" as const })} size="sm">
        {t("journey.seePeople")}
      </RouterAnchor>
    </Paper>
  );
}
