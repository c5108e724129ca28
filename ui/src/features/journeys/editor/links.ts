import { type Step, ways } from "../document";

// Where the exits of a step lead. An exit that names no step of its own goes where the step's next goes, and an empty next
// is the end of the run: so "this exit ends, the others go on" can't always be said, and then needs an exit step.

/** Kinds whose first exit is next itself, so that it can't be left empty without the others going to the end, too. */
function firstIsNext(step: Step): boolean {
  switch (step.kind) {
    case "wait_for":
    case "branch":
    case "split":
      return false;
    case "task":
      return (step.task.outcomes ?? []).length === 0;
    default:
      return true;
  }
}

/** The step ids that the exits name themselves, beside the ways; "" where an exit follows next. */
export function ownTargets(step: Step): string[] {
  switch (step.kind) {
    case "wait_for":
      return [...step.wait_for.events.map((e) => e.next ?? ""), step.wait_for.timeout_next ?? ""];
    case "branch":
      return [...step.branch.cases.map((c) => c.next ?? ""), step.branch.otherwise ?? ""];
    case "split":
      return step.split.variants.map((v) => v.next ?? "");
    case "send":
      return ["", step.send.on_skipped ?? "", step.send.on_failed ?? "", step.send.on_unknown ?? ""];
    case "offer":
      return ["", step.offer.on_none_left ?? ""];
    case "reward":
      return ["", step.reward.on_refused ?? ""];
    case "collect":
      return ["", step.collect.on_empty ?? ""];
    case "webhook":
      return ["", step.webhook.on_failed ?? ""];
    case "task": {
      const outcomes = step.task.outcomes ?? [];
      return [...(outcomes.length > 0 ? outcomes.map((o) => o.next ?? "") : [""]), step.task.on_timeout ?? ""];
    }
    case "code":
      return ["", ...Object.entries(step.code.on ?? {}).flatMap(([exit, to]) => (exit === "next" ? [] : [to]))];
    case "exit":
      return [];
    default:
      return [""];
  }
}

const put = (to: string | undefined) => to || undefined;

function withTargets(step: Step, next: string, own: string[]): Step {
  const base = { next: put(next) };
  switch (step.kind) {
    case "wait_for": {
      const w = step.wait_for;
      return { ...step, ...base, wait_for: { ...w, events: w.events.map((e, i) => ({ ...e, next: put(own[i]) })), timeout_next: put(own[w.events.length]) } };
    }
    case "branch": {
      const b = step.branch;
      return { ...step, ...base, branch: { ...b, cases: b.cases.map((c, i) => ({ ...c, next: put(own[i]) })), otherwise: put(own[b.cases.length]) } };
    }
    case "split":
      return { ...step, ...base, split: { ...step.split, variants: step.split.variants.map((v, i) => ({ ...v, next: put(own[i]) })) } };
    case "send":
      return { ...step, ...base, send: { ...step.send, on_skipped: put(own[1]), on_failed: put(own[2]), on_unknown: put(own[3]) } };
    case "offer":
      return { ...step, ...base, offer: { ...step.offer, on_none_left: put(own[1]) } };
    case "reward":
      return { ...step, ...base, reward: { ...step.reward, on_refused: put(own[1]) } };
    case "collect":
      return { ...step, ...base, collect: { ...step.collect, on_empty: put(own[1]) } };
    case "webhook":
      return { ...step, ...base, webhook: { ...step.webhook, on_failed: put(own[1]) } };
    case "task": {
      const outcomes = step.task.outcomes ?? [];
      const timeout = own[Math.max(1, outcomes.length)];
      return { ...step, ...base, task: { ...step.task, ...(outcomes.length > 0 ? { outcomes: outcomes.map((o, i) => ({ ...o, next: put(own[i]) })) } : {}), on_timeout: put(timeout) } };
    }
    case "code": {
      const names = Object.keys(step.code.on ?? {}).filter((n) => n !== "next");
      const on = Object.fromEntries(names.map((n, i) => [n, own[i + 1] ?? ""]));
      return { ...step, ...base, code: { ...step.code, ...(step.code.on ? { on } : {}) } };
    }
    case "exit":
      return step;
    default:
      return { ...step, ...base };
  }
}

/**
 * The step with other targets: `to` gives the target of each way, "" for the end. Null when the document can't say it:
 * the main exit goes on while another ends. Then that other one needs an exit step to lead to.
 */
export function retarget(step: Step, to: (exit: string, now: string, index: number) => string): Step | null {
  const before = ways(step);
  if (before.length === 0) return step;
  const own = ownTargets(step);
  const after = before.map((w, i) => to(w.exit, w.to, i));
  if (after.every((t, i) => t === before[i]?.to)) return step;
  if (firstIsNext(step)) {
    const next = after[0] ?? "";
    if (next !== "" && after.some((t) => t === "")) return null;
    // What was named stays named; what followed next goes on following where it can.
    return withTargets(step, next, after.map((t, i) => (i === 0 || (t === next && own[i] !== t) ? "" : t)));
  }
  const following = new Set(after.filter((_, i) => own[i] === ""));
  const shared = following.size === 1 ? ([...following][0] ?? "") : "";
  const next = shared !== "" && after.every((t) => t !== "") ? shared : "";
  return withTargets(step, next, after.map((t, i) => (next !== "" && own[i] === "" ? "" : t)));
}
