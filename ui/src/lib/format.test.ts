import { expect, test } from "vitest";
import { formatDuration } from "./duration";
import { formatMoney, formatRelative } from "./format";

const plain = (s: string) => s.replace(/[\u00a0\u202f]/g, " ");

test("durations read like words", () => {
  expect(plain(formatDuration("P14D", "en"))).toBe("14 days");
  expect(plain(formatDuration("P1DT12H", "en"))).toBe("1 day, 12 hours");
  expect(plain(formatDuration("P2W", "nl"))).toBe("2 weken");
  expect(formatDuration("14 days", "en")).toBe("14 days");
  expect(formatDuration("P", "en")).toBe("P");
});

test("money has the decimals of its currency", () => {
  expect(plain(formatMoney(123456, "USD", "en"))).toBe("$1,234.56");
  expect(plain(formatMoney(500, "JPY", "en"))).toBe("¥500");
});

test("relative time rounds towards now", () => {
  const now = new Date("2026-03-10T12:00:00Z");
  expect(formatRelative("2026-03-10T12:00:30Z", "en", now)).toBe("now");
  expect(formatRelative("2026-03-13T13:00:00Z", "en", now)).toBe("in 3 days");
  expect(formatRelative("2026-03-10T09:59:00Z", "en", now)).toBe("2 hours ago");
});
