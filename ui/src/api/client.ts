import createClient from "openapi-fetch";
import { ApiError, type Problem } from "./errors";
import type { paths } from "./schema.gen";

/** The one client of the admin API. The session cookie travels by itself; types come from the committed OpenAPI document. */
export const api = createClient<paths>({ baseUrl: "/", headers: { Accept: "application/json" } });

type Outcome<T> = { data?: T; error?: unknown; response: Response };

/** Data of a call, or an ApiError that carries the problem of the server. */
export async function unwrap<T>(call: Promise<Outcome<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await call;
  if (!response.ok || error !== undefined) throw new ApiError(response.status, error as Problem | undefined);
  return data as NonNullable<T>;
}
