/** The inspector inside a page that is not its own: examples/05-embedded-inspector, built and opened in a real Chromium. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "./support/browser.ts";
import { buildPage } from "./support/built-page.ts";
import type { BuiltPage } from "./support/built-page.ts";

let browser: Browser;
let built: BuiltPage;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [built, browser] = await Promise.all([buildPage("examples/05-embedded-inspector"), launchChromium()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => void (m.type() === "error" ? complaints.push(m.text()) : undefined));
  await page.goto(built.url);
});
afterAll(async () => {
  await browser?.close();
  built?.close();
});

describe("the embedded inspector", () => {
  it("shows the services of the page's node, live", async () => {
    const row = page.locator(".sk-row", { hasText: "dice" });
    await row.waitFor();
    for (let i = 0; i < 3; i++) await page.getByRole("button", { name: "Roll" }).click();
    await expect.poll(() => page.locator("#rolled").textContent()).toMatch(/^Roll 3: [1-6]$/);
    await row.click();
    await expect.poll(() => page.getByTestId("drawer").textContent(), { timeout: 15_000 }).toMatch(/Messages handled[^A-Z]*[3-9]/);
    expect(complaints).toEqual([]);
  });

  it("leaves the page's looks, address and keys alone", async () => {
    const style = await page.evaluate(() => {
      const of = (selector: string) => getComputedStyle(document.querySelector(selector)!);
      return [of("#roll").fontFamily, of("#roll").fontStyle, of("h1").color, of(".sk-root .sk-button").fontStyle];
    });
    expect(style).toEqual(["Georgia, serif", "italic", "rgb(0, 100, 0)", "normal"]);
    expect(new URL(page.url()).hash).toBe("");
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    // Space works the page's own button, and does not pause the inspector.
    await page.locator("#roll").focus();
    await page.keyboard.press(" ");
    await expect.poll(() => page.locator("#rolled").textContent()).toMatch(/^Roll 4/);
    expect(await page.getByTestId("conn-chip").textContent()).toContain("live");
    await page.getByRole("grid", { name: "Services" }).focus();
    await page.keyboard.press(" ");
    await expect.poll(() => page.getByTestId("conn-chip").textContent()).toContain("paused");
  });

  it("fills its element and no more; the palette opens inside it", async () => {
    const boxes = await page.evaluate(() => {
      const box = (selector: string) => document.querySelector(selector)!.getBoundingClientRect();
      return {
        inside: box(".sk-root").height,
        element: box("#inspector").height,
        over: document.documentElement.scrollHeight - innerHeight,
      };
    });
    expect(boxes.inside).toBe(boxes.element);
    expect(boxes.over).toBe(0);
    await page.keyboard.press("Control+k");
    await page.getByTestId("palette").waitFor();
    await page.keyboard.type("dice");
    await expect.poll(() => page.locator(".sk-palette-title").first().textContent()).toBe("dice");
    // A page that has no other hosts to offer offers none.
    await page.keyboard.press("Escape");
    await page.getByTestId("conn-chip").click();
    expect(await page.getByText("Connect to").count()).toBe(0);
    expect(await page.getByTestId("action-save-snapshot").isEnabled()).toBe(true);
  });
});

describe("the inspector over the page", () => {
  const overlay = () => page.getByTestId("overlay");

  it("opens with Ctrl+Shift+. over everything, and closes with Escape where nothing else takes it; the focus returns", async () => {
    await page.keyboard.press("Escape");
    await page.locator("#roll").focus();
    expect(await overlay().count()).toBe(0);
    await page.keyboard.press("Control+Shift+Period");
    await overlay().locator(".sk-row", { hasText: "dice" }).or(overlay().getByTestId("panel-overview")).first().waitFor();
    expect(await page.locator("dialog.sk-overlay:modal").count()).toBe(1);
    // It shows the same node through a connection of its own.
    await expect.poll(() => overlay().getByTestId("conn-chip").textContent()).toContain("live");
    await page.keyboard.press("Control+k");
    await overlay().getByTestId("palette").waitFor();
    await page.keyboard.press("Escape");
    await overlay().getByTestId("palette").waitFor({ state: "detached" });
    expect(await overlay().count()).toBe(1);
    await page.keyboard.press("Escape");
    await overlay().waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("roll");
    expect(complaints).toEqual([]);
  });

  it("opens where it was closed, and the same key closes it", async () => {
    await page.keyboard.press("Control+Shift+Period");
    await overlay().getByRole("link", { name: "Memory" }).click();
    await overlay().getByTestId("panel-memory").waitFor();
    await page.keyboard.press("Control+Shift+Period");
    expect(await overlay().count()).toBe(0);
    await page.keyboard.press("Control+Shift+Period");
    await overlay().getByTestId("panel-memory").waitFor();
    // A page that says how dialogs and buttons look does not say it to the inspector.
    await page.addStyleTag({ content: "dialog { padding: 99px; width: 50px } button { font: 40px serif; text-transform: uppercase }" });
    const looks = await overlay().evaluate((d) => {
      const button = getComputedStyle(d.querySelector(".sk-button")!);
      return [getComputedStyle(d).padding, d.clientWidth > 1000, button.fontSize, button.textTransform];
    });
    expect(looks).toEqual(["0px", true, "13px", "none"]);
    await page.keyboard.press("Control+Shift+Period");
    expect(complaints).toEqual([]);
  });
});
