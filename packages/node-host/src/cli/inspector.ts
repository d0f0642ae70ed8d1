/**
 * The inspector of a node that was started from the command line.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SkynetNode } from "@skyloom/runtime";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import { startInspectServer } from "../inspect/index.ts";
import type { Address } from "./address.ts";
import { VERSION } from "./version.ts";

/** An inspector that runs. */
export interface RunningInspector {
  /** The address to open, token included. */
  readonly url: string;
  /** False where the page is not installed: then another page must connect. */
  readonly hasPage: boolean;
  close(): Promise<void>;
}

/** The environment variable with a token of the operator's own, which an address open to the network needs. */
export const TOKEN_VARIABLE = "SKYLOOM_INSPECT_TOKEN";

/** Where the built page may lie: beside the installed package, or in a clone of the repository. */
const PAGES: readonly string[] = ["../../inspector", "../../../../apps/inspector/dist"];

/**
 * Starts the inspector.
 *
 * @param name - What the node is called in it.
 * @throws SkynetError when the port is taken, or the address needs a token.
 */
export async function startInspector(node: SkynetNode, name: string, address: Address): Promise<RunningInspector> {
  const { ports } = node.kernel;
  const source = nodeSource({ mode: "node", name, id: randomUUID(), runtime: VERSION, nodes: [{ name, node }] });
  const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn) });
  const staticDir = PAGES.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(`${path}/index.html`));
  const token = process.env[TOKEN_VARIABLE];
  const server = await startInspectServer({
    agent,
    address: address.host,
    port: address.port,
    ...(staticDir === undefined ? {} : { staticDir }),
    ...(token === undefined || token === "" ? {} : { token }),
    log: (line) => node.kernel.log(0, line),
  });
  return {
    url: server.url,
    hasPage: staticDir !== undefined,
    close: async () => {
      agent.close();
      await server.close();
    },
  };
}
