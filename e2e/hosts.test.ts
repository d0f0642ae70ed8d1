/** Several hosts at once, in a real Chromium over real nodes: one list, one choice of nodes, rights and losses told by host. */
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { startCounterHost } from "./support/counter-host.ts";
import type { CounterHost } from "./support/counter-host.ts";
import { startFormulaHost } from "./support/inspector-host.ts";
import { token, useInspectorPage } from "./support/inspector-page.ts";
import { startScenarioHost } from "./support/scenario-host.ts";

const ui = useInspectorPage();
const chip = () => ui.page.getByTestId("conn-chip");
const row = (id: string) => ui.page.getByTestId(`row-${id}`);
const rows = (): Promise<string[]> =>
  ui.page.locator(".sk-row").evaluateAll((list) => list.map((r) => r.getAttribute("data-testid")!.slice(4)));
const ws = (host: { readonly server: { readonly port: number } }): string => `ws://127.0.0.1:${host.server.port}/inspect`;
/** The address of the counter service: the same on every node. */
const counterOf = (host: CounterHost): string => {
  const { kernel } = host.nodes[0]!;
  const service = kernel.snapshot().find((s) => s.args.startsWith("counter"))!;
  return `:${service.handle.toString(16).padStart(8, "0")}`;
};

async function audit(): Promise<string[]> {
  await ui.page.evaluate(`${axe.source}; undefined`);
  const { violations } = (await ui.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as axe.AxeResults;
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`);
}

/** Two hosts with equal addresses: the first serves the page and lets it read, the second allows everything. */
async function two(names: readonly [string, string] = ["alpha", "beta"]): Promise<readonly [CounterHost, CounterHost]> {
  const a = await startCounterHost(ui.folder, { name: names[0], names: [names[0]], scopes: ["read"] });
  ui.closers.push(() => a.close());
  const b = await startCounterHost(ui.folder, { name: names[1], names: [names[1]], origins: [`http://127.0.0.1:${a.server.port}`] });
  ui.closers.push(() => b.close());
  await ui.show(`http://127.0.0.1:${a.server.port}/#k=${token},${token}&c=own,${encodeURIComponent(ws(b))}`);
  await ui.grid().waitFor();
  await expect.poll(() => chip().textContent(), { timeout: 15_000 }).toMatch(/live.* \+ /);
  return [a, b];
}

describe("two hosts at once", () => {
  it("stand in one list; equal addresses stay apart; each acts by its own rights", async () => {
    const [a, b] = await two();
    const address = counterOf(a);
    expect(counterOf(b)).toBe(address);
    expect(ui.page.url()).not.toContain(token);
    await row(`${address}@alpha`).waitFor();
    await row(`${address}@beta`).waitFor();
    // Its details are those of its own host, and say so in the address.
    await row(`${address}@alpha`).click();
    expect(ui.page.url()).toContain(`sel=${address}@alpha`);
    const kill = ui.page.getByTestId("action-kill");
    expect(await kill.isDisabled()).toBe(true);
    expect(await kill.getAttribute("title")).toBe("alpha does not grant the scope “danger” to this connection.");
    await ui.page.getByTestId("drawer-tab-tasks").click();
    await row(`${address}@beta`).click();
    await expect.poll(() => kill.isDisabled()).toBe(false);
    await kill.click();
    await expect.poll(() => ui.page.getByTestId("confirm-dialog").textContent()).toContain("on beta");
    await ui.page.getByTestId("confirm-ok").click();
    await expect
      .poll(() => b.nodes[0]!.kernel.snapshot().some((s) => s.args.startsWith("counter") && s.alive), { timeout: 15_000 })
      .toBe(false);
    expect(a.nodes[0]!.kernel.snapshot().some((s) => s.args.startsWith("counter") && s.alive)).toBe(true);
    await expect.poll(() => ui.page.getByTestId("state-gone").count()).toBe(1);
    expect(await row(`${address}@alpha`).getAttribute("class")).not.toContain("is-gone");
    // The console says where a command goes.
    await ui.page.getByRole("link", { name: "Console" }).click();
    await ui.page.getByTestId("console-node").selectOption("beta");
    await ui.page.getByTestId("console-input").fill("getenv start");
    await ui.page.keyboard.press("Enter");
    await expect.poll(() => ui.page.getByTestId("console-log").textContent()).toContain("beta");
    await expect.poll(() => ui.page.getByTestId("console-log").textContent()).toContain("main");
    // … and what was done is in the audit with its host.
    await ui.page.getByTestId("console-node").selectOption("alpha");
    await ui.page.getByTestId("console-input").fill("gc");
    await ui.page.keyboard.press("Enter");
    await expect.poll(() => ui.page.getByTestId("console-log").textContent()).toContain("alpha does not grant the scope “operate”");
    expect(await audit()).toEqual([]);
    expect(ui.complaints).toEqual([]);
  });

  it("one choice of nodes holds in every panel, is in the address, and goes back", async () => {
    const [a] = await two();
    const address = counterOf(a);
    const labels = async (): Promise<string[]> => [...new Set((await rows()).map((id) => id.slice(id.indexOf("@") + 1)))].sort();
    await expect.poll(labels).toEqual(["alpha", "beta"]);
    await ui.page.getByTestId("menu-nodes").click();
    expect(await audit()).toEqual([]);
    await ui.page.getByTestId("node-beta").check();
    await ui.page.keyboard.press("Escape");
    await expect.poll(labels).toEqual(["beta"]);
    expect(ui.page.url()).toContain("nodes=beta");
    expect(await ui.page.getByTestId("nodes-face").textContent()).toBe("beta");
    for (const [name, panel] of [
      ["Mailboxes", "mailboxes"],
      ["Memory", "memory"],
      ["Timers", "timers"],
    ] as const) {
      await ui.page.getByRole("link", { name }).click();
      await ui.page.getByTestId(`table-${panel}`).locator(".sk-row").first().waitFor({ timeout: 15_000 });
      expect([name, await labels()]).toEqual([name, ["beta"]]);
      expect(ui.page.url()).toContain("nodes=beta");
    }
    await ui.page.getByRole("link", { name: "Services" }).click();
    await row(`${address}@beta`).waitFor();
    // The palette picks as well, and what was picked comes back with the browser's buttons.
    await ui.page.getByTestId("action-palette").click();
    await ui.page.getByTestId("palette-input").fill("@alp");
    await ui.page.getByTestId("palette").getByText("only this node").waitFor();
    await ui.page.keyboard.press("Enter");
    await expect.poll(labels).toEqual(["alpha"]);
    await ui.page.goBack();
    await expect.poll(labels).toEqual(["beta"]);
    await ui.page.reload();
    await expect.poll(labels, { timeout: 15_000 }).toEqual(["beta"]);
    await ui.page.getByTestId("menu-nodes").click();
    await ui.page.getByTestId("node-all").check();
    await expect.poll(labels).toEqual(["alpha", "beta"]);
    expect(ui.page.url()).not.toContain("nodes=");
  });

  it("a host that ends leaves its rows, marked, while the other stays live; and it comes back", async () => {
    const [a, b] = await two();
    const address = counterOf(a);
    const { port } = b.server;
    await row(`${address}@beta`).waitFor();
    const mark = ui.page.getByTestId(`cell-${address}@beta-node`);
    const messages = async (): Promise<string | null> => ui.page.getByTestId(`cell-${address}@alpha-msg`).textContent();
    await b.close();
    await expect.poll(() => mark.textContent(), { timeout: 15_000 }).toContain("not connected");
    expect(await row(`${address}@beta`).getAttribute("class")).toContain("is-stale");
    expect(await row(`${address}@alpha`).getAttribute("class")).not.toContain("is-stale");
    expect(await chip().textContent()).toContain("1 of 2 live");
    const banner = ui.page.getByTestId("host-lost-beta");
    await expect.poll(() => banner.textContent()).toMatch(/beta.*its rows are of \d+:\d\d.*next attempt in \d+ s/);
    // The other one goes on: its figures change.
    const before = await messages();
    await expect.poll(messages, { timeout: 15_000 }).not.toBe(before);
    expect(await ui.page.getByTestId("state-disconnected").count()).toBe(0);
    await row(`${address}@beta`).click();
    expect(await ui.page.getByTestId("action-kill").getAttribute("title")).toBe("There is no connection to beta.");
    await chip().click();
    expect(await ui.page.getByTestId("host-beta").textContent()).toMatch(/reconnecting|connecting/);
    expect(await ui.page.getByTestId("host-alpha").textContent()).toMatch(/live.*read-only/);
    expect(await audit()).toEqual([]);
    await ui.page.keyboard.press("Escape");
    const again = await startCounterHost(ui.folder, {
      name: "beta",
      names: ["beta"],
      port,
      origins: [`http://127.0.0.1:${a.server.port}`],
    });
    ui.closers.push(() => again.close());
    await expect.poll(() => chip().textContent(), { timeout: 20_000 }).toMatch(/^live/);
    await expect.poll(() => mark.textContent()).toBe("beta");
    await expect.poll(() => banner.count()).toBe(0);
    await expect.poll(() => ui.page.getByTestId("action-kill").isDisabled()).toBe(false);
  });

  it("namesakes are told apart by their ports; a production one marks the bar with its name", async () => {
    const a = await startCounterHost(ui.folder, { names: ["main"], scopes: ["read"] });
    ui.closers.push(() => a.close());
    const b = await startCounterHost(ui.folder, { names: ["main"], label: "prod", origins: [`http://127.0.0.1:${a.server.port}`] });
    ui.closers.push(() => b.close());
    await ui.show(`http://127.0.0.1:${a.server.port}/#k=${token}&k=${token}&c=own&c=${encodeURIComponent(ws(b))}`);
    const address = counterOf(a);
    await row(`${address}@main:${a.server.port}`).waitFor({ timeout: 15_000 });
    await row(`${address}@main:${b.server.port}`).waitFor();
    expect(await ui.page.getByTestId("prod-hosts").textContent()).toBe(`real:${b.server.port}`);
    await row(`${address}@main:${b.server.port}`).click();
    await ui.page.getByTestId("action-kill").click();
    // The name is asked for because that host is production.
    await ui.page.getByTestId("confirm-name").fill("counter");
    await ui.page.getByTestId("confirm-ok").click();
    await expect
      .poll(() => b.nodes[0]!.kernel.snapshot().some((s) => s.args.startsWith("counter") && s.alive), { timeout: 15_000 })
      .toBe(false);
    expect(a.nodes[0]!.kernel.snapshot().some((s) => s.args.startsWith("counter") && s.alive)).toBe(true);
  });
});

describe("hosts come and go", () => {
  it("one is added by its address and token, and removed; the page's own goes on meanwhile", async () => {
    const a = await startCounterHost(ui.folder, { name: "alpha", names: ["alpha"] });
    ui.closers.push(() => a.close());
    const b = await startCounterHost(ui.folder, { name: "beta", names: ["beta"], origins: [`http://127.0.0.1:${a.server.port}`] });
    ui.closers.push(() => b.close());
    await ui.show(a.server.url);
    await ui.grid().waitFor();
    const plain = await rows();
    expect(plain.some((id) => id.includes("@"))).toBe(false);
    await chip().click();
    await ui.page.getByTestId("connect-url").fill(ws(b));
    await ui.page.getByTestId("add-host").click();
    // Without its token it is refused, and the first one's rows are there all the same.
    await expect.poll(() => chip().textContent(), { timeout: 15_000 }).toContain("1 of 2 live");
    const address = counterOf(a);
    await row(`${address}@alpha`).waitFor();
    await chip().click();
    await ui.page.getByTestId(/^token-/).fill(token);
    await ui.page.getByRole("button", { name: "Use", exact: true }).click();
    await row(`${address}@beta`).waitFor({ timeout: 15_000 });
    expect(ui.page.url()).toContain(`c=own,ws://127.0.0.1:${b.server.port}/inspect`);
    expect(ui.page.url()).not.toContain(token);
    await chip().click();
    await ui.page.getByTestId("remove-beta").click();
    await expect.poll(rows, { timeout: 15_000 }).toEqual(plain);
    expect(ui.page.url()).not.toContain("c=");
    expect(await chip().textContent()).toMatch(/live.*alpha/);
  });

  it("nodes in the page stand beside a host", async () => {
    const a = await startCounterHost(ui.folder, { name: "alpha", names: ["alpha"] });
    ui.closers.push(() => a.close());
    await ui.show(`${a.server.url}&c=own,page`);
    await expect.poll(() => chip().textContent(), { timeout: 15_000 }).toMatch(/live.*alpha \+ this tab/);
    await row(`${counterOf(a)}@alpha`).waitFor();
    await expect.poll(rows, { timeout: 15_000 }).toContain(`${counterOf(a)}@counter`);
  });
});

it("a deadlock is told with its host, its graph does not mix with the other's, and it is broken where it is", async () => {
  const a = await startCounterHost(ui.folder, { name: "alpha", names: ["alpha"], scopes: ["read"] });
  ui.closers.push(() => a.close());
  const b = await startScenarioHost({ scopes: ["read", "operate", "danger"], token, origins: [`http://127.0.0.1:${a.server.port}`] });
  ui.closers.push(() => b.close());
  const c = await startScenarioHost({ scopes: ["read"], token, origins: [`http://127.0.0.1:${a.server.port}`] });
  ui.closers.push(() => c.close());
  await Promise.all([b.start("deadlock-two-queues"), c.start("deadlock-two-queues")]);
  await ui.show(
    `http://127.0.0.1:${a.server.port}/#k=${token},${token},${token}&c=own,${encodeURIComponent(ws(b))},${encodeURIComponent(ws(c))}`,
  );
  await ui.page.getByTestId("alert-deadlock").waitFor({ timeout: 15_000 });
  expect(await ui.page.getByTestId("alert-deadlock").textContent()).toMatch(/ on game[:@]/);
  await ui.page.evaluate(() => {
    location.hash = location.hash.replace(/^#\/\w+/, "#/sessions") + "&v=deadlocks";
  });
  const cards = ui.page.locator("article.sk-card");
  await expect.poll(() => cards.count(), { timeout: 15_000 }).toBe(2);
  const fail = (label: string) =>
    ui.page
      .locator("article.sk-card", { hasText: label })
      .getByRole("button", { name: /^Fail / })
      .first();
  await expect.poll(() => fail(`game:${c.server.port}`).isDisabled(), { timeout: 15_000 }).toBe(true);
  expect(await fail(`game:${b.server.port}`).isDisabled()).toBe(false);
  // Equal tasks of two hosts are two boxes: no circle goes through both.
  await ui.page.getByTestId("tab-graph").click();
  await ui.page.locator("[data-testid^='node-t']").first().waitFor({ timeout: 15_000 });
  const tasks = await ui.page.locator("[data-testid^='node-t']").evaluateAll((list) => list.map((n) => n.getAttribute("data-testid")!));
  expect(new Set(tasks.map((t) => t.slice(t.indexOf("@") + 1)))).toEqual(new Set([`game:${b.server.port}`, `game:${c.server.port}`]));
  await ui.page.getByTestId("tab-deadlocks").click();
  await fail(`game:${b.server.port}`).click();
  await ui.page.getByTestId("confirm-ok").click();
  await expect.poll(() => ui.page.locator("article.sk-card:not(.is-over)").count(), { timeout: 15_000 }).toBe(1);
  expect(await ui.page.locator("article.sk-card:not(.is-over)").textContent()).toContain(`game:${c.server.port}`);
});

it("two hosts of 10,000 services scroll without blank rows; frame times are printed", async () => {
  await ui.open(10_000);
  const second = await startFormulaHost(10_000, ui.folder, { token, origins: [`http://127.0.0.1:${ui.host.server.port}`] });
  ui.closers.push(() => second.close());
  await ui.page.goto(`http://127.0.0.1:${ui.host.server.port}/#k=${token},${token}&c=own,${encodeURIComponent(ws(second))}`);
  await ui.grid().waitFor({ timeout: 15_000 });
  await expect.poll(() => ui.page.getByTestId("services-count").textContent(), { timeout: 15_000 }).toMatch(/20,000/);
  const result = await ui.grid().evaluate(async (g) => {
    const times: number[] = [];
    let blank = 0;
    let last = performance.now();
    for (let i = 0; i < 180; i++) {
      g.scrollTop += 5 * 28;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - last);
      last = now;
      const box = g.getBoundingClientRect();
      if (document.elementFromPoint(box.left + 200, box.top + box.height / 2)?.closest(".sk-row") == null) blank++;
    }
    times.sort((x, y) => x - y);
    return { median: times[90]!, p95: times[171]!, blank };
  });
  console.log(
    `scroll of 2 × 10,000 live rows: median ${result.median.toFixed(1)} ms, p95 ${result.p95.toFixed(1)} ms, ${result.blank} with a blank middle`,
  );
  expect(result.blank).toBeLessThanOrEqual(2);
});
