import assert from "node:assert/strict";
import { look } from "../support.mjs";

/** The pages no other story has looked at: light, dark and narrow, without violations of WCAG 2.2 AA. */
export default async function (w) {
  const { page } = w;
  const found = [];
  for (const [path, heading, name] of [
    ["/journeys", "Journeys", "journeys"],
    ["/journeys/welcome", "Welcome", "welcome-canvas"],
    ["/journeys/win-back?tab=versions", "Win back", "win-back-versions"],
    ["/journeys/welcome/edit", "Welcome", "welcome-editor"],
    ["/customers", "Customers", "customers"],
    ["/tasks", "Tasks", "tasks"],
    ["/offers", "Offers", "offers"],
    ["/broadcasts", "Broadcasts", "broadcasts"],
    ["/calendar", "Calendar", "calendar"],
    ["/events", "Live events", "events"],
    ["/events?tab=how", "Live events", "events-how"],
    ["/settings?tab=general", "Settings", "settings-workspace"],
    ["/settings?tab=users", "Settings", "settings-users"],
    ["/settings?tab=audit", "Settings", "settings-audit"],
    ["/settings?tab=sending", "Settings", "settings-sending"],
    ["/settings?tab=account", "Settings", "settings-account"],
    ["/nowhere", "There is nothing here", "not-found"],
  ]) {
    await w.visit(path, heading);
    found.push(...(await look(w, name)));
  }

  // From the list to the gallery, into a blueprint and as far as its form, by keyboard; nothing is made.
  await w.visit("/journeys", "Journeys");
  await page.getByRole("link", { name: "New journey" }).first().click();
  await w.heading("Blueprints");
  await page.getByText(/^booking: [\d,]+ here$/).waitFor();
  found.push(...(await look(w, "blueprints")));
  await page.getByLabel("Search blueprints").fill("print");
  await page.getByRole("link", { name: "Birthday", exact: true }).focus();
  await page.keyboard.press("Enter");
  await w.heading("Birthday");
  const card = await (await page.getByTitle("A card for your birthday").elementHandle()).contentFrame();
  await card.getByRole("heading", { level: 1 }).waitFor();
  found.push(...(await look(w, "blueprint-message")));
  await page.getByRole("combobox", { name: "Message" }).click();
  await page.getByRole("option", { name: "Birthday card, printed (Print)" }).click();
  await page.locator("pre", { hasText: "Dear Emma" }).waitFor();
  found.push(...(await look(w, "blueprint")));
  await page.getByRole("button", { name: "Use this blueprint" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: "French" }).waitFor();
  found.push(...(await look(w, "blueprint-use")));
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(found, []);
}
