import { defineConfig } from "vitest/config";

const source = { conditions: ["skynet-source", "module", "node", "development|production"] };

export default defineConfig({
  ssr: { resolve: source },
  resolve: { conditions: ["skynet-source"] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/*/src/**/*.test.tsx",
            "packages/*/test/**/*.test.ts",
            "examples/**/*.test.ts",
            "tools/**/*.test.ts",
          ],
          // Thousands of random cases take their time on a machine that does other things as well; a test that hangs is found all the same.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
