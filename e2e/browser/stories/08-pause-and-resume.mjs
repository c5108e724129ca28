import assert from "node:assert/strict";
import { until } from "../support.mjs";

/** Pausing is one click and is seen everywhere; resuming asks how the paused time counts. */
export default async function (w) {
  const { page } = w;
  await w.visit("/journeys/win-back", "Win back");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  assert.equal((await w.api("GET", "/journeys/win-back")).state, "paused");
  await w.visit("/", "Home");
  await page.getByText("A journey is paused").first().waitFor();

  await w.visit("/journeys/win-back", "Win back");
  await page.getByRole("button", { name: "Resume" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^It does not count/ }).check();
  await dialog.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await until("win-back is live again", 10, async () => (await w.api("GET", "/journeys/win-back")).state === "published");
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("heading", { name: "Pauses" }).waitFor();
}
