/**
 * Frames of WebSocket: bytes in, frames out, and back. Knows no sockets and no handshake.
 *
 * Source: RFC 6455 §5; wire.md §12.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";

/** Kinds of frames. */
export const opcode: {
  readonly frame: 0;
  readonly text: 1;
  readonly binary: 2;
  readonly close: 8;
  readonly ping: 9;
  readonly pong: 10;
} = { frame: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** One frame, its payload unmasked. */
export interface Frame {
  readonly fin: boolean;
  readonly op: number;
  readonly payload: Uint8Array;
}

/** A frame that breaks the rules. `status` is what the close frame should say. */
export class FrameError extends SkynetError {
  override readonly name: string = "FrameError";
  readonly status: 1002 | 1009;
  constructor(status: 1002 | 1009, text: string) {
    super("WEBSOCKET", text);
    this.status = status;
  }
}

const EMPTY = new Uint8Array(0);

/** `from`, each byte changed by the key; into `to`, beginning at `at`. */
function mask(from: Uint8Array, to: Uint8Array, at: number, k0: number, k1: number, k2: number, k3: number): void {
  const whole = from.length & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    to[at + i] = from[i]! ^ k0;
    to[at + i + 1] = from[i + 1]! ^ k1;
    to[at + i + 2] = from[i + 2]! ^ k2;
    to[at + i + 3] = from[i + 3]! ^ k3;
  }
  if (i < from.length) to[at + i] = from[i]! ^ k0;
  if (i + 1 < from.length) to[at + i + 1] = from[i + 1]! ^ k1;
  if (i + 2 < from.length) to[at + i + 2] = from[i + 2]! ^ k2;
}

/**
 * One whole frame.
 *
 * @param key - Masks the payload: 32 bits.
 */
export function encodeFrame(op: number, payload: Uint8Array, key?: number): Uint8Array {
  const size = payload.length;
  const lengthBytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  const head = 2 + lengthBytes + (key === undefined ? 0 : 4);
  const frame = new Uint8Array(head + size);
  frame[0] = 0x80 | op;
  frame[1] = (key === undefined ? 0 : 0x80) | (lengthBytes === 0 ? size : lengthBytes === 2 ? 126 : 127);
  for (let i = 0, rest = size; i < lengthBytes; i++) {
    frame[1 + lengthBytes - i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  // Small ones are copied faster by hand.
  if (key === undefined && size < 64) for (let i = 0; i < size; i++) frame[head + i] = payload[i]!;
  else if (key === undefined) frame.set(payload, head);
  else {
    const [k0, k1, k2, k3] = [(key >>> 24) & 255, (key >>> 16) & 255, (key >>> 8) & 255, key & 255];
    frame.set([k0, k1, k2, k3], head - 4);
    mask(payload, frame, head, k0, k1, k2, k3);
  }
  return frame;
}

/** Takes bytes as they come, gives frames. */
export class FrameDecoder {
  readonly #limit: number;
  #bytes: Uint8Array = EMPTY;
  /** Bytes of it that are not there yet; the buffer of a large frame is as large as what came, not as what was announced. */
  #used = 0;
  #start = 0;

  /** @param limit - Most bytes of a payload. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes bytes that came. They are not changed, and must not change. */
  push(piece: Uint8Array): void {
    const left = this.#used - this.#start;
    if (left === 0) {
      this.#bytes = piece;
      this.#start = 0;
      this.#used = piece.length;
      return;
    }
    const length = left + piece.length;
    // The first piece belongs to the socket: it is never written to, since it is never larger than what it holds.
    if (this.#used + piece.length > this.#bytes.length || this.#start > 0) {
      const larger = new Uint8Array(Math.max(length, left * 2));
      larger.set(this.#bytes.subarray(this.#start, this.#used));
      this.#bytes = larger;
      this.#start = 0;
      this.#used = left;
    }
    this.#bytes.set(piece, this.#used);
    this.#used = this.#start + length;
  }

  /** The next frame; `undefined` when it has not come whole. @throws FrameError as soon as its head shows that it breaks the rules. */
  next(): Frame | undefined {
    const bytes = this.#bytes;
    const start = this.#start;
    const there = this.#used - start;
    if (there < 2) return undefined;
    const first = bytes[start]!;
    const second = bytes[start + 1]!;
    const op = first & 0x0f;
    const short = second & 0x7f;
    const fin = first >= 0x80;
    if ((first & 0x70) !== 0) throw new FrameError(1002, "a frame uses an extension that was not agreed on");
    if (op > 10 || (op > 2 && op < 8)) throw new FrameError(1002, `there are no frames of kind ${op}`);
    if (op >= 8 && (!fin || short > 125)) throw new FrameError(1002, "a close, ping or pong frame is in parts or has more than 125 bytes");
    let at = start + 2;
    let size = short;
    if (short >= 126) {
      const bytesOfSize = short === 126 ? 2 : 8;
      if (there < 2 + bytesOfSize) return undefined;
      size = 0;
      for (let i = 0; i < bytesOfSize; i++) size = size * 256 + bytes[at + i]!;
      at += bytesOfSize;
    }
    if (size > this.#limit) throw new FrameError(1009, `payload_len is too large: ${size} bytes, at most ${this.#limit} are taken`);
    const masked = second >= 0x80;
    const from = masked ? at + 4 : at;
    if (this.#used < from + size) return undefined;
    let payload = bytes.subarray(from, from + size);
    if (masked) {
      const unmasked = new Uint8Array(size);
      mask(payload, unmasked, 0, bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
      payload = unmasked;
    } else if (size === 0) payload = EMPTY;
    this.#start = from + size;
    if (this.#start === this.#used) this.#bytes = EMPTY;
    return { fin, op, payload };
  }
}
