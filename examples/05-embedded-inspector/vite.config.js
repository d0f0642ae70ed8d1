import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  base: "./",
  plugins: [react()],
  // Inside this repository the packages are taken from their sources; elsewhere this line is not needed.
  resolve: { conditions: ["skynet-source", ...defaultClientConditions] },
});
