/**
 * Nodes that run in this very tab: the ping and counter examples, and the game server with bots on a network inside the page.
 *
 * The proof that the core is portable: no server stands behind it. Loaded only for `c=page`.
 *
 * @module
 */
import { createNode } from "@skyloom/runtime";
import { browserPorts, createSimNet } from "@skyloom/runtime/browser";
import { announceAgent, createAgent, nodeSource } from "@skyloom/runtime/inspect";
import { services as ping } from "@skyloom/example-01-ping";
import { services as counter } from "@skyloom/example-02-counter";
import { scenarioControls, services as scenarios } from "@skyloom/scenarios";
import { services as game } from "@skyloom/example-04-gate-watchdog-agent";
import type { StartPageHost } from "./connect.ts";

const BOTS = 20;
const GATE = "10.0.0.1";

/** Starts the nodes and gives their agent. */
export const startPageHost: StartPageHost = async () => {
  const ports = browserPorts();
  const net = createSimNet({ clock: ports.clock, seed: 1, latencyMs: 5 });
  const nodes = await Promise.all([
    createNode({ ports, services: ping, config: { start: "main" } }),
    createNode({ ports, services: counter, config: { start: "main" } }),
    createNode({
      ports: { ...ports, tcp: net.host(GATE) },
      services: game,
      config: { start: "main", gate_address: GATE, console_port: 8000 },
    }),
    createNode({ ports: { ...ports, tcp: net.host("10.0.0.2") }, services: game, config: { start: "" } }),
    createNode({ ports, services: scenarios, config: { start: "scenario" } }),
  ]);
  const bots = nodes[3];
  for (let i = 0; i < BOTS; i++) await bots.newservice("bot", { host: GATE, port: 8888, name: `bot-${i + 1}`, seed: i + 1 });
  const names = ["ping", "counter", "game", "bots", "lab"];
  const source = nodeSource(
    {
      mode: "browser",
      name: "this tab",
      id: `page-${ports.clock.wall()}`,
      runtime: "0.1.0",
      nodes: nodes.map((node, i) => ({ name: names[i]!, node })),
    },
    { keepLogs: true, ...scenarioControls(nodes[4]) },
  );
  const agent = createAgent(source, {
    clock: ports.clock,
    defer: (fn) => ports.defer(fn),
    // Whoever has the page open owns what runs in it.
    scopes: ["read", "operate", "danger", "payload"],
  });
  // Other tabs of this server can look at these nodes too.
  const announced = `page-${Math.floor(Math.random() * 0x10000)
    .toString(16)
    .padStart(4, "0")}`;
  const stop = announceAgent({
    agent,
    name: announced,
    id: `${announced}-${ports.clock.wall()}`,
    channel: (name) => new BroadcastChannel(name),
    clock: ports.clock,
  });
  addEventListener("pagehide", stop);
  return { agent, title: "this tab", announced };
};
