import assert from "node:assert/strict";
import { look, tabTo } from "../support.mjs";

export const always = true;

/** A stranger is led to the sign-in page, and comes in without touching the mouse. */
export default async function (w) {
  const { page } = w;
  await page.goto("/journeys");
  await page.waitForURL(/\/sign-in\?from=/);
  await page.getByLabel("E-mail").waitFor();
  const found = await look(w, "sign-in");
  assert.deepEqual(found, []);

  await tabTo(page, 'input[type="email"]', 5);
  await page.keyboard.type(w.email);
  await tabTo(page, 'input[type="password"]', 3);
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();

  await page.locator('input[type="password"]').focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type(w.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/journeys");
  await w.heading("Journeys");
}
