import assert from "node:assert/strict";
import { barriers, look, skipWait, until } from "../support.mjs";

/** One click ends it: before the answer comes back the ledger has it, and the next letter is not sent, with its reason. */
export default async function (w) {
  const { page } = w;
  assert.ok(w.wilma, "the story of the welcome comes first");
  const { customer, mail } = w.wilma;
  const link = Object.entries(mail.headers).find(([k]) => k.toLowerCase() === "list-unsubscribe")[1].match(/<(https?:[^>]+)>/)[1];
  const permission = async () => (await w.api("GET", `/customers/${customer.id}`)).permissions.find((p) => p.channel === "email" && p.purpose === "marketing").state;

  // A scanner that follows the link changes nothing; a person sees a page with a button.
  const visitor = await (await w.browser.newContext()).newPage();
  await visitor.goto(link);
  await visitor.getByRole("button").first().waitFor();
  assert.deepEqual(await barriers(visitor), []);
  await visitor.screenshot({ path: `${w.artifacts}/unsubscribe.png` });
  await visitor.context().close();
  assert.equal(await permission(), "granted");

  const answer = await fetch(link, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "List-Unsubscribe=One-Click", redirect: "manual" });
  assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status}`);
  assert.equal(await permission(), "withdrawn", "at once, before anything else happens");

  await page.goto(`/customers/${customer.id}?tab=consents`);
  await w.heading("Wilma Vos");
  await page.getByRole("region", { name: "Consent ledger" }).getByText("Withdrawn").first().waitFor();

  // Her second letter would be due in two days; an operator makes it due now.
  const run = (await w.api("GET", `/runs?journey=welcome&customer=${customer.id}`)).items[0];
  const { temporal, state } = await w.api("GET", `/runs/${run.id}`);
  if (state === "open") await skipWait(w, temporal.workflow_id);
  const skipped = await until("the second letter is skipped", 30, async () => {
    const { items } = await w.api("GET", `/sends?customer=${customer.id}`);
    return items.find((s) => s.state === "skipped");
  });
  assert.match(skipped.reason, /^(no_consent|topic_opt_out|channel_opt_out)$/);
  assert.equal((await w.api("GET", `/inbox?customer=${customer.id}`)).items.length, 1, "she got one mail");
  await page.goto(`/customers/${customer.id}?tab=why`);
  await w.heading("Wilma Vos");
  await page.getByText(/opted out|consent|withdr/i).first().waitFor();
  assert.deepEqual(await look(w, "customer-why-not"), []);
}
