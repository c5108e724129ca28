import assert from "node:assert/strict";
import { until } from "../support.mjs";

/** The person who was written to buys again: the goal is recorded with its value and the run ends. */
export default async function (w) {
  const { page } = w;
  const run = w.reached;
  assert.ok(run, "the story of the win-back mail comes first");
  const before = (await w.api("GET", "/overview")).conversions.last_7_days;
  await w.accept("track", {
    userId: run.customer.external_id, messageId: "goal-1", event: "Order Completed",
    properties: { order_id: "e2e-1001", total: 49.9, currency: "USD", products: [{ sku: "CD-1", quantity: 2 }] },
  });
  const ended = await until("the run has reached its goal", 30, async () => {
    const r = await w.api("GET", `/runs/${run.id}`);
    return r.state !== "open" && r.goal && r;
  });
  assert.deepEqual(ended.goal.value, { minor: 4990, currency: "USD" });
  await page.goto(`/runs/${run.id}`);
  await w.heading(/ in Win back$/);
  await page.getByText("goal reached").first().waitFor();
  await page.getByText("Goal", { exact: true }).first().waitFor();
  assert.ok((await w.api("GET", "/overview")).conversions.last_7_days > before);
}
