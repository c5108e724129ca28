import { expect, test } from "vitest";
import { addMonths, byDay, dateOf, dayKey, type Entry, monthKey, monthOf, step, volumeOf, weekOf, weeksOf } from "./days";

test("a month is whole weeks from Monday", () => {
  const weeks = weeksOf(new Date(2026, 2, 1)); // 1 March 2026 is a Sunday
  expect(weeks).toHaveLength(6);
  expect(weeks[0]?.[0]?.key).toBe("2026-02-23");
  expect(weeks[0]?.[6]).toMatchObject({ key: "2026-03-01", inMonth: true });
  expect(weeks[5]?.[6]).toMatchObject({ key: "2026-04-05", inMonth: false });
  expect(new Set(weeks.flat().map((d) => d.key)).size).toBe(42);
  expect(weeksOf(new Date(2027, 1, 1))).toHaveLength(4); // 1 February 2027 is a Monday
});

test("months go round the year and come from the address", () => {
  expect(monthKey(addMonths(new Date(2026, 11, 1), 1))).toBe("2027-01");
  const now = new Date(2026, 5, 17);
  expect(dayKey(monthOf("2026-02", now))).toBe("2026-02-01");
  for (const bad of ["2026-13", "soon", undefined]) expect(monthKey(monthOf(bad, now))).toBe("2026-06");
});

test("entries stand on the reader's day", () => {
  const at = (d: Date): Entry => ({ at: d.toISOString(), kind: "broadcast", key: "k", name: "n", state: "planned", paused: false, recipients: 0, expected: 0 });
  const days = byDay([at(new Date(2026, 2, 1, 0, 5)), at(new Date(2026, 2, 1, 23, 55)), at(new Date(2026, 2, 2, 0, 0))]);
  expect([...days].map(([k, v]) => [k, v.length])).toEqual([["2026-03-01", 2], ["2026-03-02", 1]]);
});

test("a week is the seven days from Monday, also over the end of a year", () => {
  expect(weekOf(dateOf("2027-01-01", new Date())).map((d) => d.key)).toEqual(["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03"]);
  expect(dayKey(dateOf("2026-03", new Date()))).toBe("2026-03-01");
});

test("keys move within the sheet and not beyond it", () => {
  expect([step(8, "ArrowLeft", 35), step(8, "ArrowDown", 35), step(8, "Home", 35), step(8, "End", 35)]).toEqual([7, 15, 7, 13]);
  expect([step(0, "ArrowLeft", 35), step(34, "ArrowRight", 35), step(3, "ArrowUp", 35), step(3, "x", 35)]).toEqual([-1, -1, -1, -1]);
});

test("a day's volume counts what is known, and nothing that stands still", () => {
  const e = (change: Partial<Entry>): Entry => ({ at: "", kind: "broadcast", key: "k", name: "n", state: "planned", paused: false, recipients: 0, expected: 0, ...change });
  expect(volumeOf([e({ expected: 10 }), e({ recipients: 7, expected: 9 }), e({ expected: 100, paused: true }), e({})])).toBe(17);
});
