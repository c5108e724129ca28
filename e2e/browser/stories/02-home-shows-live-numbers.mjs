import assert from "node:assert/strict";
import { look, until } from "../support.mjs";

/** Home says what the API says, and win-back has let people in. */
export default async function (w) {
  const { page } = w;
  const overview = await until("win-back lets people in", 90, async () => {
    const o = await w.api("GET", "/overview");
    return o.customers > 2000 && o.entries.last_7_days > 0 && o.journeys?.some((j) => j.key === "win-back") && o;
  });
  w.log(`${overview.customers} customers, ${overview.entries.last_7_days} entries, ${overview.open_runs} open runs`);
  await w.visit("/", "Home");
  for (const name of ["Customers", "On the way now", "Entered, 7 days", "Messages accepted, 7 days", "Goals reached, 7 days"]) {
    assert.ok(await page.getByText(name, { exact: true }).first().isVisible(), `${name} is on the page`);
  }
  await page.getByText(overview.customers.toLocaleString("en-GB"), { exact: true }).first().waitFor();
  await page.getByRole("table", { name: "Live journeys" }).getByRole("link", { name: "Win back" }).waitFor();
  assert.deepEqual(await look(w, "home"), []);
}
