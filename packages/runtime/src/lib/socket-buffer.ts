/**
 * The receive buffer of the socket driver, as primitives: for those who read from sockets without the socket library.
 *
 * A pool of nodes, which the functions of Skynet take beside the buffer, is not needed here; whatever stands in its place is left alone.
 * Knows bytes and events, no sockets.
 * Source: lualib-src/lua-socket.c; api.md §15.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { SocketEvent } from "../kernel/socket/index.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

/** Bytes that came from a socket and were not read yet. Only the functions here look into it. */
export interface SocketBuffer {
  /** Bytes that wait. */
  readonly length: number;
}

const encoder = new TextEncoder();

function bufferOf(buffer: SocketBuffer): ReceiveBuffer {
  if (buffer instanceof ReceiveBuffer) return buffer;
  throw new SkynetError("ARGUMENT", "Need buffer object at param 1: socketdriver.buffer() makes one");
}

/** Makes an empty buffer. */
export function buffer(): SocketBuffer {
  return new ReceiveBuffer();
}

/**
 * Puts bytes behind those that wait. They must not change afterwards.
 *
 * @param size - How many of them; default: all.
 * @returns how many bytes wait now.
 */
export function push(to: SocketBuffer, _pool: unknown, bytes: Uint8Array, size: number = bytes.length): number {
  const target = bufferOf(to);
  if (!(bytes instanceof Uint8Array)) throw new SkynetError("ARGUMENT", "need message block at param 3");
  if (!Number.isInteger(size) || size < 0 || size > bytes.length)
    throw new SkynetError("ARGUMENT", `a message block of ${bytes.length} bytes has no ${String(size)} bytes`);
  target.push(size === bytes.length ? bytes : bytes.subarray(0, size));
  return target.length;
}

/** Takes exactly `size` bytes, `undefined` when fewer wait or none are asked for; and how many wait afterwards. */
export function pop(from: SocketBuffer, _pool: unknown, size: number): readonly [bytes: Uint8Array | undefined, left: number] {
  const source = bufferOf(from);
  if (!Number.isInteger(size) || size < 0)
    throw new SkynetError("ARGUMENT", `a number of bytes is a whole number from 0 on, not ${String(size)}`);
  return [size === 0 ? undefined : source.pop(size), source.length];
}

/** Takes all bytes that wait; empty when there are none. */
export function readall(from: SocketBuffer, _pool?: unknown): Uint8Array {
  return bufferOf(from).readall();
}

/**
 * Takes a line without its separator; `undefined` when none has come.
 *
 * @param pool - `undefined` or `false` only looks: `true` when a line is there.
 */
export function readline(from: SocketBuffer, pool: unknown, separator: Uint8Array | string): Uint8Array | true | undefined {
  const source = bufferOf(from);
  const end = typeof separator === "string" ? encoder.encode(separator) : separator;
  if (end.length === 0) throw new SkynetError("ARGUMENT", "an empty separator ends no line");
  if (typeof pool === "object" && pool !== null) return source.readline(end);
  return source.find(end) < 0 ? undefined : true;
}

/** Forgets what waits; `undefined` is left alone. */
export function clear(which: SocketBuffer | undefined, _pool?: unknown): void {
  if (which !== undefined) bufferOf(which).readall();
}

/** Frees a message block: the garbage collector's business here. */
export function drop(_bytes: Uint8Array, _size?: number): void {}

/** A message block of a text, and its size in bytes; bytes are copied. */
export function str2p(text: Uint8Array | string): readonly [bytes: Uint8Array, size: number] {
  const bytes = typeof text === "string" ? encoder.encode(text) : text.slice();
  return [bytes, bytes.length];
}

/**
 * The parts of a "socket" message: kind, id of the socket, a number whose meaning depends on the kind, bytes or text, and the sender's
 * address of a datagram. A protocol that registers PTYPE_SOCKET for itself gets such messages.
 *
 * @throws {@link SkynetError} `ARGUMENT` for anything else.
 */
export function unpack(message: unknown, _size?: number): SocketEvent {
  if (Array.isArray(message) && message.length >= 4 && message.slice(0, 3).every((part) => typeof part === "number"))
    return message as unknown as SocketEvent;
  throw new SkynetError("ARGUMENT", "socketdriver.unpack takes what a protocol of PTYPE_SOCKET is given");
}

/** Big-endian unsigned number of 1 to 4 bytes. @throws SkynetError `ARGUMENT` for another length. */
export function header(bytes: Uint8Array): number {
  if (bytes.length < 1 || bytes.length > 4) throw new SkynetError("ARGUMENT", `socket.header takes 1 to 4 bytes, not ${bytes.length}`);
  return bytes.reduce((n, b) => n * 256 + b, 0);
}
