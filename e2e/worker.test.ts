/** A node in a real Web Worker, looked at from the page that started it (inspector.md §12). */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./support/browser.ts";
import { buildPage } from "./support/built-page.ts";
import type { BuiltPage } from "./support/built-page.ts";

let browser: Browser;
let built: BuiltPage;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [built, browser] = await Promise.all([buildPage("e2e/support/worker-page"), launchChromium()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => void (m.type() === "error" ? complaints.push(m.text()) : undefined));
  await page.goto(built.url);
});
afterAll(async () => {
  await browser?.close();
  built?.close();
});

const tell = (message: object): Promise<void> =>
  page.evaluate((m) => (globalThis as unknown as { worker: Worker }).worker.postMessage(m), message);
const chip = (): Promise<string | null> => page.getByTestId("conn-chip").textContent();

it("its services are shown live, and what the port grants can be done", async () => {
  const row = page.locator(".sk-row", { hasText: "tally" });
  await row.waitFor();
  for (let i = 0; i < 5; i++) await tell({ add: 1 });
  await row.click();
  await expect.poll(() => page.getByTestId("drawer").textContent(), { timeout: 15_000 }).toMatch(/Messages handled[^A-Z]*[5-9]/);
  expect(await chip()).toContain("worker");
  expect(await chip()).not.toContain("read-only");
});

it("a worker that is busy is shown as stale, and as live again afterwards", async () => {
  await tell({ busyMs: 6000 });
  await expect.poll(chip, { timeout: 15_000 }).toContain("stale");
  expect(await page.locator(".sk-row", { hasText: "tally" }).count()).toBe(1);
  await expect.poll(chip, { timeout: 15_000 }).toContain("live");
});

it("a worker that was ended leaves what was known, marked as such", async () => {
  await page.evaluate(() => (globalThis as unknown as { worker: Worker }).worker.terminate());
  await page.getByTestId("state-disconnected").or(page.getByTestId("state-stale")).first().waitFor({ timeout: 15_000 });
  expect(await chip()).not.toContain("live");
  expect(await page.locator(".sk-row", { hasText: "tally" }).count()).toBe(1);
  expect(complaints).toEqual([]);
});
