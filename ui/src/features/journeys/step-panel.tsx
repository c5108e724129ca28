import { Code, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RouterButton } from "../../components/link";
import { formatNumber } from "../../lib/format";
import { type JourneyDocument, type Step, ways } from "./document";
import { DropOff, NumberLink, type Numbers, type StepNumbers } from "./numbers";
import { entryIcon, entrySummary, stepIcon, stepSummary } from "./steps";
import { ENTRY_ID } from "./canvas/graph-model";

type Props = { journeyKey: string; document: JourneyDocument; stepId: string | undefined; numbers?: Numbers };

/** What the chosen step does, where people went from it, and who is here. */
export function StepPanel({ journeyKey, document, stepId, numbers }: Props) {
  const { t, i18n } = useTranslation();
  if (stepId === ENTRY_ID)
    return (
      <Panel icon={entryIcon} title={t("canvas.entry")} summary={entrySummary(document.entry, t, i18n.language)}>
        <Raw value={document.entry} label={t("journey.definition")} />
      </Panel>
    );
  const step = document.steps.find((s) => s.id === stepId);
  if (!step)
    return (
      <Paper withBorder p="md">
        <Text className="so-dim" size="sm">
          {t("journey.pick")}
        </Text>
      </Paper>
    );
  const counts = numbers?.steps?.find((s) => s.step_id === step.id);
  const title = step.name || t(`kind.${step.kind}`);
  const n = (x: number) => formatNumber(x, i18n.language);
  const name = (id: string) => (id === "" ? t("canvas.end") : (document.steps.find((s) => s.id === id)?.name ?? id));
  return (
    <Panel icon={stepIcon(step.kind)} title={title} summary={stepSummary(step, t, i18n.language)}>
      {numbers && counts && (
        <>
          <RouterButton
            to="/journeys/$journeyKey"
            params={{ journeyKey }}
            search={{ tab: "people", version: numbers.version || undefined, step: step.id, measure: "waiting" }}
            variant="default"
            size="xs"
          >
            {t("journey.whoIsHere", { n: n(counts.waiting) })}
          </RouterButton>
          <SimpleGrid cols={2} spacing="xs" verticalSpacing={4}>
            {(["held", "reached", "passed", "left", "sent", "opened", "clicked", "converted"] as const)
              .filter((m) => (step.kind === "send" || (m !== "sent" && m !== "opened" && m !== "clicked")) && (m !== "held" || counts.held > 0))
              .map((m) => (
                <Group key={m} justify="space-between" wrap="nowrap" gap="xs">
                  <Text size="sm">{t(`measure.${m}`)}</Text>
                  <NumberLink behind={{ journeyKey, version: numbers.version, step: step.id, measure: m }} n={counts[m]} label={t("numbers.open", { name: t(`measure.${m}`), step: title, n: n(counts[m]) })} />
                </Group>
              ))}
          </SimpleGrid>
          <DropOff numbers={counts} />
        </>
      )}
      {ways(step).length > 0 && (
        <Table verticalSpacing={4} aria-label={t("journey.exits")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("journey.exit")}</Table.Th>
              <Table.Th>{t("journey.leadsTo")}</Table.Th>
              {numbers && <Table.Th ta="right">{t("measure.passed")}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ways(step).map((w) => (
              <Table.Tr key={w.exit}>
                <Table.Td>{t(`exit.${w.exit}`, { defaultValue: w.exit })}</Table.Td>
                <Table.Td>{name(w.to)}</Table.Td>
                {numbers && (
                  <Table.Td ta="right">
                    <NumberLink
                      behind={{ journeyKey, version: numbers.version, step: step.id, measure: "passed", exit: w.exit }}
                      n={taken(counts, w.exit)}
                      label={t("numbers.way", { exit: t(`exit.${w.exit}`, { defaultValue: w.exit }), step: title, n: n(taken(counts, w.exit)) })}
                    />
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {(counts?.sends ?? []).length > 0 && (
        <Table verticalSpacing={4} aria-label={t("home.sends")}>
          <Table.Tbody>
            {(counts?.sends ?? []).map((s) => (
              <Table.Tr key={s.state + s.reason}>
                <Table.Td>
                  {t(`state.${s.state}`, { defaultValue: s.state })}
                  {s.reason ? ` · ${t(`reason.${s.reason}`, { defaultValue: s.reason })}` : ""}
                </Table.Td>
                <Table.Td ta="right">{n(s.count)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Raw value={body(step)} label={t("journey.definition")} />
    </Panel>
  );
}

/** Runs that took an exit, wherever it led. */
function taken(counts: StepNumbers | undefined, exit: string): number {
  return (counts?.exits ?? []).find((e) => e.exit === exit)?.by_exit ?? 0;
}

function body(step: Step): unknown {
  return (step as unknown as Record<string, unknown>)[step.kind];
}

function Panel({ icon, title, summary, children }: { icon: React.ReactNode; title: string; summary: string; children: React.ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Group gap={8} wrap="nowrap">
          {icon}
          <Title order={2}>{title}</Title>
        </Group>
        <Text size="sm">{summary}</Text>
        {children}
      </Stack>
    </Paper>
  );
}

function Raw({ value, label }: { value: unknown; label: string }) {
  return (
    <details>
      <summary style={{ cursor: "pointer", fontSize: 14 }}>{label}</summary>
      <Code block mt="xs" tabIndex={0} style={{ maxHeight: 320, overflow: "auto" }}>
        {JSON.stringify(value, null, 2)}
      </Code>
    </details>
  );
}
