import assert from "node:assert/strict";
import { barriers } from "../support.mjs";

/** The same pages in Dutch and French, without a reload and without a barrier. */
export default async function (w) {
  const { page } = w;
  await w.visit("/", "Home");
  for (const [language, home] of [["Nederlands", "Start"], ["Français", "Accueil"], ["English", "Home"]]) {
    await page.getByRole("button", { name: /^(Account of|Account van|Compte de) / }).click();
    await page.getByRole("menuitem", { name: language }).waitFor();
    assert.deepEqual(await barriers(page), [], "with the menu open");
    await page.getByRole("menuitem", { name: language }).click();
    await page.getByRole("menu").waitFor({ state: "detached" });
    await w.heading(home);
    assert.deepEqual(await barriers(page), []);
  }
}
