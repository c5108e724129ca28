import { expect, test } from "vitest";
import { endOfDay, fromWallClock, toWallClock } from "./moment";

test("a wall clock survives the way to an instant and back", () => {
  for (const clock of ["2026-03-01T08:05", "2026-12-31T23:59"]) expect(toWallClock(fromWallClock(clock))).toBe(clock);
  expect(toWallClock(undefined)).toBe("");
  expect(fromWallClock("")).toBeUndefined();
  expect(fromWallClock("soon")).toBeUndefined();
});

test("the end of the day is the reader's own midnight", () => {
  expect(toWallClock(endOfDay(new Date(2026, 11, 31, 15, 4)))).toBe("2027-01-01T00:00");
});
