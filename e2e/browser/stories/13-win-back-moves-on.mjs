import assert from "node:assert/strict";
import { look, until } from "../support.mjs";

/** A second version of the journey of the story before: compared, published, everybody moved to it, paused and resumed. */
export default async function (w) {
  const { page } = w;
  assert.ok(w.winBack, "the story of the changed win back comes first");
  const { key, name } = w.winBack;
  const dialog = page.getByRole("dialog");
  await w.visit(`/journeys/${key}/edit`, `Edit ${name}`);
  const canvas = page.getByRole("group", { name: `Editor of ${name}` });
  const panel = page.locator("#step-panel");
  await canvas.locator('button[data-step-id="morning"]').click();
  await panel.getByLabel("Name of the step", { exact: true }).fill("A quiet morning");
  // The last chance of two weeks is taken out: who is there has to go somewhere else.
  await canvas.locator('button[data-step-id="last_chance"]').click();
  await panel.getByRole("heading", { name: "Wait", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Delete");
  await canvas.locator('button[data-step-id="last_chance"]').waitFor({ state: "detached" });
  await page.getByText("Nothing stands in the way of publishing").waitFor();
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Done" }).click();
  await w.heading(name);

  await page.getByRole("button", { name: "Publish" }).click();
  await dialog.getByText("This becomes version 2.").waitFor();
  await dialog.getByRole("radio", { name: "stay on their version" }).waitFor();
  assert.deepEqual(await look(w, "publish-second"), []);
  await dialog.getByRole("button", { name: "Publish" }).click();
  await dialog.waitFor({ state: "hidden" });
  const detail = await until("version 2 is live", 15, async () => {
    const j = await w.api("GET", `/journeys/${key}`);
    return j.live_version === 2 && j;
  });
  const before = detail.versions.find((v) => v.number === 1).open_runs;
  assert.ok(before > 1, `${before} people are in version 1`);

  // Dry run first: who is where, and where they would go on. Then they move.
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("button", { name: "Move people" }).click();
  await dialog.getByRole("table").getByText(/· version 1$/).first().waitFor();
  const told = await dialog.getByText(/· version 1$/).allTextContents();
  w.log(`dry run: ${told.join("; ")}`);
  assert.equal(told.reduce((n, line) => n + Number(line.replaceAll(",", "").match(/^\d+/)?.[0]), 0), before, "the dry run counts everybody");
  assert.equal((await w.api("GET", `/journeys/${key}`)).versions.find((v) => v.number === 2).open_runs, 0, "nobody has moved yet");
  assert.deepEqual(await look(w, "move-people"), []);
  await dialog.getByRole("button", { name: "Move", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  await until("everybody is in version 2", 90, async () => {
    const { versions } = await w.api("GET", `/journeys/${key}`);
    const open = Object.fromEntries(versions.map((v) => [v.number, v.open_runs]));
    return open[1] === 0 && open[2] === before;
  });
  await page.getByText(/Move to version 2 · handed to all/).waitFor();
  assert.deepEqual(await look(w, "moved-people"), []);

  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  assert.equal((await w.api("GET", `/journeys/${key}`)).state, "paused");
  await page.getByRole("button", { name: "Resume" }).click();
  await dialog.getByRole("radio", { name: /^It does not count/ }).check();
  assert.deepEqual(await look(w, "resume"), []);
  await dialog.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  assert.equal((await w.api("GET", `/journeys/${key}`)).state, "published");
}
