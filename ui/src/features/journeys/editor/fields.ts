import type { Scope } from "../../../components/condition-builder/model";
import type { StepKind } from "../document";

/** Where a field finds what it offers to choose from. */
export type Source = "templates" | "channels" | "events" | "audiences" | "purposes" | "journeys" | "attributes" | "steps" | "sends" | "offers" | "offerKeys" | "objects" | "dates";

/** One field of a form. `path` is the name in the document; `label` a key under "f."; what is said here takes the place of `instead`. */
export type Field = { path: string; label?: string; required?: boolean; instead?: readonly string[] } & (
  | { as: "text" | "area" | "time" | "switch" | "weekdays" | "json" | "texts" }
  | { as: "duration"; usual?: string; signed?: boolean }
  | { as: "number"; min?: number; max?: number; money?: boolean }
  | { as: "choice"; choices: readonly string[]; usual?: string }
  | { as: "name"; from: Source; pattern?: string }
  | { as: "names"; from?: Source }
  | { as: "condition"; scope: Scope }
  | { as: "part"; fields: readonly Field[]; start: unknown }
  | { as: "rows"; fields: readonly Field[]; start: unknown }
);

const trigger = (scope: Scope): Field[] => [
  { path: "event", as: "name", from: "events", required: true },
  { path: "where", as: "condition", scope },
];
const weekdays: Field = { path: "weekdays", as: "weekdays" };
const zone: Field = { path: "timezone", as: "text" };
const local: Field[] = [{ path: "time", as: "time", required: true }, weekdays, zone];
export const dateFields: Field[] = [
  { path: "attribute", label: "dateAttribute", as: "name", from: "attributes", instead: ["object", "field", "context"] },
  { path: "object", label: "dateObject", as: "name", from: "objects", instead: ["attribute", "context"] },
  { path: "field", label: "dateField", as: "name", from: "dates", instead: ["attribute", "context"] },
  { path: "context", label: "dateContext", as: "text", instead: ["attribute", "object", "field"] },
  { path: "offset", as: "duration", signed: true },
  { path: "at", as: "time" },
  { path: "anniversary", as: "switch" },
  { path: "feb29", as: "choice", choices: ["feb28", "mar1"], usual: "feb28" },
  { path: "late", as: "choice", choices: ["skip", "now", "next"], usual: "skip" },
  zone,
];

/** The form of every kind of step. A new kind does not compile until it has one. Links are made in their own section. */
export const stepFields = {
  wait: [
    { path: "for", label: "waitFor", as: "duration" },
    { path: "until", label: "waitUntil", as: "part", fields: local, start: { time: "09:00" } },
    { path: "date", label: "waitDate", as: "part", fields: dateFields, start: { attribute: "birthday", at: "09:00" } },
    { path: "window", label: "waitWindow", as: "part", fields: [{ path: "from", as: "time", required: true }, { path: "to", as: "time", required: true }, weekdays, zone], start: { from: "09:00", to: "18:00" } },
    { path: "best_hour", label: "waitBestHour", as: "part", fields: [{ path: "default", label: "usualTime", as: "time" }], start: { default: "10:00" } },
    {
      path: "next_purchase",
      label: "waitNextPurchase",
      as: "part",
      start: { at: "09:00" },
      fields: [
        { path: "offset", as: "duration", signed: true },
        { path: "at", as: "time" },
        { path: "default", label: "unknownRhythm", as: "duration", usual: "P30D" },
        { path: "max", label: "longest", as: "duration", usual: "P1Y" },
      ],
    },
  ],
  wait_for: [
    {
      path: "events",
      as: "rows",
      start: { event: "" },
      fields: [...trigger("all"), { path: "message", label: "aboutMessage", as: "name", from: "sends" }, { path: "name", label: "exitName", as: "text" }],
    },
    { path: "timeout", as: "duration", required: true },
    { path: "since", as: "choice", choices: ["step", "message", "run"], usual: "step" },
  ],
  branch: [
    { path: "cases", as: "rows", start: { name: "", when: {} }, fields: [{ path: "name", as: "text", required: true }, { path: "when", as: "condition", scope: "branch" }] },
    { path: "score", as: "switch" },
  ],
  split: [
    { path: "variants", as: "rows", start: { name: "", weight: 50 }, fields: [{ path: "name", as: "text", required: true }, { path: "weight", as: "number", min: 0, required: true }] },
    { path: "metric", as: "name", from: "events" },
    { path: "seed", as: "text" },
  ],
  send: [
    { path: "template", as: "name", from: "templates", required: true },
    { path: "channel", as: "name", from: "channels", required: true },
    { path: "fallback", as: "names", from: "channels" },
    { path: "purpose", as: "name", from: "purposes" },
    { path: "priority", as: "number", min: 0, max: 100 },
    { path: "expires", as: "duration", usual: "P7D" },
    { path: "offer", label: "offerStep", as: "name", from: "offers" },
    { path: "draft", as: "switch" },
  ],
  offer: [{ path: "offer", as: "name", from: "offerKeys", required: true }],
  reward: [
    { path: "kind", label: "rewardKind", as: "choice", choices: ["points", "voucher", "discount"], required: true },
    { path: "amount", as: "number", min: 0 },
    { path: "offer", as: "name", from: "offerKeys" },
    { path: "to", label: "otherCustomer", as: "text" },
    { path: "reason", as: "text" },
  ],
  update: [
    { path: "set", as: "json" },
    { path: "add", as: "json" },
    { path: "join", as: "names" },
    { path: "leave", as: "names" },
    { path: "unsubscribe", as: "names" },
  ],
  collect: [
    { path: "events", as: "rows", start: { event: "" }, fields: trigger("trigger") },
    { path: "for", label: "collectFor", as: "duration" },
    { path: "until", label: "waitUntil", as: "part", fields: local, start: { time: "09:00" } },
    { path: "max", as: "number", min: 1 },
    { path: "since", as: "choice", choices: ["step", "run"], usual: "step" },
    { path: "as", label: "collectAs", as: "text" },
  ],
  notify: [
    { path: "channel", label: "notifyBy", as: "choice", choices: ["email", "webhook"], required: true },
    { path: "to", as: "text", required: true },
    { path: "subject", as: "text" },
    { path: "text", as: "area", required: true },
  ],
  webhook: [
    { path: "url", as: "text", required: true },
    { path: "method", as: "choice", choices: ["POST", "PUT", "GET"], usual: "POST" },
    { path: "headers", as: "json" },
    { path: "body", as: "json" },
    { path: "save", as: "json" },
    { path: "retry", as: "duration", usual: "PT1H" },
  ],
  task: [
    { path: "type", label: "taskType", as: "choice", choices: ["call", "gift", "card", "review", "other"], required: true },
    { path: "title", as: "text", required: true },
    { path: "instructions", as: "area" },
    { path: "role", as: "choice", choices: ["marketer", "analyst", "developer", "admin", "owner"], usual: "marketer" },
    { path: "fields", label: "taskFields", as: "names", from: "attributes" },
    { path: "due", as: "duration", usual: "P3D" },
    { path: "outcomes", as: "rows", start: { name: "" }, fields: [{ path: "name", as: "text", required: true }] },
  ],
  enter: [
    { path: "journey", as: "name", from: "journeys", required: true },
    { path: "customer", label: "otherCustomer", as: "text" },
    { path: "data", as: "json" },
  ],
  code: [
    { path: "type", label: "codeType", as: "text", required: true },
    { path: "settings", as: "json" },
  ],
  exit: [{ path: "label", as: "text", required: true }],
} satisfies Record<StepKind, readonly Field[]>;

const reentry: Field = {
  path: "reentry",
  as: "part",
  start: { rule: "once" },
  fields: [
    { path: "rule", label: "reentryRule", as: "choice", choices: ["once", "always", "after"], usual: "once" },
    { path: "after", label: "reentryAfter", as: "duration" },
  ],
};

/** The form of every kind of entry. */
export const entryFields: Record<string, readonly Field[]> = {
  event: [...trigger("trigger"), { path: "key", label: "entryKey", as: "text" }, reentry],
  date: [{ path: "date", label: "waitDate", as: "part", fields: dateFields, start: { attribute: "birthday", at: "09:00" } }, { path: "condition", label: "onlyWho", as: "condition", scope: "audience" }, reentry],
  audience: [
    { path: "condition", label: "who", as: "condition", scope: "audience" },
    { path: "edge", as: "choice", choices: ["enter", "leave"], usual: "enter" },
    { path: "include_present", as: "switch" },
    reentry,
  ],
  schedule: [
    { path: "cron", as: "text", required: true },
    { path: "condition", label: "who", as: "condition", scope: "audience" },
    { path: "timezone", as: "text" },
    { path: "catch_up", as: "duration", usual: "PT1H" },
    reentry,
  ],
  api: [{ path: "condition", label: "onlyWho", as: "condition", scope: "audience" }, reentry],
};

/** The form of the journey itself. */
export const documentFields: readonly Field[] = [
  { path: "name", as: "text", required: true },
  { path: "description", as: "area" },
  { path: "purpose", as: "name", from: "purposes", required: true },
  { path: "priority", as: "number", min: 0, max: 100 },
  { path: "timezone", as: "text" },
  {
    path: "goal",
    as: "part",
    start: { event: "" },
    fields: [...trigger("trigger"), { path: "window", as: "duration", usual: "P30D" }, { path: "continue", as: "switch" }, { path: "value_of", as: "text" }, { path: "currency", as: "text" }],
  },
  { path: "exit", label: "exitRules", as: "rows", start: { event: "" }, fields: [{ path: "event", label: "exitEvent", as: "name", from: "events" }, { path: "where", as: "condition", scope: "trigger" }, { path: "label", as: "text" }] },
  { path: "update", label: "updateEvents", as: "rows", start: { event: "" }, fields: trigger("trigger") },
  { path: "control", as: "part", start: { percent: 10 }, fields: [{ path: "percent", as: "number", min: 0, max: 100, required: true }] },
];
