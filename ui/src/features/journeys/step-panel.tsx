import { Code, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RouterButton } from "../../components/link";
import { formatNumber } from "../../lib/format";
import type { Version } from "./api";
import { type JourneyDocument, type Step, ways } from "./document";
import { entryIcon, entrySummary, stepIcon, stepSummary } from "./steps";
import { ENTRY_ID } from "./canvas/graph-model";

type Props = { journeyKey: string; document: JourneyDocument; stepId: string | undefined; version?: Version };

/** What the chosen step does, where people went from it, and who is here. */
export function StepPanel({ journeyKey, document, stepId, version }: Props) {
  const { t, i18n } = useTranslation();
  if (stepId === ENTRY_ID)
    return (
      <Panel icon={entryIcon} title={t("canvas.entry")} summary={entrySummary(document.entry, t)}>
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
  const counts = version?.counts.steps?.find((s) => s.step_id === step.id);
  const n = (x: number) => formatNumber(x, i18n.language);
  const name = (id: string) => (id === "" ? t("canvas.end") : (document.steps.find((s) => s.id === id)?.name ?? id));
  return (
    <Panel icon={stepIcon(step.kind)} title={step.name || t(`kind.${step.kind}`)} summary={stepSummary(step, t, i18n.language)}>
      {version && (
        <RouterButton
          to="/journeys/$journeyKey"
          params={{ journeyKey }}
          search={{ tab: "people", version: version.number, step: step.id, state: "open" }}
          variant="default"
          size="xs"
        >
          {t("journey.whoIsHere", { n: n(counts?.waiting ?? 0) })}
        </RouterButton>
      )}
      {ways(step).length > 0 && (
        <Table verticalSpacing={4} aria-label={t("journey.exits")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("journey.exit")}</Table.Th>
              <Table.Th>{t("journey.leadsTo")}</Table.Th>
              {version && <Table.Th ta="right">{t("journey.passed")}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ways(step).map((w) => (
              <Table.Tr key={w.exit}>
                <Table.Td>{t(`exit.${w.exit}`, { defaultValue: w.exit })}</Table.Td>
                <Table.Td>{name(w.to)}</Table.Td>
                {version && <Table.Td ta="right">{n((counts?.exits ?? []).filter((e) => e.exit === w.exit).reduce((a, e) => a + e.count, 0))}</Table.Td>}
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
