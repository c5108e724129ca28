import { Anchor, Group, Text, Tooltip } from "@mantine/core";
import { IconCircleCheck, IconClick, IconEye, IconHandStop, IconSend, IconTarget, IconUsers } from "@tabler/icons-react";
import { queryOptions } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";
import { When } from "../../components/when";
import { formatNumber, formatPercent } from "../../lib/format";
import type { Measure } from "./measures";

export type StepNumbers = Schema<"StepCounts">;
export type Numbers = Schema<"VersionCounts">;

/** The numbers of one version, or of all versions together (0). */
export const numbersQuery = (key: string, version: number) =>
  queryOptions({
    queryKey: ["journey", key, "numbers", version],
    queryFn: () => unwrap(api.GET("/api/admin/v1/journeys/{key}/numbers", { params: { path: { key }, query: { version } } })),
    refetchInterval: 5_000,
  });

/** The numbers of a very large journey are not counted for each look: who sees old ones is told so. */
export function CountedAt({ at }: { at: string }) {
  const { t } = useTranslation();
  if (Date.now() - Date.parse(at) < 20_000) return null;
  return (
    <Text size="xs" className="so-dim">
      {t("numbers.counted")} <When at={at} size="xs" />
    </Text>
  );
}

export function numbersByStep(counts: Numbers): Record<string, StepNumbers> {
  return Object.fromEntries((counts.steps ?? []).map((s) => [s.step_id, s]));
}

/** Where the people behind a number are: version 0 stands for all. */
export type Behind = { journeyKey: string; version: number; step?: string; measure: Measure; exit?: string; to?: string };

/** Opens the people behind a number, as the address of their list. */
export function useOpenPeople(): (b: Behind) => void {
  const navigate = useNavigate();
  return ({ journeyKey, version, step, measure, exit, to }) =>
    void navigate({ to: "/journeys/$journeyKey", params: { journeyKey }, search: { tab: "people", version: version || undefined, step, measure, exit, to } });
}

/** A number with its definition on hover; it opens the people it counts. */
export function NumberLink({ behind, n, label, size = "sm", tab = true }: { behind: Behind; n: number; label: string; size?: "xs" | "sm"; tab?: boolean }) {
  const { t, i18n } = useTranslation();
  const open = useOpenPeople();
  const text = formatNumber(n, i18n.language);
  return (
    <Tooltip label={t(`measure.${behind.measure}.hint`)} multiline maw={280} withinPortal events={{ hover: true, focus: true, touch: false }}>
      <Anchor component="button" type="button" size={size} aria-label={label} tabIndex={tab ? 0 : -1} onClick={() => open(behind)}>
        {text}
      </Anchor>
    </Tooltip>
  );
}

const icons: Partial<Record<Measure, typeof IconEye>> = { waiting: IconUsers, held: IconHandStop, passed: IconCircleCheck, sent: IconSend, opened: IconEye, clicked: IconClick, converted: IconTarget };

/** Which numbers a step shows on its box: those that say something about it, few enough for its width. */
export function shownMeasures(s: StepNumbers): Measure[] {
  const all: Measure[] = s.sent > 0 ? ["waiting", "held", "sent", "opened", "clicked", "converted"] : ["waiting", "held", "passed", "converted"];
  return all.filter((m) => s[m as "sent"] > 0 || (s.sent > 0 && (m === "opened" || m === "clicked"))).slice(0, 6);
}

/**
 * The numbers of a step as a row of icons, for the canvas: it shows them, the step's panel explains them. They can be
 * clicked, yet Tab goes past them, because the panel holds the same links.
 */
export function StepNumbersRow({ numbers, name, journeyKey, version }: { numbers: StepNumbers; name: string; journeyKey: string; version: number }) {
  const { t, i18n } = useTranslation();
  const open = useOpenPeople();
  return (
    <Group gap={2} wrap="nowrap" className="so-numbers nopan">
      {shownMeasures(numbers).map((m) => {
        const Icon = icons[m] ?? IconUsers;
        const n = formatNumber(numbers[m as "sent"], i18n.language);
        return (
          <Tooltip key={m} label={`${t(`measure.${m}`)}: ${t(`measure.${m}.hint`)}`} multiline maw={280} withinPortal>
            <button type="button" tabIndex={-1} data-measure={m} aria-label={t("numbers.open", { name: t(`measure.${m}`), step: name, n })} onClick={() => open({ journeyKey, version, step: numbers.step_id, measure: m })}>
              <Icon size={13} aria-hidden />
              {n}
            </button>
          </Tooltip>
        );
      })}
    </Group>
  );
}

/** How much of a step's people left the journey there, as a share of heat between 0 and 1; nothing where that means nothing. */
export function heatOf(numbers: StepNumbers | undefined, on: boolean): number {
  return on && numbers?.drop_off ? Math.min(1, numbers.drop_off) : 0;
}

export function DropOff({ numbers }: { numbers: StepNumbers | undefined }) {
  const { t, i18n } = useTranslation();
  if (!numbers?.drop_off) return null;
  return (
    <Text span size="xs" className="so-drop" title={t("funnel.dropOffHint")}>
      {t("numbers.dropOff", { share: formatPercent(numbers.drop_off, i18n.language) })}
    </Text>
  );
}
