/** Who talks to whom: the tabs of a service over a real node that really sends, in a real Chromium. */
import { defineService, skynet } from "@skyloom/runtime";
import { describe, expect, it } from "vitest";
import { seriousFindings } from "./support/axe.ts";
import { token, useInspectorPage } from "./support/inspector-page.ts";
import { startScenarioHost } from "./support/scenario-host.ts";
import type { ScenarioHost } from "./support/scenario-host.ts";

const ui = useInspectorPage();
const panel = () => ui.page.getByRole("tabpanel");
const row = (name: string) => ui.page.locator(".sk-row", { hasText: name }).first();
const tab = (name: string) => ui.page.getByTestId(`drawer-tab-${name}`);
const text = () => panel().textContent();

/** Takes what comes; `slow` keeps its messages waiting. */
const sink = defineService(() => ({
  *note(_user: unknown) {},
  *login(_user: unknown) {
    return "welcome";
  },
}));
/** Notes often and calls now and then. */
const ticker = defineService(function* () {
  const to = (yield* skynet.uniqueservice("sink"))!;
  skynet.fork(function* () {
    for (let i = 0; ; i++) {
      skynet.send(to, "lua", "note", { user: "ann", password: "hunter2", turn: i });
      if (i % 4 === 0) yield* skynet.call(to, "lua", "login", { user: "bob", password: "hunter2" });
      yield* skynet.sleep(5);
    }
  });
  return {};
});

type Options = Omit<Parameters<typeof startScenarioHost>[0] & object, "services" | "staticDir" | "token">;

async function open(options: Options = {}): Promise<ScenarioHost> {
  const host = await startScenarioHost({ staticDir: ui.folder, token, services: { sink, ticker }, ...options });
  ui.closers.push(() => host.close());
  await host.node.newservice("ticker");
  await ui.show(host.server.url);
  await ui.grid().waitFor();
  return host;
}

describe("Peers", () => {
  it("names who a service gets messages from and sends to, with rates; counting ends with the page", async () => {
    const { node } = await open();
    expect(node.kernel.probe).toBeUndefined();
    await row("sink").click();
    await tab("peers").click();
    await expect.poll(text, { timeout: 15_000 }).toMatch(/Gets from.*ticker\D*\d+\.\d.*100 %.*Sends to.*ticker/);
    expect(node.kernel.probe).toBeDefined();
    // Twenty turns a second, each a send, every fourth a call, as far as the machine keeps up.
    const perSecond = async (): Promise<number> => Number(await panel().getByRole("row").nth(1).getByRole("cell").nth(1).textContent());
    await expect.poll(perSecond, { timeout: 15_000 }).toBeGreaterThan(10);
    expect(await perSecond()).toBeLessThan(30);
    expect(await seriousFindings(ui.page)).toEqual([]);
    await panel()
      .getByRole("button", { name: /ticker/ })
      .first()
      .click();
    await tab("peers").click();
    await expect.poll(text, { timeout: 15_000 }).toMatch(/Gets from.*system \(timers, sockets\).*sink/);
    expect(ui.complaints).toEqual([]);
    await ui.page.close();
    await expect.poll(() => node.kernel.probe === undefined).toBe(true);
  });

  it("the mailbox tells what comes in by sender, type and command", async () => {
    await open();
    await row("sink").click();
    await tab("mailbox").click();
    const flow = () => ui.page.getByTestId("mailbox-flow").textContent();
    await expect.poll(flow, { timeout: 15_000 }).toMatch(/By sender.*ticker.*By type.*lua.*By command.*note.*login/);
    expect(await flow()).not.toContain("hunter2");
    expect(await seriousFindings(ui.page)).toEqual([]);
  });
});

describe("Messages", () => {
  it("are recorded when that is switched on, and what they carry only with its own right, kept and asked for", async () => {
    const { node } = await open({ scopes: ["read", "operate", "payload"] });
    await row("sink").click();
    await tab("messages").click();
    await ui.page.getByTestId("messages-off").waitFor();
    expect(node.kernel.probe).toBeUndefined();
    expect(await seriousFindings(ui.page)).toEqual([]);
    await ui.page.getByTestId("action-messages.record").click();
    await expect.poll(text, { timeout: 15_000 }).toMatch(/← gotlua:note\S* ticker/);
    await expect.poll(text, { timeout: 15_000 }).toMatch(/→ sentresponse/);
    expect(await panel().getByRole("button", { name: "Show" }).count()).toBe(0);
    await ui.page.getByTestId("action-payload.keep").click();
    const looks = () => panel().getByRole("button", { name: "Show" });
    await expect.poll(() => looks().count(), { timeout: 15_000 }).toBeGreaterThan(3);
    // The first row is a moment old: a message of the recording that is kept for several seconds.
    await looks().first().click();
    await expect.poll(text, { timeout: 15_000 }).toMatch(/"(note|login)", \{user: "(ann|bob)", password: •••|"welcome"/);
    expect(await text()).not.toContain("hunter2");
    expect(await seriousFindings(ui.page)).toEqual([]);
    await ui.page.getByTestId("action-messages.record").click();
    await ui.page.getByTestId("messages-off").waitFor();
    expect(node.kernel.probe).toBeUndefined();
    expect(ui.complaints).toEqual([]);
  });

  it("without the right the buttons are off and say why; a waiting message shows itself with it", async () => {
    const { node } = await open({ scopes: ["read", "operate", "danger"] });
    await row("sink").click();
    await tab("messages").click();
    await ui.page.getByTestId("action-messages.record").click();
    const keep = ui.page.getByTestId("action-payload.keep");
    await keep.waitFor();
    expect(await keep.isDisabled()).toBe(true);
    expect(await keep.getAttribute("title")).toBe("This connection lacks the scope “payload”.");

    const second = await open({ scopes: ["read", "payload"] });
    expect(second.node).not.toBe(node);
    await row("sink").click();
    const { kernel } = second.node;
    const sinkService = kernel.services().find((s) => s.args.startsWith("sink"))!;
    kernel.hold(sinkService);
    await tab("mailbox").click();
    const show = panel().getByRole("button", { name: "Show" }).first();
    await show.click({ timeout: 15_000 });
    await expect.poll(text).toMatch(/"(note|login)", \{user: "(ann|bob)", password: •••/);
    expect(await seriousFindings(ui.page)).toEqual([]);
    expect(ui.complaints).toEqual([]);
  });
});
