/** A real node with the scenarios, behind the real endpoint: what tests of panels look at when figures must be true. */
import { randomUUID } from "node:crypto";
import { createNode } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import type { Scope } from "@skyloom/runtime/inspect";
import { nodePorts, startInspectServer } from "@skyloom/node-host";
import type { InspectServer } from "@skyloom/node-host";
import { services } from "../../examples/scenarios/index.ts";

/** What runs. */
export interface ScenarioHost {
  readonly node: SkynetNode;
  readonly server: InspectServer;
  /** Starts a scenario; its name as in examples/scenarios. */
  start(name: string): Promise<void>;
  stop(name?: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a node with `.scenario` on real time, and its inspector on a free port. */
export async function startScenarioHost(
  options: {
    readonly staticDir?: string;
    readonly scopes?: readonly Scope[];
    readonly token?: string;
    readonly origins?: readonly string[];
    /** Further services of the test's own. */
    readonly services?: Readonly<Record<string, object>>;
  } = {},
): Promise<ScenarioHost> {
  const ports = nodePorts();
  const node = await createNode({
    ports: { ...ports, log: { output: { line: () => undefined } } },
    services: { ...services, ...options.services },
    config: { start: "scenario" },
  });
  const agent = createAgent(
    nodeSource({ mode: "node", name: "game", id: randomUUID(), runtime: "0.1.0", nodes: [{ name: "game", node }] }),
    {
      clock: ports.clock,
      defer: (fn) => ports.defer(fn),
    },
  );
  const server = await startInspectServer({
    agent,
    port: 0,
    scopes: options.scopes ?? ["read", "operate", "danger"],
    ...(options.staticDir === undefined ? {} : { staticDir: options.staticDir }),
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.origins === undefined ? {} : { origins: options.origins }),
  });
  return {
    node,
    server,
    start: async (name) => void (await node.call(".scenario", "lua", "start", name)),
    stop: async (name) => void (await node.call(".scenario", "lua", "stop", ...(name === undefined ? [] : [name]))),
    close: async () => {
      agent.close();
      await server.close();
      await node.stop();
    },
  };
}
