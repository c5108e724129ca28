import assert from "node:assert/strict";
import { awake, customerOf, look, mailTo } from "../support.mjs";

/** A new customer signs up over the Segment API and is greeted within seconds. */
export default async function (w) {
  const { page } = w;
  const userId = "e2e-wilma";
  await w.accept("identify", { userId, messageId: "wilma-1", traits: { email: "wilma@example.com", firstName: "Wilma", lastName: "Vos", locale: "nl", timezone: awake() } });
  await w.accept("track", {
    userId, messageId: "wilma-2", event: "Consent Granted",
    properties: { channel: "email", purpose: "marketing", source: "form:sign-up", source_kind: "person", proof: { wording: "news-2026" } },
  });
  await w.accept("track", { userId, messageId: "wilma-3", event: "Signed Up" });
  // The same again, as a client does that has not heard the answer: nothing happens twice.
  await w.accept("track", { userId, messageId: "wilma-3", event: "Signed Up" });

  const customer = await customerOf(w, userId);
  const began = Date.now();
  const mail = await mailTo(w, customer.id, /^Welkom bij .*, Wilma$/);
  w.log(`the welcome mail came ${Date.now() - began} ms after the customer was known`);
  assert.equal(mail.recipient, "wilma@example.com");

  await w.visit("/inbox", "Inbox");
  await page.getByRole("button", { name: mail.subject }).first().click();
  await page.getByRole("article").getByText("wilma@example.com").waitFor();
  await page.getByRole("tab", { name: "Headers" }).click();
  await page.getByText("List-Unsubscribe-Post", { exact: true }).waitFor();
  assert.equal((await w.api("GET", `/inbox?customer=${customer.id}`)).items.length, 1, "one mail, not two");

  await w.visit("/customers?q=wilma", "Customers");
  await page.getByRole("link", { name: "Wilma Vos" }).click();
  await w.heading("Wilma Vos");
  await page.getByText("Signed Up").first().waitFor();
  await page.getByRole("tab", { name: "Consents" }).click();
  await page.getByRole("region", { name: "Consent ledger" }).getByText("form:sign-up").waitFor();
  assert.deepEqual(await look(w, "customer-consents"), []);
  w.wilma = { customer, mail };
}
