/**
 * What there is to know about each socket: the entries of `socket.netstat`.
 *
 * Source: lua-socket.c (getinfo); rules in api.md §8.
 *
 * @module
 */
import { formatAddress } from "./address.ts";
import { CONNECTED, ENDED, type Connection, type Listener } from "./connection.ts";
import type { UdpSocket } from "./udp-socket.ts";

/** A listening socket. */
export interface ListenInfo {
  readonly id: number;
  /** The handle of the service that owns it. */
  readonly address: number;
  readonly type: "LISTEN";
  /** Connections accepted so far. */
  readonly accept: number;
  /** When the last one was accepted, in centiseconds; 0: never. */
  readonly rtime: number;
  /** `ip:port` it is bound to. */
  readonly sock: string;
}

/**
 * A connection, or a datagram socket. `CLOSING`: the peer has ended its stream, or output is still on its way after close. `BIND`: a
 * descriptor of the system that was taken over.
 */
export interface StreamInfo {
  readonly id: number;
  readonly address: number;
  readonly type: "TCP" | "UDP" | "BIND" | "CLOSING";
  /** Bytes so far. */
  readonly read: number;
  readonly write: number;
  /** Bytes that wait to be sent. */
  readonly wbuffer: number;
  /** When bytes last came and went, in centiseconds; 0: never. */
  readonly rtime: number;
  readonly wtime: number;
  readonly reading: boolean;
  readonly writing: boolean;
  /** `ip:port` of the other end; empty for datagram sockets without one. */
  readonly peer: string;
}

/** One entry of `socket.netstat`. */
export type SocketInfo = ListenInfo | StreamInfo;

/** Describes sockets in the order given. Those that are not started yet, or still connecting, are left out, as in Skynet. */
export function describeSockets(sockets: Iterable<Connection | Listener | UdpSocket>): SocketInfo[] {
  const list: SocketInfo[] = [];
  for (const s of sockets) {
    const { id, opaque: address, rtime } = s;
    if (s.kind === "listener") {
      if (s.started) list.push({ id, address, type: "LISTEN", accept: s.accepts, rtime, sock: formatAddress(s.bound) });
    } else if (s.kind === "udp") {
      const { read, written: write, wtime } = s;
      list.push({
        id,
        address,
        type: "UDP",
        read,
        write,
        wbuffer: 0,
        rtime,
        wtime,
        reading: true,
        writing: false,
        peer: formatAddress(s.peer),
      });
    } else if (s.state === CONNECTED || s.state === ENDED) {
      const wbuffer = s.pending;
      list.push({
        id,
        address,
        type: s.state !== CONNECTED ? "CLOSING" : s.adopted ? "BIND" : "TCP",
        read: s.read,
        write: s.handed - s.link.queued,
        wbuffer,
        rtime,
        wtime: s.wtime,
        reading: s.reading,
        writing: wbuffer > 0,
        peer: formatAddress(s.link.remote),
      });
    }
  }
  return list;
}
