import type { TFunction } from "i18next";
import type { Schema } from "../../api/types";
import { formatDuration, parseSimpleDuration } from "../../lib/duration";

/** What readers call an exit: our own by their names in the catalogue, those of a journey as its author wrote them. */
export function exitName(exit: string | undefined, t: TFunction): string {
  return t(`exit.${exit}`, { defaultValue: exit || "–" });
}

/** "7 days before", "3 days after", or nothing for the day itself. */
export function offsetWords(offset: string | undefined, t: TFunction, locale: string): string {
  if (!offset) return "";
  const simple = parseSimpleDuration(offset);
  if (simple?.amount === 0) return "";
  const negative = offset.startsWith("-");
  return t(negative ? "date.before" : "date.after", { duration: formatDuration(offset.replace(/^[+-]/, ""), locale) });
}

/** Which date is meant: "birthday", "booking: start", "check_in". */
export function dateName(rule: Schema<"DateRule">): string {
  if (rule.object) return `${rule.object}: ${rule.field || "…"}`;
  return rule.attribute || rule.context || "…";
}

/** A date rule in words: "7 days before booking: start, at 10:00". */
export function dateSentence(rule: Schema<"DateRule">, t: TFunction, locale: string): string {
  const offset = offsetWords(rule.offset, t, locale);
  const name = rule.anniversary ? t("date.anniversary", { date: dateName(rule) }) : dateName(rule);
  const day = offset ? `${offset} ${name}` : t("date.on", { date: name });
  return rule.at ? `${day}, ${t("date.at", { time: rule.at })}` : day;
}

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** "Mon, Wed" in the reader's language. 5 January 1970 was a Monday. */
export function weekdayNames(keys: string[] | undefined, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  return (keys ?? []).map((k) => format.format(new Date(Date.UTC(1970, 0, 5 + days.indexOf(k))))).join(", ");
}

/** How a wait reads: "Wait 2 days, until 09:30 local time". */
export function waitSentence(wait: Schema<"WaitStep">, t: TFunction, locale: string): string {
  const parts = [
    wait.for && t("step.waitFor", { duration: formatDuration(wait.for, locale) }),
    wait.until && [t("step.waitUntil", { time: wait.until.time || "…" }), weekdayNames(wait.until.weekdays, locale)].filter(Boolean).join(" · "),
    wait.date && t("step.waitDate", { date: dateSentence(wait.date, t, locale) }),
    wait.window && [t("step.waitWindow", { from: wait.window.from, to: wait.window.to }), weekdayNames(wait.window.weekdays, locale)].filter(Boolean).join(" · "),
    wait.best_hour && t("step.waitBestHour"),
    wait.next_purchase && [offsetWords(wait.next_purchase.offset, t, locale), t("step.waitNextPurchase")].filter(Boolean).join(" "),
  ].filter(Boolean);
  return parts.join(", ") || "…";
}
