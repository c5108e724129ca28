import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";

export type Customer = Schema<"CustomerDetail">;

export const customerQuery = (id: string) =>
  queryOptions({ queryKey: ["customer", id], queryFn: () => unwrap(api.GET("/api/admin/v1/customers/{id}", { params: { path: { id } } })), refetchInterval: 15_000 });

export const changeConsent = (id: string, body: Schema<"ConsentChange">) => unwrap(api.POST("/api/admin/v1/customers/{id}/consents", { params: { path: { id } }, body }));
export const suppress = (id: string, body: Schema<"SuppressRequest">) => unwrap(api.POST("/api/admin/v1/customers/{id}/suppress", { params: { path: { id } }, body }));
