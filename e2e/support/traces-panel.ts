/** A real node with services that call each other, the Traces panel over it, and what tests ask of both. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Scope } from "@skyloom/runtime/inspect";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchChromium } from "./browser.ts";
import { buildInspector } from "./inspector-host.ts";
import { startScenarioHost } from "./scenario-host.ts";
import type { ScenarioHost } from "./scenario-host.ts";

/** A login: the gate asks auth, which asks the database; then the database twelve times, and something that fails. */
export const shop = {
  gate: defineService((auth: number, db: number) => ({
    *login(i: number) {
      yield* skynet.call(auth, "lua", "check", i);
      for (let k = 0; k < 12; k++) yield* skynet.call(db, "lua", "get", k);
      skynet.send(db, "lua", "note", i);
      // Nothing of the trace happens for long: it is cut out of the axis.
      yield* skynet.sleep(20);
      try {
        yield* skynet.call(auth, "lua", "forbid", i);
      } catch {
        return false;
      }
      return true;
    },
  })),
  auth: defineService((db: number) => ({
    *check(i: number) {
      return yield* skynet.call(db, "lua", "get", i);
    },
    forbid() {
      throw new Error("no such user");
    },
  })),
  db: defineService(() => ({
    get: (i: number) => i,
    note: () => skynet.error("noted"),
  })),
};

/** How a page is opened. */
export interface PageOptions {
  readonly colorScheme?: "dark" | "light";
  readonly width?: number;
  readonly height?: number;
}

/** The panel on a node with the shop's services. */
export interface Shop {
  readonly page: Page;
  readonly host: ScenarioHost;
  /** One request to the gate; false, because what it asks for last is forbidden. */
  readonly login: (i: number) => Promise<unknown>;
}

/** What tests see of it; everything is closed after each test. */
export class TracesPanel {
  browser!: Browser;
  /** Folder of the built page. */
  folder = "";
  /** What the pages complained about. */
  complaints: string[] = [];
  readonly closers: (() => unknown)[] = [];

  /** A host whose clients have these scopes; default all. */
  async start(scopes?: readonly Scope[]): Promise<Omit<Shop, "page">> {
    const host = await startScenarioHost({ staticDir: this.folder, services: shop, ...(scopes === undefined ? {} : { scopes }) });
    this.closers.push(() => host.close());
    const db = await host.node.newservice("db");
    const auth = await host.node.newservice("auth", db);
    const gate = await host.node.newservice("gate", auth, db);
    return { host, login: (i) => host.node.call(gate!, "lua", "login", i) };
  }

  /** A page that shows the panel. */
  async open(host: ScenarioHost, options: PageOptions = {}): Promise<Page> {
    const context: BrowserContext = await this.browser.newContext({
      viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
      colorScheme: options.colorScheme ?? "dark",
    });
    this.closers.push(() => context.close());
    const page = await context.newPage();
    page.on("console", (m) => {
      if (m.type() === "error" || m.type() === "warning") this.complaints.push(m.text());
    });
    page.on("pageerror", (e) => this.complaints.push(e.message));
    await page.goto(host.server.url);
    await page.getByTestId("conn-chip").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.getByTestId("trace-state").waitFor();
    return page;
  }

  /** Records one login and opens its waterfall. */
  async openLogin(options: PageOptions = {}): Promise<Shop> {
    const { host, login } = await this.start();
    const page = await this.open(host, options);
    await recordAll(page);
    expect(await login(1)).toBe(false);
    await rowOf(page, "login").click();
    await page.getByTestId("table-waterfall").waitFor();
    return { page, host, login };
  }
}

/** What is recorded, as the page says it. */
export const state = (page: Page): Promise<string | null> => page.getByTestId("trace-state").getAttribute("data-mode");

/** Switches the recording of everything on. */
export async function recordAll(page: Page): Promise<void> {
  await page.getByTestId("trace-kind").selectOption("all");
  await page.getByTestId("action-trace-start").click();
  await expect.poll(() => state(page)).toBe("all");
}

/** The first row of the list whose trace has this command. */
export const rowOf = (page: Page, command: string): Locator =>
  page.locator("[data-testid^='row-traces-']", { has: page.locator("[data-testid$='-command']", { hasText: command }) }).first();

/** Names in the tree of the waterfall, set in by their depth. */
export const tree = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("[data-testid=wf-row]")]
      .sort((a, b) => Number(a.dataset["index"]) - Number(b.dataset["index"]))
      .map((r) => `${"  ".repeat(Number(r.getAttribute("aria-level")) - 1)}${r.querySelector(".sk-wf-text")!.textContent.trim()}`),
  );

/** Texts of a column of the list that is shown. */
export const cells = (page: Page, column: string): Promise<string[]> =>
  page.locator(`[data-testid^="cell-"][data-testid$="-${column}"]`).allTextContents();

/** Sets up what a test file needs, and cleans up after each test and at the end. */
export function useTracesPanel(): TracesPanel {
  const panel = new TracesPanel();
  let app: Awaited<ReturnType<typeof buildInspector>> | undefined;
  beforeAll(async () => {
    app = await buildInspector();
    panel.folder = app.folder;
    panel.browser = await launchChromium();
  });
  afterAll(async () => {
    await panel.browser?.close();
    app?.remove();
  });
  afterEach(async () => {
    panel.complaints = [];
    for (const close of panel.closers.splice(0).reverse()) await close();
  });
  return panel;
}
