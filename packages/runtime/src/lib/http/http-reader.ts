/**
 * Reads the parts of an HTTP message through a function that gives bytes: header blocks, bodies of a length, chunks.
 *
 * Knows nothing of requests and answers. Source: lualib/http/internal.lua; wire.md §12.
 *
 * @module
 */
import { runToEnd } from "../../core/api/services.ts";
import type { Operation } from "../../core/operation.ts";
import { connectionOf, SocketError } from "../sockethelper.ts";
import { ByteBuilder } from "./byte-builder.ts";
import { HEADER_LIMIT, parseFields } from "./fields.ts";
import type { Header } from "./fields.ts";

/** Gives what there is, at least one byte; throws when nothing comes any more. Plain or a generator. */
export type ReadBytes = (sz?: number) => Operation<Uint8Array> | Uint8Array | string;

/** Most bytes of a line that says how long a chunk is. */
const SIZE_LINE_LIMIT = 128;

const EMPTY = new Uint8Array(0);
const CR = 13;
const LF = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where a CRLF begins, or -1. */
function crlf(bytes: Uint8Array, from: number): number {
  for (let i = bytes.indexOf(CR, from); i >= 0; i = bytes.indexOf(CR, i + 1)) if (bytes[i + 1] === LF) return i;
  return -1;
}

/** Where an empty line begins: the CRLF before it. */
function emptyLine(bytes: Uint8Array, from: number): number {
  for (let i = crlf(bytes, from); i >= 0; i = crlf(bytes, i + 1)) if (bytes[i + 2] === CR && bytes[i + 3] === LF) return i;
  return -1;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** See the file's comment. */
export class HttpReader {
  readonly #read: ReadBytes;
  #rest: Uint8Array = EMPTY;

  constructor(read: ReadBytes) {
    this.#read = read;
  }

  /** What came and belongs to nothing that was read. */
  get rest(): Uint8Array {
    return this.#rest;
  }

  /** Gives what is left over back to the socket, so that whoever reads next gets it. Functions of somebody else cannot take it. */
  giveBack(): void {
    if (this.#rest.length > 0) connectionOf.get(this.#read)?.unread(this.#rest);
    this.#rest = EMPTY;
  }

  *#more(): Operation<Uint8Array> {
    const got = yield* runToEnd(this.#read());
    const bytes = typeof got === "string" ? encoder.encode(got) : got;
    if (bytes instanceof Uint8Array && bytes.length > 0) return bytes;
    throw new SocketError("read gave no bytes: the function must give at least one, or throw");
  }

  /** The lines up to an empty one; `undefined` when they are more than the limit. */
  *lines(): Operation<string[] | undefined> {
    let data = this.#rest.length > 0 ? this.#rest : yield* this.#more();
    for (let from = 0; ;) {
      if (data[0] === CR && data[1] === LF) {
        this.#rest = data.subarray(2);
        return [];
      }
      const end = emptyLine(data, from);
      if (end > HEADER_LIMIT || (end < 0 && data.length > HEADER_LIMIT + 3)) return undefined;
      if (end >= 0) {
        this.#rest = data.subarray(end + 4);
        return decoder.decode(data.subarray(0, end)).split("\r\n");
      }
      from = Math.max(0, data.length - 3);
      data = joined(data, yield* this.#more());
    }
  }

  /** So many bytes. */
  *exactly(size: number): Operation<Uint8Array> {
    if (this.#rest.length >= size) return this.#cut(size);
    const body = new ByteBuilder(size);
    yield* this.#into(body, size);
    return body.take();
  }

  /** What there is, at most so much, at least one byte: a piece of a body. */
  *some(most: number): Operation<Uint8Array> {
    if (this.#rest.length === 0) this.#rest = yield* this.#more();
    return this.#cut(Math.min(most, this.#rest.length));
  }

  #cut(size: number): Uint8Array {
    const part = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return part;
  }

  *#into(body: ByteBuilder, size: number): Operation<void> {
    for (let left = size; left > 0;) {
      const piece = yield* this.some(left);
      body.append(piece);
      left -= piece.length;
    }
  }

  /** The length of the next chunk; `undefined` when that is no length. */
  *chunkSize(): Operation<number | undefined> {
    for (;;) {
      const end = crlf(this.#rest, 0);
      if (end > SIZE_LINE_LIMIT || (end < 0 && this.#rest.length > SIZE_LINE_LIMIT)) return undefined;
      if (end >= 0) {
        const size = /^([0-9a-f]{1,12})[ \t]*(?:;[^\0\r\n]*)?$/i.exec(decoder.decode(this.#cut(end)))?.[1];
        this.#cut(2);
        return size === undefined ? undefined : Number.parseInt(size, 16);
      }
      this.#rest = joined(this.#rest, yield* this.#more());
    }
  }

  /** The line end behind a chunk. */
  *chunkEnd(): Operation<boolean> {
    while (this.#rest.length < 2) this.#rest = joined(this.#rest, yield* this.#more());
    const end = this.#cut(2);
    return end[0] === CR && end[1] === LF;
  }

  /** The fields behind the last chunk, into `header`. */
  *trailers(header: Header): Operation<boolean> {
    const lines = yield* this.lines();
    return lines !== undefined && parseFields(lines, 0, header);
  }

  /** A body in chunks, its trailers put into `header`; or what is wrong with it. */
  *chunked(limit: number, header: Header): Operation<Uint8Array | "bad" | "large"> {
    const body = new ByteBuilder();
    for (;;) {
      const size = yield* this.chunkSize();
      if (size === undefined) return "bad";
      if (size === 0) break;
      if (body.length + size > limit) return "large";
      yield* this.#into(body, size);
      if (!(yield* this.chunkEnd())) return "bad";
    }
    return (yield* this.trailers(header)) ? body.take() : "bad";
  }

  /** Everything until the peer closes; `undefined` when it is more than `limit`. */
  *toEnd(limit: number): Operation<Uint8Array | undefined> {
    const body = new ByteBuilder();
    for (;;) {
      body.append(this.#cut(this.#rest.length));
      if (body.length > limit) return undefined;
      try {
        this.#rest = yield* this.#more();
      } catch (error) {
        if (error instanceof SocketError && error.ended) return body.take();
        throw error;
      }
    }
  }
}
