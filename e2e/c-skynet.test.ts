/** The inspector on a C Skynet: the page over a console that is played from recordings of a real one, in a real Chromium. */
import { createAgent } from "@skyloom/runtime/inspect";
import type { Scope } from "@skyloom/runtime/inspect";
import { nodePorts, startInspectServer } from "@skyloom/node-host";
import { consoleSource } from "@skyloom/node-host/c-skynet";
import type { ConsoleSource } from "@skyloom/node-host/c-skynet";
import { describe, expect, it } from "vitest";
import { SKYNET_HOME, startSkynet } from "../packages/node-host/test/c-skynet/real.ts";
import { recording, TranscriptServer } from "../packages/node-host/test/c-skynet/transcript.ts";
import { seriousFindings } from "./support/axe.ts";
import { token, useInspectorPage } from "./support/inspector-page.ts";
import { go } from "./support/real-host.ts";

const ui = useInspectorPage();
const id = (name: string): ReturnType<typeof ui.page.getByTestId> => ui.page.getByTestId(name);

interface Played {
  readonly server: TranscriptServer;
  readonly consoles: ConsoleSource;
}

/** Opens the page on a console. */
async function openOn(port: number, scopes: readonly Scope[]): Promise<ConsoleSource> {
  const ports = nodePorts();
  const { clock } = ports;
  const consoles = consoleSource({
    addresses: [{ host: "127.0.0.1", port }],
    clock,
    limits: { backOffMs: 200, mostBackOffMs: 300, connectMs: 5_000 },
  });
  const agent = createAgent(consoles.source, { clock, defer: (fn) => ports.defer(fn) });
  const inspector = await startInspectServer({ agent, staticDir: ui.folder, port: 0, token, scopes });
  ui.closers.push(async () => {
    agent.close();
    await inspector.close();
    consoles.close();
  });
  await ui.show(inspector.url);
  await expect.poll(ui.phase).toBe("live");
  return consoles;
}

/** Opens the page on a console with the planted deadlock, or another recorded situation. */
async function open(scopes: readonly Scope[] = ["read", "operate", "danger"], situation: string = "deadlock"): Promise<Played> {
  const server = await new TranscriptServer(recording(situation)).listen();
  ui.closers.push(() => server.close());
  const console = recording("console");
  for (const send of ["mem", "netstat", "getenv thread"])
    server.play(
      send,
      console.find((e) => e.send === send)!,
    );
  const list = recording(situation).find((e) => e.send === "list")!.recv;
  server.play("stat", { send: "stat", recv: list.replaceAll(/\t.*$/gm, "\tcpu:0.5\tmessage:1200\tmqlen:0\ttask:2") });
  return { server, consoles: await openOn(server.port, scopes) };
}

/** A picture to look at, where somebody asks for one. */
async function picture(name: string): Promise<void> {
  const folder = process.env["SKYLOOM_PICTURES"];
  if (folder !== undefined) await ui.page.screenshot({ path: `${folder}/${name}.png` });
}

describe("the inspector on a C Skynet", () => {
  it("lists its services with what the console tells of them, and nothing that it does not", async () => {
    await open(["read"]);
    await go(ui, "services");
    await id("cell-:00000009-name").waitFor();
    await expect.poll(() => id("cell-:00000009-name").innerText()).toContain("account a");
    await expect.poll(() => id("cell-:00000009-state").innerText()).toContain("waiting");
    expect(await id("cell-:00000009-err").innerText()).toBe("–");
    await picture("services");
    await go(ui, "overview");
    await expect.poll(() => id("panel-overview").innerText()).toContain("skynet-c");
    await picture("overview");
    for (const panel of ["logs", "timers", "traces"]) {
      await go(ui, panel);
      await id("state-unavailable").waitFor();
      expect(await id("state-unavailable").innerText(), panel).toContain("C Skynet");
      await picture(panel);
    }
    expect(ui.complaints).toEqual([]);
  });

  it("proves the deadlock in words once somebody lets the probe look, and shows its picture", async () => {
    const { server } = await open();
    await go(ui, "sessions");
    await expect.poll(() => id("panel-sessions").innerText()).toContain("probe");
    await picture("sessions-before");
    expect(server.asked.filter((line) => line.startsWith("dbgcmd"))).toEqual([]);
    await go(ui, "console");
    await id("console-input").fill("probe all");
    await ui.page.keyboard.press("Enter");
    await id("confirm-dialog").waitFor();
    await picture("confirm");
    await id("confirm-ok").click();
    await id("alert-deadlock").waitFor({ timeout: 15_000 });
    await expect.poll(() => id("panel-console").innerText()).toContain("Deadlock: 4 tasks of 2 services");
    await picture("console");
    await go(ui, "sessions?v=deadlocks");
    await id("report").waitFor();
    const report = (await id("report").innerText()).replaceAll(/\s+/g, " ");
    expect(report).toContain(":00000009 account a, lua pay");
    expect(report).toContain("the reply to lua log of :0000000a account b (session 3)");
    await picture("deadlocks");
    await go(ui, "sessions?v=graph");
    await ui.page.locator("[data-testid=graph][data-laid-out]").waitFor();
    // Threads are called as the server's own console calls them.
    expect(await id("panel-sessions").textContent()).toMatch(/0x[0-9a-f]{6,12}/);
    expect(await ui.page.locator("[data-testid=edge-call][data-dead]").count()).toBe(2);
    expect(await ui.page.locator("[data-testid=edge-lock][data-dead]").count()).toBe(2);
    await picture("graph");
    await go(ui, "services");
    await expect.poll(() => id("cell-:00000009-state").innerText()).toContain("deadlocked");
    expect(await seriousFindings(ui.page)).toEqual([]);
    expect(ui.complaints).toEqual([]);
  });

  it("tells of a queue whose holder was killed: a card with its report, and a chain that ends there", async () => {
    await open(undefined, "lost");
    await go(ui, "console");
    await id("console-input").fill("probe all");
    await ui.page.keyboard.press("Enter");
    await id("confirm-ok").click();
    await ui.page.getByTestId("alert-lost-queue").waitFor({ timeout: 15_000 });
    await go(ui, "sessions?v=deadlocks");
    await expect.poll(() => id("report").innerText()).toContain("Lost queue: 2 tasks wait for a queue whose holder has ended");
    await picture("lost");
    await go(ui, "sessions?v=graph");
    await ui.page.locator("[data-testid=graph][data-laid-out]").waitFor();
    expect(await ui.page.locator("[data-testid=edge-lock]").count()).toBe(2);
    await expect.poll(() => id("graph").textContent()).toContain("task has ended");
    await picture("lost-graph");
    await ui.page.getByTestId("action-graph-list").click();
    await expect.poll(() => id("graph-list").textContent()).toContain("a task that has ended of");
    await id("graph-list")
      .getByRole("link", { name: /^(task |0x)/ })
      .first()
      .click();
    await expect.poll(() => id("chain").textContent()).toContain("a task that has ended without giving it up: nobody ever will");
    await picture("lost-chain");
    expect(await seriousFindings(ui.page)).toEqual([]);
    expect(ui.complaints).toEqual([]);
  });

  it("keeps the list and says that it is old when the program ends", async () => {
    const { server } = await open(["read"]);
    await go(ui, "services");
    await id("cell-:00000009-name").waitFor();
    await server.close();
    await id("state-error").waitFor({ timeout: 15_000 });
    expect(await id("state-error").innerText()).toContain("Connection refused");
    expect(await id("cell-:00000009-name").count()).toBe(1);
    await picture("gone");
    const again = await new TranscriptServer(recording("console")).listen(server.port);
    ui.closers.push(() => again.close());
    await expect.poll(() => id("cell-:00000009-name").innerText(), { timeout: 15_000 }).toContain("dc_target");
    await expect.poll(() => id("state-error").count(), { timeout: 15_000 }).toBe(0);
  });
});

describe.skipIf(SKYNET_HOME === undefined)("the inspector on a real Skynet", () => {
  /** What is on the screen of the list and of the deadlock, marked or not. */
  async function proven(port: number): Promise<void> {
    await openOn(port, ["read", "danger"]);
    await go(ui, "console");
    await id("console-input").fill("probe all");
    await ui.page.keyboard.press("Enter");
    await id("confirm-ok").click();
    await id("alert-deadlock").waitFor({ timeout: 15_000 });
    await go(ui, "services");
    await id("cell-:00000009-name").waitFor();
    await expect.poll(() => id("cell-:00000009-state").innerText()).toContain("deadlocked");
  }

  it("stays honest when the server is killed, and comes back with it", async () => {
    const skynet = await startSkynet("deadlock");
    ui.closers.push(() => skynet.stop());
    await new Promise((resolve) => setTimeout(resolve, 500));
    await proven(skynet.port);
    await go(ui, "sessions?v=deadlocks");
    await id("report").waitFor();
    await go(ui, "services");
    await skynet.stop();
    await id("state-error").waitFor({ timeout: 15_000 });
    expect(await id("state-error").innerText()).toContain("Connection refused");
    // What was there is there still, marked; whether the deadlock is over, nobody can say.
    expect(await id("cell-:00000009-name").innerText()).toContain("account a");
    await expect.poll(() => id("alert-deadlock").innerText()).toContain("This is how it last was");
    await picture("killed");
    await go(ui, "sessions?v=deadlocks");
    expect(await id("state-error").innerText()).toContain("Connection refused");
    expect(await id("report").innerText()).toContain("account a, lua pay");
    expect(await id("panel-sessions").innerText()).not.toContain("No deadlock");
    await picture("killed-deadlocks");
    await go(ui, "services");
    const again = await startSkynet("holder", 0, skynet.port);
    ui.closers.push(() => again.stop());
    await expect.poll(() => id("cell-:00000009-name").innerText(), { timeout: 15_000 }).toContain("worker holder");
    await expect.poll(() => id("state-error").count(), { timeout: 15_000 }).toBe(0);
    await expect.poll(() => id("cell-:00000009-state").innerText()).not.toContain("deadlocked");
    // The probe of the program that has ended is in nobody: it is put in anew.
    await go(ui, "console");
    await id("console-input").fill("probe all");
    await ui.page.keyboard.press("Enter");
    await id("confirm-ok").click();
    await expect.poll(() => id("panel-console").innerText(), { timeout: 15_000 }).toContain("No deadlock.");
  });

  it("says that a server that stands still does not answer, and goes on when it does", async () => {
    const skynet = await startSkynet("deadlock");
    ui.closers.push(() => skynet.stop());
    await new Promise((resolve) => setTimeout(resolve, 500));
    await openOn(skynet.port, ["read"]);
    await go(ui, "services");
    await expect.poll(() => id("cell-:00000009-name").innerText()).toContain("account a");
    skynet.process.kill("SIGSTOP");
    await id("alert-console-slow").waitFor({ timeout: 15_000 });
    await picture("slow");
    await id("state-error").waitFor({ timeout: 20_000 });
    expect(await id("state-error").innerText()).toMatch(/did not answer|does not greet/);
    expect(await id("cell-:00000009-name").innerText()).toContain("account a");
    await picture("stopped");
    skynet.process.kill("SIGCONT");
    await expect.poll(() => id("state-error").count(), { timeout: 20_000 }).toBe(0);
    expect(await id("cell-:00000009-name").innerText()).toContain("account a");
    await expect.poll(() => id("alert-console-slow").count(), { timeout: 15_000 }).toBe(0);
  });
});
