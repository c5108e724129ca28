import { expect, test } from "vitest";
import type { Schema } from "../../api/types";
import type { JourneyDocument } from "./document";
import { pointsOf } from "./publish-checklist";

const document = { steps: [{ id: "m", kind: "send", send: { template: "t", channel: "email", draft: true } }] } as unknown as JourneyDocument;
const preview = { issues: [], first_publish: true, in_flight: 0, next_version: 1, coming: [] } as unknown as Schema<"PublishPreview">;
const read = (p: Partial<Schema<"PublishPreview">>, d: Partial<JourneyDocument> = {}) => pointsOf({ ...preview, ...p }, { ...document, ...d }).map((x) => `${x.key}: ${x.is}`);

test("the list says what stands in the way, what deserves a look and what is as it should be", () => {
  expect(read({})).toEqual(["sound: good", "reviewed: look", "goal: look"]);
  const issue = (severity: string) => ({ severity, path: "p", code: severity, message: "m" }) as unknown as Schema<"Issue">;
  expect(read({ issues: [issue("error"), issue("warning")], first_publish: false, in_flight: 3, coming: ["2026-11-30T08:00:00Z"] }, { goal: { event: "Order Completed" } as never, control: { percent: 10 } as never })).toEqual([
    "sound: bad",
    "look: look",
    "inFlight: good",
    "reviewed: look",
    "goal: good",
    "control: good",
    "coming: good",
  ]);
});
