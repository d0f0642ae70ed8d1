/**
 * Everything a node needs of Node.js, as ports.
 *
 * @module
 */
import { hostname } from "node:os";
import type { Ports } from "@skyloom/runtime/ports";
import { nodeClock } from "./clock.ts";
import { nodeDescriptors } from "./descriptors.ts";
import { nodeDns } from "./dns.ts";
import { nodeFiles } from "./files.ts";
import { nodeHeap } from "./heap.ts";
import { nodeLog, type LogOutput } from "./log.ts";
import { nodeRandom } from "./random.ts";
import { nodeTcp } from "./tcp.ts";
import { nodeTls } from "./tls.ts";
import { nodeUdp } from "./udp.ts";

export { nodeClock } from "./clock.ts";
export { nodeDescriptors } from "./descriptors.ts";
export { nodeDns } from "./dns.ts";
export { nodeFiles } from "./files.ts";
export { nodeHeap } from "./heap.ts";
export { nodeLog } from "./log.ts";
export type { LogOutput } from "./log.ts";
export { nodeRandom } from "./random.ts";
export { nodeTcp } from "./tcp.ts";
export { nodeTls } from "./tls.ts";
export { nodeUdp } from "./udp.ts";

/** What {@link nodePorts} lets a caller change. */
export interface NodePortsOptions {
  /** Where log lines go that do not go to a file. Default: standard output. */
  readonly output?: LogOutput;
  /** Is told, once for each opened log file, why lines to it are lost. Default: standard error. */
  readonly logLost?: (text: string) => void;
}

/**
 * The ports of this process: real time, real TCP and UDP, disk files, log to standard output.
 *
 * @example
 * ```ts
 * const ports = nodePorts();
 * ports.clock.after(1000, () => ports.log.output.line("a second later"));
 * ```
 */
export function nodePorts(options: NodePortsOptions = {}): Ports {
  return {
    name: `${hostname()}${process.pid}`,
    clock: nodeClock(),
    log: options.output === undefined && options.logLost === undefined ? standardOutput() : nodeLog(options.output, options.logLost),
    random: nodeRandom,
    defer: setImmediate,
    stock: async () => (await import("@skyloom/runtime/stock")).stock,
    tcp: nodeTcp(),
    udp: nodeUdp(),
    dns: nodeDns(),
    tls: nodeTls(),
    descriptors: nodeDescriptors(),
    files: nodeFiles(),
    heap: nodeHeap(),
  };
}

let shared: ReturnType<typeof nodeLog> | undefined;

/** One for the process: several nodes that write to standard output keep the order of their lines. */
function standardOutput(): ReturnType<typeof nodeLog> {
  return (shared ??= nodeLog());
}
