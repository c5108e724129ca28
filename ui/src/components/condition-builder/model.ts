import type { Catalogue } from "../../api/catalogue";
import type { Schema } from "../../api/types";

// A condition as the server reads it (audience/condition.go). These functions are pure; the form is derived from the tree.
export type Condition = Schema<"Condition">;

/** What may be asked where the condition stands: of the customer always, of the event at hand, of the run. "where" filters events, "objectWhere" objects, by their properties only. */
export type Scope = "audience" | "trigger" | "branch" | "all" | "where" | "objectWhere";

export const subjects = ["attribute", "metric", "event", "consent", "audience", "object", "property", "context", "result"] as const;
export type Subject = (typeof subjects)[number];

const allowed: Record<Scope, readonly Subject[]> = {
  audience: ["attribute", "metric", "event", "consent", "audience", "object"],
  trigger: ["property", "attribute", "metric", "event", "consent", "audience", "object"],
  branch: ["attribute", "metric", "event", "consent", "audience", "object", "context", "result"],
  all: ["property", "attribute", "metric", "event", "consent", "audience", "object", "context", "result"],
  where: ["property"],
  objectWhere: ["property"],
};

export const subjectsIn = (scope: Scope): readonly Subject[] => allowed[scope];

/** Fields that belong to each subject; a leaf with any other can't be shown as a form. */
const fieldsOf: Record<Subject, readonly string[]> = {
  attribute: ["attribute", "op", "value"],
  metric: ["metric", "op", "value"],
  event: ["event", "agg", "of", "where", "within", "since", "op", "value"],
  consent: ["consent", "channel", "op", "value"],
  audience: ["audience", "op", "value"],
  object: ["object", "where", "op", "value"],
  property: ["property", "op", "value"],
  context: ["context", "op", "value"],
  result: ["result", "op", "value"],
};

/** How a group joins its parts. "none" is not(or), "notall" is not(and). */
export type Join = "and" | "or" | "none" | "notall";
export type Group = { join: Join; parts: Condition[] };

const set = (v: unknown) => v !== undefined && v !== null;
const keys = (c: Condition): string[] => Object.entries(c).flatMap(([k, v]) => (set(v) ? [k] : []));

/** The group a node is, or null for a leaf. */
export function groupOf(c: Condition): Group | null {
  const k = keys(c);
  if (k.length !== 1) return null;
  if (c.and) return { join: "and", parts: c.and };
  if (c.or) return { join: "or", parts: c.or };
  if (c.not && keys(c.not).length === 1) {
    if (c.not.or) return { join: "none", parts: c.not.or };
    if (c.not.and) return { join: "notall", parts: c.not.and };
  }
  return null;
}

export function fromGroup({ join, parts }: Group): Condition {
  switch (join) {
    case "and":
      return { and: parts };
    case "or":
      return { or: parts };
    case "none":
      return { not: { or: parts } };
    case "notall":
      return { not: { and: parts } };
  }
}

/** A leaf with "not" taken off. */
export function leafOf(c: Condition): { leaf: Condition; not: boolean } {
  return c.not && keys(c).length === 1 ? { leaf: c.not, not: true } : { leaf: c, not: false };
}

/** What a leaf looks at; null when this form does not know it. */
export function subjectOf(c: Condition): Subject | null {
  const k = keys(c);
  const found = subjects.filter((s) => k.includes(s));
  // An aggregate over an event may name another subject in its filter only.
  const subject = found.length === 1 ? found[0] : undefined;
  return subject && k.every((x) => fieldsOf[subject].includes(x)) ? subject : null;
}

/** What may be asked in the filter of an event or an object. */
export const filterScope = (subject: Subject): Scope => (subject === "object" ? "objectWhere" : "where");

/** Whether the form can show the whole tree without losing anything. Deeper than three groups reads better as JSON. */
export function isEditable(c: Condition | undefined, scope: Scope, depth = 0): boolean {
  if (!c || keys(c).length === 0) return true;
  const group = groupOf(c);
  if (group) return depth < 4 && group.parts.every((p) => isEditable(p, scope, depth + 1));
  const { leaf } = leafOf(c);
  const subject = subjectOf(leaf);
  if (!subject || !allowed[scope].includes(subject)) return false;
  return !leaf.where || isEditable(leaf.where, filterScope(subject), depth + 1);
}

/** A new, still incomplete leaf. */
export function newLeaf(subject: Subject, name = ""): Condition {
  switch (subject) {
    case "event":
      return { event: name, agg: "count", op: "gte", value: 1 };
    case "consent":
      return { consent: name || "marketing", channel: "email", op: "eq", value: "granted" };
    case "audience":
      return { audience: name, op: "eq", value: true };
    case "object":
      return { object: name };
    case "metric":
      return { metric: name || "orders_count", op: "gte", value: 1 };
    default:
      return { [subject]: name, op: "eq", value: "" };
  }
}

export type ValueType = "text" | "number" | "boolean" | "date" | "instant" | "any" | "choice";

/** The type of what a leaf compares, and the unit of a number. */
export function typeOf(c: Condition, catalogue: Catalogue): { type: ValueType; unit: string } {
  const field = c.attribute ? catalogue.fields.find((f) => f.name === c.attribute) : c.metric ? catalogue.metrics.find((f) => f.name === c.metric) : undefined;
  if (field) return { type: field.type, unit: field.unit };
  if (c.event !== undefined) {
    const agg = c.agg ?? "count";
    if (agg === "first" || agg === "last") return { type: c.of ? "any" : "instant", unit: "" };
    return { type: "number", unit: "" };
  }
  if (c.object !== undefined) return { type: "number", unit: "" };
  if (c.consent !== undefined) return { type: "choice", unit: "" };
  if (c.audience !== undefined) return { type: "boolean", unit: "" };
  if (c.result !== undefined) return { type: "text", unit: "" };
  return { type: "any", unit: "" };
}

/** How many objects a leaf asks for. Neither operator nor value says: at least one. */
export type Owning = "has" | "none" | "count";
export const owningOf = (c: Condition): Owning => (!c.op && !set(c.value) ? "has" : c.op === "eq" && c.value === 0 ? "none" : "count");
export function withOwning(c: Condition, how: Owning): Condition {
  const rest: Condition = { ...c };
  delete rest.op;
  delete rest.value;
  return how === "has" ? rest : how === "none" ? { ...rest, op: "eq", value: 0 } : { ...rest, op: "gte", value: 2 };
}

/** A value that fits the operator, keeping what can be kept. */
export function valueFor(op: string, type: ValueType, value: unknown): unknown {
  if (op === "exists" || op === "not_exists") return undefined;
  const one = Array.isArray(value) ? (value[0] as unknown) : value;
  if (op === "in" || op === "nin") return Array.isArray(value) ? value : set(value) && value !== "" ? [value] : [];
  if (op === "between") return Array.isArray(value) && value.length === 2 ? value : [one ?? blank(type), one ?? blank(type)];
  if (op === "anniversary") return typeof one === "number" ? one : 0;
  return set(one) ? one : blank(type);
}

export function blank(type: ValueType): unknown {
  switch (type) {
    case "number":
      return 0;
    case "boolean":
      return true;
    case "date":
      return { today: "P0D" };
    case "instant":
      return { now: "-P30D" };
    case "choice":
      return "granted";
    default:
      return "";
  }
}

/** How a value is written. "now" and "today" move with the clock; "day" is a calendar day. */
export type ValueKind = "text" | "number" | "boolean" | "day" | "now" | "today";
export function kindOf(value: unknown): ValueKind {
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "object" && value !== null) return "now" in value ? "now" : "today";
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) ? "day" : "text";
}

/** Replaces, adds or removes parts of a group without touching the others. */
export const withPart = (g: Group, i: number, part: Condition): Group => ({ ...g, parts: g.parts.map((p, j) => (j === i ? part : p)) });
export const withoutPart = (g: Group, i: number): Group => ({ ...g, parts: g.parts.filter((_, j) => j !== i) });
export const plusPart = (g: Group, part: Condition): Group => ({ ...g, parts: [...g.parts, part] });

/** A group to edit, whatever the condition is: a single leaf stands in a group of one. */
export function asGroup(c: Condition | undefined): Group {
  if (!c || keys(c).length === 0) return { join: "and", parts: [] };
  return groupOf(c) ?? { join: "and", parts: [c] };
}

/** The shortest condition that says the same as the group; nothing for an empty one. */
export function simplest(g: Group): Condition | undefined {
  if (g.parts.length === 0) return undefined;
  const only = g.parts[0];
  return g.parts.length === 1 && only && (g.join === "and" || g.join === "or") ? only : fromGroup(g);
}
