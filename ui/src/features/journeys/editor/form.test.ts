import { expect, test } from "vitest";
import { emptyCatalogue } from "../../../api/catalogue";
import type { JourneyDocument } from "../document";
import { stepFields } from "./fields";
import { choicesOf, type FormContext } from "./form";

test("an offer to give is chosen from the offers of the workspace, not typed from memory", () => {
  const context: FormContext = { document: { steps: [] } as unknown as JourneyDocument, catalogue: emptyCatalogue, offers: ["ten-percent"], errors: {}, warnings: {}, readOnly: false };
  for (const fields of [stepFields.offer, stepFields.reward]) {
    const field = fields.find((f) => f.path === "offer");
    expect(field?.as === "name" && choicesOf(field.from, context)).toEqual([{ value: "ten-percent", label: "ten-percent" }]);
  }
});
