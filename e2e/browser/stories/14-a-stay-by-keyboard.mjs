import assert from "node:assert/strict";
import { awake, barriers, customerOf, look, mailTo, tabTo, until } from "../support.mjs";

/** Somebody without a mouse builds before and after the stay from an empty canvas, publishes it, and a booking brings its letter. */
export default async function (w) {
  const { page } = w;
  const { keyboard } = page;
  // The letters are there already, as somebody else's draft brought them.
  const made = await w.api("POST", "/journeys", { blueprint: "pre-post-stay", key: `stay-letters-${Date.now()}`, name: "Letters of the stay" });
  assert.ok(made.key);

  const press = async (...keys) => {
    for (const k of keys) await keyboard.press(k);
  };
  const type = (text) => keyboard.type(text);
  /** Tab to a field or button; focusing a text field selects nothing, so what stands there is replaced. */
  const to = (selector, most = 90) => tabTo(page, selector, most);
  const write = async (selector, text) => {
    await to(selector);
    await press("Control+A");
    await type(text);
  };
  /** A list: opens, goes down to the option and takes it. */
  const choose = async (selector, option) => {
    await to(selector);
    await press("Enter");
    const listed = page.getByRole("listbox").getByRole("option");
    await listed.first().waitFor();
    const names = await listed.allTextContents();
    assert.ok(names.includes(option), `${option} is not among ${names.join(", ")}`);
    const at = () => page.evaluate(() => document.querySelector('[role="listbox"] [data-combobox-selected]')?.textContent ?? "");
    for (let i = 0; i <= names.length && (await at()) !== option; i++) await press("ArrowDown");
    assert.equal(await at(), option);
    await press("Enter");
    await page.getByRole("listbox").waitFor({ state: "hidden" });
  };
  const named = (name) => `[aria-label="${name}"]`;
  const field = (path) => `#step-panel [data-field$="${path}"]`;
  const active = () => page.evaluate(() => document.activeElement?.getAttribute("data-step-id"));
  const onStep = (id) => until(`the focus is on ${id}`, 10, async () => (await active()) === id);

  /** Escape closes an open list first, then leads from the form to its step. */
  const back = async (id) => {
    for (let i = 0; i < 3 && (await active()) !== id; i++) {
      await press("Escape");
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    await onStep(id);
  };

  await w.visit("/journeys", "Journeys");
  await page.locator("#content").waitFor();
  await until("there is a way to begin", 10, () => page.getByRole("button", { name: "New journey" }).or(page.getByRole("link", { name: "New journey" })).first().isVisible());
  const begin = await page.getByRole("button", { name: "New journey" }).or(page.getByRole("link", { name: "New journey" })).first().evaluate((el) => {
    el.setAttribute("data-begin", "");
    return el.tagName;
  });
  await to("[data-begin]");
  await press("Enter");
  const empty = page.getByRole("button", { name: "Start with an empty canvas" });
  await empty.waitFor();
  await empty.evaluate((el) => el.setAttribute("data-empty", ""));
  await to("[data-empty]", 140);
  await press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").waitFor();
  assert.deepEqual(await barriers(page), [], `the dialog of an empty canvas, begun by a ${begin}`);
  await until("the name has the focus", 5, () => dialog.getByLabel("Name").evaluate((el) => el === document.activeElement));
  await type("Our stays");
  for (const name of ["Purpose", "Event"]) await dialog.getByRole("combobox", { name }).or(dialog.getByRole("textbox", { name })).first().evaluate((el, n) => el.setAttribute("data-new", n), name);
  await choose('[data-new="Purpose"]', "service");
  await write('[data-new="Event"]', "Object Created");
  await press("Escape"); // the list, not the dialog
  await press("Enter");
  await w.heading("Edit Our stays");

  // The entry: each booking is a run of its own.
  const canvas = page.getByRole("group", { name: "Editor of Our stays" });
  const panel = page.locator("#step-panel");
  await to('.so-editor-canvas button[data-step-id="@entry"]');
  await press("Enter");
  await panel.getByRole("heading", { name: "Entry" }).waitFor();
  const condition = async (subject, name, value) => {
    const add = panel.getByRole("button", { name: "Add a condition" }).last();
    await add.evaluate((el) => el.setAttribute("data-add", ""));
    await to("[data-add]");
    await press("Enter");
    const item = page.getByRole("menuitem", { name: subject });
    await item.waitFor();
    for (let i = 0; i < 14 && !(await item.evaluate((el) => el === document.activeElement)); i++) await press("ArrowDown");
    await press("Enter");
    await item.waitFor({ state: "hidden" });
    const [label, text] = name;
    await until("the condition can be written", 5, () => panel.getByLabel(label, { exact: true }).last().isVisible());
    await write(`#step-panel ${named(label)}`, text);
    await write(`#step-panel ${named("Value")}`, value);
  };
  await condition("About the event itself", ["Property of the event", "object_type"], "booking");
  await write(field("entry.key"), "object_key");
  await back("@entry");

  // What changes a booking, and what ends its run.
  const journey = async () => {
    await page.getByRole("button", { name: "The journey", exact: true }).evaluate((el) => el.setAttribute("data-journey", ""));
    for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement?.matches("[data-journey]"))); i++) await press("Shift+Tab");
    await press("Enter");
    await panel.getByRole("heading", { name: "The journey" }).waitFor();
  };
  await journey();
  for (const [label, event] of [["What ends a run", "Object Cancelled"], ["Events with new data", "Object Changed"]]) {
    const add = panel.getByRole("button", { name: `Add: ${label}` });
    await add.evaluate((el) => el.setAttribute("data-row", ""));
    await to("[data-row]");
    await press("Enter");
    await panel.getByRole("group", { name: `${label} 1` }).locator("input").first().evaluate((el) => el.setAttribute("data-first", ""));
    for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement?.matches("[data-first]"))); i++) await press("Shift+Tab");
    await type(event);
    await press("Escape");
    await page.evaluate(() => document.querySelectorAll("[data-row], [data-first]").forEach((el) => (el.removeAttribute("data-row"), el.removeAttribute("data-first"))));
  }

  /** A puts a step after the one with the focus; its form is filled; Escape leads back to it. */
  const add = async (search, id, title, fill) => {
    await press("a");
    await dialog.getByLabel("Which step").waitFor();
    await until("the search has the focus", 5, () => dialog.getByLabel("Which step").evaluate((el) => el === document.activeElement));
    await type(search);
    await press("Enter");
    await dialog.waitFor({ state: "hidden" });
    await onStep(id);
    await press("Enter");
    await until("the form has the focus", 5, () => page.evaluate(() => document.activeElement?.closest("#step-panel") !== null));
    await type(title);
    await fill();
    await back(id);
  };
  const date = async (path, amount, unit, side, late) => {
    // A wait begins with one day; the date takes its place.
    await to(`#step-panel ${named("For: how many")}`);
    await press("Control+A", "Delete");
    await to(field("wait.date"));
    await press("Space");
    await write(field("date.attribute"), "");
    await write(field("date.object"), "booking");
    await write(field("date.field"), path);
    await to(`#step-panel ${named("How long before or after: how many")}`);
    await press("Control+A");
    await type(String(amount));
    await choose(`#step-panel ${named("How long before or after: unit")}`, unit);
    await choose(`#step-panel ${named("How long before or after: before or after")}`, side);
    await choose(field("date.late"), late);
  };
  await to('.so-editor-canvas button[data-step-id="@entry"]');
  await add("wait", "wait", "A week before the arrival", () => date("start", 7, "days", "before", "do it now"));
  await add("send", "send", "Before the stay", async () => {
    await write(field("send.template"), "stay-before");
    await write(field("send.channel"), "email");
  });
  await add("wait", "wait-2", "The day after the departure", () => date("end", 1, "day", "after", "skip it"));
  await add("branch", "branch", "Did the guest come?", async () => {
    await write(field("cases[0].name"), "no_show");
    await condition("About this run", ["Value of the run", "object.status"], "no_show");
  });
  await add("send", "send-2", "After the stay", async () => {
    await write(field("send.template"), "stay-after");
    await write(field("send.channel"), "email");
  });
  assert.ok((await canvas.locator("button[data-step-id]").count()) >= 6);
  await page.getByText("Nothing stands in the way of publishing").waitFor();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.deepEqual(await look(w, "stay-by-keyboard"), []);

  /** Tab to a button or link by its name, and Enter. */
  const follow = async (locator) => {
    await locator.waitFor();
    await locator.evaluate((el) => {
      document.querySelectorAll("[data-go]").forEach((x) => x.removeAttribute("data-go"));
      el.setAttribute("data-go", "");
    });
    await to("[data-go]", 160);
    await press("Enter");
  };
  await follow(page.getByRole("link", { name: "Done" }));
  await w.heading("Our stays");
  await follow(page.getByRole("button", { name: "Publish" }));
  await dialog.getByText("This becomes version 1.").waitFor();
  await follow(dialog.getByRole("button", { name: "Publish" }));
  await dialog.waitFor({ state: "hidden" });
  const key = new URL(page.url()).pathname.split("/").pop();
  await until("version 1 is live", 15, async () => (await w.api("GET", `/journeys/${key}`)).live_version === 1);

  // A guest books a stay that begins in three days: the moment has passed, so the letter goes at once; then the run waits.
  const userId = `e2e-guest-${key}`;
  const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  await w.accept("identify", { userId, messageId: `${userId}-1`, traits: { email: `${key}@example.com`, firstName: "Greta", locale: "en", timezone: awake() } });
  await w.accept("track", {
    userId, messageId: `${userId}-2`, event: "Object Changed",
    properties: { object_type: "booking", object_key: `b-${key}`, status: "booked", dates: { start: day(3), end: day(5) }, properties: { nights: 2 } },
  });
  const customer = await customerOf(w, userId);
  const mail = await mailTo(w, customer.id, /stay/i);
  w.log(`"${mail.subject}"`);
  const run = await until("the run waits for the day after the departure", 30, async () => {
    const { items } = await w.api("GET", `/runs?journey=${key}&state=open&page_size=10`);
    return items.find((r) => r.customer.id === customer.id && r.step_id === "wait-2");
  });
  assert.equal(run.wake_at.slice(0, 10), day(6));
}
