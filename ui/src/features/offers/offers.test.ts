import { expect, test } from "vitest";
import { benefitOf, keyOf, type Offer, standing } from "./api";

const now = new Date("2026-06-01T12:00:00Z");
const offer = (change: Partial<Offer>): Offer => ({
  key: "ten", name: "Ten", partner: "", state: "active", code_kind: "pool", shared_code: "", benefit_kind: "percent", benefit_value: 1000, texts: {}, hold: "P30D",
  per_customer: 0, free: 5, reserved: 0, revision: 1, confirmed: 0, released: 0, updated_at: now.toISOString(), ...change,
});

test("an offer says why nobody gets it", () => {
  expect(standing(offer({}), now)).toBe("active");
  expect(standing(offer({ state: "paused", free: 0 }), now)).toBe("paused");
  expect(standing(offer({ valid_until: "2026-06-01T12:00:00Z" }), now)).toBe("over");
  expect(standing(offer({ valid_from: "2026-06-02T00:00:00Z" }), now)).toBe("coming");
  expect(standing(offer({ free: 0 }), now)).toBe("empty");
  expect(standing(offer({ code_kind: "none", free: 0 }), now)).toBe("active");
  expect(standing(offer({ budget: 3, reserved: 1, confirmed: 2 }), now)).toBe("empty");
});

test("a benefit reads like money or a share", () => {
  expect(benefitOf(offer({ benefit_value: 1250 }), "EUR", "en")).toBe("12.5%");
  expect(benefitOf(offer({ benefit_kind: "amount", benefit_value: 500 }), "EUR", "en")).toBe("€5.00");
  expect(benefitOf(offer({ benefit_kind: "other" }), "EUR", "en")).toBe("");
});

test("a key comes from the name", () => {
  expect(keyOf("Été: 10% off!")).toBe("ete-10-off");
});
