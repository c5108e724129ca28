import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import type { Schema } from "./types";

export type Catalogue = Schema<"Catalogue">;

export const catalogueQuery = queryOptions({ queryKey: ["catalogue"], queryFn: () => unwrap(api.GET("/api/admin/v1/catalogue")), staleTime: 60_000 });

/** What forms offer to choose from while nothing is known yet. */
export const emptyCatalogue: Catalogue = {
  fields: [],
  metrics: [],
  ops: {},
  states: [],
  attributes: [],
  events: [],
  templates: [],
  audiences: [],
  channels: [],
  purposes: [],
  journeys: [],
  objects: [],
};

/** What documents and conditions of this workspace may refer to. Never missing: an empty one until it has come. */
export function useCatalogue(): Catalogue {
  return useQuery(catalogueQuery).data ?? emptyCatalogue;
}
