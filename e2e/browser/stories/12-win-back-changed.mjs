import assert from "node:assert/strict";
import { awake, barriers, look, mailTo, startFrom, until } from "../support.mjs";

/**
 * A marketer takes win back from the gallery, has a text message follow the letter for half of those who did not open it,
 * mends what validation paints, publishes, and watches people move; then a second version, and everybody moves to it.
 */
export default async function (w) {
  const { page } = w;
  const key = await startFrom(w, "Win back");
  const { draft } = await w.api("GET", `/journeys/${key}`);
  const name = draft.name;
  const canvas = page.getByRole("group", { name: `Editor of ${name}` });
  const step = (id) => canvas.locator(`button[data-step-id="${id}"]`);
  const panel = page.locator("#step-panel");
  const field = (path) => panel.locator(`input[data-field$="${path}"]`);
  const dialog = page.getByRole("dialog");
  const sound = page.getByText("Nothing stands in the way of publishing");
  const edit = async () => {
    await w.visit(`/journeys/${key}`, name);
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await w.heading(`Edit ${name}`);
    await step("first_letter").waitFor();
  };
  const saved = async () => {
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Done" }).click();
    await w.heading(name);
  };
  const choose = async (label, option) => {
    await panel.getByRole("combobox", { name: label, exact: true }).click();
    await page.getByRole("option", { name: option, exact: true }).click();
  };
  const kind = async (which) => {
    await dialog.getByRole("button", { name: which, exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
    await panel.getByRole("heading", { name: which, exact: true }).waitFor();
  };

  const addOn = async (id, way) => {
    await step(id).focus();
    await page.keyboard.press("a");
    await dialog.getByLabel("Which step").waitFor();
    await dialog.getByRole("combobox", { name: "On which way" }).click();
    await page.getByRole("option", { name: way, exact: true }).click();
  };

  // After the letter, where it was sent: has it been opened within three days?
  await edit();
  await addOn("first_letter", "sent");
  assert.deepEqual(await barriers(page), [], "the dialog of steps");
  await kind("Wait for an event");
  await field("events[0].event").fill("Message Opened");
  await field("events[0].message").fill("first_letter");
  await panel.getByLabel("Name of the step", { exact: true }).fill("Opened?");
  // Who did open it waits for an order as before; those who did not get a text message …
  await addOn("wait-for", "nothing happened");
  await kind("Send");
  await field("send.channel").fill("sms");
  const issue = page.getByRole("alert").getByRole("button", { name: /^Send: |^send: / }).first();
  await issue.waitFor();
  w.log(`painted: ${await issue.textContent()}`);
  await step("send").getByRole("img", { name: "1 error" }).waitFor();
  assert.deepEqual(await look(w, "win-back-editor-issue"), []);
  // … and before it a split: one half gets it, the other does not.
  await canvas.getByRole("button", { name: /^Add a step after Opened\? \(.*nothing happened/ }).click();
  await kind("Split");
  await choose("B", "Two weeks for an order");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Redo" }).click();
  await issue.click(); // leads to the step
  await panel.getByRole("heading", { name: "Send", exact: true }).waitFor();
  await field("send.template").fill("winback-sms");
  await panel.getByLabel("Name of the step", { exact: true }).fill("A text message");
  await sound.waitFor();
  await saved();

  const byID = Object.fromEntries((await w.api("GET", `/journeys/${key}`)).draft.steps.map((s) => [s.id, s]));
  const leads = (s, to) => s.next === to || Object.values(s[s.kind] ?? {}).flat().some((v) => v === to || v?.next === to);
  assert.ok(leads(byID["wait-for"], "split") && leads(byID.split, "send") && leads(byID.split, "two_weeks") && leads(byID.send, "two_weeks"), JSON.stringify(byID));

  // The people this journey is for are let in at once.
  await page.getByRole("button", { name: "Publish" }).click();
  await dialog.getByText("This becomes version 1.").waitFor();
  await dialog.getByRole("checkbox", { name: /present members enter now$/ }).first().check();
  assert.deepEqual(await look(w, "publish-win-back"), []);
  const sure = dialog.getByRole("checkbox", { name: "I mean it: let everybody in" });
  if (await sure.isVisible()) await sure.check();
  await dialog.getByRole("button", { name: "Publish" }).click();
  await dialog.waitFor({ state: "hidden" });
  const drawing = page.getByRole("group", { name: `Drawing of ${name}` });
  const chip = (id) => drawing.locator(".so-node", { has: page.locator(`button[data-step-id="${id}"]`) }).locator('[data-measure="waiting"]');
  const here = (id, n) => until(`${n} at ${id} on the drawing`, 60, async () => n.test((await chip(id).getAttribute("aria-label", { timeout: 1000 })) ?? ""));
  await here("morning", /: [\d,]+\. /);

  // One of them has a mobile number and lives where it is noon: the morning comes early, and the letter with it.
  const { items } = await w.api("GET", `/runs?journey=${key}&state=open&step=morning&page_size=50`);
  const run = items.find((r) => !r.control); // who is held out is sent nothing
  const userId = run.customer.external_id;
  await w.accept("identify", { userId, messageId: `${key}-phone`, traits: { phone: "+31612345678", timezone: awake() } });
  for (const channel of ["email", "sms"])
    await w.accept("track", {
      userId, messageId: `${key}-yes-${channel}`, event: "Consent Granted",
      properties: { channel, purpose: "marketing", source: "form:texts", source_kind: "person" },
    });
  await until("the permission is known", 20, async () => {
    const c = await w.api("GET", `/customers/${run.customer.id}`);
    return c.timezone === awake() && (c.permissions ?? []).some((p) => p.channel === "sms" && p.state === "granted");
  });
  await page.getByRole("tab", { name: "People" }).click();
  await page.getByRole("table", { name: "People" }).waitFor();
  const skip = async () => {
    await page.goto(`/runs/${run.id}`);
    await w.heading(`${run.customer.name} in ${name}`);
    await page.getByRole("button", { name: "Do something" }).click();
    await page.getByRole("menuitem", { name: "Skip the wait" }).click();
    await page.getByRole("dialog").getByText("This cannot be taken back.", { exact: false }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Skip the wait" }).click();
  };
  const at = (id) => until(`the run waits at ${id}`, 40, async () => (await w.api("GET", `/runs/${run.id}`)).step_id === id);
  await skip();
  await at("wait-for");
  const mail = await mailTo(w, run.customer.id, /./);
  await w.visit("/inbox", "Inbox");
  await page.getByRole("region", { name: "Messages" }).getByRole("button", { name: mail.subject }).first().click();
  await page.getByRole("article").getByRole("heading", { level: 2, name: mail.subject }).waitFor();
  await w.visit(`/journeys/${key}`, name);
  await here("wait-for", /: 1\. /);

  // Nothing was opened for three days: half get the text message.
  await skip();
  await at("two_weeks");
  const { sends } = await w.api("GET", `/runs/${run.id}`);
  const text = sends.find((s) => s.channel === "sms");
  w.log(text ? `the text message is ${text.state}` : "this one is in the half without a text message");
  if (text) assert.match(text.state, /accepted|delivered/);
  w.winBack = { key, name, run };
}
