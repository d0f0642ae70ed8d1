/**
 * `skynet.socket`: TCP for tasks. Reading suspends; writing never does.
 *
 * Source: lualib/skynet/socket.lua; api.md §8, semantics.md §7, §21.
 *
 * @module
 */
import { WaitReason } from "../core/op.ts";
import type { Op } from "../core/op.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import type { Task } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { parseAddress } from "../kernel/socket/index.ts";
import type { EventData, SocketDriver, SocketEvent, SocketInfo } from "../kernel/socket/index.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

/** Above so many buffered bytes a socket stops reading until somebody reads. */
const BUFFER_LIMIT = 128 * 1024;

/** The result of opening or starting: an id, or why not. */
export type Opened = readonly [id: number, err: undefined] | readonly [id: undefined, err: string];
/** The result of reading: bytes, or `false` and what was left when the peer closed first. */
export type Read = readonly [data: Uint8Array, rest: undefined] | readonly [data: false, rest: Uint8Array];

interface Socket {
  readonly id: number;
  readonly buffer: ReceiveBuffer;
  readonly listening: boolean;
  readonly onAccept: ((id: number, address: string) => unknown) | undefined;
  connected: boolean;
  /** Waiting for the connection; its text when that failed. */
  connecting: boolean | string;
  /** What a reader waits for: a size, a separator, the end, or nothing. */
  required: number | Uint8Array | "end" | undefined;
  reader: Task | undefined;
  closer: Task | undefined;
  paused: boolean;
  /** Being closed here: it must not be resumed. */
  closing: boolean;
  limit: number | undefined;
  onWarning: ((id: number, kib: number) => void) | undefined;
  address: string;
  port: number;
}

interface State {
  readonly sockets: Map<number, Socket>;
  readonly onClose: Map<number, (id: number) => unknown>;
}

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

const state = perService<State>(() => {
  const made: State = { sockets: new Map(), onClose: new Map() };
  skynet.register_protocol({
    name: "socket",
    id: skynet.PTYPE_SOCKET,
    unpack: (body) => body,
    dispatch: (_session, _source, type: SocketEvent[0], id: number, ud: number, data: EventData) => handlers[type]?.(made, id, ud, data),
  });
  return made;
});

function driver(): SocketDriver {
  return currentContext("socket").kernel.sockets;
}

// --- events

type Handler = (state: State, id: number, ud: number, data: EventData) => Operation<void> | undefined;

const handlers: Readonly<Record<number, Handler>> = {
  1(st, id, _size, data) {
    const s = st.sockets.get(id);
    if (s === undefined) {
      skynet.error(`socket: drop package from ${id}`);
      return undefined;
    }
    s.buffer.push(data as Uint8Array);
    const size = s.buffer.length;
    const { required } = s;
    if (typeof required === "number") {
      if (size < required) return undefined;
    } else {
      if (s.limit !== undefined && size > s.limit) {
        skynet.error(`socket buffer overflow: fd=${id} size=${size}`);
        driver().close(id);
        return undefined;
      }
      if (!(required instanceof Uint8Array)) return size > BUFFER_LIMIT && required === undefined ? pauseWhenFull(s, size) : undefined;
      if (s.buffer.find(required) < 0) return undefined;
    }
    s.required = undefined;
    if (size > BUFFER_LIMIT) return pauseThenWake(s, size);
    wake(s);
    return undefined;
  },
  2(st, id, port, data) {
    const s = st.sockets.get(id);
    // Resuming after a pause reports the same event; nobody waits for that one as a connection.
    if (s === undefined || s.connected) return undefined;
    if (s.listening) {
      s.address = String(data ?? "");
      s.port = port;
    }
    s.connected = true;
    wake(s);
    return undefined;
  },
  3(st, id) {
    const s = st.sockets.get(id);
    if (s === undefined) driver().close(id);
    else {
      s.connected = false;
      wake(s);
    }
    const callback = st.onClose.get(id);
    st.onClose.delete(id);
    callback?.(id);
    return undefined;
  },
  4(st, id, newId, data) {
    const s = st.sockets.get(id);
    if (s?.onAccept === undefined) driver().close(newId);
    else {
      const result = s.onAccept(newId, String(data ?? ""));
      if (typeof result === "object" && result !== null && "next" in result) return result as unknown as Operation<void>;
    }
    return undefined;
  },
  5(st, id, _ud, data) {
    const s = st.sockets.get(id);
    const text = String(data ?? "");
    if (s === undefined) {
      driver().shutdown(id);
      skynet.error("socket: error on unknown", id, text);
      return undefined;
    }
    if (s.onAccept !== undefined && s.connected) {
      skynet.error("socket: accept error:", text);
      return undefined;
    }
    if (s.connected) skynet.error("socket: error on", id, text);
    else if (s.connecting !== false) s.connecting = text;
    s.connected = false;
    driver().shutdown(id);
    wake(s);
    return undefined;
  },
  7(st, id, kib) {
    const s = st.sockets.get(id);
    if (s === undefined) return undefined;
    if (s.onWarning !== undefined) s.onWarning(id, kib);
    else skynet.error(`WARNING: ${kib} K bytes need to send out (fd = ${id})`);
    return undefined;
  },
};

function* pauseThenWake(s: Socket, size: number): Operation<void> {
  yield* pauseWhenFull(s, size);
  wake(s);
}

/** Stops reading; then lets events that are queued already come in. */
function* pauseWhenFull(s: Socket, size: number | undefined): Operation<void> {
  if (s.paused || s.closing) return;
  skynet.error(size === undefined ? `Pause socket (${s.id})` : `Pause socket (${s.id}) size : ${size}`);
  driver().pause(s.id);
  s.paused = true;
  yield* skynet.yield();
}

function wake(s: Socket): void {
  const { reader } = s;
  if (reader === undefined) return;
  s.reader = undefined;
  skynet.wakeup(reader);
}

/** Waits until an event of this socket wakes the running task. */
function* suspend(s: Socket): Operation<void> {
  if (s.reader !== undefined) throw new SkynetError("SOCKET", `socket ${s.id} is being read by another task: one at a time`);
  const task = skynet.running();
  s.reader = task;
  if (s.paused) {
    skynet.error(`Resume socket (${s.id})`);
    s.paused = false;
    driver().start(skynet.self(), s.id);
  }
  try {
    const op = skynet.wait(task);
    (op as unknown as Op).reason = WaitReason.socket;
    yield* op;
  } finally {
    if (s.reader === task) s.reader = undefined;
    if (s.closer !== undefined) skynet.wakeup(s.closer);
  }
}

function makeSocket(
  id: number,
  options: { readonly listening?: boolean; readonly onAccept?: (id: number, address: string) => unknown; readonly connecting: boolean },
): Socket {
  const { sockets } = state();
  const s: Socket = {
    id,
    buffer: new ReceiveBuffer(),
    listening: options.listening === true,
    onAccept: options.onAccept,
    connected: false,
    connecting: options.connecting,
    required: undefined,
    reader: undefined,
    closer: undefined,
    paused: false,
    closing: false,
    limit: undefined,
    onWarning: undefined,
    address: "",
    port: 0,
  };
  sockets.set(id, s);
  driver().claim(skynet.self(), id);
  return s;
}

function forget(id: number): void {
  state().sockets.delete(id);
  driver().disclaim(id);
}

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

function known(id: number): Socket {
  const s = state().sockets.get(id);
  if (s === undefined) throw new SkynetError("SOCKET", `socket ${id} is not open in this service`);
  return s;
}

// --- opening

/**
 * Connects.
 *
 * @param addr - Host, or `host:port`, or `[v6]:port`.
 * @returns `[id, undefined]`, or `[undefined, text]`, e.g. `Connection refused`.
 * @throws SkynetError `SOCKET` `Invalid address` when there is no port, `UNSUPPORTED` when the host has no TCP.
 * @remarks Suspends.
 */
function* open(addr: string, port?: number): Operation<Opened> {
  const { host, port: number } = parseAddress(addr, port);
  return yield* connected(driver().connect(skynet.self(), host, number));
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
  yield* suspend(s);
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

// --- reading

/**
 * Reads.
 *
 * @param sz - Bytes wanted; absent: whatever there is, at least one.
 * @returns `[bytes, undefined]`, or `[false, rest]` when the peer closed first.
 * @throws SkynetError `SOCKET` for an unknown id or when another task reads.
 * @remarks Suspends.
 */
function* read(id: number, sz?: number): Operation<Read> {
  const s = known(id);
  if (sz === undefined) {
    if (s.buffer.length > 0) return [s.buffer.readall(), undefined];
    if (!s.connected || s.closing) return [false, EMPTY];
    yield* need(s, 1);
    return s.buffer.length > 0 ? [s.buffer.readall(), undefined] : [false, EMPTY];
  }
  const ready = s.buffer.pop(sz);
  if (ready !== undefined) return [ready, undefined];
  if (s.closing || !s.connected) return [false, s.buffer.readall()];
  yield* need(s, sz);
  const data = s.buffer.pop(sz);
  return data === undefined ? [false, s.buffer.readall()] : [data, undefined];
}

/** Everything until the peer closes; `false` when it has closed and nothing is left. @remarks Suspends. */
function* readall(id: number): Operation<Uint8Array | false> {
  const s = known(id);
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
  const s = known(id);
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

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
}

/** Any bytes or text to send; a list is sent in order, as one. */
export type Output = string | Uint8Array | readonly (string | Uint8Array)[];

function output(id: number, data: Output, send: (id: number, bytes: Uint8Array) => boolean): boolean {
  if (!Array.isArray(data)) return send(id, bytesOf(data as string | Uint8Array));
  const parts = data.map(bytesOf);
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return send(id, whole);
}

/** Sends, high priority. Byte arrays must not change afterwards. @returns false when the id does not exist any more. */
function write(id: number, data: Output): boolean {
  const sockets = driver();
  return output(id, data, (i, bytes) => sockets.send(i, bytes));
}

/** Sends when nothing of high priority waits. */
function lwrite(id: number, data: Output): boolean {
  const sockets = driver();
  return output(id, data, (i, bytes) => sockets.lsend(i, bytes));
}

// --- closing

/** Sends what is pending, then closes; a task still reading gets its bytes first. Unknown ids are ignored. @remarks Suspends. */
function* close(id: number): Operation<void> {
  const s = state().sockets.get(id);
  if (s === undefined) return;
  driver().close(id);
  if (s.connected) {
    s.paused = false;
    s.closing = true;
    if (s.reader === undefined) yield* suspend(s);
    else {
      if (s.closer !== undefined) throw new SkynetError("SOCKET", `socket ${id} is being closed by another task`);
      s.closer = skynet.running();
      yield* skynet.wait(s.closer);
      s.closer = undefined;
    }
    s.connected = false;
  }
  forget(id);
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

/** Calls back when unsent output reaches 1 MiB and each doubling (in KiB), and with 0 when it is gone. Without one a line is logged. */
function warning(id: number, callback: ((id: number, kib: number) => void) | undefined): void {
  known(id).onWarning = callback;
}

/** Calls back once when the socket closes. */
function onclose(id: number, callback: ((id: number) => unknown) | undefined): void {
  if (callback === undefined) state().onClose.delete(id);
  else state().onClose.set(id, callback);
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

/** Big-endian unsigned number of 1 to 4 bytes. @throws SkynetError `ARGUMENT` for another length. */
function header(bytes: Uint8Array): number {
  if (bytes.length < 1 || bytes.length > 4) throw new SkynetError("ARGUMENT", `socket.header takes 1 to 4 bytes, not ${bytes.length}`);
  return bytes.reduce((n, b) => n * 256 + b, 0);
}

/** Turns Nagle's algorithm off. */
function nodelay(id: number): void {
  driver().nodelay(id);
}

/** TCP sockets for tasks. */
export const socket: {
  readonly open: typeof open;
  readonly start: typeof start;
  readonly listen: typeof listen;
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
} = {
  open: operation("socket.open", open),
  start: operation("socket.start", start),
  listen: operation("socket.listen", listen),
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
};
