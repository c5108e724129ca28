import assert from "node:assert/strict";
import { barriers, look, until } from "../support.mjs";

/** One click ends it: before the answer comes back the ledger has it; the run ends, and no other letter is sent, with its reason. */
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

  // The journey that greeted her has an exit on it: her run ends there, in its wait for the second letter, and nothing is left to send.
  const { items: runs } = await w.api("GET", `/runs?journey=welcome&customer=${customer.id}`);
  assert.equal(runs.length, 1);
  const run = await until("her run has ended", 30, async () => {
    const r = await w.api("GET", `/runs/${runs[0].id}`);
    return r.state === "ended" && r;
  });
  assert.equal(run.outcome, "consent_withdrawn");
  assert.equal(run.step_id, "two_days", "before the second letter");
  assert.deepEqual(run.sends.map((s) => s.step_id), ["hello"]);
  const left = run.timeline.filter((e) => e.kind === "run_ended");
  assert.deepEqual(left.map((e) => e.reason), ["Consent Withdrawn"]);
  await page.goto(`/runs/${run.id}`);
  await w.heading("Wilma Vos in Welcome");
  await page.getByText(left[0].title).first().waitFor();
  await until("its workflow has ended as well", 30, async () => (await w.api("GET", `/runs/${run.id}`)).temporal.state === "completed");

  // A journey without such an exit asks the gate before its letter: it is not sent, with its reason.
  const key = `letter-${Date.now().toString(36)}`;
  const step = { id: "letter", name: "A letter", kind: "send", send: { template: "welcome-2", channel: "email" }, next: "done" };
  const made = await w.api("POST", "/journeys", {
    document: { key, name: "Letter", purpose: "marketing", entry: { kind: "event", event: "Letter Wanted" }, steps: [step, { id: "done", kind: "exit", exit: { label: "done" } }] },
  });
  const live = await w.context.request.fetch(`/api/admin/v1/journeys/${key}/publish`, { method: "POST", headers: { "If-Match": `"${made.draft_revision}"` }, data: {} });
  assert.ok(live.ok(), await live.text());
  await w.accept("track", { userId: "e2e-wilma", messageId: `${key}-1`, event: "Letter Wanted" });
  const skipped = await until("the letter is skipped", 30, async () => {
    const { items } = await w.api("GET", `/sends?customer=${customer.id}`);
    return items.find((s) => s.state === "skipped");
  });
  assert.equal(skipped.step_id, "letter");
  assert.match(skipped.reason, /^(no_consent|topic_opt_out|channel_opt_out)$/);
  assert.equal((await w.api("GET", `/inbox?customer=${customer.id}`)).items.length, 1, "she got one mail");
  await page.goto(`/customers/${customer.id}?tab=why`);
  await w.heading("Wilma Vos");
  await page.getByText(/opted out|consent|withdr/i).first().waitFor();
  assert.deepEqual(await look(w, "customer-why-not"), []);
}
