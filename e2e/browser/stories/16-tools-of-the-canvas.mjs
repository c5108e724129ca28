import assert from "node:assert/strict";
import { barriers, look, provoked, until } from "../support.mjs";

/** The tools of the canvas: palette, connecting, choosing many, copy to another journey, renaming, search, YAML, two editors. */
export default async function (w) {
  const { page } = w;
  const key = `tools-${Date.now().toString(36)}`;
  const document = (k, name) => ({
    key: k, name, purpose: "marketing", entry: { kind: "event", event: "Signed Up" },
    steps: [
      { id: "hello", name: "Hello", kind: "send", send: { template: "welcome-1", channel: "email" }, next: "pause" },
      { id: "pause", name: "A pause", kind: "wait", wait: { for: "P2D" }, next: "opened" },
      { id: "opened", name: "Opened?", kind: "wait_for", wait_for: { events: [{ event: "Message Opened", message: "hello" }], timeout: "P3D" }, next: "bye" },
      { id: "bye", name: "Goodbye", kind: "exit", exit: { label: "done" } },
    ],
  });
  for (const [k, name] of [[key, "Tools"], [`${key}-other`, "Other"]]) await w.api("POST", "/journeys", { document: document(k, name) });
  const draft = async (k = key) => (await w.api("GET", `/journeys/${k}`)).draft;
  const saved = () => page.getByText("Saved", { exact: true }).waitFor();
  const stepIDs = () => page.locator(".so-editor-canvas button[data-step-id]").evaluateAll((all) => all.map((b) => b.dataset.stepId));
  const canvas = (name) => page.getByRole("group", { name: `Editor of ${name}` });
  const step = (id) => page.locator(`.so-editor-canvas button[data-step-id="${id}"]`);
  const panel = page.locator("#step-panel");
  const dialog = page.getByRole("dialog");
  const palette = page.getByRole("group", { name: "Steps to add" });
  await w.visit(`/journeys/${key}/edit`, "Edit Tools");
  await step("hello").waitFor();

  // From the palette onto a line, onto the free canvas, and after the chosen step by Enter.
  await palette.getByRole("button", { name: "Split" }).dragTo(canvas("Tools").getByRole("button", { name: "Add a step after A pause" }));
  await step("split").waitFor();
  await palette.getByRole("button", { name: "Task" }).dragTo(canvas("Tools"), { targetPosition: { x: 40, y: 300 } });
  await step("task").waitFor();
  await step("hello").click();
  await palette.getByRole("button", { name: "Branch" }).focus();
  await page.keyboard.press("Enter");
  await step("branch").waitFor();
  await saved();
  let d = await draft();
  const byID = () => Object.fromEntries(d.steps.map((s) => [s.id, s]));
  assert.equal(byID().hello.next, "branch");
  assert.equal(byID().branch.next, "pause");
  assert.equal(byID().pause.next, "split");
  assert.ok(!JSON.stringify(d.steps.filter((s) => s.id !== "task")).includes('"task"'), "nothing leads to the loose step");
  await page.getByRole("alert").getByRole("button", { name: /^task: / }).first().waitFor();

  // From dot to dot: the split has two ways, so the editor asks which one.
  const dot = async (id, side) => {
    const box = await page.locator(`.react-flow__node[data-id="${id}"] .react-flow__handle-${side}`).boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  await page.getByRole("button", { name: /fit/i }).click();
  await canvas("Tools").evaluate((el) => el.scrollIntoView({ block: "center" }));
  await page.mouse.move(...(await dot("split", "bottom")));
  await page.mouse.down();
  await page.mouse.move(...(await dot("split", "top")), { steps: 4 });
  await page.mouse.move(...(await dot("task", "top")), { steps: 8 });
  await page.mouse.up();
  await dialog.getByText("Which way out of the step leads there?").waitFor();
  assert.deepEqual(await barriers(page), [], "the dialog that asks which way");
  await dialog.getByRole("button", { name: /^B/ }).click();
  await dialog.waitFor({ state: "hidden" });
  await saved();
  d = await draft();
  assert.equal(byID().split.split.variants.find((v) => v.name === "B").next, "task");

  // An id is changed everywhere; undo takes it back everywhere.
  await step("hello").click();
  await until("the form is that of the letter", 5, async () => (await panel.locator('input[data-field="id"]').inputValue()) === "hello");
  await panel.locator('input[data-field="id"]').fill("first letter");
  await panel.getByText("Letters, digits, - and _", { exact: false }).waitFor();
  await panel.locator('input[data-field="id"]').fill("first-letter");
  await page.keyboard.press("Enter");
  await step("first-letter").waitFor();
  await saved();
  d = await draft();
  assert.equal(byID().opened.wait_for.events[0].message, "first-letter");
  await page.getByRole("button", { name: "Undo" }).click();
  await step("hello").waitFor();
  await until("the step is still chosen", 5, async () => (await panel.locator('input[data-field="id"]').inputValue()) === "hello");
  await page.getByRole("button", { name: "Redo" }).click();
  await step("first-letter").waitFor();

  // A condition about a booking, without JSON.
  await step("branch").click();
  await panel.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("menuitem", { name: "About bookings, contracts, devices …" }).click();
  await panel.getByLabel("Type of object").fill("booking");
  await panel.getByRole("button", { name: "Only those that …" }).click();
  await panel.getByLabel("Part of the object").fill("status");
  await panel.getByLabel("Value", { exact: true }).fill("booked");
  assert.deepEqual(await look(w, "editor-object-condition"), []);
  await saved();
  d = await draft();
  assert.deepEqual(byID().branch.branch.cases[0].when, { object: "booking", where: { property: "status", op: "eq", value: "booked" } });

  // Search brings a step into view and gives it the focus.
  await page.keyboard.press("Control+f");
  await page.keyboard.type("Goodbye");
  const found = page.getByRole("option", { name: /Goodbye/ });
  await found.waitFor();
  await page.keyboard.press("ArrowDown");
  await until("the step found is marked", 5, async () => (await found.getAttribute("data-combobox-selected")) !== null);
  await page.keyboard.press("Enter");
  await until("the focus is on what was searched", 5, () => step("bye").evaluate((el) => el === document.activeElement));

  // Several by Shift and a click, several by the arrows; copied into another journey.
  const fit = () => page.getByRole("button", { name: /fit/i }).click();
  await fit();
  await step("first-letter").click();
  await step("pause").click({ modifiers: ["Shift"] });
  await panel.getByRole("heading", { name: "2 steps chosen" }).waitFor();
  await page.getByRole("button", { name: "Delete 2 steps" }).waitFor();
  await step("first-letter").evaluate((el) => el.focus());
  await page.keyboard.press("Control+c");
  await w.visit(`/journeys/${key}-other/edit`, "Edit Other");
  await step("pause").click();
  await page.keyboard.press("Control+v");
  await step("first-letter").waitFor();
  await saved();
  d = await draft(`${key}-other`);
  assert.equal(byID().pause.next, "first-letter");
  assert.equal(byID()["first-letter"].next, "pause-2", "what did not hang together comes one after the other");
  assert.equal(byID()["pause-2"].next, "opened", "and the last leads on where the place led");
  assert.deepEqual(d.steps.map((s) => s.id).toSorted(), ["bye", "first-letter", "hello", "opened", "pause", "pause-2"]);
  assert.deepEqual((await stepIDs()).filter((id) => !id.startsWith("@")).toSorted(), ["bye", "first-letter", "hello", "opened", "pause", "pause-2"]);
  await step("hello").focus();
  await page.keyboard.press("Enter"); // into the form, and back
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+ArrowDown");
  await page.getByRole("button", { name: "Delete 2 steps" }).waitFor();

  // YAML: what is wrong is said with its place, what is right is taken.
  await page.getByRole("button", { name: "YAML" }).click();
  const yaml = dialog.getByRole("textbox", { name: "YAML" });
  await yaml.waitFor();
  const text = await yaml.inputValue();
  await yaml.fill(text.replace("name: Other", "nonsense: Other"));
  await dialog.getByRole("button", { name: "Use this" }).click();
  await dialog.getByText(/nonsense/).last().waitFor();
  assert.deepEqual(await look(w, "editor-yaml"), []);
  await yaml.fill(text.replace("Goodbye", "So long"));
  await dialog.getByRole("button", { name: "Use this" }).click();
  await dialog.waitFor({ state: "hidden" });
  await step("bye").getByText("So long").waitFor();
  await saved();

  // Somebody else saves meanwhile: what only one changed is kept, what both changed is asked.
  const theirs = await w.api("GET", `/journeys/${key}-other`);
  const answer = await w.context.request.fetch(`/api/admin/v1/journeys/${key}-other/draft`, {
    method: "PUT", headers: { "If-Match": `"${theirs.draft_revision}"` },
    data: { ...theirs.draft, description: "Theirs", steps: theirs.draft.steps.map((s) => (s.id === "bye" ? { ...s, name: "Farewell" } : s)) },
  });
  assert.ok(answer.ok(), await answer.text());
  await fit();
  await step("bye").click();
  await panel.getByLabel("Name of the step", { exact: true }).fill("See you");
  await dialog.getByText("Somebody else saved this journey meanwhile").waitFor();
  assert.deepEqual(await look(w, "editor-conflict"), []);
  await dialog.getByRole("radio", { name: "Theirs" }).check();
  await dialog.getByRole("button", { name: "Merge" }).click();
  await dialog.waitFor({ state: "hidden" });
  await step("bye").getByText("Farewell").waitFor();
  await saved();
  d = await draft(`${key}-other`);
  assert.equal(d.description, "Theirs");
  assert.equal(byID().bye.name, "Farewell");
  provoked(w, 422, 412); // the wrong YAML, and the draft that somebody else had saved
}
