import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";

export type Flight = Schema<"InFlight">["mode"];
export type Mapping = Record<string, string>;
export type Operation = Schema<"OperationSummary">;

const at = (key: string) => ({ params: { path: { key } } });

export const diffQuery = (key: string, from: number, to: number) =>
  queryOptions({ queryKey: ["journey", key, "diff", from, to], queryFn: () => unwrap(api.GET("/api/admin/v1/journeys/{key}/diff", { params: { path: { key }, query: { from, to } } })), staleTime: 0 });

export const moveQuery = (key: string, to: number, mapping: Mapping) =>
  queryOptions({ queryKey: ["journey", key, "move", to, mapping], queryFn: () => unwrap(api.POST("/api/admin/v1/journeys/{key}/moves/preview", { ...at(key), body: { to, mapping } })), staleTime: 0 });

export const operationsQuery = (key: string) =>
  queryOptions({ queryKey: ["journey", key, "operations"], queryFn: () => unwrap(api.GET("/api/admin/v1/journeys/{key}/operations", { params: { path: { key }, query: { page_size: 20 } } })), refetchInterval: 5_000 });

export const startOperation = (key: string, body: Schema<"OperationCreate">) => unwrap(api.POST("/api/admin/v1/journeys/{key}/operations", { ...at(key), body }));
export const cancelOperation = (id: string) => unwrap(api.POST("/api/admin/v1/operations/{id}/cancel", { params: { path: { id } } }));
export const reverseOperation = (id: string) => unwrap(api.POST("/api/admin/v1/operations/{id}/reverse", { params: { path: { id } } }));
export const rollBack = (key: string, body: Schema<"RollBackRequest">) => unwrap(api.POST("/api/admin/v1/journeys/{key}/rollback", { ...at(key), body }));
export const setRollout = (key: string, percent: number) => unwrap(api.PUT("/api/admin/v1/journeys/{key}/rollout", { ...at(key), body: { percent } }));
