import { Anchor, Box, Grid, Group, Paper, SegmentedControl, SimpleGrid, Stack, Switch, Table, Text, Title, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ListSkeleton, LoadError } from "../../components/page";
import { Stat } from "../../components/stat";
import { formatMoney, formatNumber, formatPercent } from "../../lib/format";
import { type Journey, versionQuery } from "./api";
import { StepComments } from "./comments";
import { JourneyCanvas } from "./canvas/canvas";
import { isPlace } from "./canvas/graph-model";
import type { JourneyDocument } from "./document";
import { EntryFunnel } from "./entries";
import { ControlNote } from "./funnel";
import type { Measure } from "./measures";
import { CountedAt, DropOff, NumberLink, type Numbers, numbersByStep, numbersQuery } from "./numbers";
import { StepPanel } from "./step-panel";
import { stepIcon, stepSummary } from "./steps";

function useSelectedStep() {
  const { step } = useSearch({ from: "/signed-in/journeys/$journeyKey" });
  const navigate = useNavigate({ from: "/journeys/$journeyKey" });
  const select = useCallback((id: string | undefined) => void navigate({ search: (s) => ({ ...s, step: id }), resetScroll: false, replace: true }), [navigate]);
  return [step, select] as const;
}

/** A published version: the drawing with live numbers, the same as a list, and what the chosen step does. */
export function VersionView({ journeyKey, number }: { journeyKey: string; number: number }) {
  const { t, i18n } = useTranslation();
  const { all } = useSearch({ from: "/signed-in/journeys/$journeyKey" });
  const navigate = useNavigate({ from: "/journeys/$journeyKey" });
  const version = useQuery(versionQuery(journeyKey, number));
  const together = useQuery({ ...numbersQuery(journeyKey, 0), enabled: !!all });
  const [selected, select] = useSelectedStep();
  const [heat, setHeat] = useState(true);
  const c = all ? together.data : version.data?.counts;
  const steps = useMemo(() => (c ? numbersByStep(c) : {}), [c]);
  const overlay = useMemo(() => (c ? { journeyKey, version: c.version, entered: c.entered, steps, heat } : undefined), [c, journeyKey, steps, heat]);
  if (version.isPending) return <ListSkeleton rows={2} height={240} />;
  if (version.isError) return <LoadError error={version.error} onRetry={() => void version.refetch()} />;
  if (!c) return <ListSkeleton rows={2} height={240} />;
  const document = version.data.document as JourneyDocument;
  const n = (x: number) => formatNumber(x, i18n.language);
  const value = (c.value ?? []).map((m) => formatMoney(m.minor, m.currency, i18n.language)).join(" + ");
  const people = (measure: Measure) => void navigate({ search: (s) => ({ ...s, tab: "people" as const, version: c.version || undefined, step: undefined, state: undefined, measure }) });
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        <Stat label={t("measure.entered")} value={n(c.entered)} hint={t("measure.entered.hint")} onClick={() => people("entered")} />
        <Stat label={t("journeys.open")} value={n(c.open)} hint={t("home.openRunsHint")} onClick={() => people("waiting")} />
        <Stat label={t("journey.conversions")} value={n(c.conversions)} hint={t("home.conversionsHint")} change={value ? { text: value, up: true } : undefined} onClick={() => people("converted")} />
        <Stat label={t("journey.rate")} value={c.entered > 0 ? formatPercent(c.conversions / c.entered, i18n.language, 1) : "–"} hint={t("journey.rateHint")} />
      </SimpleGrid>
      <Group gap="lg">
        <Switch label={t("numbers.heat")} description={t("numbers.heatHint")} checked={heat} onChange={(e) => setHeat(e.currentTarget.checked)} />
        <SegmentedControl
          aria-label={t("numbers.of")}
          size="xs"
          value={all ? "all" : "this"}
          data={[
            { value: "this", label: `${t("numbers.of")} ${t("numbers.this")}` },
            { value: "all", label: t("numbers.all") },
          ]}
          onChange={(v) => void navigate({ search: (s) => ({ ...s, all: v === "all" ? true : undefined }), replace: true, resetScroll: false })}
        />
        <CountedAt at={c.at} />
      </Group>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <JourneyCanvas document={document} overlay={overlay} selected={selected} onSelect={select} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="md">
            <StepPanel journeyKey={journeyKey} numbers={c} document={document} stepId={selected} />
            {isPlace(document, selected) && <StepComments journeyKey={journeyKey} stepId={selected} />}
          </Stack>
        </Grid.Col>
      </Grid>
      <ControlNote numbers={c} />
      <StepList journeyKey={journeyKey} document={document} numbers={c} onSelect={select} />
      <EntryFunnel journeyKey={journeyKey} funnel={c.funnel} />
    </Stack>
  );
}

/** A draft that was never published, or that differs from the live version. */
export function DraftView({ journey }: { journey: Journey }) {
  const [selected, select] = useSelectedStep();
  const document = journey.draft as JourneyDocument;
  const issues = useMemo(() => {
    const found: Record<string, number> = {};
    for (const issue of journey.issues ?? []) if (issue.step_id) found[issue.step_id] = (found[issue.step_id] ?? 0) + 1;
    return found;
  }, [journey.issues]);
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <JourneyCanvas document={document} issues={issues} selected={selected} onSelect={select} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack gap="md">
          <StepPanel journeyKey={journey.key} document={document} stepId={selected} />
          {isPlace(document, selected) && <StepComments journeyKey={journey.key} stepId={selected} />}
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

const listed = ["waiting", "passed", "sent", "opened", "clicked", "converted"] as const;

/** The journey without the drawing: for readers of lists and for screen readers. */
function StepList({ journeyKey, document, numbers, onSelect }: { journeyKey: string; document: JourneyDocument; numbers: Numbers; onSelect: (id: string) => void }) {
  const { t, i18n } = useTranslation();
  const at = numbersByStep(numbers);
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="xs">
        {t("journey.steps")}
      </Title>
      <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("journey.steps")}>
        <Table verticalSpacing={6} miw={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("journey.step")}</Table.Th>
              {listed.map((m) => (
                <Table.Th key={m} ta="right">
                  <Tooltip label={t(`measure.${m}.hint`)} multiline maw={280}>
                    <span>{t(`measure.${m}`)}</span>
                  </Tooltip>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {document.steps.map((s) => {
              const name = s.name || t(`kind.${s.kind}`);
              const own = at[s.id];
              return (
                <Table.Tr key={s.id}>
                  <Table.Td>
                    <Group gap={8} wrap="nowrap">
                      {stepIcon(s.kind)}
                      <div>
                        <Text size="sm" fw={600} component="div">
                          <Anchor component="button" type="button" c="inherit" fw={600} size="sm" ta="start" onClick={() => onSelect(s.id)}>
                            {name}
                          </Anchor>{" "}
                          <DropOff numbers={own} />
                        </Text>
                        <Text size="xs" className="so-dim">
                          {stepSummary(s, t, i18n.language)}
                        </Text>
                      </div>
                    </Group>
                  </Table.Td>
                  {listed.map((m) => (
                    <Table.Td key={m} ta="right">
                      {(m === "sent" || m === "opened" || m === "clicked") && s.kind !== "send" ? (
                        ""
                      ) : (
                        <NumberLink
                          behind={{ journeyKey, version: numbers.version, step: s.id, measure: m }}
                          n={own?.[m] ?? 0}
                          label={t("numbers.open", { name: t(`measure.${m}`), step: name, n: formatNumber(own?.[m] ?? 0, i18n.language) })}
                        />
                      )}
                    </Table.Td>
                  ))}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Box>
    </Paper>
  );
}
