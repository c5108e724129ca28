import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";

export type Referral = Schema<"Referral">;
export type Referrer = Schema<"Referrer">;
export const referralStates = ["pending", "accepted", "settling", "rewarded", "refused", "reversed"] as const;
export type ReferralSearch = { state?: (typeof referralStates)[number]; tab?: "referrers" };

export const referralsPage = (search: ReferralSearch, page_token?: string) => unwrap(api.GET("/api/admin/v1/referrals", { params: { query: { state: search.state, page_token, page_size: 50 } } }));
export const referrersQuery = queryOptions({ queryKey: ["referrals", "referrers"], queryFn: () => unwrap(api.GET("/api/admin/v1/referrers")), refetchInterval: 30_000 });
export const customerReferralsQuery = (id: string) =>
  queryOptions({ queryKey: ["referrals", "customer", id], queryFn: () => unwrap(api.GET("/api/admin/v1/customers/{id}/referrals", { params: { path: { id } } })), refetchInterval: 30_000 });
export const endReferral = (id: string) => unwrap(api.POST("/api/admin/v1/referrals/{id}/end", { params: { path: { id } } }));

/** Whether a colleague can still end it, and what that does. */
export function endable(r: Pick<Referral, "state">): "refuse" | "takeBack" | undefined {
  if (r.state === "pending" || r.state === "accepted") return "refuse";
  return r.state === "rewarded" ? "takeBack" : undefined;
}
