/**
 * The ports: everything a node needs from its host, as interfaces. A host is an object of ports handed to `createNode`.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { DescriptorPort } from "./descriptors.ts";
import type { DnsPort } from "./dns.ts";
import type { FilesPort } from "./files.ts";
import type { HeapPort } from "./heap.ts";
import type { LogPort } from "./log.ts";
import type { ModulePort, StockServices } from "./modules.ts";
import type { TcpPort } from "./tcp.ts";
import type { TlsPort } from "./tls.ts";
import type { UdpPort } from "./udp.ts";

export type { Clock, ClockTimer } from "./clock.ts";
export type { DescriptorPort } from "./descriptors.ts";
export type { DnsPort } from "./dns.ts";
export type { FilesPort } from "./files.ts";
export type { HeapPort, HeapSnapshot } from "./heap.ts";
export type { LogPort, LogSink } from "./log.ts";
export type { ModuleExports, ModuleFound, ModulePort, StockServices } from "./modules.ts";
export type { ListenEvents, ListenLink, SocketAddress, SocketEvents, SocketFailure, SocketLink, TcpPort } from "./tcp.ts";
export type { TlsEvents, TlsOptions, TlsPort, TlsSession } from "./tls.ts";
export type { DatagramEvents, DatagramLink, UdpPort } from "./udp.ts";

/** A host, as the runtime sees it. What a host cannot do is absent. */
export interface Ports {
  /** What this process is called among others, e.g. host name and process number. */
  readonly name?: string;
  readonly clock: Clock;
  readonly log: LogPort;
  /** Fills `bytes` with random bytes: secure ones in a real host, seeded ones in a simulation. */
  random(bytes: Uint8Array): void;
  /** Runs `fn` soon, after letting the host breathe (timers, I/O, rendering). Calls keep their order. */
  defer(fn: () => void): void;
  readonly tcp?: TcpPort;
  readonly udp?: UdpPort;
  readonly dns?: DnsPort;
  readonly tls?: TlsPort;
  readonly descriptors?: DescriptorPort;
  readonly files?: FilesPort;
  readonly modules?: ModulePort;
  /** Brings the stock services beyond those that every node starts with, when one of them is first asked for. */
  readonly stock?: () => StockServices | Promise<StockServices>;
  readonly heap?: HeapPort;
}
