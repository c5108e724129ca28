import assert from "node:assert/strict";
import { look, until } from "../support.mjs";

/** A new write key works at once, is shown once, and stops working when it is revoked. */
export default async function (w) {
  const { page } = w;
  await w.visit("/api-keys", "API keys");
  await page.getByRole("button", { name: "New key" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Shop plug-in");
  assert.deepEqual(await look(w, "api-key-dialog"), []);
  await dialog.getByRole("button", { name: "Make the key" }).click();
  const secret = (await dialog.getByTestId("secret").textContent()).trim();
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /Shop plug-in/ });
  await row.waitFor();
  assert.ok(!(await page.content()).includes(secret), "the secret is gone from the page");

  const message = { userId: "e2e-keys", event: "Page Viewed", messageId: "e2e-keys-1" };
  assert.equal((await w.send("track", message, secret)).status, 200);
  await row.getByRole("button", { name: "Revoke Shop plug-in" }).click();
  await row.getByText("Revoked").waitFor();
  // A key is believed for two seconds without asking the database again.
  await until("the revoked key is refused", 10, async () => (await w.send("track", { ...message, messageId: "e2e-keys-2" }, secret)).status === 401);
  assert.deepEqual(await look(w, "api-keys"), []);
}
