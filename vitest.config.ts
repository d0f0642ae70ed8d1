import { playwright } from "@vitest/browser-playwright";
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
          expect: { poll: { timeout: 10_000 } },
        },
      },
      // Libraries that must work in a tab as they do in Node: the same files, in a real browser.
      {
        extends: true,
        test: {
          name: "browser",
          sequence: { groupOrder: 1 },
          include: ["packages/runtime/test/portable/**/*.test.ts"],
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000 } },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium", args: ["--disable-dev-shm-usage"] },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Each file has a browser and a host of its own; more of them at once than cores would only wait for each other.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          // How long a page may take to show something is no test of it: a busy machine is no failure.
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});
