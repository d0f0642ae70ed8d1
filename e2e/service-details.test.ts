/** The details of a service over real nodes, in a real Chromium: tabs, what the host answers, and actions. */
import { describe, expect, it } from "vitest";
import { useInspectorPage } from "./support/inspector-page.ts";
import { seriousFindings } from "./support/axe.ts";
import { startCounterHost } from "./support/counter-host.ts";
import type { CounterHost } from "./support/counter-host.ts";

const ui = useInspectorPage();
const tab = (name: string) => ui.page.getByTestId(`drawer-tab-${name}`);
const panel = () => ui.page.getByRole("tabpanel");
const row = (name: string) => ui.page.locator(".sk-row", { hasText: name }).first();

async function open(options: Parameters<typeof startCounterHost>[1] = {}): Promise<CounterHost> {
  const host = await startCounterHost(ui.folder, options);
  ui.closers.push(() => host.close());
  await ui.show(host.server.url);
  await ui.grid().waitFor();
  return host;
}

const audit = (): Promise<string[]> => seriousFindings(ui.page);

describe("the tabs", () => {
  it("show figures and lines, tasks, mailbox, calls, info and source; [ and ] go through them; none has serious findings", async () => {
    const host = await open({ names: ["alpha", "beta"] });
    await row("main").click();
    await expect.poll(() => panel().textContent()).toContain("Messages handled");
    // The line as a table has several samples after a while.
    const samples = async (): Promise<number> => {
      await ui.page.getByTestId("plot-rate").getByRole("img").press("T");
      const rows = await ui.page.getByTestId("plot-table").locator("tbody tr").count();
      await ui.page.keyboard.press("Escape");
      return rows;
    };
    await expect.poll(samples, { timeout: 15_000 }).toBeGreaterThan(2);
    expect(await audit()).toEqual([]);

    await ui.page.keyboard.press("]");
    expect(await tab("tasks").getAttribute("aria-selected")).toBe("true");
    await expect.poll(() => panel().getByRole("listitem").count()).toBeGreaterThan(8);
    expect(await panel().textContent()).toMatch(/waits for (sleep|call)/);
    expect(ui.page.url()).toContain("tab=tasks");
    expect(await audit()).toEqual([]);

    // Another row, the same tab.
    await row("counter").click();
    expect(await tab("tasks").getAttribute("aria-selected")).toBe("true");

    await tab("mailbox").click();
    await expect.poll(() => panel().textContent()).toMatch(/Nothing waits|By sender/);
    await host.nodes[0]!.newservice("asker");
    await row("asker").click();
    await tab("calls").click();
    await expect.poll(() => panel().textContent(), { timeout: 15_000 }).toMatch(/It waits for: \d+.*slow.*lua:nap/);
    expect(await audit()).toEqual([]);

    await tab("info").click();
    await expect.poll(() => panel().textContent()).toContain("This service has no info function");
    await ui.page.getByTestId("dbgcmd").fill("STAT");
    await ui.page.keyboard.press("Enter");
    await expect.poll(() => panel().textContent()).toContain("mqlen");
    expect(await audit()).toEqual([]);

    await tab("info").focus();
    await ui.page.keyboard.press("ArrowRight");
    await expect.poll(() => panel().textContent()).toMatch(/Launch linesnlua asker/);
    expect(await audit()).toEqual([]);
    await ui.page.keyboard.press("ArrowRight");
    expect(await tab("summary").getAttribute("aria-selected")).toBe("true");
    expect(ui.complaints).toEqual([]);
  });

  it("a link opens the tab; a service that has ended says so in each", async () => {
    const host = await open();
    await row("counter").click();
    await tab("tasks").click();
    const link = ui.page.url();
    await ui.page.goto("about:blank");
    await ui.page.goto(link);
    await expect.poll(() => tab("tasks").getAttribute("aria-selected")).toBe("true");
    await host.nodes[0]!.call(".launcher", "lua", "KILL", Number.parseInt(/sel=:(\w+)/.exec(link)![1]!, 16));
    await ui.page.getByTestId("state-gone").waitFor();
    expect(await panel().textContent()).toContain("The service has ended, and its tasks with it.");
    expect(await ui.page.getByTestId("action-kill").count()).toBe(0);
  });
});

describe("the actions", () => {
  it("ping tells the round trip; trace switches on and off", async () => {
    await open();
    await row("counter").click();
    await ui.page.getByTestId("action-ping").click();
    await expect.poll(() => ui.page.getByTestId("toast-1").textContent(), { timeout: 15_000 }).toMatch(/^ping :[0-9a-f]{8}\d+✕$/);
    await ui.page.getByTestId("action-trace").click();
    await expect.poll(() => ui.page.getByTestId("action-trace").textContent(), { timeout: 15_000 }).toBe("End trace");
  });

  it("killing one task of it is confirmed first, and ends just that one", async () => {
    await open();
    await row("main").click();
    await tab("tasks").click();
    const tasks = () => panel().getByRole("listitem").count();
    await expect.poll(tasks).toBeGreaterThan(8);
    const before = await tasks();
    const kill = panel().getByRole("button", { name: "Kill" }).first();
    await kill.click();
    const dialog = ui.page.getByTestId("confirm-dialog");
    expect(await dialog.getByRole("heading").textContent()).toMatch(/^killtask main/);
    await ui.page.getByTestId("confirm-cancel").click();
    await ui.page.waitForTimeout(1500);
    expect(await tasks()).toBe(before);
    await kill.click();
    await ui.page.getByTestId("confirm-ok").click();
    await expect.poll(tasks, { timeout: 15_000 }).toBe(before - 1);
  });

  it("are off with the reason where the right is missing", async () => {
    await open({ scopes: ["read"] });
    await row("counter").click();
    const kill = ui.page.getByTestId("action-kill");
    expect(await kill.isDisabled()).toBe(true);
    expect(await kill.getAttribute("title")).toBe("This connection lacks the scope “danger”.");
    expect(await ui.page.getByTestId("action-ping").isDisabled()).toBe(false);
  });
});
