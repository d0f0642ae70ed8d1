/**
 * Puts the frames of one connection together to messages, in their order. Knows no sockets.
 *
 * @module
 */
import { ByteBuilder } from "../http/byte-builder.ts";
import { FrameDecoder, FrameError, opcode } from "./frame.ts";
import type { Frame } from "./frame.ts";

/** A whole message, or a frame that stands for itself: close, ping, pong. */
export interface Received {
  readonly op: number;
  readonly payload: Uint8Array;
}

/** Takes bytes, gives messages. */
export class MessageReader {
  readonly #limit: number;
  readonly #frames: FrameDecoder;
  #parts: ByteBuilder | undefined;
  #op = 0;

  /** @param limit - Most bytes of a message. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#frames = new FrameDecoder(limit);
  }

  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  /** The next one; `undefined` when it has not come whole. @throws FrameError for what breaks the rules. */
  next(): Received | undefined {
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      if (frame.op >= 8) return frame;
      const whole = this.#add(frame);
      if (whole !== undefined) return whole;
    }
    return undefined;
  }

  #add(frame: Frame): Received | undefined {
    if ((frame.op === opcode.frame) === (this.#parts === undefined))
      throw new FrameError(
        1002,
        this.#parts === undefined ? "a message continues that did not begin" : "a message begins inside of another",
      );
    if (this.#parts === undefined) {
      if (frame.fin) return frame;
      this.#parts = new ByteBuilder();
      this.#op = frame.op;
    }
    const parts = this.#parts;
    if (parts.length + frame.payload.length > this.#limit)
      throw new FrameError(1009, `payload_len is too large: a message in parts of more than ${this.#limit} bytes`);
    parts.append(frame.payload);
    if (!frame.fin) return undefined;
    this.#parts = undefined;
    return { op: this.#op, payload: parts.take() };
  }
}
