import { IconArrowsSplit, IconBolt, IconClock, IconFlag, IconHourglass, IconMail, IconPencil } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { formatDuration } from "../../lib/duration";
import type { Entry, Step, StepKind } from "./document";

type StepView<K extends StepKind> = { icon: ReactNode; summary: (step: Extract<Step, { kind: K }>, t: TFunction, locale: string) => string };

// A new kind of step does not compile until it says how it looks.
const stepViews = {
  wait: {
    icon: <IconClock size={18} aria-hidden />,
    summary: (s, t, locale) =>
      [
        s.wait.for && t("step.waitFor", { duration: formatDuration(s.wait.for, locale) }),
        s.wait.until && t("step.waitUntil", { time: s.wait.until.time }),
      ]
        .filter(Boolean)
        .join(", "),
  },
  wait_for: {
    icon: <IconHourglass size={18} aria-hidden />,
    summary: (s, t, locale) =>
      t("step.listen", { events: s.wait_for.events.map((e) => e.event).join(", "), duration: formatDuration(s.wait_for.timeout, locale) }),
  },
  branch: { icon: <IconArrowsSplit size={18} aria-hidden />, summary: (s, t) => t("step.branch", { cases: s.branch.cases.map((c) => c.name).join(", ") }) },
  send: { icon: <IconMail size={18} aria-hidden />, summary: (s, t) => t("step.send", { template: s.send.template, channel: s.send.channel }) },
  update: { icon: <IconPencil size={18} aria-hidden />, summary: (s, t) => t("step.update", { attributes: Object.keys(s.update.set).join(", ") }) },
  exit: { icon: <IconFlag size={18} aria-hidden />, summary: (s, t) => t("step.exit", { label: s.exit.label }) },
} satisfies { [K in StepKind]: StepView<K> };

export function stepIcon(kind: StepKind): ReactNode {
  return stepViews[kind].icon;
}

/** The step in one line, e.g. "Wait 14 days for Order Completed". */
export function stepSummary(step: Step, t: TFunction, locale: string): string {
  const view = stepViews[step.kind] as StepView<StepKind>;
  return view.summary(step as never, t, locale);
}

export const entryIcon = <IconBolt size={18} aria-hidden />;

export function entrySummary(entry: Entry, t: TFunction): string {
  switch (entry.kind) {
    case "event":
      return t("entry.event", { event: entry.event ?? "" });
    case "audience":
      return t(entry.edge === "leave" ? "entry.leave" : "entry.audience");
    case "schedule":
      return t("entry.schedule", { cron: entry.cron ?? "" });
  }
}
