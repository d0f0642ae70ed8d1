/**
 * What exports need to know besides the trees: names, and which wall-clock time a host's time is.
 *
 * @module
 */
import type { TraceModel } from "./model.ts";

/** A trace to export. */
export interface ExportTrace {
  /** As the list shows it. */
  readonly tag: string;
  readonly model: TraceModel;
}

/** Names come from the host and are plain text: they are written as texts, never read as anything else. */
export interface ExportInfo {
  readonly hostId: string;
  readonly hostName: string;
  /** Version of the runtime. */
  readonly runtime: string;
  /** Microseconds to add to a host's time to get microseconds since 1970. */
  readonly epochOffsetUs: number;
  nodeName(node: number): string;
  /** Name of a service, e.g. `gate` or `.launcher`; the address in hex where there is none. */
  serviceName(addr: number, node: number): string;
  /** Name of a command or of a kind of error. */
  nameOf(id: number): string;
}

/** `gate.login`, or only the service where there is no command. */
export function spanName(m: TraceModel, s: number, info: ExportInfo): string {
  const service = info.serviceName(m.addr[s]!, m.node[s]!);
  const command = info.nameOf(m.cmd[s]!);
  return command === "" ? service : `${service}.${command}`;
}

/** `:0100000a`. */
export function addressText(addr: number): string {
  return `:${addr.toString(16).padStart(8, "0")}`;
}
