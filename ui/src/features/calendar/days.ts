import type { Schema } from "../../api/types";

export type Entry = Schema<"CalendarEntry">;
export type Day = { key: string; date: Date; inMonth: boolean };

const two = (n: number) => String(n).padStart(2, "0");
/** A local calendar day as "2026-03-01". */
export const dayKey = (d: Date): string => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
/** The first day of the month that a text like "2026-03" names, else of the month of `now`. */
export function monthOf(text: string | undefined, now: Date): Date {
  const m = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text ?? "");
  return m ? new Date(Number(m[1]), Number(m[2]) - 1, 1) : new Date(now.getFullYear(), now.getMonth(), 1);
}
export const monthKey = (d: Date): string => dayKey(d).slice(0, 7);
export const addMonths = (d: Date, n: number): Date => new Date(d.getFullYear(), d.getMonth() + n, 1);

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
