/** Every panel in every theme: nothing that an audit of accessibility calls serious (INS-A11Y-6), also where the system forces its own colours. */
import { createAgent } from "@skyloom/runtime/inspect";
import { startInspectServer } from "@skyloom/node-host";
import type { Page } from "playwright-core";
import { afterEach, describe, expect, it } from "vitest";
import { gallerySource } from "../tools/visual/gallery-source.mjs";
import { seriousFindings } from "./support/axe.ts";
import { nodeClock } from "./support/inspector-host.ts";
import { token, useInspectorPage } from "./support/inspector-page.ts";
import { goTo, panelRows } from "./support/truth.ts";

const ui = useInspectorPage();
afterEach(() => expect(ui.complaints).toEqual([]));

/** The made-up host, with everything in it that panels can show. */
async function open(prepare?: (page: Page) => Promise<unknown>): Promise<void> {
  const agent = createAgent(gallerySource(60, nodeClock.now), { clock: nodeClock, defer: (fn) => setImmediate(fn) });
  const server = await startInspectServer({ agent, port: 0, token, scopes: ["read", "operate", "danger"], staticDir: ui.folder });
  ui.closers.push(async () => {
    agent.close();
    await server.close();
  });
  await ui.show(server.url, prepare === undefined ? {} : { prepare });
  await expect.poll(ui.phase, { timeout: 15_000 }).toBe("live");
}

/** Waits until a panel shows data. */
async function settled(name: string): Promise<void> {
  await expect
    .poll(async () => [name, await ui.page.locator(".sk-panel [data-testid^=state-]").count()], { timeout: 15_000 })
    .toEqual([name, 0]);
}

/** Further things to look at in a panel. */
const further: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  Services: async (page) => {
    await page.getByTestId("cell-:0000000e-name").click();
    await page.getByTestId("drawer").waitFor();
  },
  "Sessions, list": async (page) => {
    await page.getByTestId("row-:0000000e-46").click();
    await page.getByTestId("drawer").waitFor();
  },
  Traces: async (page) => {
    await page.locator("[data-testid^=row-traces-]").first().click();
    await page.getByTestId("table-waterfall").waitFor();
  },
  Console: async (page) => {
    await page.getByTestId("console-input").fill("mem");
    await page.keyboard.press("Enter");
    await page.getByTestId("console-entry-1").locator("table").waitFor();
    await page.getByTestId("console-input").fill("t");
    await page.getByRole("option").first().waitFor();
  },
};

describe("every panel", () => {
  for (const theme of ["dark", "light", "contrast"] as const)
    it(`has no serious finding in the ${theme} theme`, async () => {
      // What is the same in every theme is looked at in one of them.
      const rules = theme === "dark" ? undefined : ["color-contrast", "link-in-text-block"];
      await open();
      await ui.setting("theme", theme);
      expect(await ui.page.locator(".sk-root").getAttribute("data-theme")).toBe(theme);
      for (const { name, route } of panelRows) {
        await goTo(ui.page, route);
        await settled(name);
        expect([name, await seriousFindings(ui.page, rules)]).toEqual([name, []]);
        const more = further[name];
        if (more === undefined) continue;
        await more(ui.page);
        expect([`${name}, more`, await seriousFindings(ui.page, rules)]).toEqual([`${name}, more`, []]);
      }
    });

  it("has a name, also before its code has come", async () => {
    await open();
    for (const { name, route } of panelRows) {
      const panel = await goTo(ui.page, route);
      expect([name, await panel.getAttribute("aria-label")]).toEqual([name, expect.stringMatching(/^\w+$/)]);
    }
  });
});

/** As Windows does it with one of its contrast themes. */
async function forced(page: Page): Promise<void> {
  await page.emulateMedia({ forcedColors: "active", colorScheme: "light" });
  expect(await page.evaluate(() => matchMedia("(forced-colors: active)").matches)).toBe(true);
}

describe("where the system forces its colours", () => {
  it("Sessions has no serious finding, and its graph keeps its lines", async () => {
    await open(forced);
    for (const route of ["sessions?v=list", "sessions?v=graph", "sessions?v=deadlocks"]) {
      await goTo(ui.page, route);
      await settled(route);
      expect([route, await seriousFindings(ui.page)]).toEqual([route, []]);
    }
    await goTo(ui.page, "sessions?v=graph");
    await ui.page.locator("[data-testid=graph][data-laid-out]").waitFor();
    const lines = await ui.page.evaluate(() => {
      const ground = getComputedStyle(document.querySelector(".sk-root")!).backgroundColor;
      return [...document.querySelectorAll("[data-testid^=edge-] path")].map((p) => {
        const { stroke, strokeWidth } = getComputedStyle(p);
        return stroke !== "none" && stroke !== ground && parseFloat(strokeWidth) > 0;
      });
    });
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((seen) => seen).length).toBeGreaterThan(3);
  });

  it("Traces has no serious finding, and its canvas is drawn", async () => {
    await open(forced);
    await goTo(ui.page, "traces");
    await settled("traces");
    expect(await seriousFindings(ui.page)).toEqual([]);
    await further["Traces"]!(ui.page);
    expect(await seriousFindings(ui.page)).toEqual([]);
    // Bars stand out from the ground by at least 3:1, whatever colours the system has.
    const best = await ui.page.getByTestId("plot-waterfall").evaluate((node) => {
      const canvas = node as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      const bright = (r: number, g: number, b: number): number =>
        [r, g, b]
          .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
          .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i]!, 0);
      const [r, g, b] = /\d+, \d+, \d+/
        .exec(getComputedStyle(document.querySelector(".sk-root")!).backgroundColor)![0]
        .split(", ")
        .map(Number);
      const ground = bright(r!, g!, b!);
      let most = 1;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] !== 255) continue;
        const own = bright(data[i]!, data[i + 1]!, data[i + 2]!);
        most = Math.max(most, (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05));
      }
      return most;
    });
    expect(best).toBeGreaterThanOrEqual(3);
  });
});
