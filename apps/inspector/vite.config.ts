/** Builds the inspector's page; the result runs from any folder of any static server. */
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

/** What the page needs to be isolated; node-host sends the same. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./",
  plugins: [react()],
  resolve: { conditions: ["skynet-source", ...defaultClientConditions] },
  worker: { format: "es" },
  server: { headers },
  preview: { headers },
  build: { target: "es2022", modulePreload: { polyfill: false }, reportCompressedSize: true },
});
