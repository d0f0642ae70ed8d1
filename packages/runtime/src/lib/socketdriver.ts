/**
 * `skynet.socketdriver`: the low level under the socket library, for gates. Nothing here suspends; events come as "socket" messages.
 *
 * Source: lualib-src/lua-socket.c; api.md §8, §15, semantics.md §21.
 *
 * @module
 */
import { currentContext } from "../core/task.ts";
import { parseAddress, unpackAddress } from "../kernel/socket/index.ts";
import type { SocketDriver, SocketInfo } from "../kernel/socket/index.ts";
import * as buffers from "./socket-buffer.ts";
import { joinOutput } from "./socket-output.ts";
import type { Output } from "./socket-output.ts";

export type { SocketBuffer } from "./socket-buffer.ts";

function driver(): SocketDriver {
  return currentContext("socketdriver").kernel.sockets;
}

function owner(): number {
  return currentContext("socketdriver").handle;
}

/** Starts connecting; CONNECT or ERROR follows. */
function connect(addr: string, port?: number): number {
  const { host, port: number } = parseAddress(addr, port);
  return driver().connect(owner(), host, number);
}

/** Starts listening; CONNECT (bound address and port) or ERROR follows. Connections are accepted after {@link start}. */
function listen(addr: string, port?: number, backlog?: number): number {
  const { host, port: number } = parseAddress(addr, port);
  return driver().listen(owner(), host, number, backlog);
}

/** Where a datagram goes to: the opaque address that came with another, or a host and its port. */
function udp_send(id: number, address: Uint8Array, data: Uint8Array | string): boolean {
  return driver().udp_send(id, address, joinOutput(data));
}

/** Sockets of the node by their driver. */
export const socketdriver: {
  readonly connect: typeof connect;
  readonly listen: typeof listen;
  /** Begins reading or accepting, or takes over a running socket. */
  readonly start: (id: number) => void;
  readonly pause: (id: number) => void;
  /** Sends what is pending, then closes. */
  readonly close: (id: number) => void;
  /** Closes at once. */
  readonly shutdown: (id: number) => void;
  /** Sends, high priority; a list as one. False when the id does not exist any more. */
  readonly send: (id: number, data: Output) => boolean;
  /** Sends, low priority. */
  readonly lsend: (id: number, data: Output) => boolean;
  readonly nodelay: (id: number) => void;
  /** Takes a descriptor of the system over; CONNECT `binding` follows. */
  readonly bind: (fd: number) => number;
  /** Opens a datagram socket; UDP events follow. */
  readonly udp: (host?: string, port?: number) => number;
  readonly udp_listen: (host: string, port: number) => number;
  /** Opens one with a peer that `send` sends to. */
  readonly udp_dial: (host: string, port: number) => number;
  /** Sets the peer. */
  readonly udp_connect: (id: number, host: string, port: number) => void;
  /** Sends one datagram to the opaque address that came with another. False when there is no such datagram socket. */
  readonly udp_send: typeof udp_send;
  /** Reads an opaque address. */
  readonly udp_address: (address: Uint8Array) => readonly [ip: string, port: number];
  readonly info: () => SocketInfo[];
  readonly buffer: typeof buffers.buffer;
  readonly push: typeof buffers.push;
  readonly pop: typeof buffers.pop;
  readonly readall: typeof buffers.readall;
  readonly readline: typeof buffers.readline;
  readonly clear: typeof buffers.clear;
  readonly drop: typeof buffers.drop;
  readonly str2p: typeof buffers.str2p;
  readonly unpack: typeof buffers.unpack;
  /** A length of 1 to 4 bytes, big-endian. */
  readonly header: typeof buffers.header;
} = {
  connect,
  listen,
  start: (id) => driver().start(owner(), id),
  pause: (id) => driver().pause(id),
  close: (id) => driver().close(id),
  shutdown: (id) => driver().shutdown(id),
  send: (id, data) => driver().send(id, joinOutput(data)),
  lsend: (id, data) => driver().lsend(id, joinOutput(data)),
  nodelay: (id) => driver().nodelay(id),
  bind: (fd) => driver().bind(owner(), fd),
  udp: (host, port) => driver().udp(owner(), host, port),
  udp_listen: (host, port) => driver().udp_listen(owner(), host, port),
  udp_dial: (host, port) => driver().udp_dial(owner(), host, port),
  udp_connect: (id, host, port) => driver().udp_connect(id, host, port),
  udp_send,
  udp_address: (address) => {
    const { host, port } = unpackAddress(address);
    return [host, port];
  },
  info: () => driver().info(),
  buffer: buffers.buffer,
  push: buffers.push,
  pop: buffers.pop,
  readall: buffers.readall,
  readline: buffers.readline,
  clear: buffers.clear,
  drop: buffers.drop,
  str2p: buffers.str2p,
  unpack: buffers.unpack,
  header: buffers.header,
};
