import type { components } from "./schema.gen";

/** A schema of the OpenAPI document by name. */
export type Schema<K extends keyof components["schemas"]> = components["schemas"][K];

/** One page of a list; `next_page_token` is empty on the last one. */
export type Page<T> = { items: T[] | null; next_page_token?: string };

/** Arguments of useInfiniteQuery that walk the pages of a list. */
export function paged<T>(fetchPage: (token: string | undefined) => Promise<Page<T>>) {
  return {
    queryFn: ({ pageParam }: { pageParam: string }) => fetchPage(pageParam || undefined),
    initialPageParam: "",
    getNextPageParam: (last: Page<T>) => last.next_page_token || undefined,
  };
}

export function rowsOf<T>(data: { pages: Page<T>[] } | undefined): T[] {
  return data?.pages.flatMap((p) => p.items ?? []) ?? [];
}
