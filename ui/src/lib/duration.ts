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
