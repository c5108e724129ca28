import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";
import { endOfDay } from "../../lib/moment";

export type Task = Schema<"TaskDetail">;
export type TaskRow = Schema<"TaskSummary">;

export const taskStates = ["open", "done", "expired", "cancelled"] as const;
export const taskTypes = ["call", "gift", "card", "review", "other"] as const;
export const dues = ["overdue", "today"] as const;
export type TaskSearch = { state?: (typeof taskStates)[number]; type?: (typeof taskTypes)[number]; due?: (typeof dues)[number] };

export const tasksPage = (s: TaskSearch, page_token: string | undefined) =>
  unwrap(
    api.GET("/api/admin/v1/tasks", {
      params: { query: { state: s.state ?? "open", type: s.type, overdue: s.due === "overdue" || undefined, due_before: s.due === "today" ? endOfDay(new Date()) : undefined, page_token, page_size: 50 } },
    }),
  );
export const taskQuery = (id: string) => queryOptions({ queryKey: ["tasks", "one", id], queryFn: () => unwrap(api.GET("/api/admin/v1/tasks/{id}", { params: { path: { id } } })) });
export const taskCountQuery = queryOptions({ queryKey: ["tasks", "count"], queryFn: () => unwrap(api.GET("/api/admin/v1/tasks/count")), refetchInterval: 30_000 });
export const completeTask = (id: string, body: Schema<"TaskComplete">) => unwrap(api.POST("/api/admin/v1/tasks/{id}/complete", { params: { path: { id } }, body }));
export const noteTask = (id: string, body: Schema<"TaskNote">) => unwrap(api.PUT("/api/admin/v1/tasks/{id}/note", { params: { path: { id } }, body }));
