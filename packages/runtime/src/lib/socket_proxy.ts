/**
 * `socket_proxy`: frames of connections that any service can read and write, in turn or together. Each connection is a service of its own.
 *
 * Source: skynet_package, lualib/socket_proxy.lua; services.md §7.
 *
 * @module
 */
import { MAX_FRAME } from "../codec/netpack/index.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";

/** What a client may use. Start argument of the unique service `socket_proxyd`, for all connections. */
export interface PackageLimits {
  /** Centiseconds without incoming data after which a connection is closed. Default 1000. */
  readonly idle?: number;
  /** Bytes of frames that wait to be read; beyond it the connection is not read until somebody reads. Default 262144. */
  readonly maxInputBytes?: number;
  /** KiB that wait to be sent; beyond it the connection is closed. Default 16384. */
  readonly maxOutputKiB?: number;
}

/** The connections this service knows, and their services. */
const handles = perService(() => {
  const { protocols } = currentContext("socket_proxy");
  // A service may have them for its own use; only their numbers matter here.
  for (const [name, id] of [
    ["text", skynet.PTYPE_TEXT],
    ["client", skynet.PTYPE_CLIENT],
  ] as const)
    if (protocols.byName(name) === undefined) skynet.register_protocol({ name, id });
  return new Map<number, number>();
});

function known(fd: number): number {
  const handle = handles().get(fd);
  if (handle === undefined) throw new SkynetError("SOCKET", `subscribe first: this service does not know connection ${fd}`);
  return handle;
}

/**
 * Makes a connection known to this service; the first to do so gives it a service that reads it from then on.
 *
 * @param fd - A connection that nobody has started, as `socket.listen`'s callback gets it, or one that others have subscribed.
 * @throws CallError when the connection is gone.
 * @remarks Suspends.
 *
 * @example
 * ```ts
 * import { socket_proxy } from "@skyloom/runtime/socket_proxy";
 *
 * function* echo(fd: number): Operation<void> {
 *   yield* socket_proxy.subscribe(fd);
 *   for (;;) socket_proxy.write(fd, yield* socket_proxy.read(fd)); // until it throws `disconnect`
 * }
 * ```
 */
function* subscribe(fd: number): Operation<void> {
  const map = handles();
  if (map.has(fd)) return;
  const proxyd = yield* skynet.uniqueservice("socket_proxyd" as string);
  map.set(fd, yield* skynet.call<number>(proxyd, "lua", fd));
}

/**
 * The next frame, of 0 to 65535 bytes. Of several readers, in one service or in many, the first to ask gets the first frame.
 *
 * @throws SkynetError `SOCKET` `disconnect` when the connection has ended and nothing is left to read; from then on it is unknown here.
 * `SOCKET` `subscribe first` for an unknown one.
 * @remarks Suspends.
 */
function* read(fd: number): Operation<Uint8Array> {
  const handle = known(fd);
  try {
    return skynet.tostring(yield* skynet.rawcall(handle, "text", "R")) ?? new Uint8Array(0);
  } catch (error) {
    if (!(error instanceof SkynetError)) throw error;
    if (handles().get(fd) === handle) handles().delete(fd);
    throw new SkynetError("SOCKET", "disconnect", { cause: error });
  }
}

/**
 * Sends a frame. One for a connection that has ended is dropped.
 *
 * @throws SkynetError `NETPACK` for more than 65535 bytes, `SOCKET` `subscribe first` for an unknown connection.
 */
function write(fd: number, content: Uint8Array | string): void {
  const handle = known(fd);
  const bytes = skynet.tobytes(content);
  if (bytes.length > MAX_FRAME)
    throw new SkynetError("NETPACK", `Invalid size (too long) of data : ${bytes.length}; a frame holds at most ${MAX_FRAME} bytes`);
  skynet.rawsend(handle, "client", bytes);
}

/** Closes a connection when what was written is sent; from then on it is unknown here. An unknown one is ignored. */
function close(fd: number): void {
  const handle = handles().get(fd);
  if (handle === undefined) return;
  handles().delete(fd);
  skynet.rawsend(handle, "text", "K");
}

/** Forgets a connection without closing it: others have it now. */
function abandon(fd: number): void {
  handles().delete(fd);
}

/**
 * What a connection is doing: `req=N resp=N uncomplete=A/B`: readers that wait, frames that wait, bytes that the frame now coming in
 * lacks (-1: none is) and its size or that of the last one.
 *
 * @throws CallError when it has ended, SkynetError `SOCKET` `subscribe first` for an unknown one.
 * @remarks Suspends.
 */
function* info(fd: number): Operation<string> {
  return skynet.totext(skynet.tostring(yield* skynet.rawcall(known(fd), "text", "I")));
}

/** Frames of connections. */
export const socket_proxy: {
  readonly subscribe: typeof subscribe;
  readonly read: typeof read;
  readonly write: typeof write;
  readonly close: typeof close;
  readonly abandon: typeof abandon;
  readonly info: typeof info;
} = {
  subscribe: operation("socket_proxy.subscribe", subscribe),
  read: operation("socket_proxy.read", read),
  write,
  close,
  abandon,
  info: operation("socket_proxy.info", info),
};
