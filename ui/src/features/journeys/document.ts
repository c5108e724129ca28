import type { Schema } from "../../api/types";

// The journey document as the server stores it (journey/document.go, through the OpenAPI document). The canvas is derived
// from it, never the other way round.
export type Condition = Schema<"Condition">;
export type Trigger = Schema<"Trigger">;
export type Entry = Schema<"Entry">;
export type JourneyDocument = Omit<Schema<"Document">, "steps"> & { steps: Step[] };
export type Position = { x: number; y: number };

/** What each kind of step holds, under a field of the kind's own name. */
export type Bodies = {
  wait: Schema<"WaitStep">;
  wait_for: Schema<"WaitForStep">;
  branch: Schema<"BranchStep">;
  split: Schema<"SplitStep">;
  send: Schema<"SendStep">;
  offer: Schema<"OfferStep">;
  reward: Schema<"RewardStep">;
  update: Schema<"UpdateStep">;
  collect: Schema<"CollectStep">;
  notify: Schema<"NotifyStep">;
  webhook: Schema<"WebhookStep">;
  task: Schema<"TaskStep">;
  enter: Schema<"EnterStep">;
  code: Schema<"CodeStep">;
  exit: Schema<"ExitStep">;
};
export type StepKind = keyof Bodies;
export const stepKinds = ["send", "wait", "wait_for", "branch", "split", "update", "offer", "reward", "collect", "task", "notify", "webhook", "enter", "code", "exit"] as const satisfies readonly StepKind[];

type Base = { id: string; name?: string; next?: string };
export type StepOf<K extends StepKind> = Base & { kind: K } & { [P in K]: Bodies[P] };
export type Step = { [K in StepKind]: StepOf<K> }[StepKind];

/** One way out of a step: `exit` is the recorded exit name, `to` the step it leads to ("" = the run ends). */
export type Way = { exit: string; to: string };

/** Every way out of a step, in the order a reader expects. Mirrors Step.Exits in Go; a body that is missing has its plain next. */
export function ways(step: Step): Way[] {
  const next = step.next ?? "";
  const way = (exit: string, to: string | undefined): Way => ({ exit, to: to || next });
  switch (step.kind) {
    case "exit":
      return [];
    case "wait_for":
      if (step.wait_for) return [...step.wait_for.events.map((e) => way(e.name || e.event, e.next)), way("timeout", step.wait_for.timeout_next)];
      break;
    case "branch":
      if (step.branch) return [...step.branch.cases.map((c) => way(c.name, c.next)), way("otherwise", step.branch.otherwise)];
      break;
    case "split":
      if (step.split) return step.split.variants.map((v) => way(v.name, v.next));
      break;
    case "send":
      if (step.send) return [way("sent", next), way("skipped", step.send.on_skipped), way("failed", step.send.on_failed), way("unknown", step.send.on_unknown)];
      break;
    case "offer":
      if (step.offer) return [way("ok", next), way("none_left", step.offer.on_none_left)];
      break;
    case "reward":
      if (step.reward) return [way("ok", next), way("refused", step.reward.on_refused)];
      break;
    case "collect":
      if (step.collect) return [way("next", next), way("empty", step.collect.on_empty)];
      break;
    case "webhook":
      if (step.webhook) return [way("ok", next), way("failed", step.webhook.on_failed)];
      break;
    case "task":
      if (step.task) {
        const outcomes = step.task.outcomes ?? [];
        return [...(outcomes.length > 0 ? outcomes.map((o) => way(o.name, o.next)) : [way("done", next)]), way("timeout", step.task.on_timeout)];
      }
      break;
    case "code":
      if (step.code) return [way("next", next), ...Object.entries(step.code.on ?? {}).flatMap(([exit, to]) => (exit === "next" ? [] : [way(exit, to)]))];
      break;
  }
  return [{ exit: "next", to: next }];
}
