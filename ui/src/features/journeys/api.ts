import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";

export type Journey = Schema<"JourneyDetail">;
export type Version = Schema<"VersionDetail">;

export const journeysQuery = queryOptions({
  queryKey: ["journeys"],
  queryFn: () => unwrap(api.GET("/api/admin/v1/journeys", { params: { query: { page_size: 100 } } })),
  refetchInterval: 10_000,
});

export const archivedJourneysQuery = queryOptions({
  queryKey: ["journeys", "archived"],
  queryFn: () => unwrap(api.GET("/api/admin/v1/journeys", { params: { query: { page_size: 100, state: "archived" } } })),
});

export const journeyQuery = (key: string) =>
  queryOptions({ queryKey: ["journey", key], queryFn: () => unwrap(api.GET("/api/admin/v1/journeys/{key}", { params: { path: { key } } })), refetchInterval: 10_000 });

export const versionQuery = (key: string, number: number) =>
  queryOptions({
    queryKey: ["journey", key, "version", number],
    queryFn: () => unwrap(api.GET("/api/admin/v1/journeys/{key}/versions/{number}", { params: { path: { key, number } } })),
    refetchInterval: 5_000,
    enabled: number > 0,
  });

export const createFromDocument = (document: Schema<"Document">) => unwrap(api.POST("/api/admin/v1/journeys", { body: { document } }));

const at = (key: string) => ({ params: { path: { key } } });
export const pauseJourney = (key: string) => unwrap(api.POST("/api/admin/v1/journeys/{key}/pause", at(key)));
export const resumeJourney = (key: string, clock: "count" | "hold" | "skip") => unwrap(api.POST("/api/admin/v1/journeys/{key}/resume", { ...at(key), body: { clock } }));
export const stopJourney = (key: string) => unwrap(api.POST("/api/admin/v1/journeys/{key}/stop", at(key)));
export const archiveJourney = (key: string) => unwrap(api.POST("/api/admin/v1/journeys/{key}/archive", at(key)));
export const previewPublish = (key: string) => unwrap(api.GET("/api/admin/v1/journeys/{key}/publish", at(key)));
export const publishJourney = (key: string, revision: number, body: Schema<"PublishRequest">) =>
  unwrap(api.POST("/api/admin/v1/journeys/{key}/publish", { params: { path: { key }, header: { "If-Match": `"${revision}"` } }, body }));
