import type { JourneyDocument } from "../document";
import type { Blueprint, BlueprintMessage, Need, NeedMet } from "./api";

export const goals = ["start", "sell", "keep", "serve", "return"] as const;
export type Goal = (typeof goals)[number];

/** A text in the reader's language, else in English. */
export const inLanguage = (texts: Record<string, string> | undefined, language: string, otherwise: string): string => texts?.[language.slice(0, 2)] ?? texts?.en ?? otherwise;

/** One need is told once: two blueprints that need the same thing ask the same question. */
export const needId = (n: Need): string => [n.kind, n.name, n.date, n.orders].join("/");

export type Counts = ReadonlyMap<string, number>;

export const countsOf = (needs: readonly NeedMet[] | undefined): Counts => new Map((needs ?? []).map((n) => [needId(n), n.count]));

/** Whether everything the blueprint needs is here; undefined while that is not known. */
export function ready(b: Blueprint, counts: Counts): boolean | undefined {
  const all = b.needs.map((n) => counts.get(needId(n)));
  if (all.some((n) => n === undefined)) return undefined;
  return all.every((n) => (n ?? 0) > 0);
}

export type Filter = { q?: string; goal?: Goal; ready?: true };

/** The blueprints that fit, those whose data is here first. */
export function chosen(list: readonly Blueprint[], filter: Filter, counts: Counts, language: string): Blueprint[] {
  const words = (filter.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const text = (b: Blueprint) => [b.key, b.name, b.description, inLanguage(b.names, language, ""), inLanguage(b.what, language, ""), ...b.needs.map((n) => n.name ?? n.kind), ...b.channels].join(" ").toLowerCase();
  const fits = list.filter((b) => (!filter.goal || b.goal === filter.goal) && (!filter.ready || ready(b, counts)) && words.every((w) => text(b).includes(w)));
  return fits.sort((a, b) => Number(ready(b, counts) ?? false) - Number(ready(a, counts) ?? false));
}

/** What to send so that the need is met, for a developer to copy; undefined where nothing is sent for it. */
export function example(n: Need): string | undefined {
  const show = (what: unknown) => JSON.stringify(what, null, 2);
  switch (n.kind) {
    case "event":
      return show({ type: "track", userId: "customer-1", event: n.name, properties: n.name?.startsWith("Order") ? { order_id: "1001", total: 49.9, currency: "EUR" } : { sku: "A-1", name: "…", price: 24.9 } });
    case "object":
      return show({ type: "track", userId: "customer-1", event: "Object Changed", properties: { object_type: n.name, object_key: `${n.name}-1`, status: "active", dates: { [n.date ?? "start"]: "2027-05-14" } } });
    case "attribute":
      return show({ type: "identify", userId: "customer-1", traits: { [(n.name ?? "").replace("attributes.", "")]: "1984-05-14" } });
    case "permission":
      return show({ type: "track", userId: "customer-1", event: "Consent Granted", properties: { channel: n.name, purpose: "marketing", source: "form:sign-up", source_kind: "person" } });
    case "orders":
      return show({ type: "track", userId: "customer-1", event: "Order Completed", properties: { order_id: "1001", total: 49.9, currency: "EUR" } });
  }
  return undefined;
}

/** The messages in the order in which the journey comes to them. */
export function inOrder(messages: readonly BlueprintMessage[], document: JourneyDocument): BlueprintMessage[] {
  const at = (m: BlueprintMessage) => document.steps.findIndex((s) => s.kind === "send" && s.send.template === m.template);
  return [...messages].sort((a, b) => at(a) - at(b));
}
