/**
 * `netpack`: frames with a 2-byte length, in the form Skynet's module has it.
 *
 * A thin dress over codec/netpack; knows no sockets. api.md §14 and §15.
 *
 * @module
 */
import { NetpackQueue, packFrame, type NetpackEvent, type SocketEvent } from "../codec/netpack/index.ts";

export { FrameSplitter, NetpackQueue, type NetpackEvent, type SocketEvent } from "../codec/netpack/index.ts";

/** {@link filter}'s result: the queue, and what happened, if anything. */
export type Filtered = readonly [queue: NetpackQueue | undefined, ...event: NetpackEvent | readonly []];

/**
 * Takes a socket event; see {@link NetpackQueue.filter}.
 *
 * @param queue - What the last call gave, `undefined` the first time.
 * @returns the queue to use from now on, then the kind of event and its values; nothing after the queue when no frame is complete.
 *
 * @example
 * ```ts
 * import { netpack, type NetpackQueue, type SocketEvent } from "@skyloom/runtime/netpack";
 *
 * let queue: NetpackQueue | undefined;
 * function take(event: SocketEvent): void {
 *   const [next, kind, fd, value] = netpack.filter(queue, event);
 *   queue = next;
 *   if (kind === "data") skynet.error(`${value.length} bytes from ${fd}`);
 * }
 * ```
 */
function filter(queue: NetpackQueue | undefined, event: SocketEvent): Filtered {
  const used = queue ?? new NetpackQueue();
  const result = used.filter(event);
  return result === undefined ? [used] : [used, ...result];
}

/** The oldest whole frame and its connection, or `undefined`. */
function pop(queue: NetpackQueue | undefined): readonly [fd: number, frame: Uint8Array] | undefined {
  return queue?.pop();
}

/** Drops everything in the queue. */
function clear(queue: NetpackQueue | undefined): void {
  queue?.clear();
}

/** A copy of a frame: frames may be views of the chunk they came in, and keep all of it alive. `undefined` gives no bytes. */
function tostring(frame: Uint8Array | undefined): Uint8Array {
  return frame === undefined ? new Uint8Array(0) : new Uint8Array(frame);
}

/** The functions of `skynet.netpack`. `pack` is {@link packFrame}. */
export const netpack: {
  readonly pack: (content: Uint8Array | string) => Uint8Array;
  readonly filter: typeof filter;
  readonly pop: typeof pop;
  readonly clear: typeof clear;
  readonly tostring: typeof tostring;
} = { pack: packFrame, filter, pop, clear, tostring };
