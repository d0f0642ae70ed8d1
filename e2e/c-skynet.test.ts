/** The inspector on a C Skynet: the page over a console that is played from recordings of a real one, in a real Chromium. */
import { createAgent } from "@skyloom/runtime/inspect";
import type { Scope } from "@skyloom/runtime/inspect";
import { nodePorts, startInspectServer } from "@skyloom/node-host";
import { consoleSource } from "@skyloom/node-host/c-skynet";
import type { ConsoleSource } from "@skyloom/node-host/c-skynet";
import { describe, expect, it } from "vitest";
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

/** Opens the page on a console with the planted deadlock. */
async function open(scopes: readonly Scope[] = ["read", "operate", "danger"]): Promise<Played> {
  const server = await new TranscriptServer(recording("deadlock")).listen();
  ui.closers.push(() => server.close());
  const console = recording("console");
  for (const send of ["mem", "netstat", "getenv thread"])
    server.play(
      send,
      console.find((e) => e.send === send)!,
    );
  const list = recording("deadlock").find((e) => e.send === "list")!.recv;
  server.play("stat", { send: "stat", recv: list.replaceAll(/\t.*$/gm, "\tcpu:0.5\tmessage:1200\tmqlen:0\ttask:2") });
  const ports = nodePorts();
  const { clock } = ports;
  const consoles = consoleSource({
    addresses: [{ host: "127.0.0.1", port: server.port }],
    clock,
    limits: { backOffMs: 200, mostBackOffMs: 300 },
  });
  const agent = createAgent(consoles.source, { clock, defer: (fn) => ports.defer(fn) });
  const inspector = await startInspectServer({ agent, staticDir: ui.folder, port: 0, token, scopes });
  ui.closers.push(async () => {
    agent.close();
    await inspector.close();
    consoles.close();
  });
  await ui.show(inspector.url);
  await id("conn-chip").waitFor();
  return { server, consoles };
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
    await id("alert-deadlock").waitFor({ timeout: 5_000 });
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
    expect(await ui.page.locator("[data-testid=edge-call][data-dead]").count()).toBe(2);
    expect(await ui.page.locator("[data-testid=edge-lock][data-dead]").count()).toBe(2);
    await picture("graph");
    await go(ui, "services");
    await expect.poll(() => id("cell-:00000009-state").innerText()).toContain("deadlocked");
    expect(await seriousFindings(ui.page)).toEqual([]);
    expect(ui.complaints).toEqual([]);
  });

  it("keeps the list and says that it is old when the program ends", async () => {
    const { server } = await open(["read"]);
    await go(ui, "services");
    await id("cell-:00000009-name").waitFor();
    await server.close();
    await id("state-error").waitFor({ timeout: 10_000 });
    expect(await id("state-error").innerText()).toContain("Connection refused");
    expect(await id("cell-:00000009-name").count()).toBe(1);
    await picture("gone");
    const again = await new TranscriptServer(recording("console")).listen(server.port);
    ui.closers.push(() => again.close());
    await expect.poll(() => id("cell-:00000009-name").innerText(), { timeout: 10_000 }).toContain("dc_target");
    await expect.poll(() => id("state-error").count(), { timeout: 10_000 }).toBe(0);
  });
});
