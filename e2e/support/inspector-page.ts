/** A page of the inspector per test, over a made-up host; everything is closed after each test. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { launchChromium } from "./browser.ts";
import { buildInspector, startFormulaHost } from "./inspector-host.ts";
import type { FormulaHost } from "./inspector-host.ts";

/** The token of all hosts in these tests. */
export const token = "e2e-token-0123456789abcdef";

/** How {@link InspectorPage.open} begins. */
export interface OpenOptions {
  /** Behind the host's address; default: the printed one, token included. */
  readonly path?: string;
  readonly colorScheme?: "dark" | "light";
  readonly width?: number;
  readonly height?: number;
  readonly host?: Parameters<typeof startFormulaHost>[2];
  /** Called before the page goes anywhere. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** What tests see of it. */
export class InspectorPage {
  page!: Page;
  host!: FormulaHost;
  /** Folder of the built page. */
  folder = "";
  /** What the page complained about. */
  complaints: string[] = [];
  browser!: Browser;
  readonly closers: (() => unknown)[] = [];

  async open(count: number, options: OpenOptions = {}): Promise<void> {
    this.host = await startFormulaHost(count, this.folder, { token, ...options.host });
    const { host } = this;
    this.closers.push(() => host.close());
    await this.show(options.path === undefined ? host.server.url : `http://127.0.0.1:${host.server.port}/${options.path}`, options);
  }

  /** Opens an address in a page of its own. */
  async show(url: string, options: OpenOptions = {}): Promise<void> {
    const context = await this.browser.newContext({
      viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
      colorScheme: options.colorScheme ?? "dark",
    });
    this.closers.push(() => context.close());
    this.page = await context.newPage();
    this.page.on("console", (m) => {
      if (m.type() === "error" || m.type() === "warning") this.complaints.push(m.text());
    });
    this.page.on("pageerror", (e) => this.complaints.push(e.message));
    await options.prepare?.(this.page);
    await this.page.goto(url);
  }

  /** Chooses something in the settings, and closes them again. */
  readonly setting = async (name: "theme" | "density", value: string): Promise<void> => {
    await this.page.getByTestId("menu-settings").click();
    await this.page.getByTestId(name).selectOption(value);
    await this.page.keyboard.press("Escape");
  };
  readonly grid = (): Locator => this.page.getByRole("grid", { name: "Services" });
  readonly phase = (): Promise<string | null> => this.page.getByTestId("conn-chip").getAttribute("data-phase");
  /** A cell of service number `i`. */
  readonly cell = (i: number, column: string): Locator => this.page.getByTestId(`cell-${address(i)}-${column}`);
  /** Names of the rows in the document, in their order on the screen. */
  readonly names = (): Promise<string[]> =>
    this.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>(".sk-row")]
        .sort((a, b) => Number(a.dataset["index"]) - Number(b.dataset["index"]))
        .map((r) => r.querySelector("[data-testid$='-name']")!.textContent),
    );
}

/** Address of service number `i` of a formula host. */
export const address = (i: number): string => `:${(i + 1).toString(16).padStart(8, "0")}`;

/** Sets up what a test file needs, and cleans up after each test and at the end. */
export function useInspectorPage(): InspectorPage {
  const inspector = new InspectorPage();
  let app: Awaited<ReturnType<typeof buildInspector>> | undefined;
  beforeAll(async () => {
    app = await buildInspector();
    inspector.folder = app.folder;
    inspector.browser = await launchChromium();
  });
  afterAll(async () => {
    await inspector.browser?.close();
    app?.remove();
  });
  beforeEach(() => {
    inspector.complaints = [];
  });
  afterEach(async () => {
    for (const close of inspector.closers.splice(0).reverse()) await close();
  });
  return inspector;
}
