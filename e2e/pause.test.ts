/** The paused view on a real node, in a real Chromium: nothing moves, nothing is lost, and an alert is told all the same. */
import { afterEach, describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { useInspectorPage } from "./support/inspector-page.ts";
import { openReal } from "./support/real-host.ts";

const ui = useInspectorPage();
afterEach(() => expect(ui.complaints).toEqual([]));

describe("a paused view (INS-SH-3)", () => {
  it("keeps its alerts, says that one came, and shows it when it goes on", async () => {
    const host = await openReal(ui, "overview", { scopes: ["read", "operate"] });
    await ui.page.getByTestId("tile-Services").waitFor();
    await ui.page.getByTestId("action-pause").click();
    const services = await ui.page.getByTestId("tile-Services").textContent();
    await host.scenario("deadlock-ring");
    const missed = ui.page.getByTestId("alerts-missed");
    await missed.waitFor({ timeout: 15_000 });
    expect(await missed.textContent()).toContain("An alert has come since the view was paused. Deadlock of 6 tasks");
    expect(await ui.page.getByTestId("pause-alerts").textContent()).toContain("1 new alert");
    // The view itself is as it was.
    expect(await ui.page.getByTestId("alert-deadlock").count()).toBe(0);
    expect(await ui.page.getByTestId("attention").textContent()).toContain("no deadlock");
    expect(await ui.page.getByTestId("tile-Services").textContent()).toBe(services);
    expect(await ui.page.getByTestId("rail-deadlocks").count()).toBe(0);
    expect(await seriousFindings(ui.page)).toEqual([]);
    await ui.page.getByTestId("action-go-on").click();
    await ui.page.getByTestId("alert-deadlock").waitFor();
    expect(await missed.count()).toBe(0);
    await expect.poll(() => ui.page.getByTestId("tile-Services").textContent()).not.toBe(services);
    await host.node.call(".scenario", "lua", "stop");
  });

  it("keeps the list of traces while more are recorded, and shows all of them when it goes on", async () => {
    const host = await openReal(ui, "traces", { scopes: ["read", "operate"] });
    await ui.page.getByTestId("trace-kind").selectOption("all");
    await ui.page.getByTestId("action-trace-start").click();
    await expect.poll(() => ui.page.getByTestId("trace-state").getAttribute("data-mode")).toBe("all");
    const timer = setInterval(() => void host.node.call(".scenario", "lua", "stop"), 200);
    ui.closers.push(() => clearInterval(timer));
    const count = async (): Promise<number> =>
      Number((await ui.page.getByTestId("traces-count").textContent())!.split("/")[1]!.replace(/\D/g, ""));
    await expect.poll(count, { timeout: 15_000 }).toBeGreaterThan(0);
    await ui.page.getByTestId("action-pause").click();
    await ui.page.waitForTimeout(900);
    const before = await count();
    await ui.page.waitForTimeout(2000);
    expect(await count()).toBe(before);
    expect(await ui.page.getByTestId("pause-missed").count()).toBe(1);
    await ui.page.getByTestId("action-pause").click();
    await expect.poll(count, { timeout: 15_000 }).toBeGreaterThan(before);
  });
});
