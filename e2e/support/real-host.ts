/** A real node with the scenarios, its agent and its endpoint: what the browser tests of the panels look at. */
import { createNode } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import type { Agent, Scope } from "@skyloom/runtime/inspect";
import { nodePorts, processMemory, startInspectServer } from "@skyloom/node-host";
import type { InspectServer } from "@skyloom/node-host";
import { scenarioControls, services as scenarios } from "@skyloom/scenarios";
import { token } from "./inspector-page.ts";
import type { InspectorPage } from "./inspector-page.ts";

/** How a host is made. */
export interface RealHostOptions {
  readonly scopes?: readonly Scope[];
  readonly label?: string;
  readonly services?: Readonly<Record<string, object>>;
  /** Service that runs from the start; default: only the scenarios' own. */
  readonly start?: string;
}

/** A running host. */
export interface RealHost {
  readonly node: SkynetNode;
  readonly agent: Agent;
  readonly server: InspectServer;
  /** Lines of the audit. */
  readonly audit: readonly string[];
  /** Starts a scenario. */
  scenario(name: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a host on a free port. */
export async function startRealHost(staticDir: string, options: RealHostOptions = {}): Promise<RealHost> {
  const ports = nodePorts();
  const node = await createNode({
    ports: { ...ports, log: { output: { line: () => undefined } } },
    services: { ...scenarios, ...options.services },
    config: { start: "scenario" },
  });
  if (options.start !== undefined) await node.newservice(options.start);
  const audit: string[] = [];
  const source = nodeSource(
    {
      mode: "node",
      name: "e2e",
      id: `e2e-${process.pid}`,
      runtime: "0.1.0",
      nodes: [{ name: "lab", node }],
      memory: processMemory,
      ...(options.label === undefined ? {} : { label: options.label }),
    },
    { keepLogs: true, ...scenarioControls(node) },
  );
  const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn), audit: (line) => audit.push(line) });
  const server = await startInspectServer({ agent, staticDir, port: 0, token, scopes: options.scopes ?? ["read"] });
  return {
    node,
    agent,
    server,
    audit,
    scenario: (name) => node.call(".scenario", "lua", "start", name),
    close: async () => {
      agent.close();
      await server.close();
      await node.stop();
    },
  };
}

/** Opens a panel of a real host in the page; closed with the page. */
export async function openReal(
  ui: InspectorPage,
  panel: string,
  options: RealHostOptions & { readonly theme?: "dark" | "light" } = {},
): Promise<RealHost> {
  const host = await startRealHost(ui.folder, options);
  ui.closers.push(() => host.close());
  const context = await ui.browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: options.theme ?? "dark" });
  ui.closers.push(() => context.close());
  ui.page = await context.newPage();
  ui.page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") ui.complaints.push(m.text());
  });
  ui.page.on("pageerror", (e) => ui.complaints.push(e.message));
  await ui.page.goto(host.server.url);
  await ui.page.getByTestId("conn-chip").waitFor();
  await go(ui, panel);
  return host;
}

/** Goes to a panel of the page that is open. */
export async function go(ui: InspectorPage, panel: string): Promise<void> {
  await ui.page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${panel}`);
  await ui.page.getByTestId(`panel-${panel.split("?")[0]!.split("/")[0]!}`).waitFor();
}
