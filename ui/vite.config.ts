import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// In development the UI runs on Vite's port and talks to a running `sojourn dev`.
export default defineConfig({
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 700 },
  server: { host: "127.0.0.1", proxy: { "/api": "http://127.0.0.1:8080", "/openapi.json": "http://127.0.0.1:8080" } },
  test: { environment: "happy-dom", globals: false, setupFiles: ["src/testing/setup.ts"], css: false },
});
