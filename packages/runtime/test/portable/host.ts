/**
 * The host that a portable test runs on: in Node real time and real TCP, in a browser a tab and the network of its page.
 *
 * A portable test imports nothing of a host itself, so the same file runs in both: vitest's projects `unit` and `browser`.
 */
import { createNode } from "@skyloom/runtime";
import type { NodeOptions, SkynetNode } from "@skyloom/runtime";
import { browserPorts } from "@skyloom/runtime/browser";
import type { Ports } from "@skyloom/runtime/ports";
import { createSimNet } from "@skyloom/runtime/testing";
import { onTestFinished } from "vitest";

/** Whether this is a browser tab: for what only one of the hosts can have. */
export const inBrowser: boolean = "document" in globalThis;

const makePorts: (lines: string[]) => Ports = inBrowser ? pagePorts() : await processPorts();

/** A tab's ports, with one network for all nodes of the page: they reach each other at 127.0.0.1. */
function pagePorts(): (lines: string[]) => Ports {
  const { clock } = browserPorts({ console: false });
  const host = createSimNet({ clock }).host("127.0.0.1");
  return (lines) => ({
    ...browserPorts({ console: false }),
    log: { output: { line: (text) => lines.push(text) } },
    tcp: host,
    udp: host.udp,
    dns: host.dns,
  });
}

async function processPorts(): Promise<(lines: string[]) => Ports> {
  // A name that no bundler follows: this package does not exist for a browser.
  const nodeHost = "@skyloom/node-host";
  const { nodePorts } = (await import(/* @vite-ignore */ nodeHost)) as { nodePorts: () => Ports };
  return (lines) => ({ ...nodePorts(), log: { output: { line: (text) => lines.push(text) } } });
}

/** Ports of this host. `lines` gets what its node logs. */
export function hostPorts(lines: string[] = []): Ports {
  return makePorts(lines);
}

/** A running node and what it has logged. */
export interface PortableNode {
  readonly node: SkynetNode;
  readonly lines: readonly string[];
  /** Starts a service. @throws Error when it cannot be started. */
  readonly start: (name: string, ...args: unknown[]) => Promise<number>;
}

/** Starts a node on this host; it is stopped when the test ends. */
export async function startNode(
  services: NonNullable<NodeOptions["services"]>,
  options: Omit<NodeOptions, "ports" | "services"> = {},
): Promise<PortableNode> {
  const lines: string[] = [];
  const node = await createNode({ ...options, services, config: { start: "", ...options.config }, ports: hostPorts(lines) });
  onTestFinished(() => node.stop());
  return {
    node,
    lines,
    start: async (name, ...args) => {
      const handle = await node.newservice(name, ...args);
      if (handle === undefined) throw new Error(`${name} cannot be started:\n${lines.join("\n")}`);
      return handle;
    },
  };
}
