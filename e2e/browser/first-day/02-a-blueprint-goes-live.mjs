import assert from "node:assert/strict";
import { awake, customerOf, look, mailTo, until } from "../support.mjs";

/** Empty pages say what to do next; a blueprint is looked at, published, and greets the first customer. */
export default async function (w) {
  const { page } = w;
  for (const [path, heading, name] of [["/customers", "Customers", "empty-customers"], ["/inbox", "Inbox", "empty-inbox"], ["/events", "Live events", "empty-events"]]) {
    await w.visit(path, heading);
    assert.deepEqual(await look(w, name), []);
  }
  await w.visit("/journeys", "Journeys");
  await page.getByText("No journey yet").waitFor();
  assert.deepEqual(await look(w, "empty-journeys"), []);
  await page.getByRole("link", { name: "New journey" }).first().click();
  await w.heading("Blueprints");
  await page.getByText("no Signed Up within 30 days:").waitFor(); // nothing has been sent yet, and the card says so
  assert.deepEqual(await look(w, "blueprints-without-data"), []);
  await page.getByRole("button", { name: "Use Welcome" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make a draft" }).click();
  await w.heading("Welcome");
  await page.getByRole("group", { name: "Drawing of Welcome" }).waitFor();
  assert.deepEqual(await look(w, "draft"), []);
  await page.getByRole("button", { name: "Publish" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This becomes version 1.").waitFor();
  assert.deepEqual(await look(w, "publish"), []);
  await dialog.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();

  await w.visit("/api-keys", "API keys");
  await page.getByRole("button", { name: "New key" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill("Shop");
  await page.getByRole("dialog").getByRole("button", { name: "Make the key" }).click();
  w.writeKey = (await page.getByTestId("secret").textContent()).trim();
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();

  const send = (type, message) => until(`the new key sends ${type}`, 10, async () => (await w.send(type, message, w.writeKey)).status === 200);
  await send("identify", { userId: "ann", messageId: "a-1", traits: { email: "ann@example.com", firstName: "Ann", locale: "en", timezone: awake() } });
  await send("track", {
    userId: "ann", messageId: "a-2", event: "Consent Granted",
    properties: { channel: "email", purpose: "marketing", source: "form:sign-up", source_kind: "person" },
  });
  await send("track", { userId: "ann", messageId: "a-3", event: "Signed Up" });
  const customer = await customerOf(w, "ann");
  const mail = await mailTo(w, customer.id, /Ann/);
  await w.visit("/inbox", "Inbox");
  await page.getByRole("button", { name: mail.subject }).first().waitFor();
}
