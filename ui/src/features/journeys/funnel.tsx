import { Box, Group, Paper, Progress, Select, Stack, Table, Text, Title, Tooltip } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState, ListSkeleton, LoadError } from "../../components/page";
import { formatNumber, formatPercent } from "../../lib/format";
import { type Journey, versionQuery } from "./api";
import type { JourneyDocument } from "./document";
import { EntryFunnel } from "./entries";
import type { Measure } from "./measures";
import { CountedAt, NumberLink, type Numbers, numbersByStep, numbersQuery, type StepNumbers } from "./numbers";
import { stepIcon } from "./steps";

const columns = ["reached", "sent", "opened", "clicked", "converted", "left"] as const satisfies readonly Measure[];

/** From the entry to the goal: who came in, and how many went on from step to step, beside another version if wanted. */
export function FunnelTab({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const search = useSearch({ from: "/signed-in/journeys/$journeyKey" });
  const navigate = useNavigate({ from: "/journeys/$journeyKey" });
  const shown = search.all ? 0 : (search.version ?? journey.live_version);
  const numbers = useQuery(numbersQuery(journey.key, shown));
  const other = useQuery({ ...numbersQuery(journey.key, search.compare ?? 0), enabled: !!search.compare });
  const version = useQuery(versionQuery(journey.key, shown || journey.live_version));
  const versions = journey.versions ?? [];
  const named = versions.map((v) => ({ value: String(v.number), label: v.live ? t("journey.liveVersion", { n: v.number }) : t("journeys.version", { n: v.number }) }));
  if (numbers.isPending) return <ListSkeleton rows={4} height={60} />;
  if (numbers.isError) return <LoadError error={numbers.error} onRetry={() => void numbers.refetch()} />;
  const document = (version.data?.document ?? journey.draft) as JourneyDocument;
  return (
    <Stack>
      <EntryFunnel journeyKey={journey.key} funnel={numbers.data.funnel} />
      <Paper withBorder p="md">
        <Group justify="space-between" align="flex-end" mb="sm">
          <div>
            <Title order={2}>{t("funnel.title")}</Title>
            <CountedAt at={numbers.data.at} />
          </div>
          <Group align="flex-end">
            <Select
              label={t("numbers.of")}
              allowDeselect={false}
              value={String(shown)}
              data={[...named, ...(versions.length > 1 ? [{ value: "0", label: t("numbers.all") }] : [])]}
              onChange={(v) => void navigate({ search: (s) => ({ ...s, version: Number(v) || undefined, all: v === "0" ? true : undefined }) })}
            />
            {versions.length > 1 && (
              <Select
                label={t("funnel.compare")}
                clearable
                clearButtonProps={{ "aria-label": t("common.clear") }}
                placeholder={t("funnel.nothing")}
                value={search.compare ? String(search.compare) : null}
                data={named.filter((v) => v.value !== String(shown))}
                onChange={(v) => void navigate({ search: (s) => ({ ...s, compare: v ? Number(v) : undefined }) })}
              />
            )}
          </Group>
        </Group>
        {numbers.data.entered === 0 ? (
          <EmptyState icon={<IconFilter size={40} />} title={t("funnel.noneYet")}>
            {t("funnel.noneYetText")}
          </EmptyState>
        ) : (
          <FunnelTable journeyKey={journey.key} numbers={numbers.data} other={search.compare ? other.data : undefined} document={document} />
        )}
        {numbers.data.control > 0 && <ControlNote numbers={numbers.data} />}
      </Paper>
    </Stack>
  );
}

/** Those who are held out are said apart, where they exist: they are in no number. */
export function ControlNote({ numbers }: { numbers: Numbers }) {
  const { t, i18n } = useTranslation();
  if (numbers.control === 0) return null;
  return (
    <Text size="sm" className="so-dim" mt="sm">
      {t("numbers.control", { n: formatNumber(numbers.control, i18n.language), goals: formatNumber(numbers.control_conversions, i18n.language) })}
    </Text>
  );
}

function FunnelTable({ journeyKey, numbers, other, document }: { journeyKey: string; numbers: Numbers; other: Numbers | undefined; document: JourneyDocument }) {
  const { t, i18n } = useTranslation();
  const before = other ? numbersByStep(other) : {};
  const steps = new Map(document.steps.map((s) => [s.id, s]));
  const share = (n: number, of: number) => (of > 0 ? formatPercent(n / of, i18n.language, 1) : "–");
  return (
    <Box style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("funnel.title")}>
      <Table verticalSpacing={6} miw={820} aria-label={t("funnel.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("journey.step")}</Table.Th>
            {columns.map((m) => (
              <Table.Th key={m} ta="right">
                <Tooltip label={t(`measure.${m}.hint`)} multiline maw={280}>
                  <span>{t(`measure.${m}`)}</span>
                </Tooltip>
              </Table.Th>
            ))}
            <Table.Th ta="right">
              <Tooltip label={t("funnel.dropOffHint")} multiline maw={280}>
                <span>{t("funnel.dropOff")}</span>
              </Tooltip>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td fw={600}>{t("canvas.entry")}</Table.Td>
            <Table.Td ta="right">
              <NumberLink behind={{ journeyKey, version: numbers.version, measure: "entered" }} n={numbers.entered} label={t("numbers.open", { name: t("measure.entered"), step: t("canvas.entry"), n: numbers.entered })} />
              {other && <Was text={formatNumber(other.entered, i18n.language)} version={other.version} />}
            </Table.Td>
            <Table.Td colSpan={3} />
            <Table.Td ta="right">
              <NumberLink behind={{ journeyKey, version: numbers.version, measure: "converted" }} n={numbers.conversions} label={t("numbers.open", { name: t("measure.converted"), step: t("canvas.entry"), n: numbers.conversions })} />
              <Text size="xs" className="so-dim">
                {share(numbers.conversions, numbers.entered)}
              </Text>
              {other && <Was text={share(other.conversions, other.entered)} version={other.version} />}
            </Table.Td>
            <Table.Td colSpan={2} />
          </Table.Tr>
          {(numbers.steps ?? []).map((s) => {
            const step = steps.get(s.step_id);
            const name = step ? step.name || t(`kind.${step.kind}`) : s.step_id;
            return (
              <Table.Tr key={s.step_id}>
                <Table.Td>
                  <Group gap={8} wrap="nowrap">
                    {step && stepIcon(step.kind)}
                    <div style={{ minWidth: 140 }}>
                      <Text size="sm" fw={600}>
                        {name}
                      </Text>
                      <Progress value={numbers.entered > 0 ? (100 * s.reached) / numbers.entered : 0} size="sm" aria-label={t("funnel.share", { share: share(s.reached, numbers.entered) })} />
                      {!step && (
                        <Text size="xs" className="so-dim">
                          {t("funnel.otherVersion")}
                        </Text>
                      )}
                    </div>
                  </Group>
                </Table.Td>
                {columns.map((m) => (
                  <Table.Td key={m} ta="right">
                    <Cell journeyKey={journeyKey} version={numbers.version} step={s} measure={m} name={name} of={baseOf(m, s)} was={before[s.step_id]} other={other} />
                  </Table.Td>
                ))}
                <Table.Td ta="right">
                  {s.drop_off === undefined ? "" : formatPercent(s.drop_off, i18n.language, 1)}
                  {other && before[s.step_id]?.drop_off !== undefined && <Was text={formatPercent(before[s.step_id]?.drop_off ?? 0, i18n.language, 1)} version={other.version} />}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

/** What a number of a step is a share of: messages of those sent, the rest of those who came. */
export function baseOf(m: Measure, s: StepNumbers): number {
  return m === "opened" || m === "clicked" ? s.sent : m === "reached" ? 0 : s.reached;
}

type CellProps = { journeyKey: string; version: number; step: StepNumbers; measure: (typeof columns)[number]; name: string; of: number; was: StepNumbers | undefined; other: Numbers | undefined };

function Cell({ journeyKey, version, step, measure, name, of, was, other }: CellProps) {
  const { t, i18n } = useTranslation();
  const n = step[measure];
  const message = measure === "sent" || measure === "opened" || measure === "clicked";
  if (message && step.sent === 0 && !was?.sent) return null;
  return (
    <>
      <NumberLink behind={{ journeyKey, version, step: step.step_id, measure }} n={n} label={t("numbers.open", { name: t(`measure.${measure}`), step: name, n: formatNumber(n, i18n.language) })} />
      {of > 0 && (
        <Text size="xs" className="so-dim">
          {formatPercent(n / of, i18n.language, 1)}
        </Text>
      )}
      {other && was && <Was text={baseOf(measure, was) > 0 ? formatPercent(was[measure] / baseOf(measure, was), i18n.language, 1) : formatNumber(was[measure], i18n.language)} version={other.version} />}
    </>
  );
}

/** The same of the version that is compared with. */
function Was({ text, version }: { text: string; version: number }) {
  const { t } = useTranslation();
  return (
    <Text size="xs" className="so-dim" fs="italic">
      {t("journeys.version", { n: version })}: {text}
    </Text>
  );
}
