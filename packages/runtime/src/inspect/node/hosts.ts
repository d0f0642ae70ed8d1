/**
 * The nodes of one host as the inspector names them, and what all its tables need to know of a service.
 *
 * @module
 */
import type { Kernel } from "../../kernel/kernel.ts";
import type { Service } from "../../kernel/service.ts";
import type { HostMode } from "../frames.ts";

/** What the inspector uses of a node besides its kernel. */
export interface InspectedNode {
  readonly kernel: Kernel;
  /** Listens to log lines; call what it returns to stop. */
  onLog(listen: (source: number, text: string, atMs: number) => void): () => void;
  /** Calls a service from outside. */
  call(address: string | number, typename: string, ...args: unknown[]): Promise<unknown>;
}

/** Figures of the process, in bytes; -1 for what the host cannot tell. */
export interface ProcessMemory {
  readonly heap: number;
  readonly heapLimit: number;
  readonly rss: number;
  readonly external: number;
}

/** The nodes of one host. */
export interface InspectedNodes {
  readonly mode: HostMode;
  /** For people, e.g. `demo`. */
  readonly name: string;
  /** Version of the runtime. */
  readonly runtime: string;
  /** Tells two runs apart. */
  readonly id: string;
  /** `prod` marks a production host. */
  readonly label?: string;
  readonly nodes: readonly { readonly name: string; readonly node: InspectedNode }[];
  /** Memory of the process, where the host can measure it. */
  readonly memory?: () => ProcessMemory;
}

/** One node under inspection. */
export interface Inspected {
  readonly name: string;
  readonly kernel: Kernel;
  readonly node: InspectedNode;
}

/** Services of the framework itself; lists hide them unless asked. */
const SYSTEM = new Set([
  "launcher",
  "cdummy",
  "datacenterd",
  "service_mgr",
  "service_provider",
  "bootstrap",
  "debug_console",
  "console",
  "inspectd",
]);

/** First word of the launch line, or the kind of a service that is not a task service. */
export function typeOf(service: Service): string {
  return service.kind === "snlua" ? service.args.split(" ", 1)[0]! : service.kind;
}

/** Whether a service is one of the framework's own. */
export function isSystem(service: Service): boolean {
  return service.kind !== "snlua" || SYSTEM.has(service.args.split(" ", 1)[0]!);
}

/** Registered names first, else the launch line. */
export function nameOf(kernel: Kernel, service: Service): string {
  const local = kernel.names.of(service.handle);
  const global = kernel.globals.of(service.handle);
  if (local.length > 0 || global.length > 0) return [...local.map((n) => `.${n}`), ...global].join(" ");
  return service.kind === "snlua" ? service.args : `${service.kind} ${service.args}`.trim();
}

/** The name of a handle, also of one that is gone. */
export function nameOfHandle(kernel: Kernel, handle: number): string {
  const service = kernel.find(handle);
  if (service !== undefined) return nameOf(kernel, service);
  return handle === 0 ? "system" : handle === kernel.hostHandle ? "host" : "";
}

/** From node time (milliseconds since its start) to the clock of the frames (microseconds). */
export function frameUs(kernel: Kernel, nodeMs: number): number {
  return Math.round((kernel.startMs + nodeMs) * 1000);
}
