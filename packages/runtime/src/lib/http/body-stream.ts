/**
 * The body of an answer in pieces, as they come.
 *
 * Source: lualib/http/internal.lua; api.md §7.
 *
 * @module
 */
import type { Operation } from "../../core/operation.ts";
import { operation } from "../../core/tracked.ts";
import { SkynetError } from "../../errors/error.ts";
import { SocketError } from "../sockethelper.ts";
import type { AnswerHead, ClientConnection } from "./client-connection.ts";
import type { Header } from "./fields.ts";

/** An answer whose body is read in pieces: call it for the next one until it gives nothing, then it has closed itself. */
export interface HttpStream {
  (): Operation<Uint8Array | undefined>;
  readonly status: number;
  readonly header: Header;
  /** `true`: there is more to come. `undefined`: it is complete. `false`: it broke off. */
  readonly connected: boolean | undefined;
  /** Closes the connection, however much is left; once is enough. Suspends. */
  readonly close: () => Operation<void>;
}

const EMPTY = new Uint8Array(0);
/** Most bytes of a piece. */
const PIECE = 64 * 1024;

/** Makes the stream of an answer whose head was read. */
export function bodyStream(connection: ClientConnection, { status, header, length }: AnswerHead): HttpStream {
  const { reader } = connection;
  let connected: boolean | undefined = true;
  /** Bytes left of the body, or of the chunk. */
  let left = typeof length === "number" ? length : 0;

  function* fixed(): Operation<Uint8Array> {
    const piece = left === 0 ? EMPTY : yield* reader.some(Math.min(left, PIECE));
    left -= piece.length;
    if (left === 0) connected = undefined;
    return piece;
  }

  function* chunked(): Operation<Uint8Array> {
    if (left === 0) {
      const size = yield* reader.chunkSize();
      if (size === undefined) throw new SkynetError("HTTP", "Invalid response body: its chunks are none");
      if (size === 0) {
        if (!(yield* reader.trailers(header))) throw new SkynetError("HTTP", "Invalid response body: its trailers are no fields");
        connected = undefined;
        return EMPTY;
      }
      left = size;
    }
    const piece = yield* reader.some(Math.min(left, PIECE));
    left -= piece.length;
    if (left === 0 && !(yield* reader.chunkEnd())) throw new SkynetError("HTTP", "Invalid response body: its chunks are none");
    return piece;
  }

  function* untilEnd(): Operation<Uint8Array> {
    try {
      return yield* reader.some(PIECE);
    } catch (error) {
      if (!(error instanceof SocketError) || !error.ended) throw error;
      connected = undefined;
      return EMPTY;
    }
  }

  const next = length === "chunked" ? chunked : length === undefined ? untilEnd : fixed;

  function* read(): Operation<Uint8Array | undefined> {
    if (connected !== true) {
      yield* connection.close();
      return undefined;
    }
    let settled = false;
    try {
      const piece = yield* next();
      settled = true;
      return piece;
    } catch (error) {
      settled = true;
      connected = false;
      yield* connection.close();
      throw error;
    } finally {
      if (!settled) {
        // Its task was ended from outside: what is left belongs to nobody.
        connected = false;
        connection.drop();
      }
    }
  }

  function* close(): Operation<void> {
    if (connected === true) connected = false;
    yield* connection.close();
  }

  const stream = operation("stream", read);
  Object.defineProperties(stream, {
    status: { value: status, enumerable: true },
    header: { value: header, enumerable: true },
    connected: { get: () => connected, enumerable: true },
    close: { value: operation("stream.close", close), enumerable: true },
  });
  return stream as unknown as HttpStream;
}
