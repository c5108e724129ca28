import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";
import { formatMoney, formatNumber } from "../../lib/format";

export type Offer = Schema<"Offer">;
export type OfferSave = Schema<"OfferSave">;

export const offersQuery = (archived: boolean) => queryOptions({ queryKey: ["offers", "list", archived], queryFn: () => unwrap(api.GET("/api/admin/v1/offers", { params: { query: { archived } } })) });
export const offerQuery = (key: string) => queryOptions({ queryKey: ["offers", "one", key], queryFn: () => unwrap(api.GET("/api/admin/v1/offers/{key}", { params: { path: { key } } })), refetchInterval: 15_000 });
/** Saves an offer as it was read at a revision; without one it is made anew and replaces none. */
export const saveOffer = (key: string, revision: number | undefined, body: OfferSave) =>
  unwrap(api.PUT("/api/admin/v1/offers/{key}", { params: { path: { key }, header: revision === undefined ? { "If-None-Match": "*" } : { "If-Match": `"${revision}"` } }, body }));
export const addCodes = (key: string, body: Schema<"CodesAdd">) => unwrap(api.POST("/api/admin/v1/offers/{key}/codes", { params: { path: { key } }, body }));

/** What an offer is worth: "10%", "€5.00"; empty when only its texts say it. */
export function benefitOf(o: Pick<Offer, "benefit_kind" | "benefit_value">, currency: string, locale: string): string {
  if (o.benefit_kind === "percent") return `${formatNumber(o.benefit_value / 100, locale)}%`;
  if (o.benefit_kind === "amount") return formatMoney(o.benefit_value, currency, locale);
  return "";
}

/** Whether people get it now, and if not, why: its state, its dates, an empty pool or a spent budget. */
export function standing(o: Offer, now: Date): "active" | "paused" | "archived" | "coming" | "over" | "empty" {
  if (o.state !== "active") return o.state;
  if (o.valid_until && new Date(o.valid_until) <= now) return "over";
  if (o.valid_from && new Date(o.valid_from) > now) return "coming";
  if ((o.code_kind === "pool" && o.free === 0) || (o.budget != null && o.reserved + o.confirmed >= o.budget)) return "empty";
  return "active";
}

/** A key made of a name, as the server wants it: lower-case letters, digits, _ and -. */
export function keyOf(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
}
