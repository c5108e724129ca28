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

  await w.visit("/journeys", "Journeys");
  await page.getByRole("button", { name: "New journey" }).first().click();
  await page.getByRole("dialog").getByRole("heading", { level: 3 }).first().waitFor();
  found.push(...(await look(w, "blueprints")));
  assert.deepEqual(found, []);
}
