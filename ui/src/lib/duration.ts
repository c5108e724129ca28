/** "P14D" -> "14 days", "PT36H" -> "36 hours", in the reader's language. Text that is no ISO 8601 duration comes back as it is. */
export function formatDuration(iso: string, locale: string): string {
  const m = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(iso);
  if (!m || iso === "P") return iso;
  const names = ["year", "month", "week", "day", "hour", "minute", "second"];
  const parts: string[] = [];
  names.forEach((unit, i) => {
    const value = m[i + 1];
    if (value !== undefined) parts.push(new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(Number(value)));
  });
  return new Intl.ListFormat(locale, { type: "unit", style: "short" }).format(parts) || iso;
}

export const durationUnits = ["minute", "hour", "day", "week", "month", "year"] as const;
export type DurationUnit = (typeof durationUnits)[number];
export type SimpleDuration = { amount: number; unit: DurationUnit; negative: boolean };

const letters: Record<DurationUnit, [time: boolean, letter: string]> = {
  minute: [true, "M"],
  hour: [true, "H"],
  day: [false, "D"],
  week: [false, "W"],
  month: [false, "M"],
  year: [false, "Y"],
};

/** "-P7D" -> 7 days before. Null for what one number and one unit can't say (P1DT2H), and for text that is no duration. */
export function parseSimpleDuration(iso: string): SimpleDuration | null {
  const m = /^([+-])?P(?:(\d+)([YMWD])|T(\d+)([HM]))$/.exec(iso);
  if (!m) return null;
  const time = m[4] !== undefined;
  const letter = time ? m[5] : m[3];
  const unit = durationUnits.find((u) => letters[u][0] === time && letters[u][1] === letter);
  return unit ? { amount: Number(time ? m[4] : m[2]), unit, negative: m[1] === "-" } : null;
}

export function simpleDurationToISO({ amount, unit, negative }: SimpleDuration): string {
  const [time, letter] = letters[unit];
  return `${negative ? "-" : ""}P${time ? "T" : ""}${amount}${letter}`;
}

/** Whether a text is an ISO 8601 duration as the server reads it, with a sign if `signed`. */
export function isDuration(text: string, signed = false): boolean {
  const m = /^([+-])?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/.exec(text);
  return m !== null && (signed || m[1] === undefined);
}
