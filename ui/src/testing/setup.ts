import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// happy-dom has no layout: Mantine asks for media queries and sizes.
Object.defineProperty(window, "matchMedia", {
  value: (query: string) => ({ matches: false, media: query, onchange: null, addEventListener: vi.fn(), removeEventListener: vi.fn(), addListener: vi.fn(), removeListener: vi.fn(), dispatchEvent: vi.fn() }),
});
class NoResize {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver = window.ResizeObserver ?? NoResize;
afterEach(cleanup);
