/**
 * UDP as the runtime sees it: sockets that send and receive datagrams. Ids, owners and messages are the driver's business.
 *
 * @module
 */
import type { SocketAddress, SocketFailure } from "./tcp.ts";

/** What a datagram socket reports. Calls never happen inside a call into the link, always later. After `closed` nothing follows. */
export interface DatagramEvents {
  /** A datagram arrived; the array belongs to the receiver from now on. `from` has a literal address. */
  datagram(bytes: Uint8Array, from: SocketAddress): void;
  /** A datagram could not be sent. The socket lives on. */
  lost(failure: SocketFailure, to: SocketAddress): void;
  /** Binding failed after all, or the system took the socket away. At most once; `closed` follows. */
  failed(failure: SocketFailure): void;
  /** The socket is gone. Exactly once. */
  closed(): void;
}

/** One datagram socket. */
export interface DatagramLink {
  /** 4 or 6: the kind of addresses it sends to and hears from. */
  readonly family: 4 | 6;
  /** What it is bound to. Known at once when a literal address was asked for; else `undefined` until the name is resolved. */
  readonly local: SocketAddress | undefined;
  /** Sends one datagram; what goes wrong is reported by `lost`, or by nobody. `to` may name a host. The bytes must not change afterwards. */
  send(bytes: Uint8Array, to: SocketAddress): void;
  /** Closes at once. What was sent is on its way. */
  close(): void;
}

/** UDP of a host. */
export interface UdpPort {
  /**
   * Opens a socket and binds it.
   *
   * @param host - A literal address, or a name, which is taken as an IPv4 host. Empty: every IPv4 address; `::`: every IPv6 address.
   * @param port - 0 takes a free one.
   * @returns the socket; or why there is none, in which case nothing is reported.
   */
  open(host: string, port: number, events: DatagramEvents): DatagramLink | SocketFailure;
}
