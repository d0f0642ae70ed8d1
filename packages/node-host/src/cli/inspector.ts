/**
 * The inspector of a node that was started from the command line.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SkynetNode } from "@skyloom/runtime";
import type { Clock } from "@skyloom/runtime/ports";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import type { InspectSource, Scope } from "@skyloom/runtime/inspect";
import { processMemory, startInspectServer } from "../inspect/index.ts";
import { startMetricsServer } from "../metrics/index.ts";
import type { MetricsServer } from "../metrics/index.ts";
import type { Address } from "./address.ts";
import { CommandError } from "./command-error.ts";
import { VERSION } from "./version.ts";

/** An inspector that runs. */
export interface RunningInspector {
  /** The address to open, token included. */
  readonly url: string;
  /** False where the page is not installed: then another page must connect. */
  readonly hasPage: boolean;
  close(): Promise<void>;
}

/** What the command line says of it. */
export interface InspectorOptions {
  readonly address: Address;
  /** What the token grants. */
  readonly scopes: readonly Scope[];
  /** `prod` marks a production host. */
  readonly label: string | undefined;
  /** Origins of pages that may connect, besides its own. Default: none. */
  readonly origins?: readonly string[];
}

/**
 * From a flag to what the token grants: each scope brings those below it. `payload`, the right to see what messages carry, comes with none of
 * them and stands beside one, as in `operate,payload`; alone it brings `read`.
 *
 * @throws CommandError
 */
export function readScopes(text: string, flag: string = "--inspect-scope"): readonly Scope[] {
  const order: readonly Scope[] = ["read", "operate", "danger"];
  const words = text.split(",").map((word) => word.trim());
  const payload = words.includes("payload");
  const others = words.filter((word) => word !== "payload");
  const [level = "read"] = others;
  const at = order.indexOf(level as Scope);
  if (at < 0 || others.length > 1)
    throw new CommandError(`${flag} is ${order.join(", ")}, and payload beside one of them (operate,payload), not ${JSON.stringify(text)}`);
  return payload ? [...order.slice(0, at + 1), "payload"] : order.slice(0, at + 1);
}

/** From the flag `--inspect-origin`: pages of other hosts, parted by commas. @throws CommandError */
export function readOrigins(text: string): readonly string[] {
  const origins = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const wrong = origins.find((origin) => !/^https?:\/\/[^/?#\s]+\/?$/.test(origin));
  if (wrong !== undefined)
    throw new CommandError(`--inspect-origin takes addresses of pages such as http://127.0.0.1:7400, not ${JSON.stringify(wrong)}`);
  return origins;
}

/** The environment variable with a token of the operator's own, which an address open to the network needs. */
export const TOKEN_VARIABLE = "SKYLOOM_INSPECT_TOKEN";

/** The same for the metrics. */
export const METRICS_TOKEN_VARIABLE = "SKYLOOM_METRICS_TOKEN";

/** Where the built page may lie: beside the installed package, or in a clone of the repository. */
const PAGES: readonly string[] = ["../../inspector", "../../../../apps/inspector/dist"];

/**
 * Starts the inspector.
 *
 * @param name - What the node is called in it.
 * @throws SkynetError when the port is taken, or the address needs a token.
 */
export async function startInspector(node: SkynetNode, name: string, options: InspectorOptions): Promise<RunningInspector> {
  const { ports } = node.kernel;
  const source = sourceOf(node, name, options.label, true);
  return serveInspector(source, options, { clock: ports.clock, defer: (fn) => ports.defer(fn), log: (line) => node.kernel.log(0, line) });
}

/** What {@link serveInspector} needs of its host. */
export interface InspectorHost {
  readonly clock: Clock;
  readonly defer: (fn: () => void) => void;
  /** Gets the audit and what the endpoint has to say. */
  readonly log: (line: string) => void;
}

/** Serves the inspector of any source. @throws SkynetError when the port is taken, or the address needs a token. */
export async function serveInspector(source: InspectSource, options: InspectorOptions, host: InspectorHost): Promise<RunningInspector> {
  const { address, scopes, origins = [] } = options;
  const { clock, defer, log } = host;
  const agent = createAgent(source, { clock, defer, audit: log });
  const staticDir = PAGES.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(`${path}/index.html`));
  const token = process.env[TOKEN_VARIABLE];
  const server = await startInspectServer({
    agent,
    address: address.host,
    port: address.port,
    ...(staticDir === undefined ? {} : { staticDir }),
    ...(token === undefined || token === "" ? {} : { token }),
    scopes,
    origins,
    log,
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

/** Starts the metrics. @throws SkynetError when the port is taken, or the address needs a token. */
export async function startMetrics(node: SkynetNode, name: string, address: Address): Promise<MetricsServer> {
  const token = process.env[METRICS_TOKEN_VARIABLE];
  return startMetricsServer({
    source: sourceOf(node, name, undefined, false),
    address: address.host,
    port: address.port,
    ...(token === undefined || token === "" ? {} : { token }),
  });
}

function sourceOf(node: SkynetNode, name: string, label: string | undefined, keepLogs: boolean): InspectSource {
  return nodeSource(
    {
      mode: "node",
      name,
      id: randomUUID(),
      runtime: VERSION,
      nodes: [{ name, node }],
      memory: processMemory,
      ...(label === undefined ? {} : { label }),
    },
    { keepLogs },
  );
}
