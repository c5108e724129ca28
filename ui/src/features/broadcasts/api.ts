import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";

export type Broadcast = Schema<"BroadcastDetail">;
export type Definition = Schema<"Definition">;
export type Issue = Schema<"BroadcastIssueStatus">;

/** While something moves it is looked at often; a draft belongs to who writes it and is not fetched again. */
export const broadcastQuery = (key: string) =>
  queryOptions({
    queryKey: ["broadcast", key],
    queryFn: () => unwrap(api.GET("/api/admin/v1/broadcasts/{key}", { params: { path: { key } } })),
    refetchInterval: (query) => (query.state.data?.state === "draft" ? false : query.state.data?.state === "sending" ? 2_000 : 10_000),
  });

const at = (key: string) => ({ params: { path: { key } } });
const based = (key: string, revision: number) => ({ params: { path: { key }, header: { "If-Match": `"${revision}"` } } });

export const createBroadcast = (key: string, name: string) =>
  unwrap(api.POST("/api/admin/v1/broadcasts", { body: { key, name, definition: { channel: "email", schedule: { kind: "now" } } } }));
export const saveBroadcast = (key: string, revision: number, body: Schema<"BroadcastSave">) => unwrap(api.PUT("/api/admin/v1/broadcasts/{key}", { ...based(key, revision), body }));
export const scheduleBroadcast = (key: string, revision: number) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/schedule", based(key, revision)));
export const unscheduleBroadcast = (key: string) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/unschedule", at(key)));
export const pauseBroadcast = (key: string) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/pause", at(key)));
export const resumeBroadcast = (key: string) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/resume", at(key)));
export const cancelBroadcast = (key: string, reason: string) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/cancel", { ...at(key), body: { reason } }));
export const forecast = (key: string, definition: Definition) => unwrap(api.POST("/api/admin/v1/broadcasts/forecast", { body: { key, definition } }));
export const previewBroadcast = (body: Schema<"BroadcastLook">) => unwrap(api.POST("/api/admin/v1/broadcasts/preview", { body }));
export const sendTest = (body: Schema<"BroadcastTestSend">) => unwrap(api.POST("/api/admin/v1/broadcasts/test", { body }));
export const cloneBroadcast = (key: string, body: Schema<"BroadcastClone">) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/clone", { ...at(key), body }));
export const resendBroadcast = (key: string, body: Schema<"BroadcastAgain">) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/resend", { ...at(key), body }));
export const archiveBroadcast = (key: string) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/archive", at(key)));
export const unarchiveBroadcast = (key: string) => unwrap(api.POST("/api/admin/v1/broadcasts/{key}/unarchive", at(key)));
export const colleaguesQuery = queryOptions({ queryKey: ["colleagues"], queryFn: () => unwrap(api.GET("/api/admin/v1/colleagues")), staleTime: 60_000 });
/** The newest broadcasts, to choose from. */
export const broadcastsQuery = queryOptions({ queryKey: ["broadcasts", "names"], queryFn: () => unwrap(api.GET("/api/admin/v1/broadcasts", { params: { query: { page_size: 100 } } })), staleTime: 30_000 });
export const resultsQuery = (key: string, issue: number, moving: boolean) =>
  queryOptions({
    queryKey: ["broadcast", key, "results", issue],
    queryFn: () => unwrap(api.GET("/api/admin/v1/broadcasts/{key}/results", { params: { path: { key }, query: { issue } } })),
    refetchInterval: moving ? 5_000 : 30_000,
  });

/** DELETE answers without a body, so there is nothing to unwrap. */
export async function deleteBroadcast(key: string): Promise<void> {
  const { error } = await api.DELETE("/api/admin/v1/broadcasts/{key}", at(key));
  if (error) throw new Error(error.detail ?? error.title ?? "");
}
