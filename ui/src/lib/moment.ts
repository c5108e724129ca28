// What <input type="datetime-local"> holds is a wall clock in the reader's zone without a name; the API speaks of instants.
const two = (n: number) => String(n).padStart(2, "0");

/** An instant as the text of a datetime-local input; empty when there is none. */
export function toWallClock(iso: string | null | undefined): string {
  if (!iso) return "";
  const d = new Date(iso);
  return `${String(d.getFullYear()).padStart(4, "0")}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** The instant that the reader's wall clock means; undefined when the text is empty or no date. */
export function fromWallClock(text: string): string | undefined {
  const d = new Date(text);
  return text === "" || Number.isNaN(d.getTime()) ? undefined : d.toISOString();
}

/** The first instant of the reader's tomorrow: what is due today is due before it. */
export function endOfDay(now: Date): string {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).toISOString();
}
