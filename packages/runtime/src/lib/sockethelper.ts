/**
 * `http.sockethelper`: reading and writing a socket through functions that throw where the socket library gives `false`.
 *
 * Source: lualib/http/sockethelper.lua; api.md §7, §15.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { state } from "./socket-state.ts";
import { read as readSocket, socket } from "./socket.ts";
import type { Opened, Output } from "./socket.ts";

/** What the functions of this module throw: the connection is over, or was never made. Its `code` is `SOCKET`. */
export class SocketError extends SkynetError {
  override readonly name: string = "SocketError";
  /** Reading found that the peer has closed, and nothing that went wrong before. */
  readonly ended: boolean;
  constructor(info: string, ended = false) {
    super("SOCKET", `[Socket Error] : ${info}`);
    this.ended = ended;
  }
}

/** Reads: so many bytes, or without a number what there is, at least one byte. */
export type ReadFunc = (sz?: number) => Operation<Uint8Array>;
/** Sends. */
export type WriteFunc = (content: Output) => void;

/** What a function that reads stands for: whoever read too much gives it back here, whoever waited too long ends it. */
export interface Connection {
  readonly fd: number;
  unread(bytes: Uint8Array): void;
}

/** The connections of the functions that this module and tlshelper make. */
export const connectionOf: WeakMap<object, Connection> = new WeakMap();

const encoder = new TextEncoder();

/**
 * A function that reads from a socket, and throws when the peer closes first.
 *
 * @param fd - A started socket.
 * @param pre - Bytes that were read from it before: they come first.
 * @throws SocketError from the function it gives: `[Socket Error] : read failed fd = 5`.
 *
 * @example
 * ```ts
 * import type { Operation } from "@skyloom/runtime";
 * import { socket } from "@skyloom/runtime/socket";
 * import { sockethelper } from "@skyloom/runtime/sockethelper";
 *
 * function* packet(fd: number): Operation<Uint8Array> {
 *   const read = sockethelper.readfunc(fd);
 *   const size = socket.header(yield* read(2));
 *   return yield* read(size);
 * }
 * ```
 */
function readfunc(fd: number, pre?: string | Uint8Array): ReadFunc {
  let first = typeof pre === "string" ? encoder.encode(pre) : pre;
  const reading: ReadFunc = operation("readfunc", function* read(sz?: number): Operation<Uint8Array> {
    const early = first ?? NONE;
    if (early.length > 0 && (sz === undefined || sz <= early.length)) {
      const size = sz ?? early.length;
      first = early.subarray(size);
      return early.subarray(0, size);
    }
    const [data] = yield* readSocket(fd, sz === undefined ? undefined : sz - early.length);
    if (data === false) throw new SocketError(`read failed fd = ${fd}`, true);
    if (early.length === 0) return data;
    first = undefined;
    const whole = new Uint8Array(early.length + data.length);
    whole.set(early);
    whole.set(data, early.length);
    return whole;
  });
  connectionOf.set(reading, { fd, unread: (bytes) => state().sockets.get(fd)?.buffer.unread(bytes) });
  return reading;
}

const NONE = new Uint8Array(0);

/**
 * A function that writes to a socket, and throws when it does not exist any more.
 *
 * @throws SocketError from the function it gives: `[Socket Error] : write failed fd = 5`.
 */
function writefunc(fd: number): WriteFunc {
  return (content) => {
    if (!socket.write(fd, content)) throw new SocketError(`write failed fd = ${fd}`);
  };
}

/**
 * Connects.
 *
 * @param host - Host name or address, or `host:port`.
 * @param timeout - How long to wait, in centiseconds. Default: as long as the host's TCP does. A connection that comes later is closed.
 * @returns the socket's id.
 * @throws SocketError naming host, port and the reason.
 * @remarks Suspends.
 */
function* connect(host: string, port?: number, timeout?: number): Operation<number> {
  const [id, err] = timeout === undefined ? yield* socket.open(host, port) : yield* openWithin(host, port, timeout);
  if (id !== undefined) return id;
  throw new SocketError(`connect failed host = ${host} port = ${port ?? "in host"} timeout = ${timeout ?? "none"} err = ${err}`);
}

function* openWithin(host: string, port: number | undefined, timeout: number): Operation<Opened> {
  const token = {};
  let outcome: Opened | undefined;
  let thrown: { readonly error: unknown } | undefined;
  let left = false;
  skynet.fork(function* () {
    try {
      outcome = yield* socket.open(host, port);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      thrown = { error };
    }
    if (left && outcome?.[0] !== undefined) yield* socket.close(outcome[0]);
    skynet.wakeup(token);
  });
  try {
    yield* skynet.sleep(timeout, token);
  } finally {
    left = true;
  }
  if (thrown !== undefined) throw thrown.error;
  return outcome ?? [undefined, `no connection within ${timeout / 100} s`];
}

/** Adapters over a socket, for protocols that read and write through functions. */
export const sockethelper: {
  /** What is thrown when a connection is over: `error instanceof sockethelper.socket_error`. */
  readonly socket_error: typeof SocketError;
  readonly readfunc: typeof readfunc;
  readonly writefunc: typeof writefunc;
  /** Everything until the peer closes; `false` when it has closed and nothing is left. Suspends. */
  readonly readall: (fd: number) => Operation<Uint8Array | false>;
  readonly connect: typeof connect;
  /** Sends what is pending, then closes. Suspends. */
  readonly close: (fd: number) => Operation<void>;
  /** Closes at once, dropping unsent data; still needs `close`. */
  readonly shutdown: (fd: number) => void;
} = {
  socket_error: SocketError,
  readfunc,
  writefunc,
  readall: socket.readall,
  connect: operation("sockethelper.connect", connect),
  close: socket.close,
  shutdown: socket.shutdown,
};
