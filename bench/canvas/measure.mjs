// Script time per frame of the canvas editor with 200 steps, from a trace of Chromium. README.md of bench/ has the figures.
//
// main.go starts the product; this program signs in, makes the journey over the API and drives the editor. A frame is what the
// main thread does from one commit to the next; its script time is the sum of the events in which JavaScript ran
// (function calls, microtasks, timers, animation frames, event dispatch). Style, layout and paint are not in it.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const settings = JSON.parse(process.env.CANVAS_SETTINGS);
const { chromium } = createRequire(new URL("../../ui/package.json", import.meta.url))("playwright-core");

/** A journey as large as asked: letters, waits and branches that meet again, so that lines cross the canvas. */
export function journeyOf(count, key) {
  const steps = [];
  for (let i = 0; i < count; i++) {
    const id = `s${i}`;
    const next = i + 1 < count ? `s${i + 1}` : "";
    const later = `s${Math.min(count - 1, i + 4)}`;
    if (i % 5 === 0) steps.push({ id, kind: "branch", name: `Choice ${i}`, next, branch: { cases: [{ name: "recent", when: { metric: "orders_count", op: "gte", value: 2 }, next: later }] } });
    else if (i % 5 === 1) steps.push({ id, kind: "send", name: `Letter ${i}`, next, send: { template: "welcome-1", channel: "email" } });
    else if (i % 5 === 2) steps.push({ id, kind: "wait_for", name: `Answer ${i}`, next, wait_for: { events: [{ event: "Order Completed", next: later }], timeout: "P3D" } });
    else steps.push({ id, kind: "wait", name: `Pause ${i}`, next, wait: { for: "P1D" } });
  }
  return { key, name: `Canvas of ${count}`, purpose: "marketing", entry: { kind: "event", event: "Signed Up" }, steps };
}

const browser = await chromium.launch({ executablePath: settings.executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const context = await browser.newContext({ baseURL: settings.base, viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Europe/Amsterdam" });
const page = await context.newPage();
const api = async (method, path, data) => {
  const answer = await context.request.fetch(`/api/admin/v1${path}`, { method, ...(data ? { data } : {}) });
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${(await answer.text()).slice(0, 300)}`);
  return answer.json();
};
await page.goto("/sign-in");
await page.locator('input[type="email"]').fill(settings.email);
await page.locator('input[type="password"]').fill(settings.password);
await page.keyboard.press("Enter");
await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();

const key = `canvas-${Date.now()}`;
await api("POST", "/journeys", { document: journeyOf(settings.steps, key) });
await page.goto(`/journeys/${key}/edit`);
await page.locator('button[data-step-id="s0"]').waitFor();
const nodes = await page.locator(".so-editor-canvas button[data-step-id]").count();
const box = await page.locator(".so-editor-canvas").boundingBox();
const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
/** Waits for one frame; the next input comes in the next one, as from a hand. */
const frame = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done())));

/** Brings a step into view and chooses it, as the search does. */
const show = async (id) => {
  await page.locator("#find-step").fill(`(${id})`);
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForFunction((x) => document.activeElement?.getAttribute("data-step-id") === x, id);
};

const gestures = {
  async pan() {
    await page.mouse.move(box.x + box.width - 30, middle.y);
    await page.mouse.down();
    for (let i = 1; i <= 90; i++) {
      await page.mouse.move(box.x + box.width - 30 - 4 * i, middle.y - 2 * i);
      await frame();
    }
    await page.mouse.up();
  },
  async zoom() {
    await page.mouse.move(middle.x, middle.y);
    for (let i = 0; i < 80; i++) {
      await page.mouse.wheel(0, i < 40 ? 40 : -40);
      await frame();
    }
  },
  async drag() {
    await show("s20");
    const at = await page.evaluate(() => {
      const frame = document.querySelector(".so-editor-canvas").getBoundingClientRect();
      const inside = [...document.querySelectorAll('.so-editor-canvas button[data-step-id^="s"]')].map((b) => b.getBoundingClientRect()).find((r) => r.top > frame.top + 40 && r.bottom < frame.bottom - 40 && r.left > frame.left + 40 && r.right < frame.right - 40);
      return { x: inside.left + inside.width / 2, y: inside.top + inside.height / 2 };
    });
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    for (let i = 1; i <= 90; i++) {
      await page.mouse.move(at.x + Math.round(120 * Math.sin(i / 14)), at.y + Math.round(70 * Math.sin(i / 9)));
      await frame();
    }
    await page.mouse.up();
  },
  async type() {
    await show("s1");
    const name = page.getByLabel("Name of the step", { exact: true });
    await name.click();
    for (const letter of "A letter with a name that somebody types at a good pace, again and again") {
      await page.keyboard.type(letter);
      await frame();
    }
  },
  async arrows() {
    await show("s1");
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press(i % 4 === 3 ? "ArrowUp" : "ArrowDown");
      await frame();
    }
  },
};

const scripts = new Set(["EvaluateScript", "FunctionCall", "RunMicrotasks", "TimerFire", "FireAnimationFrame", "EventDispatch", "V8.Execute", "v8.callFunction", "XHRReadyStateChange", "FireIdleCallback"]);

/**
 * Script time of every frame in a trace, in milliseconds: on the clock of the thread (what the processor did) and on the wall
 * (with other processes in between). Nested events count once.
 */
export function framesOf(events) {
  const threads = new Map();
  const idOf = (e) => `${e.pid}/${e.tid}`;
  for (const e of events) if (e.name === "thread_name" && e.args?.name === "CrRendererMain") threads.set(idOf(e), 0);
  for (const e of events) if (scripts.has(e.name) && threads.has(idOf(e))) threads.set(idOf(e), threads.get(idOf(e)) + (e.dur ?? 0));
  const main = [...threads].sort((a, b) => b[1] - a[1])[0][0];
  const own = events.filter((e) => idOf(e) === main);
  const marks = own.filter((e) => e.name === "Commit").map((e) => e.ts).sort((a, b) => a - b);
  const spans = own.filter((e) => e.ph === "X" && scripts.has(e.name)).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const times = marks.map(() => ({ cpu: 0, wall: 0 }));
  let until = 0;
  let at = 0;
  for (const s of spans) {
    if (s.ts + (s.dur ?? 0) <= until) continue; // within the one before
    until = s.ts + (s.dur ?? 0);
    while (at + 1 < marks.length && marks[at + 1] <= s.ts) at++;
    if (marks.length === 0 || s.ts < marks[0]) continue;
    times[at].wall += (s.dur ?? 0) / 1000;
    times[at].cpu += (s.tdur ?? s.dur ?? 0) / 1000;
  }
  return times.filter((t) => t.cpu > 0.05);
}

const quantile = (sorted, q) => (sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]);
const measured = {};
for (const [name, gesture] of Object.entries(gestures)) {
  await gesture(); // once to warm up: what is measured is the hundredth letter, not the first
  await page.waitForTimeout(1500);
  await browser.startTracing(page, { categories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8.execute", "__metadata", "toplevel"] });
  await gesture();
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const frames = framesOf(trace.traceEvents);
  const round = (x) => Math.round(x * 100) / 100;
  const of = (clock) => {
    const sorted = frames.map((f) => f[clock]).sort((a, b) => a - b);
    return { median: round(quantile(sorted, 0.5)), p95: round(quantile(sorted, 0.95)), max: round(quantile(sorted, 1)) };
  };
  measured[name] = { frames: frames.length, cpu_ms: of("cpu"), wall_ms: of("wall") };
  if (settings.traces) {
    mkdirSync(settings.traces, { recursive: true });
    writeFileSync(join(settings.traces, `${name}.json`), JSON.stringify(trace));
  }
  process.stderr.write(`${name}: ${JSON.stringify(measured[name])}\n`);
}
const version = browser.version();
await browser.close();
process.stdout.write(JSON.stringify({ steps: settings.steps, nodes_drawn: nodes, chromium: version, script_per_frame: measured }) + "\n");
