/**
 * Frames with a 2-byte big-endian length, and cutting one connection's stream into them.
 *
 * Used by gates, msgserver, cluster and the package service. Knows bytes, no sockets. Format: wire.md §2.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { newBytes } from "../slab.ts";
import { encodeText } from "../text.ts";

/** The longest content of a frame. */
export const MAX_FRAME = 0xffff;

/**
 * Puts the length before a content.
 *
 * @param content - At most 65535 bytes; a text goes as UTF-8.
 * @returns new bytes: the frame, ready to be written to a connection.
 * @throws {@link SkynetError} `NETPACK` when the content is longer.
 *
 * @example
 * ```ts
 * const frame = packFrame("hello"); // 00 05 68 65 6c 6c 6f
 * ```
 */
export function packFrame(content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === "string" ? encodeText(content) : content;
  const length = bytes.length;
  if (length > MAX_FRAME)
    throw new SkynetError(
      "NETPACK",
      `Invalid size (too long) of data : ${length}; a frame holds at most ${MAX_FRAME} bytes, so send it in parts`,
    );
  const frame = newBytes(length + 2);
  frame[0] = length >> 8;
  frame[1] = length;
  if (length <= 16) for (let i = 0; i < length; i++) frame[i + 2] = bytes[i]!;
  else frame.set(bytes, 2);
  return frame;
}

const none: readonly Uint8Array[] = [];
const empty = new Uint8Array(0);
/** The first room for a frame of which only a part is here; it grows with what arrives, not with what was announced. */
const FIRST_ROOM = 1024;

/**
 * Cuts one stream into frames. Chunks may be split and joined in any way, also between the two bytes of a length.
 *
 * A frame that lies in one chunk is a view of that chunk; one that lies in several is put together in bytes of its own.
 *
 * @example
 * ```ts
 * const splitter = new FrameSplitter();
 * for (const frame of splitter.feed(bytes)) skynet.error(`${frame.length} bytes`);
 * ```
 */
export class FrameSplitter {
  /** The high byte of a length whose low byte has not come, or -1. */
  #high = -1;
  /** The length of the frame that is partly here, or -1. */
  #wanted = -1;
  #have = 0;
  #partial = empty;

  /** Whether part of a frame is held. */
  get pending(): boolean {
    return this.#high >= 0 || this.#wanted >= 0;
  }

  /** Bytes of an unfinished frame held here, without its length. */
  get held(): number {
    return this.#have;
  }

  /** The size of the frame that is partly here, once its length has come; else -1. */
  get wanted(): number {
    return this.#wanted;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @param chunk - Belongs to the splitter from now on; frames may be views of it.
   * @returns the frames completed by it, in order; each is 0 to 65535 bytes, without its length.
   */
  feed(chunk: Uint8Array): readonly Uint8Array[] {
    const end = chunk.length;
    let at = 0;
    let frames: Uint8Array[] | undefined;
    if (this.pending) {
      if (end === 0) return none;
      if (this.#high >= 0) {
        this.#begin((this.#high << 8) | chunk[at++]!);
        this.#high = -1;
      }
      at = this.#fill(chunk, at);
      if (this.#have < this.#wanted) return none;
      frames = [this.#take()];
    }
    while (end - at >= 2) {
      const length = (chunk[at]! << 8) | chunk[at + 1]!;
      const next = at + 2 + length;
      if (next > end) {
        this.#begin(length);
        this.#fill(chunk, at + 2);
        return frames ?? none;
      }
      const frame = chunk.subarray(at + 2, next);
      if (frames === undefined) frames = [frame];
      else frames.push(frame);
      at = next;
    }
    if (at < end) this.#high = chunk[at]!;
    return frames ?? none;
  }

  /** Forgets an unfinished frame. */
  clear(): void {
    this.#high = -1;
    this.#wanted = -1;
    this.#have = 0;
    this.#partial = empty;
  }

  #begin(length: number): void {
    this.#wanted = length;
    this.#have = 0;
    this.#partial = length === 0 ? empty : new Uint8Array(Math.min(length, FIRST_ROOM));
  }

  /** Copies what belongs to the unfinished frame; gives the position after it. */
  #fill(chunk: Uint8Array, at: number): number {
    const more = Math.min(this.#wanted - this.#have, chunk.length - at);
    const have = this.#have + more;
    if (have > this.#partial.length) {
      const larger = new Uint8Array(Math.min(this.#wanted, Math.max(have, this.#partial.length * 2)));
      larger.set(this.#partial.subarray(0, this.#have));
      this.#partial = larger;
    }
    this.#partial.set(chunk.subarray(at, at + more), this.#have);
    this.#have = have;
    return at + more;
  }

  #take(): Uint8Array {
    const frame = this.#partial;
    this.clear();
    return frame;
  }
}
