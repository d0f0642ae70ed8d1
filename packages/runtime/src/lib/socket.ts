/**
 * `skynet.socket`: TCP and UDP for tasks. Reading suspends; writing never does.
 *
 * Source: lualib/skynet/socket.lua; api.md §8, semantics.md §7, §21.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { parseAddress } from "../kernel/socket/index.ts";
import type { SocketInfo } from "../kernel/socket/index.ts";
import type { SocketFailure } from "../ports/tcp.ts";
import { header } from "./socket-buffer.ts";
import { joinOutput } from "./socket-output.ts";
import type { Output } from "./socket-output.ts";
import { driver, drop, forget, known, makeSocket, pauseWhenFull, readable, state, suspend, wake } from "./socket-state.ts";
import type { Socket } from "./socket-state.ts";
import { sendto, udp, udp_address, udp_connect, udp_dial, udp_listen } from "./socket-udp.ts";

export type { Output } from "./socket-output.ts";
export type { DatagramCallback } from "./socket-state.ts";

/** The result of opening or starting: an id, or why not. */
export type Opened = readonly [id: number, err: undefined] | readonly [id: undefined, err: string];
/** The result of reading: bytes, or `false` and what was left when the peer closed first. */
export type Read = readonly [data: Uint8Array, rest: undefined] | readonly [data: false, rest: Uint8Array];

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

// --- opening

function* connected(id: number, onAccept?: (id: number, address: string) => unknown): Operation<Opened> {
  const { sockets, onClose } = state();
  if (onClose.has(id)) throw new SkynetError("SOCKET", `socket ${id} has an onclose callback already`);
  const before = sockets.get(id);
  if (before !== undefined && !before.listening) throw new SkynetError("SOCKET", "socket is not closed");
  const s = makeSocket(id, { connecting: true, ...(onAccept === undefined ? {} : { onAccept }) });
  yield* suspend(s);
  const { connecting } = s;
  s.connecting = false;
  if (s.connected) return [id, undefined];
  forget(id);
  return [undefined, typeof connecting === "string" ? connecting : "socket closed"];
}

/**
 * Connects.
 *
 * @param addr - Host, or `host:port`, or `[v6]:port`.
 * @returns `[id, undefined]`, or `[undefined, text]`, e.g. `Connection refused`.
 * @throws SkynetError `ARGUMENT` `Invalid address` when there is no port, `UNSUPPORTED` when the host has no TCP; `SOCKET` when no id is free.
 * @remarks Suspends.
 */
function* open(addr: string, port?: number): Operation<Opened> {
  const { host, port: number } = parseAddress(addr, port);
  return yield* fresh(driver().connect(skynet.self(), host, number));
}

/** Waits for an id that nobody knows yet: when the task is killed meanwhile, nobody ever will, and it is closed. */
function* fresh(id: number): Operation<Opened> {
  let told = false;
  try {
    const result = yield* connected(id);
    told = true;
    return result;
  } finally {
    if (!told) drop(id);
  }
}

/**
 * Begins reading an accepted or transferred socket; on a listener begins accepting.
 *
 * @param func - For listeners: called for each new connection with its id and `ip:port`.
 * @returns `[id, undefined]`, or `[undefined, text]` (`invalid socket`, `socket closed`).
 * @throws SkynetError `SOCKET` `socket is not closed` when it is open here already.
 * @remarks Suspends.
 */
function* start(id: number, func?: (id: number, address: string) => unknown): Operation<Opened> {
  driver().start(skynet.self(), id);
  return yield* connected(id, func);
}

/**
 * Binds and listens; {@link start} begins accepting.
 *
 * @param backlog - Connections that may wait to be accepted. Default 32.
 * @returns `[id, address, port]`: what it is bound to; the real port when 0 was asked for.
 * @throws SkynetError `SOCKET` `Listen error` naming the address and the reason.
 * @remarks Suspends.
 */
function* listen(host: string, port?: number, backlog?: number): Operation<readonly [id: number, address: string, port: number]> {
  const { host: address, port: number } = parseAddress(host, port);
  const id = driver().listen(skynet.self(), address, number, backlog);
  const s = makeSocket(id, { listening: true, connecting: true });
  let told = false;
  try {
    yield* suspend(s);
    told = true;
  } finally {
    // Nobody else knows the id: when this task is killed the address would be taken for as long as the service lives.
    if (!told) drop(id);
  }
  const failure = s.connecting;
  s.connecting = false;
  if (!s.connected) {
    forget(id);
    throw new SkynetError(
      "SOCKET",
      `Listen error: cannot listen on ${address}:${number}: ${typeof failure === "string" ? failure : "the socket was closed"}`,
    );
  }
  s.connected = false;
  return [id, s.address, s.port];
}

/**
 * Takes a descriptor of the operating system over and reads it. Closing it leaves standard input and files open there.
 *
 * @param os_fd - The system's number, e.g. 0 for standard input.
 * @returns `[id, undefined]`, or `[undefined, text]`.
 * @throws SkynetError `UNSUPPORTED` when the host has no descriptors, as a tab; `SOCKET` when it cannot take this one.
 * @remarks Suspends.
 */
function* bind(os_fd: number): Operation<Opened> {
  return yield* fresh(driver().bind(skynet.self(), os_fd));
}

/**
 * Standard input, as `bind(0)`.
 *
 * @throws SkynetError as {@link bind}.
 * @remarks Suspends.
 */
function* stdin(): Operation<Opened> {
  return yield* bind(0);
}

/**
 * Asks the system's resolver.
 *
 * @param host - A name; a literal address is its own answer.
 * @returns literal addresses in the system's order, at least one.
 * @throws SkynetError `SOCKET` with the resolver's text, e.g. `Name or service not known`; `UNSUPPORTED` when the host has no resolver.
 * @remarks Suspends.
 */
function* resolve(host: string, _port?: number): Operation<readonly string[]> {
  const { dns } = currentContext("socket.resolve").kernel.ports;
  if (dns === undefined)
    throw new SkynetError(
      "UNSUPPORTED",
      `socket.resolve("${host}") is not supported here: this host has no resolver; give createNode ports with dns (nodePorts() in Node), or use literal addresses`,
    );
  const token = {};
  let answer: readonly string[] | SocketFailure | undefined;
  dns.resolve(
    host,
    skynet.bind((result: readonly string[] | SocketFailure) => {
      answer = result;
      skynet.wakeup(token);
    }),
  );
  yield* skynet.wait(token);
  if (answer === undefined || "code" in answer)
    throw new SkynetError("SOCKET", `cannot resolve ${host}: ${answer === undefined ? "woken by somebody else" : answer.text}`);
  return answer;
}

// --- reading

/**
 * Reads.
 *
 * @param sz - Bytes wanted; absent: whatever there is, at least one.
 * @returns `[bytes, undefined]`, or `[false, rest]` when the peer closed first.
 * @throws SkynetError `SOCKET` for an unknown id, a listener, a datagram socket, or when another task reads; `ARGUMENT` for a size that is none.
 * @remarks Suspends.
 */
export function* read(id: number, sz?: number): Operation<Read> {
  const s = readable(id);
  if (sz === undefined) {
    if (s.buffer.length > 0) return [s.buffer.readall(), undefined];
    if (!s.connected || s.closing) return [false, EMPTY];
    yield* need(s, 1);
    return s.buffer.length > 0 ? [s.buffer.readall(), undefined] : [false, EMPTY];
  }
  if (!Number.isInteger(sz) || sz < 0)
    throw new SkynetError("ARGUMENT", `socket.read takes a number of bytes, a whole number from 0 on, not ${String(sz)}`);
  const ready = s.buffer.pop(sz);
  if (ready !== undefined) return [ready, undefined];
  if (s.closing || !s.connected) return [false, s.buffer.readall()];
  yield* need(s, sz);
  const data = s.buffer.pop(sz);
  return data === undefined ? [false, s.buffer.readall()] : [data, undefined];
}

/** Everything until the peer closes; `false` when it has closed and nothing is left. @remarks Suspends. */
function* readall(id: number): Operation<Uint8Array | false> {
  const s = readable(id);
  while (s.connected && !s.closing) yield* need(s, "end");
  const data = s.buffer.readall();
  return data.length === 0 ? false : data;
}

/**
 * Reads up to a separator, which is dropped.
 *
 * @param sep - Default: line feed.
 * @returns `[line, undefined]`, or `[false, rest]` when the peer closed first.
 * @remarks Suspends.
 */
function* readline(id: number, sep: string | Uint8Array = "\n"): Operation<Read> {
  const s = readable(id);
  const separator = typeof sep === "string" ? encoder.encode(sep) : sep;
  if (separator.length === 0) throw new SkynetError("SOCKET", "socket.readline needs a separator of at least one byte");
  const ready = s.buffer.readline(separator);
  if (ready !== undefined) return [ready, undefined];
  if (!s.connected || s.closing) return [false, s.buffer.readall()];
  yield* need(s, separator);
  const line = s.buffer.readline(separator);
  return line === undefined ? [false, s.buffer.readall()] : [line, undefined];
}

/** Waits until there is something to read: `true`, at once when something is buffered; `false` when closed. @remarks Suspends. */
function* block(id: number): Operation<boolean> {
  const s = state().sockets.get(id);
  if (s === undefined) return false;
  if (s.buffer.length > 0) return true;
  if (!s.connected) return false;
  yield* need(s, 1);
  return s.connected || s.buffer.length > 0;
}

function* need(s: Socket, required: NonNullable<Socket["required"]>): Operation<void> {
  if (s.required !== undefined) throw new SkynetError("SOCKET", `socket ${s.id} is being read by another task: one at a time`);
  s.required = required;
  try {
    yield* suspend(s);
  } finally {
    s.required = undefined;
  }
}

// --- writing

/**
 * Sends, high priority. Byte arrays must not change afterwards.
 *
 * @returns false when the id does not exist any more.
 * @throws SkynetError `ARGUMENT` for what is neither bytes nor text nor a list of them.
 */
function write(id: number, data: Output): boolean {
  return driver().send(id, joinOutput(data));
}

/** Sends when nothing of high priority waits; otherwise as {@link write}. */
function lwrite(id: number, data: Output): boolean {
  return driver().lsend(id, joinOutput(data));
}

// --- closing

/** Sends what is pending, then closes; a task still reading gets its bytes first. Unknown ids are ignored. @remarks Suspends. */
function* close(id: number): Operation<void> {
  const s = state().sockets.get(id);
  if (s === undefined) return;
  const { beforeClose } = s;
  if (beforeClose !== undefined) {
    s.beforeClose = undefined;
    yield* beforeClose();
  }
  driver().close(id);
  if (!s.connected) return forget(id);
  if (s.reader !== undefined && s.closer !== undefined) throw new SkynetError("SOCKET", `socket ${id} is being closed by another task`);
  s.paused = false;
  s.closing = true;
  try {
    if (s.reader === undefined) yield* suspend(s);
    else {
      s.closer = skynet.running();
      yield* skynet.wait(s.closer);
    }
  } finally {
    // Also when this task is killed: whoever still reads gets what has come, and the id is no longer ours.
    s.closer = undefined;
    s.connected = false;
    wake(s);
    forget(id);
  }
}

/** Closes at once, dropping unsent data; still needs {@link close}. */
function shutdown(id: number): void {
  if (state().sockets.has(id)) driver().shutdown(id);
}

/** Closes an id that this service does not hold. @throws SkynetError `SOCKET` when it does. */
function close_fd(id: number): void {
  if (state().sockets.has(id)) throw new SkynetError("SOCKET", `Use socket.close instead: socket ${id} is open in this service`);
  driver().close(id);
}

/** Forgets an id, so that another service can {@link start} it. */
function abandon(id: number): void {
  const s = state().sockets.get(id);
  if (s === undefined) return;
  s.connected = false;
  wake(s);
  state().onClose.delete(id);
  forget(id);
}

/** Stops reading; the next read goes on. @remarks Suspends. */
function* pause(id: number): Operation<void> {
  const s = state().sockets.get(id);
  if (s !== undefined) yield* pauseWhenFull(s, undefined);
}

/** Calls back when unsent output reaches 1 MiB and each doubling (in KiB), and with 0 when it is gone. Without one a line is logged. Plain or a generator. */
function warning(id: number, callback: ((id: number, kib: number) => unknown) | undefined): void {
  known(id).onWarning = callback;
}

/** Calls back once when the socket closes. Plain or a generator. On a socket that has closed already it does nothing. */
function onclose(id: number, callback: ((id: number) => unknown) | undefined): void {
  if (callback === undefined) state().onClose.delete(id);
  else if (state().sockets.get(id)?.over !== true) state().onClose.set(id, callback);
}

// --- looking

/** Is the id unknown to this service? */
function invalid(id: number): boolean {
  return !state().sockets.has(id);
}

/** Was it closed by the peer or an error? `undefined` for an unknown id. */
function disconnected(id: number): boolean | undefined {
  const s = state().sockets.get(id);
  return s === undefined ? undefined : !(s.connected || s.connecting === true);
}

/** Closes the socket, with a log line, when more than `bytes` are buffered and nobody waits for a size. */
function limit(id: number, bytes: number): void {
  known(id).limit = bytes;
}

/** The sockets of the whole node; with an id only that one. */
function netstat(): SocketInfo[];
function netstat(id: number): SocketInfo | undefined;
function netstat(id?: number): SocketInfo[] | SocketInfo | undefined {
  const list = driver().info();
  return id === undefined ? list : list.find((s) => s.id === id);
}

/** Turns Nagle's algorithm off. */
function nodelay(id: number): void {
  driver().nodelay(id);
}

/** Sockets for tasks. */
export const socket: {
  readonly open: typeof open;
  readonly start: typeof start;
  readonly listen: typeof listen;
  readonly bind: typeof bind;
  readonly stdin: typeof stdin;
  readonly resolve: typeof resolve;
  readonly read: typeof read;
  readonly readall: typeof readall;
  readonly readline: typeof readline;
  readonly block: typeof block;
  readonly write: typeof write;
  readonly lwrite: typeof lwrite;
  readonly close: typeof close;
  readonly shutdown: typeof shutdown;
  readonly close_fd: typeof close_fd;
  readonly abandon: typeof abandon;
  readonly pause: typeof pause;
  readonly warning: typeof warning;
  readonly onclose: typeof onclose;
  readonly invalid: typeof invalid;
  readonly disconnected: typeof disconnected;
  readonly limit: typeof limit;
  readonly netstat: typeof netstat;
  readonly header: typeof header;
  readonly nodelay: typeof nodelay;
  readonly udp: typeof udp;
  readonly udp_connect: typeof udp_connect;
  readonly udp_listen: typeof udp_listen;
  readonly udp_dial: typeof udp_dial;
  readonly sendto: typeof sendto;
  readonly udp_address: typeof udp_address;
} = {
  open: operation("socket.open", open),
  start: operation("socket.start", start),
  listen: operation("socket.listen", listen),
  bind: operation("socket.bind", bind),
  stdin: operation("socket.stdin", stdin),
  resolve: operation("socket.resolve", resolve),
  read: operation("socket.read", read),
  readall: operation("socket.readall", readall),
  readline: operation("socket.readline", readline),
  block: operation("socket.block", block),
  write,
  lwrite,
  close: operation("socket.close", close),
  shutdown,
  close_fd,
  abandon,
  pause: operation("socket.pause", pause),
  warning,
  onclose,
  invalid,
  disconnected,
  limit,
  netstat,
  header,
  nodelay,
  udp,
  udp_connect,
  udp_listen,
  udp_dial,
  sendto,
  udp_address,
};
