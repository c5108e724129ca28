// What the stories share: the browser, the API of the signed-in user, waiting for conditions, looking for barriers.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const fromUI = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = fromUI("playwright-core");
const { AxeBuilder } = fromUI("@axe-core/playwright");

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
export const desktop = { width: 1280, height: 860 };
export const narrow = { width: 390, height: 844 };

/** Waits until `holds` returns something truthy and returns it; throws with the last answer or error when it does not. */
export async function until(what, seconds, holds) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      last = await holds();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s; last: ${last?.message ?? JSON.stringify(last)}`);
    await new Promise((done) => setTimeout(done, 150));
  }
}

/** Starts Chromium and returns the world of the stories. */
export async function open({ base, temporal, email, password, writeKey, token, artifacts, executablePath }) {
  mkdirSync(artifacts, { recursive: true });
  const browser = await chromium.launch({ executablePath, headless: true, args: flags });
  const context = await browser.newContext({ baseURL: base, viewport: desktop, locale: "en-GB", timezoneId: "Europe/Amsterdam", colorScheme: "light", reducedMotion: "reduce" });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints = watch(page, [base, temporal]);
  const w = { browser, context, page, base, temporal, email, password, writeKey, token, artifacts, complaints };

  /** Calls the admin API as the signed-in user. */
  w.api = async (method, path, body) => {
    const answer = await context.request.fetch(`/api/admin/v1${path}`, { method, ...(body === undefined ? {} : { data: body }) });
    const text = await answer.text();
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text.slice(0, 500)}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  /** Sends one message over the Segment API, as a source would: without the session. */
  w.send = async (type, message, key = writeKey) => {
    const answer = await fetch(`${base}/v1/${type}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` },
      body: JSON.stringify(message),
    });
    return { status: answer.status, body: await answer.text() };
  };
  w.accept = async (type, message) => {
    const { status, body } = await w.send(type, message);
    assert.equal(status, 200, body);
    assert.deepEqual(JSON.parse(body), { success: true });
  };
  /** Goes to a page of the UI and waits for its heading. */
  w.visit = async (path, heading) => {
    await page.goto(path);
    return w.heading(heading);
  };
  w.heading = async (name) => {
    const h1 = page.getByRole("heading", { level: 1, ...(name ? { name } : {}) });
    await h1.waitFor();
    return h1;
  };
  return w;
}

/** Collects what a careful visitor would see in the developer tools. Nothing is fetched from elsewhere. */
function watch(page, own) {
  const found = [];
  page.on("pageerror", (error) => found.push(`error on ${page.url()}: ${error.message}`));
  page.on("console", (m) => {
    // A 401 on the first visit is how the page finds out that nobody is signed in; a wrong password or token is refused.
    const refused = /status of 401/.test(m.text()) || (/status of 403/.test(m.text()) && page.url().includes("/sign-in"));
    if (m.type() === "error" && !refused) found.push(`console on ${page.url()}: ${m.text()}`);
  });
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (url.protocol.startsWith("http") && !own.includes(url.origin)) found.push(`request to ${url.origin}`);
  });
  return found;
}

/** Excuses the refusals that a story provoked on purpose, one for each status; whatever else was complained of stays. */
export function provoked(w, ...statuses) {
  for (const status of statuses) {
    const at = w.complaints.findIndex((c) => c.includes(`status of ${status}`));
    assert.ok(at >= 0, `nothing was refused with ${status}: ${w.complaints.join("; ")}`);
    w.complaints.splice(at, 1);
  }
}

async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .mantine-Loader-root'));
  // Colours that are still fading are read as too weak by axe.
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))));
}

/**
 * Violations of WCAG 2.2 AA on the page as it is now, as lines. Messages are shown in frames whose sandbox lets nothing run, axe
 * included: it would wait for an answer that can't come. Their content is the sender's; that they have a name is looked at here.
 */
export async function barriers(page) {
  await settled(page);
  const locked = "iframe[sandbox]:not([sandbox*='allow-scripts'])";
  const nameless = await page.locator(locked).evaluateAll((all) => all.filter((f) => !f.title.trim()).map((f) => `frame-title: ${f.outerHTML.slice(0, 120)}`));
  const { violations } = await new AxeBuilder({ page }).withTags(axeTags).exclude(locked).analyze();
  return nameless.concat(violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${n.target.join(" ")} – ${n.failureSummary?.split("\n").slice(1, 3).join("; ").trim()}`)));
}

/** Looks at the page in light and dark for barriers, and narrow; takes screenshots of all three; nothing scrolls sideways. */
export async function look(w, name) {
  const found = [];
  for (const [kind, scheme, size] of [["light", "light", desktop], ["dark", "dark", desktop], ["narrow", "light", narrow]]) {
    await w.page.setViewportSize(size);
    await w.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await w.page.waitForFunction((s) => document.documentElement.dataset.mantineColorScheme === s, scheme);
    await settled(w.page);
    await w.page.screenshot({ path: join(w.artifacts, `${name}-${kind}.png`), fullPage: kind !== "narrow" });
    if (kind !== "narrow") for (const line of await barriers(w.page)) found.push(`${name}, ${kind}: ${line}`);
    const over = await w.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 1) found.push(`${name}, ${kind}: scrolls sideways by ${over} px`);
  }
  await w.page.setViewportSize(desktop);
  await w.page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  return found;
}

/** Presses Tab until the focused element matches; the way somebody without a mouse gets there. */
export async function tabTo(page, selector, most = 80) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector)) return;
  }
  throw new Error(`Tab did not reach ${selector} within ${most} presses`);
}

/** The hour of the day where somebody lives. */
export function localHour(timeZone, now = new Date()) {
  return Number(new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone }).format(now));
}

/** A zone where it is about noon now, so that quiet hours hold nothing back whenever the tests run. */
export function awake(now = new Date()) {
  const hours = 12 - now.getUTCHours();
  return hours === 0 ? "UTC" : `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`;
}

/** Ends the present wait of a run the way an operator does: the update `skip_wait`, through Temporal Web's own API. */
export async function skipWait(w, workflow) {
  const tab = await w.context.newPage();
  try {
    await tab.goto(w.temporal);
    const answer = await tab.evaluate(async (id) => {
      const token = document.cookie.match(/(?:^|; )_csrf=([^;]+)/)?.[1] ?? "";
      const r = await fetch(`/api/v1/namespaces/default/workflows/${encodeURIComponent(id)}/update/skip_wait`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
        body: JSON.stringify({ waitPolicy: { lifecycleStage: "UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED" }, request: { meta: { updateId: crypto.randomUUID() }, input: { name: "skip_wait" } } }),
      });
      return { status: r.status, body: await r.text() };
    }, workflow);
    assert.equal(answer.status, 200, answer.body);
    assert.ok(!/"failure"/.test(answer.body), answer.body);
  } finally {
    await tab.close();
  }
}

/** Waits for a mail to a customer and returns it. */
export function mailTo(w, customer, subject, seconds = 30) {
  return until(`a mail ${subject} to ${customer}`, seconds, async () => {
    const { items } = await w.api("GET", `/inbox?customer=${customer}`);
    const found = (items ?? []).find((m) => subject.test(m.subject));
    return found && w.api("GET", `/inbox/${found.id}`);
  });
}

/** The customer with an external id, once the router has made it. */
export function customerOf(w, externalID, seconds = 20) {
  return until(`customer ${externalID}`, seconds, async () => {
    const { items } = await w.api("GET", `/customers?q=${encodeURIComponent(externalID)}`);
    return (items ?? []).find((c) => c.external_id === externalID);
  });
}

/** Makes a journey from a blueprint as a marketer does, from the gallery; returns its key. */
export async function startFrom(w, name) {
  const { page } = w;
  const before = new Set((await w.api("GET", "/journeys")).items.map((j) => j.key));
  await w.visit("/journeys", "Journeys");
  await page.getByRole("button", { name: "New journey" }).or(page.getByRole("link", { name: "New journey" })).first().click();
  await page.getByRole("button", { name: `Use ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make a draft" }).click();
  return until(`a journey made from ${name}`, 15, async () => (await w.api("GET", "/journeys")).items.map((j) => j.key).find((k) => !before.has(k)));
}
