import assert from "node:assert/strict";
import { look, tabTo, until } from "../support.mjs";

/** The drawing with live counts; a step by keyboard; who is here; one person's run; the same run in Temporal Web. */
export default async function (w) {
  const { page } = w;
  await w.visit("/", "Home");
  await page.getByRole("table", { name: "Live journeys" }).getByRole("link", { name: "Win back" }).click();
  await w.heading("Win back");
  const canvas = page.getByRole("group", { name: "Drawing of Win back" });
  await canvas.waitFor();
  const steps = canvas.locator("button[data-step-id]");
  assert.ok((await steps.count()) >= 5, "the drawing has its steps");
  const counted = canvas.locator('button[data-measure="waiting"]');
  const here = await until("somebody waits at a step", 30, async () => (await counted.count()) > 0 && counted.first().getAttribute("aria-label"));
  w.log(`a step shows "${here}"`);
  assert.deepEqual(await look(w, "win-back-canvas"), []);

  // Without a mouse: Tab to a step, Enter chooses it, the panel says what it does.
  const waiting = await canvas.locator(".so-node", { has: page.locator('[data-measure="waiting"]') }).first().locator("button[data-step-id]").getAttribute("data-step-id");
  await page.locator("#content").focus();
  await tabTo(page, `button[data-step-id="${waiting}"]`, 60);
  await page.keyboard.press("Enter");
  await until("the step is chosen", 5, () => page.evaluate((id) => document.querySelector(`button[data-step-id="${id}"]`)?.getAttribute("aria-pressed") === "true", waiting));
  assert.equal(new URL(page.url()).searchParams.get("step")?.replaceAll('"', ""), waiting);

  await page.getByRole("link", { name: /^Who is here \([\d,]+\)$/ }).click();
  const people = page.getByRole("table", { name: "People" });
  await people.waitFor();
  assert.deepEqual(await look(w, "win-back-people"), []);
  await people.getByRole("link", { name: /^Timeline of / }).first().click();
  await w.heading(/ in Win back$/);
  await page.getByRole("heading", { name: "What happened" }).waitFor();
  await page.getByText("Entered", { exact: false }).first().waitFor();
  assert.deepEqual(await look(w, "run"), []);

  const workflow = await page.locator("code", { hasText: /^sojourn\// }).first().textContent();
  const link = page.getByRole("link", { name: "Open in Temporal Web" });
  const href = await link.getAttribute("href");
  assert.ok(href?.startsWith(w.temporal), `${href} leads to Temporal Web at ${w.temporal}`);
  const [tab] = await Promise.all([w.context.waitForEvent("page"), link.click()]);
  await tab.getByText(workflow).first().waitFor({ timeout: 30_000 });
  await tab.getByText("Running").first().waitFor();
  await tab.screenshot({ path: `${w.artifacts}/temporal-web.png` });
  await tab.close();
}
