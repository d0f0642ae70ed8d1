/**
 * A simulated host: virtual time, seeded random numbers, an in-memory network, log lines kept in a list.
 *
 * @module
 */
import { stock } from "../stock.ts";
import type { DnsPort, FilesPort, Ports, TcpPort, UdpPort } from "../ports/index.ts";
import { seededRandom, SimHost } from "../simnet/index.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** How a simulated host is made. */
export interface SimPortsOptions {
  /** Time; share one clock between the nodes of a simulation. Default: a new one. */
  readonly clock?: VirtualClock;
  /** Seed of the random numbers. Default 1. */
  readonly seed?: number;
  /** The host's network, e.g. `createSimNet({ clock }).host("10.0.0.1")`; from such a host come its datagrams and its names too. */
  readonly tcp?: TcpPort;
  /** Datagrams. Default: those of `tcp`, where that is a simulated host. */
  readonly udp?: UdpPort;
  /** Names. Default: as `udp`. */
  readonly dns?: DnsPort;
  /** Files by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A simulated host and what a test looks at. */
export interface SimPorts extends Ports {
  readonly clock: VirtualClock;
  /** Log lines so far. */
  readonly lines: string[];
}

/** Makes a simulated host. With the same seed two runs do the same. */
export function simPorts(options: SimPortsOptions = {}): SimPorts {
  const clock = options.clock ?? new VirtualClock();
  const random = seededRandom(options.seed ?? 1);
  const lines: string[] = [];
  const host = options.tcp instanceof SimHost ? options.tcp : undefined;
  const { udp = host?.udp, dns = host?.dns } = options;
  const files: FilesPort | undefined = options.files && {
    readText: (path) => (Object.hasOwn(options.files!, path) ? options.files![path] : undefined),
  };
  return {
    clock,
    lines,
    log: { output: { line: (text) => void lines.push(text) } },
    random(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
    },
    defer: (fn) => void clock.after(0, fn),
    stock: () => stock,
    ...(options.tcp === undefined ? {} : { tcp: options.tcp }),
    ...(udp === undefined ? {} : { udp }),
    ...(dns === undefined ? {} : { dns }),
    ...(files === undefined ? {} : { files }),
  };
}
