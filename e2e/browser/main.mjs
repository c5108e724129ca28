// Tells the stories in order and reports each on one line of JSON; browser_test.go makes subtests of them.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { open } from "./support.mjs";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const settings = JSON.parse(process.env.E2E_SETTINGS);
const only = process.env.E2E_ONLY ? new RegExp(process.env.E2E_ONLY) : /./;
const folder = new URL(`./${settings.stories}/`, import.meta.url);
const stories = readdirSync(folder).filter((f) => f.endsWith(".mjs")).sort();

const w = await open(settings);
w.log = (text) => say({ event: "log", text });
let failed = false;
for (const file of stories) {
  const story = await import(new URL(file, folder));
  if (!story.always && !only.test(file)) continue;
  const name = file.replace(/\.mjs$/, "");
  // A story that could not sign in leaves nothing for the others to stand on.
  if (failed === "all") continue;
  say({ event: "start", name });
  const began = Date.now();
  try {
    await story.default(w);
    say({ event: "end", name, ok: true, ms: Date.now() - began });
  } catch (error) {
    failed = story.always ? "all" : true;
    await w.page.screenshot({ path: join(w.artifacts, `failed-${name}.png`), fullPage: true }).catch(() => undefined);
    say({ event: "end", name, ok: false, ms: Date.now() - began, error: `${error.stack ?? error}\non ${w.page.url()}` });
  }
}
await w.browser.close();
say({ event: "done", failed: failed !== false });
