/** The inspector's shell in a real Chromium: connection, tokens, themes, accessibility, size, speed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startInspectServer } from "@skyloom/node-host";
import { seriousFindings } from "./support/axe.ts";
import { describe, expect, it } from "vitest";
import { token, useInspectorPage } from "./support/inspector-page.ts";

const ui = useInspectorPage();
const { grid, phase, cell, names } = ui;
const open = (...args: Parameters<typeof ui.open>): Promise<void> => ui.open(...args);

describe("the connection", () => {
  it("takes the token out of the address before anything else, and keeps it for the tab", async () => {
    await open(10);
    await grid().waitFor();
    expect(ui.page.url()).toBe(`http://127.0.0.1:${ui.host.server.port}/#/services`);
    await ui.page.reload();
    await grid().waitFor();
    expect(await ui.page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await ui.page.evaluate((t) => document.documentElement.outerHTML.includes(t), token)).toBe(false);
    expect(ui.complaints).toEqual([]);
  });

  it("a wrong token is told in the host's words, and the right address opens it in the same tab", async () => {
    await open(10, { path: "#k=wrong-wrong-wrong-wrong" });
    const state = ui.page.getByTestId("state-error");
    await state.waitFor();
    expect(await state.textContent()).toContain("Each start of the host makes a new one; open the address that it printed last");
    expect(await state.getByRole("heading").textContent()).toBe("Wrong token");
    expect(await phase()).toBe("closed");
    expect(ui.page.url()).not.toContain("wrong");
    await ui.page.goto(ui.host.server.url);
    await grid().waitFor();
    expect(await phase()).toBe("live");
  });

  it("without a token it says where to find one", async () => {
    await open(10, { path: "" });
    expect(await ui.page.getByTestId("state-error").textContent()).toContain("open the address that the host printed when it started");
  });

  it("a host that goes away leaves its data as a marked snapshot; when it is back the page is live again, selection kept (INS-UI-7)", async () => {
    await open(60);
    await grid().waitFor();
    await cell(4, "name").click();
    await ui.page.getByTestId("drawer").waitFor();
    const { port } = ui.host.server;
    await ui.host.server.close();
    const banner = ui.page.getByTestId("state-disconnected");
    await banner.waitFor();
    expect(await banner.textContent()).toMatch(
      /Disconnected\. This is what was known at .+ The host ends its inspector\..*(Next attempt in \d+ s|Trying now …)/,
    );
    expect(await names()).toContain("agent u1004");
    expect(await phase()).toMatch(/reconnecting|connecting/);
    expect(await ui.page.getByTestId("status-rate").textContent()).toBe("–");
    ui.host.server = await startInspectServer({ agent: ui.host.agent, port, token, staticDir: ui.folder });
    await expect.poll(phase, { timeout: 20_000 }).toBe("live");
    await expect.poll(() => banner.count()).toBe(0);
    await ui.page.getByRole("complementary", { name: "Service :00000005" }).waitFor();
    const before = await cell(20, "mqlen").textContent();
    await expect.poll(() => cell(20, "mqlen").textContent(), { timeout: 15_000 }).not.toBe(before);
  });

  it("a host that falls silent: first what is awaited, later the data as stale with its age, live again with the next word", async () => {
    let silent = true;
    const held: (string | Buffer)[] = [];
    let deliver: (message: string | Buffer) => void = () => {};
    await open(60, {
      prepare: (p) =>
        p.routeWebSocket(/inspect/, (ws) => {
          const server = ws.connectToServer();
          deliver = (message) => ws.send(message);
          server.onMessage((message) => (silent ? held.push(message) : ws.send(message)));
        }),
    });
    await ui.page.getByText("Loading").waitFor();
    expect(await ui.page.getByTestId("state-loading").count()).toBe(1);
    silent = false;
    for (const message of held.splice(0)) deliver(message);
    await grid().waitFor();
    silent = true;
    const stale = ui.page.getByTestId("state-stale");
    await stale.waitFor({ timeout: 15_000 });
    expect(await stale.textContent()).toMatch(/^Stale\. The host is silent; last update \d+\.\d s ago\.$/);
    expect(await names()).toContain("agent u1004");
    expect(await phase()).toBe("stale");
    silent = false;
    await expect.poll(phase, { timeout: 15_000 }).toBe("live");
    await expect.poll(() => stale.count()).toBe(0);
  });

  it("says so when the host sends only part of its services (INS-PRO-5)", async () => {
    await open(60, { host: { maxRows: 25 } });
    expect(await ui.page.getByTestId("note-dropped").textContent()).toBe(
      "The host has 60 services and sends 25 of them, which is its limit. The others are not in this list.",
    );
  });

  it("says why when a scope is missing", async () => {
    await open(10, { host: { scopes: [] } });
    expect(await ui.page.getByTestId("state-forbidden").textContent()).toContain("needs the scope read");
  });

  it("a connection that the address cannot name is refused with what is possible", async () => {
    await open(10, { path: "#/services?c=gopher://x" });
    expect(await ui.page.getByTestId("state-error").textContent()).toContain(
      "It can be c=ws://host:port/inspect, c=wss://…, c=page, c=tab:<name> or c=file.",
    );
  });
});

describe("how it looks and weighs", () => {
  const audit = (): Promise<string[]> => seriousFindings(ui.page);

  for (const theme of ["dark", "light", "contrast"])
    it(`axe finds nothing serious in the ${theme} theme: list, details, no match, disconnected, empty, other panel (INS-A11Y-6)`, async () => {
      await open(60);
      await grid().waitFor();
      await ui.setting("theme", theme);
      await cell(4, "name").click();
      await ui.page.getByTestId("drawer").waitFor();
      expect(await audit()).toEqual([]);
      await ui.page.getByTestId("filter-input").fill("nobody");
      await ui.page.getByTestId("state-nomatch").waitFor();
      expect(await audit()).toEqual([]);
      await ui.page.getByRole("button", { name: "Clear filter" }).click();
      await ui.page.getByRole("button", { name: "Close details" }).click();
      ui.host.source.first = 60;
      await ui.page.getByTestId("state-empty").waitFor({ timeout: 15_000 });
      expect(await audit()).toEqual([]);
      ui.host.source.first = 0;
      await grid().waitFor();
      await ui.host.server.close();
      await ui.page.getByTestId("state-disconnected").waitFor();
      expect(await audit()).toEqual([]);
      await ui.page.keyboard.press("g");
      await ui.page.keyboard.press("o");
      await ui.page.getByTestId("state-unavailable").waitFor();
      expect(await audit()).toEqual([]);
    });

  it("remembers theme and row height, and follows the machine unless told otherwise", async () => {
    await open(60, { colorScheme: "light" });
    await grid().waitFor();
    const background = () => ui.page.locator(".sk-root").evaluate((r) => getComputedStyle(r).backgroundColor);
    expect(await background()).toBe("rgb(255, 255, 255)");
    await ui.setting("theme", "dark");
    await ui.setting("density", "compact");
    await ui.page.reload();
    await grid().waitFor();
    expect(await background()).toBe("rgb(15, 18, 22)");
    expect(
      await ui.page
        .locator(".sk-row")
        .first()
        .evaluate((r) => r.getBoundingClientRect().height),
    ).toBe(24);
  });

  it("nothing is cut off or overflows from 720 px on", async () => {
    for (const width of [1440, 1024, 720]) {
      await open(60, { width, height: 700 });
      await grid().waitFor();
      await cell(4, "name").click();
      await ui.page.getByTestId("drawer").waitFor();
      const overflow = await ui.page.evaluate(() => ({
        page: document.documentElement.scrollWidth - innerWidth,
        top: document.querySelector(".sk-top")!.scrollWidth - document.querySelector(".sk-top")!.clientWidth,
        toolbar: document.querySelector(".sk-toolbar")!.scrollWidth - document.querySelector(".sk-toolbar")!.clientWidth,
      }));
      expect([width, overflow]).toEqual([width, { page: 0, top: 0, toolbar: 0 }]);
    }
  });

  it("starts with at most 250 kB of script, zipped (INS-UI-6)", () => {
    const assets = join(ui.folder, "assets");
    const html = readFileSync(join(ui.folder, "index.html"), "utf8");
    const initial = readdirSync(assets).filter((f) => f.endsWith(".js") && html.includes(f));
    expect(initial.length).toBeGreaterThan(0);
    const kB = initial.reduce((sum, f) => sum + gzipSync(readFileSync(join(assets, f))).length, 0) / 1000;
    console.log(`initial script: ${kB.toFixed(0)} kB gzip`);
    expect(kB).toBeLessThanOrEqual(250);
  });

  it("scrolls 10,000 live rows without blank rows; frame times are printed (INS-UI-1)", async () => {
    await open(10_000);
    await grid().waitFor();
    const result = await ui.page.evaluate(async () => {
      const g = document.querySelector<HTMLElement>("[role=grid]")!;
      const frames: number[] = [];
      let blank = 0;
      let last = await new Promise<number>((r) => requestAnimationFrame(r));
      const end = last + 4000;
      while (last < end) {
        g.scrollTop += 5 * 28;
        const now = await new Promise<number>((r) => requestAnimationFrame(r));
        frames.push(now - last);
        last = now;
        const middle = g.getBoundingClientRect();
        if (document.elementFromPoint(middle.left + 200, middle.top + middle.height / 2)?.closest(".sk-row") === null) blank++;
      }
      frames.sort((a, b) => a - b);
      const at = (p: number) => frames[Math.min(frames.length - 1, Math.floor(frames.length * p))]!;
      return {
        median: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        frames: frames.length,
        blank,
        rows: document.querySelectorAll(".sk-row").length,
      };
    });
    console.log(
      `scroll of 10,000 live rows, 5 rows a frame: median ${result.median.toFixed(1)} ms, p95 ${result.p95.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms over ${result.frames} frames, ${result.blank} with a blank middle`,
    );
    expect(result.rows).toBeLessThan(70);
    expect(result.blank / result.frames).toBeLessThan(0.02);
  });

  it("on a machine that cannot keep up rows that fly past have their first cells only, and all of them when the flight is over", async () => {
    await open(10_000);
    await grid().waitFor();
    const session = await ui.page.context().newCDPSession(ui.page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 8 });
    const cells = (): Promise<{ fewest: number; most: number }> =>
      ui.page.evaluate(() => {
        const counts = [...document.querySelectorAll("[role=grid] .sk-row")].map((row) => row.children.length);
        return { fewest: Math.min(...counts), most: Math.max(...counts) };
      });
    const { most } = await cells();
    expect(await cells()).toEqual({ fewest: most, most });
    const fewest = await ui.page.evaluate(async () => {
      const g = document.querySelector<HTMLElement>("[role=grid]")!;
      let seen = Infinity;
      for (let i = 0; i < 300 && seen > 2; i++) {
        g.scrollTop += 5 * 28;
        // oxlint-disable-next-line no-await-in-loop -- frame by frame
        await new Promise((r) => requestAnimationFrame(r));
        for (const row of g.querySelectorAll(".sk-row")) seen = Math.min(seen, row.children.length);
      }
      return seen;
    });
    expect(fewest).toBe(2);
    await expect.poll(cells).toEqual({ fewest: most, most });
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  });
});
