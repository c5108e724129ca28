import type { Schema } from "../../api/types";

export type Entry = Schema<"CalendarEntry">;
export type Day = { key: string; date: Date; inMonth: boolean };

const two = (n: number) => String(n).padStart(2, "0");
/** A local calendar day as "2026-03-01". */
export const dayKey = (d: Date): string => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
/** The day that a text like "2026-03-05" names, the first of "2026-03", else today. */
export function dateOf(text: string | undefined, now: Date): Date {
  const m = /^(\d{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?$/.exec(text ?? "");
  return m ? new Date(Number(m[1]), Number(m[2]) - 1, Number(m[3] ?? 1)) : new Date(now.getFullYear(), now.getMonth(), now.getDate());
}
/** The first day of the month of the day that a text names. */
export function monthOf(text: string | undefined, now: Date): Date {
  const d = dateOf(text, now);
  return new Date(d.getFullYear(), d.getMonth(), 1);
}
export const monthKey = (d: Date): string => dayKey(d).slice(0, 7);
export const addMonths = (d: Date, n: number): Date => new Date(d.getFullYear(), d.getMonth() + n, 1);

export const addDays = (d: Date, n: number): Date => new Date(d.getFullYear(), d.getMonth(), d.getDate() + n);

/** The week of a day, from Monday; all of it counts as in sight. */
export function weekOf(d: Date): Day[] {
  const monday = addDays(d, -((d.getDay() + 6) % 7));
  return Array.from({ length: 7 }, (_, i) => {
    const date = addDays(monday, i);
    return { key: dayKey(date), date, inMonth: true };
  });
}

/** How many people entries are for, as far as that is known. */
export const volumeOf = (entries: readonly Entry[]): number => entries.reduce((n, e) => n + (e.paused || e.state === "missed" ? 0 : e.recipients || e.expected), 0);

/** Where a key leads from day `at` of so many in weeks of seven; -1 when it leads nowhere. */
export function step(at: number, key: string, days: number): number {
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - 7, ArrowDown: at + 7, Home: at - (at % 7), End: at - (at % 7) + 6 }[key] ?? -1;
  return to >= 0 && to < days ? to : -1;
}

/** Whole weeks from Monday to Sunday that hold the month. Days are counted by the calendar, so that a change of the clock loses none. */
export function weeksOf(month: Date): Day[][] {
  const before = (month.getDay() + 6) % 7;
  const last = new Date(month.getFullYear(), month.getMonth() + 1, 0).getDate();
  const weeks = Math.ceil((before + last) / 7);
  return Array.from({ length: weeks }, (_, w) =>
    Array.from({ length: 7 }, (_, i) => {
      const date = new Date(month.getFullYear(), month.getMonth(), 1 - before + w * 7 + i);
      return { key: dayKey(date), date, inMonth: date.getMonth() === month.getMonth() };
    }),
  );
}

/** Entries by the reader's day, in order. */
export function byDay(entries: readonly Entry[]): Map<string, Entry[]> {
  const out = new Map<string, Entry[]>();
  for (const e of entries) {
    const key = dayKey(new Date(e.at));
    out.set(key, [...(out.get(key) ?? []), e]);
  }
  return out;
}
