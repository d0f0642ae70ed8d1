/**
 * `skynet.socketdriver`: the low level under the socket library, for gates. Nothing here suspends; events come as "socket" messages.
 *
 * Source: lualib-src/lua-socket.c; api.md §8, §15, semantics.md §21.
 *
 * @module
 */
import { currentContext } from "../core/task.ts";
import { parseAddress } from "../kernel/socket/index.ts";
import type { SocketDriver, SocketInfo } from "../kernel/socket/index.ts";

function driver(): SocketDriver {
  return currentContext("socketdriver").kernel.sockets;
}

function owner(): number {
  return currentContext("socketdriver").handle;
}

const encoder = new TextEncoder();
const bytesOf = (data: Uint8Array | string): Uint8Array => (typeof data === "string" ? encoder.encode(data) : data);

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
  /** Sends, high priority. False when the id does not exist any more. */
  readonly send: (id: number, data: Uint8Array | string) => boolean;
  /** Sends, low priority. */
  readonly lsend: (id: number, data: Uint8Array | string) => boolean;
  readonly nodelay: (id: number) => void;
  readonly info: () => SocketInfo[];
} = {
  connect,
  listen,
  start: (id) => driver().start(owner(), id),
  pause: (id) => driver().pause(id),
  close: (id) => driver().close(id),
  shutdown: (id) => driver().shutdown(id),
  send: (id, data) => driver().send(id, bytesOf(data)),
  lsend: (id, data) => driver().lsend(id, bytesOf(data)),
  nodelay: (id) => driver().nodelay(id),
  info: () => driver().info(),
};
