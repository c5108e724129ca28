import { expect, test } from "vitest";
import { freeKey } from "./starting";
import { countsByStep } from "./version-view";

test("a second journey from one blueprint gets a key of its own", () => {
  expect(freeKey("win-back", [])).toBe("win-back");
  expect(freeKey("win-back", ["win-back", "win-back-2"])).toBe("win-back-3");
});

test("counts by step", () => {
  const counts = countsByStep({ steps: [{ step_id: "mail", waiting: 2, passed: 5, exits: [{ exit: "sent", next: "x", count: 5 }], sends: [] }] } as never);
  expect(counts).toEqual({ mail: { waiting: 2, exits: { sent: 5 } } });
});
