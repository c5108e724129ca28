import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "./en.json";

/** The values of Go constants whose names begin so. */
function values(file: string, prefix: string): string[] {
  const source = readFileSync(join(process.cwd(), "..", file), "utf8");
  return [...source.matchAll(new RegExp(`\\b${prefix}\\w*\\s+(?:\\w+\\s+)?=\\s+"([a-z_]+)"`, "g"))].map((m) => m[1] as string);
}

test.each([
  ["pressure/table.go", "Reason", "reason"],
  ["storage/sends.go", "Reason", "reason"],
  ["storage/journeyentries.go", "Cause", "cause"],
  ["journey/machine.go", "Outcome", "outcome"],
  ["storage/reconcile.go", "Outcome", "outcome"],
  ["storage/operations.go", "Run", "operation.state"],
])("every code of the server has its words: %s %s", (file, prefix, words) => {
  const codes = values(file, prefix);
  expect(codes.length).toBeGreaterThan(2);
  expect(codes.filter((c) => !(`${words}.${c}` in en))).toEqual([]);
});
