import {
  IconArrowsSplit,
  IconBell,
  IconBolt,
  IconClock,
  IconCode,
  IconDoorEnter,
  IconFlag,
  IconGift,
  IconHourglass,
  IconList,
  IconMail,
  IconPencil,
  IconPhone,
  IconScale,
  IconTicket,
  IconWebhook,
} from "@tabler/icons-react";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { formatDuration } from "../../lib/duration";
import { formatPercent } from "../../lib/format";
import type { Entry, Step, StepKind, StepOf } from "./document";
import { dateSentence, waitSentence } from "./sentences";

type StepView<K extends StepKind> = { icon: ReactNode; summary: (step: StepOf<K>, t: TFunction, locale: string) => string };

const list = (names: (string | undefined)[] | undefined) => (names ?? []).filter(Boolean).join(", ");

// A new kind of step does not compile until it says how it looks.
const stepViews = {
  wait: { icon: <IconClock size={18} aria-hidden />, summary: (s, t, locale) => waitSentence(s.wait, t, locale) },
  wait_for: {
    icon: <IconHourglass size={18} aria-hidden />,
    summary: (s, t, locale) => t("step.listen", { events: list(s.wait_for.events.map((e) => e.event)) || "…", duration: formatDuration(s.wait_for.timeout, locale) || "…" }),
  },
  branch: { icon: <IconArrowsSplit size={18} aria-hidden />, summary: (s, t) => t("step.branch", { cases: list(s.branch.cases.map((c) => c.name)) }) },
  split: {
    icon: <IconScale size={18} aria-hidden />,
    summary: (s, _t, locale) => {
      const all = s.split.variants.reduce((sum, v) => sum + v.weight, 0);
      return s.split.variants.map((v) => `${v.name} ${all > 0 ? formatPercent(v.weight / all, locale) : ""}`.trim()).join(" · ");
    },
  },
  send: { icon: <IconMail size={18} aria-hidden />, summary: (s, t) => t("step.send", { template: s.send.template || "…", channel: list([s.send.channel, ...(s.send.fallback ?? [])]) || "…" }) },
  offer: { icon: <IconTicket size={18} aria-hidden />, summary: (s, t) => t("step.offer", { offer: s.offer.offer || "…" }) },
  reward: {
    icon: <IconGift size={18} aria-hidden />,
    summary: (s, t) => t(`step.reward.${s.reward.kind}`, { n: s.reward.kind === "discount" ? (s.reward.amount ?? 0) / 100 : (s.reward.amount ?? 0), offer: s.reward.offer || "…", defaultValue: s.reward.kind }),
  },
  update: {
    icon: <IconPencil size={18} aria-hidden />,
    summary: (s, t) =>
      [
        list([...Object.keys(s.update.set ?? {}), ...Object.keys(s.update.add ?? {})]) && t("step.update", { attributes: list([...Object.keys(s.update.set ?? {}), ...Object.keys(s.update.add ?? {})]) }),
        list(s.update.join) && t("step.join", { lists: list(s.update.join) }),
        list(s.update.leave) && t("step.leave", { lists: list(s.update.leave) }),
        list(s.update.unsubscribe) && t("step.unsubscribe", { topics: list(s.update.unsubscribe) }),
      ]
        .filter(Boolean)
        .join(", ") || "…",
  },
  collect: { icon: <IconList size={18} aria-hidden />, summary: (s, t) => t("step.collect", { events: list(s.collect.events.map((e) => e.event)) || "…" }) },
  notify: { icon: <IconBell size={18} aria-hidden />, summary: (s, t) => t("step.notify", { to: s.notify.to || "…" }) },
  webhook: { icon: <IconWebhook size={18} aria-hidden />, summary: (s) => `${s.webhook.method || "POST"} ${s.webhook.url || "…"}` },
  task: { icon: <IconPhone size={18} aria-hidden />, summary: (s, t) => `${t(`taskType.${s.task.type}`, { defaultValue: s.task.type })}: ${s.task.title || "…"}` },
  enter: { icon: <IconDoorEnter size={18} aria-hidden />, summary: (s, t) => t("step.enter", { journey: s.enter.journey || "…" }) },
  code: { icon: <IconCode size={18} aria-hidden />, summary: (s) => s.code.type || "…" },
  exit: { icon: <IconFlag size={18} aria-hidden />, summary: (s, t) => t("step.exit", { label: s.exit.label || "…" }) },
} satisfies { [K in StepKind]: StepView<K> };

export function stepIcon(kind: StepKind): ReactNode {
  return stepViews[kind]?.icon ?? <IconCode size={18} aria-hidden />;
}

/** The step in one line, e.g. "Wait 14 days for Order Completed". A step whose settings are missing says nothing. */
export function stepSummary(step: Step, t: TFunction, locale: string): string {
  const view = stepViews[step.kind] as StepView<StepKind> | undefined;
  return view && (step as Record<string, unknown>)[step.kind] ? view.summary(step as never, t, locale) : "";
}

export const entryIcon = <IconBolt size={18} aria-hidden />;

export function entrySummary(entry: Entry, t: TFunction, locale: string): string {
  switch (entry.kind) {
    case "event":
      return t("entry.event", { event: entry.event || "…" });
    case "audience":
      return t(entry.edge === "leave" ? "entry.leave" : "entry.audience");
    case "schedule":
      return t("entry.schedule", { cron: entry.cron || "…" });
    case "date":
      return entry.date ? dateSentence(entry.date, t, locale) : t("entry.date");
    case "api":
      return t("entry.api");
  }
  return "";
}
