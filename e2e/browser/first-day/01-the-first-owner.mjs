import assert from "node:assert/strict";
import { look } from "../support.mjs";

export const always = true;

/** Whoever holds the printed token becomes the owner; a wrong token makes nobody one. */
export default async function (w) {
  const { page } = w;
  await page.goto("/");
  await page.getByLabel("Setup token").fill("not-the-token");
  assert.deepEqual(await look(w, "first-owner"), []);
  await page.getByLabel("Name of the company").fill("Corner Shop");
  await page.getByLabel("Your name").fill("Olivia Owner");
  await page.getByLabel("E-mail").fill("owner@example.com");
  await page.locator('input[type="password"]').fill("correct horse battery staple");
  await page.getByRole("button", { name: "Make the owner" }).click();
  await page.getByRole("alert").waitFor();

  await page.getByLabel("Setup token").fill(w.token);
  await page.getByRole("button", { name: "Make the owner" }).click();
  await w.heading("Home");
  await page.getByText("Corner Shop").first().waitFor();
}
