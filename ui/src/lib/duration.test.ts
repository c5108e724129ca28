import { expect, test } from "vitest";
import { isDuration, parseSimpleDuration, simpleDurationToISO } from "./duration";

test("one number and one unit, there and back", () => {
  for (const iso of ["PT30M", "PT36H", "P14D", "P2W", "P1M", "P1Y", "-P7D", "P0D"]) {
    const parsed = parseSimpleDuration(iso);
    expect(parsed, iso).not.toBeNull();
    if (parsed) expect(simpleDurationToISO(parsed)).toBe(iso);
  }
  expect(parseSimpleDuration("PT5M")).toEqual({ amount: 5, unit: "minute", negative: false });
  expect(parseSimpleDuration("P5M")).toEqual({ amount: 5, unit: "month", negative: false });
});

test("what is not that simple is left alone", () => {
  for (const iso of ["P1DT2H", "PT90S", "soon", "", "P"]) expect(parseSimpleDuration(iso)).toBeNull();
  expect(isDuration("P1DT2H")).toBe(true);
  expect(isDuration("-P1D")).toBe(false);
  expect(isDuration("-P1D", true)).toBe(true);
  for (const bad of ["P", "PT", "P1DT", "1D", ""]) expect(isDuration(bad, true)).toBe(false);
});
