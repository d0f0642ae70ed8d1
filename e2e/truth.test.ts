/**
 * Every panel tells the truth in every state of inspector.md §5.3: a table of panels, walked through once for each state, in a real Chromium.
 *
 * What is made up has its own host; a host that falls silent or dies is a process of its own that is stopped or killed.
 */
import { createAgent } from "@skyloom/runtime/inspect";
import type { Scope } from "@skyloom/runtime/inspect";
import { startInspectServer } from "@skyloom/node-host";
import { afterEach, describe, expect, it } from "vitest";
import { gallerySource } from "../tools/visual/gallery-source.mjs";
import { startChildHost } from "./support/child-host.ts";
import type { ChildHost } from "./support/child-host.ts";
import { nodeClock } from "./support/inspector-host.ts";
import { token, useInspectorPage } from "./support/inspector-page.ts";
import { openReal } from "./support/real-host.ts";
import { goTo, panelRows, says, shows } from "./support/truth.ts";

const ui = useInspectorPage();
/** Complaints that a lost host makes unavoidable: the browser's own. */
const ownWords = /WebSocket|ERR_CONNECTION|net::/;
afterEach(() => expect(ui.complaints.filter((c) => !ownWords.test(c))).toEqual([]));

/** A made-up host, its page open. */
async function openGallery(
  count: number,
  options: { readonly without?: string; readonly scopes?: readonly Scope[]; readonly prepare?: Parameters<typeof ui.show>[1] } = {},
): Promise<void> {
  const { without, scopes = ["read", "operate", "danger"] } = options;
  const agent = createAgent(gallerySource(count, nodeClock.now, without === undefined ? {} : { without }), {
    clock: nodeClock,
    defer: (fn) => setImmediate(fn),
  });
  const server = await startInspectServer({ agent, port: 0, token, scopes, staticDir: ui.folder });
  let closed: Promise<void> | undefined;
  ui.closers.push(() => {
    agent.close();
    return (closed ??= server.close());
  });
  await ui.show(server.url, options.prepare);
  await ui.page.getByTestId("conn-chip").waitFor();
}

/** A process, looked at by a page that another host serves: the page's own files stay there whatever becomes of the process. */
async function openChild(): Promise<ChildHost> {
  const agent = createAgent(gallerySource(0, nodeClock.now), { clock: nodeClock, defer: (fn) => setImmediate(fn) });
  const server = await startInspectServer({ agent, port: 0, token, staticDir: ui.folder });
  const origin = `http://127.0.0.1:${server.port}`;
  const child = await startChildHost(origin);
  ui.closers.push(async () => {
    await child.close();
    agent.close();
    await server.close();
  });
  await ui.show(`${origin}/#k=${token}&c=${encodeURIComponent(child.address)}`);
  await expect.poll(ui.phase, { timeout: 15_000 }).toBe("live");
  return child;
}

/** Has every panel fetch its data once, with something recorded and something asked. */
async function visitAll(): Promise<void> {
  const traces = await goTo(ui.page, "traces");
  await ui.page.getByTestId("trace-kind").selectOption("all");
  await ui.page.getByTestId("action-trace-start").click();
  await says(traces, "Traces", /Recording every message/);
  await goTo(ui.page, "console");
  await ui.page.getByTestId("console-input").fill("getenv start");
  await ui.page.keyboard.press("Enter");
  for (const row of panelRows) await says(await goTo(ui.page, row.route), row.name, row.shows);
}

describe("with a made-up host, every panel", () => {
  it("is loading until the host says something", async () => {
    await openGallery(20, {
      prepare: {
        prepare: (p) =>
          p.routeWebSocket(/inspect/, (ws) => {
            const server = ws.connectToServer();
            server.onMessage(() => {});
          }),
      },
    });
    for (const row of panelRows) {
      const panel = await goTo(ui.page, row.route);
      await shows(panel, row.name, "state-loading");
      await says(panel, row.name, /Loading/);
    }
  });

  it("says that there is nothing, and why", async () => {
    await openGallery(0);
    for (const row of panelRows) {
      const text = await shows(await goTo(ui.page, row.route), row.name, row.empty ?? "state-empty");
      expect([row.name, text.length > 40]).toEqual([row.name, true]);
    }
    // Nothing is counted where there is nothing.
    const overview = await goTo(ui.page, "overview");
    await expect.poll(() => overview.getByTestId("tile-Services").textContent()).toMatch(/Services\s*0/);
  });

  it("says that nothing matches, and takes the filter away", async () => {
    await openGallery(20);
    for (const { name, route, noMatch } of panelRows) {
      if (noMatch === undefined) continue;
      const panel = await goTo(ui.page, route);
      await expect.poll(() => panel.getByTestId("state-loading").count(), { timeout: 15_000 }).toBe(0);
      await expect.poll(() => panel.getByTestId("state-empty").count(), { timeout: 15_000 }).toBe(0);
      await goTo(ui.page, noMatch);
      expect([name, await shows(panel, name, "state-nomatch")]).toEqual([name, expect.stringMatching(/match/)]);
      await panel.getByTestId("state-nomatch").getByRole("button").click();
      await panel.getByTestId("state-nomatch").waitFor({ state: "detached" });
    }
  });

  it("says why it is not available", async () => {
    const reason = "This host was built without its figures.";
    await openGallery(20, { without: reason });
    for (const { name, route } of panelRows) {
      const text = await shows(await goTo(ui.page, route), name, "state-unavailable");
      expect([name, text]).toEqual([name, expect.stringContaining(name === "Console" ? "takes no commands" : reason)]);
    }
  });

  it("says which scope is missing", async () => {
    await openGallery(20, { scopes: [] });
    for (const { name, route } of panelRows) {
      const text = await shows(await goTo(ui.page, route), name, "state-forbidden");
      expect([name, text]).toEqual([name, expect.stringContaining("scope read")]);
    }
  });
});

describe("with a process that can be stopped, every panel", () => {
  it("keeps its data and marks it stale while the process stands still, and is live again when it goes on", async () => {
    const child = await openChild();
    await visitAll();
    child.signal("SIGSTOP");
    await expect.poll(ui.phase, { timeout: 15_000 }).toBe("stale");
    const marked: string[] = [];
    for (const row of panelRows) {
      const panel = await goTo(ui.page, row.route);
      // It may be given up meanwhile; then it is marked as that, and no less.
      const mark = panel.locator("[data-testid=state-stale], [data-testid=state-disconnected]").first();
      await mark.waitFor({ timeout: 3000 });
      await says(panel, row.name, row.shows, 2000);
      marked.push((await mark.getAttribute("data-testid"))!);
      if ((await mark.getAttribute("data-testid")) === "state-stale")
        expect(await mark.textContent()).toMatch(/^Stale\. The host is silent; last update \d+\.\d s ago\./);
    }
    expect(marked.filter((m) => m === "state-stale").length).toBeGreaterThan(3);
    child.signal("SIGCONT");
    await expect.poll(ui.phase, { timeout: 20_000 }).toBe("live");
    await says(await goTo(ui.page, "logs"), "Logs", /said \d+/);
    expect(await ui.page.getByTestId("state-stale").count()).toBe(0);
  });

  it("keeps its data as of its time when the process is killed; actions are disabled, nothing goes on counting", async () => {
    const child = await openChild();
    await visitAll();
    const services = await goTo(ui.page, "services");
    await services.locator(".sk-row", { hasText: "echo" }).click();
    await ui.page.getByTestId("action-ping").waitFor();
    // Nobody follows the sockets meanwhile: what is known of them is older than what is known of the services.
    await ui.page.waitForTimeout(9000);
    child.signal("SIGKILL");
    await expect.poll(ui.phase, { timeout: 15_000 }).toMatch(/reconnecting|connecting/);
    for (const name of ["ping", "trace", "exit", "kill"])
      expect([name, await ui.page.getByTestId(`action-${name}`).isDisabled()]).toEqual([name, true]);
    for (const row of panelRows) {
      const panel = await goTo(ui.page, row.route);
      const banner = await shows(panel, row.name, "state-disconnected");
      expect([row.name, banner]).toEqual([row.name, expect.stringMatching(/Disconnected\. This is what was known at \d/)]);
      await says(panel, row.name, row.shows, 2000);
    }
    const knownAt = async (route: string): Promise<number> => {
      const panel = await goTo(ui.page, route);
      return Date.parse((await panel.getByTestId("state-disconnected").locator("time").getAttribute("datetime"))!);
    };
    const [now, then] = [await knownAt("services"), await knownAt("sockets")];
    expect(now - then).toBeGreaterThan(8000);
    expect(Math.abs(Date.now() - now)).toBeLessThan(20_000);
    // What lasts lasted until then; nobody knows of longer.
    const overview = await goTo(ui.page, "overview");
    const ages = (): Promise<string> => overview.locator(".sk-attention li").allInnerTexts().then(String);
    const uptime = (): Promise<string> => overview.getByRole("region", { name: "Identity" }).innerText();
    const before = [await ages(), await uptime()];
    const deadlocks = await goTo(ui.page, "sessions?v=deadlocks");
    const card = await deadlocks.locator(".sk-card-head").first().innerText();
    await ui.page.waitForTimeout(2500);
    expect(await deadlocks.locator(".sk-card-head").first().innerText()).toBe(card);
    expect(await deadlocks.locator(".sk-card-break button").first().isDisabled()).toBe(true);
    await goTo(ui.page, "overview");
    expect([await ages(), await uptime()]).toEqual(before);
    const traces = await goTo(ui.page, "traces");
    expect(await traces.getByTestId("action-trace-start").isDisabled()).toBe(true);
    await says(traces, "Traces", /Recording: not known/);
    const console = await goTo(ui.page, "console");
    await console.getByTestId("console-input").fill("getenv start");
    expect(await console.getByRole("button", { name: "Run", exact: true }).isDisabled()).toBe(true);
    await says(console, "Console", /There is no connection/);
  });
});

describe("what has ended", () => {
  it("is told to have ended, with its last values", async () => {
    const host = await openReal(ui, "services", { scopes: ["read", "operate", "danger"] });
    const begin = async (): Promise<string> => {
      await host.scenario("deadlock-two-queues");
      await ui.page.getByTestId("alert-deadlock").waitFor({ timeout: 15_000 });
      const { handle } = host.node.kernel.snapshot().find((s) => s.alive && s.args.includes("account"))!;
      return `:${handle.toString(16).padStart(8, "0")}`;
    };
    const end = (): Promise<unknown> => host.node.call(".scenario", "lua", "stop");
    for (const panel of ["services", "mailboxes"]) {
      const address = await begin();
      await goTo(ui.page, `${panel}/${address}`);
      const drawer = ui.page.getByTestId("drawer");
      await expect.poll(() => drawer.textContent(), { timeout: 15_000 }).toContain("account");
      expect([panel, await drawer.getByTestId("state-gone").count()]).toEqual([panel, 0]);
      await end();
      expect([panel, await shows(drawer, panel, "state-gone")]).toEqual([
        panel,
        expect.stringMatching(/has ended at [\d:.]+: \S.*\. These are its last values/),
      ]);
      expect([panel, await drawer.textContent()]).toEqual([panel, expect.stringContaining("account")]);
      expect([panel, await drawer.getByTestId("action-kill").count()]).toEqual([panel, 0]);
    }
    await begin();
    const sessions = await goTo(ui.page, "sessions?v=list");
    await sessions.locator(".sk-row", { hasText: "account" }).first().click();
    const drawer = ui.page.getByTestId("drawer");
    await drawer.waitFor();
    await end();
    expect(await shows(drawer, "Sessions, list", "state-gone")).toContain("This call has ended");
    await begin();
    await ui.page.getByTestId("action-show-alert").click();
    await ui.page.getByTestId("action-show-graph").click();
    await ui.page.locator("[data-testid=graph][data-laid-out]").waitFor();
    await end();
    const graph = ui.page.getByTestId("panel-sessions");
    expect(await shows(graph, "Sessions, graph", "state-gone", 8000)).toContain("This deadlock is over");
    await goTo(ui.page, "sessions?v=deadlocks");
    await says(graph, "Sessions, deadlocks", /No deadlock[\s\S]*Over[\s\S]*Deadlock of 4 tasks/);
    expect(await shows(await goTo(ui.page, "traces/:00000001-1?v=waterfall"), "Traces", "state-gone")).toContain(
      "does not have this trace",
    );
    expect(await shows(await goTo(ui.page, "services/:00ffffff"), "Services", "state-gone")).toContain(
      "There is no service :00ffffff on this host",
    );
  });

  it("a panel that was never opened says that its server is gone, and takes nothing else down", async () => {
    await openGallery(20);
    await ui.grid().waitFor();
    await ui.closers.at(-2)!();
    await expect.poll(ui.phase, { timeout: 15_000 }).toMatch(/reconnecting|connecting/);
    await ui.page.getByRole("link", { name: "Traces" }).click();
    const state = ui.page.getByTestId("state-error");
    await state.waitFor();
    expect(await state.textContent()).toContain("The server of this page does not answer");
    await ui.page.getByRole("link", { name: "Services" }).click();
    await ui.grid().waitFor();
    await ui.page.getByTestId("state-disconnected").waitFor();
    // Its error is in the browser's console, where it belongs.
    ui.complaints = [];
  });
});

describe("with a host that sends garbage, every panel", () => {
  it("says so, keeps its data and stays; it is live again when the host is sane", async () => {
    let insane = false;
    let spit: () => void = () => {};
    await openGallery(20, {
      prepare: {
        prepare: (p) =>
          p.routeWebSocket(/inspect/, (ws) => {
            const server = ws.connectToServer();
            spit = () => ws.send(Buffer.from([0xc1, 0x07, 0xff, 0x00]));
            server.onMessage((message) => (insane ? spit() : ws.send(message)));
          }),
      },
    });
    await expect.poll(ui.phase, { timeout: 15_000 }).toBe("live");
    for (const { name, route } of panelRows) {
      const panel = await goTo(ui.page, route);
      await expect.poll(async () => [name, await panel.locator("[data-testid^=state-]").count()], { timeout: 15_000 }).toEqual([name, 0]);
    }
    insane = true;
    spit();
    await expect.poll(ui.phase, { timeout: 15_000 }).toMatch(/reconnecting|connecting/);
    for (const { name, route } of panelRows) {
      const panel = await goTo(ui.page, route);
      const text = await shows(panel, name, "state-disconnected", 15_000);
      expect([name, text]).toEqual([name, expect.stringMatching(/The host sent something that cannot be read/)]);
      expect([name, (await panel.innerText()).length > 200]).toEqual([name, true]);
    }
    insane = false;
    await expect.poll(ui.phase, { timeout: 20_000 }).toBe("live");
    expect(await ui.page.getByTestId("state-disconnected").count()).toBe(0);
  });
});
