import assert from "node:assert/strict";
import { awake, customerOf, look, mailTo, until } from "../support.mjs";

const people = 24;

/** A marketer writes a newsletter, sees who would not get it and why, lets it go, pauses it, lets it go on and finds the mail. */
export default async function (w) {
  const { page } = w;
  for (let i = 0; i < people; i++) {
    const userId = `e2e-reader-${i}`;
    await w.accept("identify", { userId, messageId: `${userId}-1`, traits: { email: `reader${i}@readers.example`, firstName: `Reader${i}`, lastName: "Vos", locale: "en", timezone: awake(), club: "readers" } });
    if (i >= 3)
      await w.accept("track", { userId, messageId: `${userId}-2`, event: "Consent Granted", properties: { channel: "email", purpose: "marketing", source: "form:sign-up", source_kind: "person" } });
  }
  const last = await customerOf(w, `e2e-reader-${people - 1}`);
  await until("the last permission is known", 20, async () => (await w.api("GET", `/customers/${last.id}`)).permissions.some((p) => p.state === "granted"));

  await w.visit("/broadcasts", "Broadcasts");
  await page.getByRole("button", { name: "New broadcast" }).first().click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Spring letter");
  await page.keyboard.press("Enter");
  await w.heading("Spring letter");
  const key = new URL(page.url()).pathname.split("/").pop();
  // Whom it is for comes from a colleague, by the API; the page takes it over with a reload.
  const draft = await w.api("GET", `/broadcasts/${key}`);
  await w.context.request.put(`/api/admin/v1/broadcasts/${key}`, {
    headers: { "If-Match": `"${draft.revision}"` },
    data: { name: draft.name, definition: { ...draft.definition, audience: { attribute: "attributes.club", op: "eq", value: "readers" } } },
  });
  await w.visit(`/broadcasts/${key}`, "Spring letter");
  await page.getByRole("combobox", { name: "Purpose" }).or(page.getByLabel(/^Purpose/)).first().fill("marketing");
  await page.keyboard.press("Escape");
  await page.getByRole("combobox", { name: "Message template" }).click();
  await page.getByRole("option").first().click();
  await page.getByRole("combobox", { name: "Without who is in one of these journeys" }).click({ force: true });
  await page.getByRole("option", { name: "Win back", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByLabel("At most per hour").fill("600");

  // Two subjects, and back to one: the test is put together and taken away.
  await page.getByRole("checkbox", { name: "Test several subjects" }).check();
  await page.getByLabel("Subject 1").fill("Spring is here, {{ customer.first_name }}");
  await page.getByLabel("Subject 2").fill("Spring!");
  await page.getByRole("button", { name: "Another subject" }).click();
  await page.getByRole("button", { name: "Remove subject 3" }).click();
  const forecast = page.getByRole("region", { name: "Before it goes" });
  await forecast.getByText(/^Not: /).waitFor();
  await until("three have not said yes", 20, async () => (await forecast.getByRole("row").filter({ hasText: "Not:" }).textContent())?.includes("3"));
  const found = await look(w, "broadcast-composer");
  await page.getByRole("checkbox", { name: "Test several subjects" }).uncheck();
  assert.equal(await page.getByLabel("Subject", { exact: true }).inputValue(), "Spring is here, {{ customer.first_name }}");
  await until("the forecast says how many", 20, async () => /^21(?!\d)/.test((await forecast.getByRole("status").textContent()) ?? ""));

  await page.getByRole("button", { name: "Preview" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/ would get it\.$/).waitFor();
  await dialog.getByText(/^Subject: Spring is here, Reader/).waitFor();
  found.push(...(await look(w, "broadcast-preview-html")));
  await dialog.getByRole("tab", { name: "Text" }).click();
  found.push(...(await look(w, "broadcast-preview")));
  // Tests go to confirmed addresses only: the code is in the inbox of this installation.
  if (!(await w.api("GET", "/auth/address")).verified) {
    await dialog.getByRole("button", { name: "Send me a code" }).click();
    const code = await until("the code has come", 20, async () => (await w.api("GET", "/inbox")).items.map((m) => /^Your code: (\d+)$/.exec(m.subject)?.[1]).find(Boolean));
    await dialog.getByLabel("Code from the mail").fill(code);
    await dialog.getByRole("button", { name: "Confirm" }).click();
  }
  await dialog.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("1 test sent").first().waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await until("the test is in the inbox", 20, async () => (await w.api("GET", "/inbox")).items.some((m) => m.subject.startsWith("[Test] Spring is here")));

  await until("it is saved", 20, () => page.getByRole("button", { name: "Schedule" }).isEnabled());
  await page.getByRole("button", { name: "Schedule" }).click();
  await page.getByRole("dialog").getByText("As things stand 21 people would get it.").waitFor();
  found.push(...(await look(w, "broadcast-schedule")));
  await page.getByRole("dialog").getByRole("button", { name: "Schedule" }).click();

  // Ten a minute: the first ones go at once, and there is time to hold the others.
  await until("some have it", 60, async () => (await w.api("GET", `/broadcasts/${key}`)).issue?.handled >= 2);
  await page.getByText("You may close this page: it goes on by itself.").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  const held = (await w.api("GET", `/broadcasts/${key}`)).issue.handled;
  assert.ok(held < people, `${held} have an outcome`);
  found.push(...(await look(w, "broadcast-paused")));
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await until("it goes on", 90, async () => (await w.api("GET", `/broadcasts/${key}`)).issue.handled > held);

  // Each number opens its people.
  await page.getByRole("table", { name: "What people did" }).getByRole("link", { name: "Delivered" }).click();
  const behind = page.getByRole("region", { name: "The people behind this number" });
  await behind.getByText(/Reader\d+ Vos/).first().waitFor();
  const { items } = await w.api("GET", `/sends?issue=${(await w.api("GET", `/broadcasts/${key}`)).issue.id}&engaged=delivered`);
  const mail = await mailTo(w, items[0].customer.id, /^Spring is here, Reader/);
  await w.visit(`/inbox?message=${mail.id}`, "Inbox");
  await page.getByRole("article").getByRole("heading", { level: 2, name: mail.subject }).waitFor();

  // The customer's page names it, and says why somebody else did not get it.
  await w.visit(`/customers/${items[0].customer.id}`, items[0].customer.name);
  await page.getByRole("link", { name: "Spring letter" }).first().waitFor();
  const refused = await customerOf(w, "e2e-reader-0");
  await until("it was asked about", 90, async () => (await w.api("GET", `/customers/${refused.id}/why?broadcast=${key}`)).entries.length > 0);
  const why = await w.api("GET", `/customers/${refused.id}/why?broadcast=${key}`);
  assert.match(why.summary, /^The broadcast "Spring letter" is not sent: /);

  await w.visit("/calendar?view=week", "Calendar");
  await page.getByRole("link", { name: "Spring letter" }).first().waitFor();
  found.push(...(await look(w, "calendar-week")));
  await page.locator("td[tabindex='0']").focus();
  await page.keyboard.press("Home");
  assert.match((await page.locator("td:focus").textContent()) ?? "", /^\d+Monday/);
  await page.keyboard.press("PageDown");
  await until("the next week is shown", 10, async () => /month=\d{4}-\d{2}-\d{2}/.test(page.url()));

  await w.visit(`/broadcasts/${key}`, "Spring letter");
  await page.getByRole("button", { name: "Cancel the broadcast" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("enough");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the broadcast" }).click();
  await page.getByText("Cancelled because").waitFor();
  await page.getByRole("button", { name: "Send again to the silent" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: "did not open" }).check();
  found.push(...(await look(w, "broadcast-again")));
  await page.getByRole("dialog").getByRole("button", { name: "Write it" }).click();
  await w.heading("Spring letter, again");
  await page.getByText(/^Only who got “Spring letter” and did not open$/).waitFor();
  assert.deepEqual(found, []);
}
