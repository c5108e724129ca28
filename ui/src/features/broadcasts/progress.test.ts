import { expect, test } from "vitest";
import type { Issue } from "./api";
import { byCount, keyFrom, notReached, percentDone, remainingWords } from "./progress";

const issue = (over: Partial<Issue>): Issue => ({ id: "i", number: 1, state: "sending", planned_at: "2026-03-01T09:00:00Z", recipients: 200, handled: 199, outcomes: [], per_minute: 0, remaining_seconds: 0, ...over });
const plain = (s: string) => s.replace(/[\u00a0\u202f]/g, " ");

test("the remaining time is told in two units at most", () => {
  expect(remainingWords(0, "en")).toBe("");
  expect(plain(remainingWords(20, "en"))).toBe("1 minute");
  expect(plain(remainingWords(3600, "en"))).toBe("1 hour");
  expect(plain(remainingWords(5400, "en"))).toBe("1 hour, 30 minutes");
  expect(plain(remainingWords(90_000, "en"))).toBe("1 day, 1 hour");
});

test("a hundred percent means everybody", () => {
  expect(percentDone(issue({}))).toBe(99);
  expect(percentDone(issue({ handled: 200 }))).toBe(100);
  expect(percentDone(issue({ recipients: 0, handled: 0 }))).toBe(0);
  expect(percentDone(issue({ recipients: 0, handled: 0, state: "done" }))).toBe(100);
  expect(notReached(issue({}))).toBe(1);
  expect(notReached(undefined)).toBe(0);
});

test("keys come from names and are free", () => {
  expect(keyFrom("Été à la mer!", [])).toBe("ete-a-la-mer");
  expect(keyFrom("News", ["news", "news-2"])).toBe("news-3");
  expect(keyFrom("***", [])).toBe("broadcast");
});

test("the largest outcome comes first and the list is left alone", () => {
  const rows = [{ count: 1 }, { count: 5 }];
  expect(byCount(rows).map((r) => r.count)).toEqual([5, 1]);
  expect(rows[0]?.count).toBe(1);
});
