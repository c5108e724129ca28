import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import type { Schema } from "./types";

export type Me = Schema<"Me">;

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: () => unwrap(api.GET("/api/admin/v1/auth/me")), staleTime: 60_000 });

/** The signed-in user; the router has loaded it before any page is shown. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export function useMay(permission: string): boolean {
  return (useMe().permissions ?? []).includes(permission);
}

export const signIn = (email: string, password: string) => unwrap(api.POST("/api/admin/v1/auth/login", { body: { email, password } }));
export const signOut = () => api.POST("/api/admin/v1/auth/logout", {});
