import { expect, test } from "vitest";
import { safeReturn } from "./sign-in";

test("after signing in only our own pages are opened", () => {
  expect(safeReturn("/journeys?tab=people")).toBe("/journeys?tab=people");
  for (const bad of [undefined, "", "https://evil.example", "//evil.example", "javascript:alert(1)", "/sign-in?from=/"]) expect(safeReturn(bad)).toBe("/");
});
