import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import { createElement } from "react";
import { expect, test, vi } from "vitest";
import type { Journey } from "../api";
import type { JourneyDocument } from "../document";

const saved = vi.hoisted(() => {
  const put: { revision: string | null; body: { name: string } }[] = [];
  globalThis.fetch = async (input) => {
    const request = input as Request;
    const body = (await request.json()) as { name: string };
    if (request.method === "PUT") put.push({ revision: request.headers.get("If-Match"), body });
    return Response.json(request.method === "PUT" ? { draft: body, draft_revision: 7 + put.length } : { issues: [] });
  };
  return put;
});
const { useDraft } = await import("./use-draft");

const draft = { key: "k", name: "K", purpose: "marketing", entry: { kind: "event", event: "E" }, steps: [] } as unknown as JourneyDocument;
const journey = { key: "k", draft, draft_revision: 7, issues: [] } as unknown as Journey;
const wrapper = ({ children }: { children: React.ReactNode }) => createElement(QueryClientProvider, { client: new QueryClient() }, children);

test("what was typed last is saved when somebody leaves the editor for another page", async () => {
  const { result, unmount } = renderHook(() => useDraft(journey, false), { wrapper });
  act(() => result.current.edit({ ...draft, name: "Kept" }));
  unmount();
  await expect.poll(() => saved).toEqual([{ revision: '"7"', body: expect.objectContaining({ name: "Kept" }) }]);
});

test("nothing is saved where nothing was changed", async () => {
  saved.length = 0;
  const { unmount } = renderHook(() => useDraft(journey, false), { wrapper });
  unmount();
  await new Promise((done) => setTimeout(done));
  expect(saved).toEqual([]);
});
