import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";

export type CodeType = Schema<"CodeType">;
export type Settings = Record<string, unknown>;

const codeTypesQuery = queryOptions({ queryKey: ["code-types"], queryFn: () => unwrap(api.GET("/api/admin/v1/code-types")), staleTime: 30_000 });

/** Journeys or steps that developers wrote in Go. Never missing: none until they have come. */
export function useCodeTypes(kind: CodeType["kind"]): CodeType[] {
  return (useQuery(codeTypesQuery).data?.code_types ?? []).filter((c) => c.kind === kind);
}

/** The offers that a setting may name. */
export const offerNamesQuery = queryOptions({ queryKey: ["offers", "names"], queryFn: async () => (await unwrap(api.GET("/api/admin/v1/offers", { params: { query: {} } }))).items, staleTime: 60_000 });

/** The document that a journey in Go has with these settings; what a marketer may set besides is kept from the draft. */
export const codeDocument = (type: string, settings: Settings, document?: Schema<"Document">) =>
  unwrap(api.POST("/api/admin/v1/code-types/{type}/document", { params: { path: { type } }, body: { settings, document } }));

export const saveDraft = (key: string, revision: number, body: Schema<"Document">) =>
  unwrap(api.PUT("/api/admin/v1/journeys/{key}/draft", { params: { path: { key }, header: { "If-Match": `"${revision}"` } }, body }));
