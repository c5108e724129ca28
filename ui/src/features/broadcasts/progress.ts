import { formatDuration } from "../../lib/duration";
import type { Issue } from "./api";

/** Seconds to words, coarse on purpose: an estimate of hours needs no seconds. Empty when nothing is known. */
export function remainingWords(seconds: number, locale: string): string {
  if (seconds <= 0) return "";
  const minutes = Math.max(1, Math.round(seconds / 60));
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days > 0) return formatDuration(hours > 0 ? `P${days}DT${hours}H` : `P${days}D`, locale);
  const rest = minutes % 60;
  return formatDuration(`PT${hours > 0 ? `${hours}H` : ""}${rest > 0 || hours === 0 ? `${rest}M` : ""}`, locale);
}

/** How many of its recipients have no outcome yet. */
export const notReached = (issue: Issue | undefined): number => (issue ? Math.max(0, issue.recipients - issue.handled) : 0);

/** The part that has an outcome, 0 to 100. Rounded down, so that 100 means everybody. */
export const percentDone = (issue: Issue): number => (issue.recipients > 0 ? Math.floor((100 * Math.min(issue.handled, issue.recipients)) / issue.recipients) : issue.state === "done" ? 100 : 0);

/** Outcomes with the largest first. */
export const byCount = <T extends { count: number }>(rows: readonly T[] | null | undefined): T[] => [...(rows ?? [])].sort((a, b) => b.count - a.count);

/** A key from a name: what the address of the page shows. Followed by a number when it is taken. */
export function keyFrom(name: string, taken: readonly string[]): string {
  const plain =
    name
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 50)
      .replace(/-+$/, "") || "broadcast";
  if (!taken.includes(plain)) return plain;
  let n = 2;
  while (taken.includes(`${plain}-${n}`)) n++;
  return `${plain}-${n}`;
}
