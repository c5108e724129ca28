import assert from "node:assert/strict";
import { localHour, look, mailTo, skipWait, until } from "../support.mjs";

/** Somebody's morning comes (an operator ends the wait), the mail is in the inbox, in her language, and says why she got it. */
export default async function (w) {
  const { page } = w;
  const { items } = await w.api("GET", "/runs?journey=win-back&state=open&step=morning&page_size=200");
  let run;
  for (const r of items) {
    const c = await w.api("GET", `/customers/${r.customer.id}`);
    const allowed = (c.permissions ?? []).some((p) => p.channel === "email" && p.purpose === "marketing" && p.state === "granted");
    // Quiet hours count where the customer lives, so it has to be day there; and not everybody said yes.
    // Who is held out as a control hears nothing.
    if (allowed && !r.control && localHour(c.timezone) >= 9 && localHour(c.timezone) <= 19) {
      run = r;
      break;
    }
  }
  assert.ok(run, `none of ${items.length} people said yes and lives where it is day`);
  const { temporal } = await w.api("GET", `/runs/${run.id}`);
  await skipWait(w, temporal.workflow_id);
  const mail = await mailTo(w, run.customer.id, /it has been a while|dat is even geleden|cela fait longtemps/);
  w.log(`"${mail.subject}" to a customer of ${run.customer.external_id}`);

  await w.visit("/inbox", "Inbox");
  await page.getByRole("region", { name: "Messages" }).getByRole("button", { name: mail.subject }).first().click();
  const article = page.getByRole("article");
  await article.getByRole("heading", { level: 2, name: mail.subject }).waitFor();
  const body = await (await article.locator("iframe").elementHandle()).contentFrame();
  await body.getByRole("heading", { level: 1 }).waitFor();
  assert.match(await body.content(), /\/p\/u\//, "the mail has its unsubscribe link");
  await article.getByRole("tab", { name: "Plain text" }).click();
  await article.locator("pre").waitFor();
  assert.deepEqual(await look(w, "inbox"), []);

  await article.getByRole("link", { name: "Win back" }).click();
  await w.heading(/ in Win back$/);
  await until("the run waits for an order", 20, async () => (await w.api("GET", `/runs/${run.id}`)).step_id === "two_weeks");
  await page.getByRole("link", { name: "Open the message" }).waitFor();
  await page.getByRole("link", { name: "Customer page" }).click();
  await w.heading(run.customer.name);
  assert.deepEqual(await look(w, "customer"), []);
  await page.getByRole("tab", { name: "Why" }).click();
  await page.getByText(/./).first().waitFor();
  assert.deepEqual(await look(w, "customer-why"), []);
  w.reached = run; // the story of the goal goes on with this person
}
