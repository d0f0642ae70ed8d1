/** The time strip, the range and the crosshair of all plots, on a real node in a real Chromium. */
import { skynet } from "@skyloom/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { useInspectorPage } from "./support/inspector-page.ts";
import { openReal } from "./support/real-host.ts";

const ui = useInspectorPage();
afterEach(() => expect(ui.complaints).toEqual([]));
const strip = () => ui.page.getByTestId("plot-strip");
const live = (): Promise<string | null> => ui.page.getByTestId("action-pause").textContent();
const range = (): Promise<readonly [number, number] | undefined> =>
  ui.page.evaluate(() => {
    const r = /[?&]r=(-?\d+)\.\.(-?\d+)/.exec(location.hash);
    return r === null ? undefined : ([Number(r[1]), Number(r[2])] as const);
  });
/** Drags over a part of the strip, from 0 (left end) to 1. */
async function drag(from: number, to: number): Promise<void> {
  const box = (await strip().boundingBox())!;
  await ui.page.mouse.move(box.x + box.width * from, box.y + 24);
  await ui.page.mouse.down();
  await ui.page.mouse.move(box.x + box.width * to - 3, box.y + 24, { steps: 5 });
  await ui.page.mouse.move(box.x + box.width * to, box.y + 24);
  await ui.page.mouse.up();
}
/** How many pixels of a canvas are not empty. */
const inked = (testId: string): Promise<number> =>
  ui.page.getByTestId(testId).evaluate((e) => {
    const c = e as HTMLCanvasElement;
    const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", { willReadFrequently: true })!;
    copy.drawImage(c, 0, 0);
    const { data } = copy.getImageData(0, 0, c.width, c.height);
    let n = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) n++;
    return n;
  });

/** Sends itself messages, and logs. */
const ticker = () =>
  skynet.start(() => {
    skynet.dispatch("lua", () => undefined);
    skynet.fork(function* () {
      for (let i = 0; ; i++) {
        for (let k = 0; k < 20; k++) skynet.send(skynet.self(), "lua", "x");
        skynet.error(`line ${i}`);
        yield* skynet.sleep(20);
      }
    });
  });

describe("the time strip (INS-SH-4)", () => {
  it("chooses a range by dragging, pauses, filters the log, and goes back to live; back and forward restore it", async () => {
    await openReal(ui, "logs?r=live-1m", { services: { ticker }, start: "ticker" });
    await expect.poll(() => ui.page.locator(".sk-log-line").count(), { timeout: 15_000 }).toBeGreaterThan(20);
    await expect.poll(() => inked("plot-strip"), { timeout: 15_000 }).toBeGreaterThan(50);
    expect(await ui.page.getByTestId("range").inputValue()).toBe("live-1m");
    const all = Number((await ui.page.getByTestId("logs-count").textContent())!.split("/")[0]!.replace(",", ""));
    await drag(0.97, 0.99);
    const chosen = (await range())!;
    expect(chosen[1] - chosen[0]).toBeGreaterThan(0.9e6);
    expect(chosen[1] - chosen[0]).toBeLessThan(3e6);
    expect(await live()).toContain("Paused");
    await ui.page.getByTestId("range-chip").waitFor();
    const some = (await ui.page.getByTestId("logs-count").textContent())!.split(" / ").map((n) => Number(n.replace(",", "")));
    expect(some[0]).toBeGreaterThan(0);
    expect(some[0]).toBeLessThan(all);
    expect(await seriousFindings(ui.page)).toEqual([]);
    await ui.page.goBack();
    await expect.poll(range).toBeUndefined();
    await ui.page.goForward();
    await expect.poll(range).toEqual(chosen);
    // Another panel has the same range; Escape ends it, and the view goes on.
    await ui.page.getByRole("link", { name: "Overview" }).click();
    await ui.page.getByTestId("panel-overview").waitFor();
    expect(await range()).toEqual(chosen);
    await ui.page.keyboard.press("Escape");
    await expect.poll(range).toBeUndefined();
    expect(await live()).toContain("Live");
  });

  it("points at one moment in every plot: by pointer, by keys, by a click on a log line; T shows the table", async () => {
    await openReal(ui, "overview", { services: { ticker }, start: "ticker" });
    await ui.page.getByTestId("tile-Services").waitFor();
    await ui.page.waitForTimeout(3500);
    const before = await inked("plot-heap");
    const box = (await strip().boundingBox())!;
    await ui.page.mouse.move(box.x + box.width - 4, box.y + 20);
    // A line and a figure in a plot that the pointer is not over.
    await expect.poll(() => inked("plot-heap")).toBeGreaterThan(before + 100);
    await ui.page.mouse.move(400, 100);
    await expect.poll(() => inked("plot-heap")).toBeLessThan(before + 100);
    await strip().focus();
    await ui.page.keyboard.press("a");
    await expect.poll(() => inked("plot-heap")).toBeGreaterThan(before + 100);
    await ui.page.keyboard.press("T");
    const table = ui.page.getByTestId("plot-table");
    await table.waitFor();
    expect(await table.locator("tbody tr").count()).toBeGreaterThan(1);
    expect(await seriousFindings(ui.page)).toEqual([]);
    await ui.page.keyboard.press("Escape");
    expect(await strip().evaluate((e) => e === document.activeElement)).toBe(true);
    await ui.page.keyboard.press("+");
    expect(await live()).toContain("Paused");
    expect(await range()).toBeDefined();
    await ui.page.keyboard.press("0");
    await expect.poll(range).toBeUndefined();
    expect(await live()).toContain("Live");
  });

  it("a click on the time of a log line is seen in the strip; errors and alerts are marked and told in words", async () => {
    const host = await openReal(ui, "logs?r=live-1m", { services: { ticker }, start: "ticker", scopes: ["read", "operate"] });
    await ui.page.locator("[data-testid^='time-log-']").first().waitFor();
    await expect.poll(() => inked("plot-strip"), { timeout: 15_000 }).toBeGreaterThan(20);
    await ui.page.waitForTimeout(2500);
    const before = await inked("plot-strip");
    await ui.page.locator("[data-testid^='time-log-']").last().click();
    await expect.poll(() => inked("plot-strip")).toBeGreaterThan(before + 500);
    await host.scenario("deadlock-ring");
    await ui.page.getByTestId("alert-deadlock").waitFor({ timeout: 15_000 });
    await expect.poll(() => strip().getAttribute("aria-label")).toContain("Deadlock");
    await strip().focus();
    await ui.page.keyboard.press("T");
    await expect.poll(() => ui.page.getByTestId("plot-table").textContent()).toContain("Deadlock: Deadlock of 6 tasks");
    await host.node.call(".scenario", "lua", "stop");
  });

  it("can be switched off, and then asks the host for nothing", async () => {
    await openReal(ui, "logs");
    let rows = 0;
    ui.page.on("websocket", (ws) => {
      ws.on("framereceived", ({ payload }) => {
        if (Buffer.from(payload).includes("overview")) rows++;
      });
    });
    await ui.page.reload();
    await strip().waitFor();
    await expect.poll(() => rows, { timeout: 15_000 }).toBeGreaterThan(2);
    await ui.page.getByTestId("menu-settings").click();
    await ui.page.getByTestId("time-strip-on").uncheck();
    await expect.poll(() => strip().count()).toBe(0);
    await ui.page.waitForTimeout(500);
    const then = rows;
    await ui.page.waitForTimeout(2500);
    expect(rows).toBe(then);
    await ui.page.reload();
    await ui.page.getByTestId("panel-logs").waitFor();
    expect(await strip().count()).toBe(0);
  });

  it("a range that this page has not seen is said", async () => {
    await openReal(ui, "logs?r=1..2");
    await ui.page.getByTestId("range-unknown").waitFor({ timeout: 15_000 });
    await ui.page.getByTestId("action-go-live").click();
    await expect.poll(range).toBeUndefined();
  });
});
