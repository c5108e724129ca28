import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../../api/client";
import type { Schema } from "../../../api/types";

export type Blueprint = Schema<"Blueprint">;
export type BlueprintDetail = Schema<"BlueprintDetail">;
export type BlueprintMessage = Schema<"BlueprintMessage">;
export type Need = Schema<"Need">;
export type NeedMet = Schema<"NeedMet">;

/** Names of steps, descriptions and tasks come in the language of whoever looks, and a draft is made in it. */
export const blueprintsQuery = (language: string) =>
  queryOptions({ queryKey: ["blueprints", language], queryFn: () => unwrap(api.GET("/api/admin/v1/blueprints", { params: { query: { language } } })), staleTime: Infinity });

export const needsQuery = queryOptions({ queryKey: ["blueprint-needs"], queryFn: () => unwrap(api.GET("/api/admin/v1/blueprint-needs")), staleTime: 60_000 });

export const blueprintQuery = (key: string, language: string) =>
  queryOptions({ queryKey: ["blueprints", language, key], queryFn: () => unwrap(api.GET("/api/admin/v1/blueprints/{key}", { params: { path: { key }, query: { language } } })), staleTime: Infinity });

export const sendersQuery = queryOptions({ queryKey: ["sending"], queryFn: () => unwrap(api.GET("/api/admin/v1/sending")), staleTime: 60_000 });

export const installBlueprint = (body: Schema<"JourneyCreate">) => unwrap(api.POST("/api/admin/v1/journeys", { body }));
