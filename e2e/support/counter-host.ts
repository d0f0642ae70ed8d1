/** The built inspector over real nodes: the counter example, once for each name. */
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import type { Agent, Scope } from "@skyloom/runtime/inspect";
import { createNode, defineService, skynet } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { nodePorts, startInspectServer } from "@skyloom/node-host";
import type { InspectServer } from "@skyloom/node-host";
import { services } from "@skyloom/example-02-counter";
import { token } from "./inspector-page.ts";

const slow = defineService(() => ({
  *nap() {
    yield* skynet.sleep(100_000);
  },
}));
/** Waits for a reply for a very long time; a test starts it when it wants to see that. */
const asker = defineService(function* () {
  const handle = yield* skynet.newservice("slow");
  skynet.fork(() => skynet.call(handle!, "lua", "nap"));
  return {};
});

/** What tests need of it. */
export interface CounterHost {
  readonly nodes: readonly SkynetNode[];
  readonly agent: Agent;
  readonly server: InspectServer;
  close(): Promise<void>;
}

let runs = 0;

/** Starts nodes and their endpoint on a free port. */
export async function startCounterHost(
  staticDir: string,
  options: {
    readonly scopes?: readonly Scope[];
    readonly names?: readonly string[];
    readonly label?: string;
    readonly origins?: readonly string[];
    /** Default: `real`. */
    readonly name?: string;
    /** Default: a free one. */
    readonly port?: number;
  } = {},
): Promise<CounterHost> {
  const { scopes = ["read", "operate", "danger"], names = ["alpha"], origins = [], name = "real", port = 0 } = options;
  const ports = nodePorts();
  const nodes = await Promise.all(
    names.map(() => createNode({ ports, services: { ...services, slow, asker }, config: { start: "main" } })),
  );
  const source = nodeSource({
    mode: "node",
    name,
    id: `${name}-${++runs}`,
    runtime: "0.1.0",
    nodes: nodes.map((node, i) => ({ name: names[i]!, node })),
    ...(options.label === undefined ? {} : { label: options.label }),
  });
  const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn) });
  const server = await startInspectServer({ agent, staticDir, port, token, scopes, origins });
  return {
    nodes,
    agent,
    server,
    close: async () => {
      agent.close();
      await server.close();
      for (const node of nodes) await node.stop();
    },
  };
}
