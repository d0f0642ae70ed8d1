import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  base: "./",
  worker: { format: "es" },
  resolve: { conditions: ["skynet-source", ...defaultClientConditions] },
});
