// The journey document as the server stores it (journey/document.go). The canvas is derived from it, never the other way round.
export type Condition = Record<string, unknown>;
export type Trigger = { event: string; where?: Condition };

export type WaitBody = { for?: string; until?: { time: string; weekdays?: string[]; timezone?: string } };
export type WaitForBody = {
  events: (Trigger & { name?: string; next?: string })[];
  timeout: string;
  timeout_next?: string;
  since?: "message" | "step" | "run";
};
export type BranchBody = { score?: boolean; cases: { name: string; when: Condition; next?: string }[]; otherwise?: string };
export type SendBody = {
  template: string;
  channel: string;
  purpose?: string;
  priority?: number;
  expires?: string;
  on_skipped?: string;
  on_failed?: string;
  on_unknown?: string;
};

type Base = { id: string; name?: string; next?: string };
export type Step =
  | (Base & { kind: "wait"; wait: WaitBody })
  | (Base & { kind: "wait_for"; wait_for: WaitForBody })
  | (Base & { kind: "branch"; branch: BranchBody })
  | (Base & { kind: "send"; send: SendBody })
  | (Base & { kind: "update"; update: { set: Record<string, unknown> } })
  | (Base & { kind: "exit"; exit: { label: string } });
export type StepKind = Step["kind"];

export type Entry = {
  kind: "event" | "audience" | "schedule";
  event?: string;
  where?: Condition;
  key?: string;
  condition?: Condition;
  edge?: string;
  include_present?: boolean;
  cron?: string;
  timezone?: string;
  reentry?: { rule?: string; after?: string };
};

export type JourneyDocument = {
  key: string;
  name: string;
  description?: string;
  purpose: string;
  priority?: number;
  timezone?: string;
  entry: Entry;
  exit?: (Trigger & { label?: string })[];
  update?: Trigger[];
  goal?: Trigger & { window?: string; continue?: boolean };
  control?: { percent: number };
  steps: Step[];
  layout?: { positions?: Record<string, { x: number; y: number }> };
};

/** One way out of a step: `exit` is the recorded exit name, `to` the step it leads to ("" = the run ends). */
export type Way = { exit: string; to: string };

/** Every way out of a step, in the order a reader expects. Mirrors journey.Successors in Go. */
export function ways(step: Step): Way[] {
  const next = step.next ?? "";
  switch (step.kind) {
    case "wait":
    case "update":
      return [{ exit: "next", to: next }];
    case "wait_for":
      return [
        ...step.wait_for.events.map((e) => ({ exit: e.name || e.event, to: e.next || next })),
        { exit: "timeout", to: step.wait_for.timeout_next || next },
      ];
    case "branch":
      return [
        ...step.branch.cases.map((c) => ({ exit: c.name, to: c.next || next })),
        { exit: "otherwise", to: step.branch.otherwise || next },
      ];
    case "send":
      return [
        { exit: "sent", to: next },
        { exit: "skipped", to: step.send.on_skipped || next },
        { exit: "failed", to: step.send.on_failed || next },
        { exit: "unknown", to: step.send.on_unknown || next },
      ];
    case "exit":
      return [];
  }
}
