/**
 * `http.httpd`: reads requests and writes answers, through functions that read and write bytes.
 *
 * Knows no sockets: sockethelper and tlshelper make the functions. Source: lualib/http/httpd.lua; api.md §7, wire.md §12.
 *
 * @module
 */
import { caughtError } from "../core/failures.ts";
import type { Operation } from "../core/operation.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { lift, setDeadline } from "./http/deadline.ts";
import type { Deadline } from "./http/deadline.ts";
import { formatFields, framing, makeHeader, parseFields, parseRequestLine } from "./http/fields.ts";
import type { Header, SentHeader } from "./http/fields.ts";
import { HttpReader } from "./http/http-reader.ts";
import type { ReadBytes } from "./http/http-reader.ts";
import { connectionOf, SocketError } from "./sockethelper.ts";
import type { WriteFunc } from "./sockethelper.ts";

export type { Header, SentHeader } from "./http/fields.ts";
export type { ReadBytes } from "./http/http-reader.ts";

/** A request; or the status that tells its sender why it is none; or why nothing came. */
export type HttpRequest =
  | readonly [code: 200, url: string, method: string, header: Header, body: Uint8Array]
  | readonly [code: 400 | 413 | 501 | 505, url: undefined, method: undefined, header: undefined, body: undefined]
  | readonly [code: undefined, error: Error, method: undefined, header: undefined, body: undefined];

/** Limits of {@link httpd.read_request}. */
export interface RequestOptions {
  /**
   * Centiseconds that a whole request may take, from the call on; then the socket is shut down. Default 6000; `Infinity`: none. It counts
   * for the functions that sockethelper and tlshelper make: those of others it cannot end.
   */
  readonly timeout?: number;
}

/** Whether it was written, or why not. */
export type Written = readonly [ok: true, error: undefined] | readonly [ok: false, error: Error];

/** A piece of a body; nothing: it was the last. */
export type Piece = string | Uint8Array | undefined;

/** A body that is not known yet: called until it gives nothing. */
export type BodyFunc = () => Piece;
/** The same, for what must wait: called until it gives nothing. */
export type SuspendingBodyFunc = () => Operation<Piece>;

/** Bytes of a body when nobody says how many may come. */
const BODY_LIMIT = 16 * 1024 * 1024;
/** Centiseconds. */
const TIMEOUT = 6000;

const encoder = new TextEncoder();

/** The phrases behind the status codes. */
const phrases: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  305: "Use Proxy",
  307: "Temporary Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Time-out",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  415: "Unsupported Media Type",
  416: "Requested range not satisfiable",
  417: "Expectation Failed",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version not supported",
};

function refused(code: 400 | 413 | 501 | 505): HttpRequest {
  return [code, undefined, undefined, undefined, undefined];
}

function failed(error: Error): HttpRequest {
  return [undefined, error, undefined, undefined, undefined];
}

function* readAll(reader: HttpReader, limit: number): Operation<HttpRequest> {
  const lines = yield* reader.lines();
  if (lines === undefined) return refused(413);
  const first = parseRequestLine(lines[0] ?? "");
  if (first === undefined)
    throw new SkynetError("HTTP", `${JSON.stringify((lines[0] ?? "").slice(0, 64))} is no HTTP request: it takes METHOD address HTTP/1.1`);
  if (first.version < 1 || first.version > 1.1) return refused(505);
  const header = makeHeader();
  if (!parseFields(lines, 1, header)) return refused(400);
  const length = framing(header);
  if (length === "unknown encoding") return refused(501);
  if (length === "bad") return refused(400);
  if (length === "chunked") {
    const body = yield* reader.chunked(limit, header);
    if (body === "bad") return refused(400);
    if (body === "large") return refused(413);
    return [200, first.url, first.method, header, body];
  }
  if (length !== undefined && length > limit) return refused(413);
  return [200, first.url, first.method, header, yield* reader.exactly(length ?? 0)];
}

/**
 * Reads one request. Called again with the same function it reads the next one of the connection.
 *
 * @param readbytes - Gives bytes: `sockethelper.readfunc(fd)`, `tlshelper.readfunc(fd, tls)`, or one of your own that gives at least one
 * byte, or throws.
 * @param bodylimit - Most bytes of a body. Default 16 MiB; `Infinity`: all that the memory holds.
 * @returns `[200, url, method, header, body]`; or a status alone to answer with: 400 for fields or lengths that are none, 413 for a header
 * of more than 8192 bytes or a body over the limit, 501 for an unknown transfer encoding, 505 for another HTTP; or `[undefined, error]`
 * when the connection ended or broke, when the time was over, or when this is no HTTP at all. Names of fields are lower-case.
 * @remarks Suspends. Never throws.
 *
 * @example
 * ```ts
 * import { defineService, skynet } from "@skyloom/runtime";
 * import { httpd } from "@skyloom/runtime/httpd";
 * import { socket } from "@skyloom/runtime/socket";
 * import { sockethelper } from "@skyloom/runtime/sockethelper";
 *
 * export default defineService(function* (port: number) {
 *   const [listener] = yield* socket.listen("0.0.0.0", port);
 *   yield* socket.start(listener, function* (fd) {
 *     yield* socket.start(fd);
 *     const [code, url] = yield* httpd.read_request(sockethelper.readfunc(fd), 8192);
 *     if (code === 200) httpd.write_response(sockethelper.writefunc(fd), 200, `you asked for ${url}\n`);
 *     else if (code !== undefined) httpd.write_response(sockethelper.writefunc(fd), code);
 *     else skynet.error("no request:", url.message);
 *     yield* socket.close(fd);
 *   });
 *   return {};
 * });
 * ```
 */
function* read_request(readbytes: ReadBytes, bodylimit: number = BODY_LIMIT, options?: RequestOptions): Operation<HttpRequest> {
  const reader = new HttpReader(readbytes);
  const fd = connectionOf.get(readbytes)?.fd;
  const timeout = options?.timeout ?? TIMEOUT;
  let deadline: Deadline | undefined;
  try {
    if (fd !== undefined && timeout < Infinity) deadline = setDeadline(fd, timeout);
    const request = yield* readAll(reader, bodylimit);
    reader.giveBack();
    return request;
  } catch (error) {
    if (deadline?.over === true) return failed(new SocketError(`no whole HTTP request within ${timeout / 100} s fd = ${fd}`));
    return failed(caughtError(error));
  } finally {
    lift(deadline);
  }
}

/** Fields that say how long the body is: ours are right. */
const FRAMING = ["content-length", "transfer-encoding"];

function chunk(piece: string | Uint8Array): (string | Uint8Array)[] | undefined {
  const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
  return bytes.length === 0 ? undefined : [`\r\n${bytes.length.toString(16)}\r\n`, bytes];
}

const LAST_CHUNK = "\r\n0\r\n\r\n";

function wrong(error: unknown): Written {
  return [false, caughtError(error)];
}

/** Writes an answer whose body has to wait for its pieces. `first` is the first of them. */
function writeSlowly(
  write: WriteFunc,
  statuscode: number,
  body: SuspendingBodyFunc,
  head: string,
  first: Operation<Piece>,
): Operation<Written> {
  // What it shows of itself when it is never run is what was asked for.
  const asked = function* (..._arguments: unknown[]): Operation<Written> {
    try {
      write(head);
      for (let piece = yield* first; piece !== undefined; piece = yield* body()) {
        const bytes = chunk(piece);
        if (bytes !== undefined) write(bytes);
      }
      write(LAST_CHUNK);
      return [true, undefined];
    } catch (error) {
      return wrong(error);
    }
  };
  return operation("httpd.write_response", asked)(write, statuscode, body);
}

/**
 * Writes an answer.
 *
 * @param write - `sockethelper.writefunc(fd)` or `tlshelper.writefunc(fd, tls)`.
 * @param body - Text or bytes, sent with their length; or a function, sent in chunks: it is called until it gives nothing; or nothing.
 * With a generator function this is an operation: `yield* httpd.write_response(…)`.
 * @param header - Fields to send; a list repeats the field. With a body, fields that say its length are left out: they are known.
 * @returns `[true]`, or `[false, error]`: the connection is over, the body threw, or a field cannot be sent. Never throws.
 *
 * @example
 * ```ts
 * import { httpd } from "@skyloom/runtime/httpd";
 * import { sockethelper } from "@skyloom/runtime/sockethelper";
 *
 * function count(fd: number): void {
 *   let n = 0;
 *   const [ok, error] = httpd.write_response(sockethelper.writefunc(fd), 200, () => (n < 3 ? `${n++}\n` : undefined));
 *   if (!ok) throw error;
 * }
 * ```
 */
function write_response(write: WriteFunc, statuscode: number, body?: string | Uint8Array | BodyFunc, header?: SentHeader): Written;
function write_response(write: WriteFunc, statuscode: number, body: SuspendingBodyFunc, header?: SentHeader): Operation<Written>;
function write_response(
  write: WriteFunc,
  statuscode: number,
  body?: string | Uint8Array | BodyFunc | SuspendingBodyFunc,
  header?: SentHeader,
): Written | Operation<Written> {
  try {
    if (!Number.isInteger(statuscode) || statuscode < 100 || statuscode > 999)
      throw new SkynetError("ARGUMENT", `an HTTP status is a whole number from 100 to 999, not ${String(statuscode)}`);
    const fields = formatFields(header, ": ", body === undefined ? [] : FRAMING);
    const head = `HTTP/1.1 ${statuscode} ${phrases[statuscode] ?? ""}\r\n${fields}`;
    if (body === undefined) write(`${head}\r\n`);
    else if (typeof body !== "function") {
      const bytes = typeof body === "string" ? encoder.encode(body) : body;
      write([`${head}content-length: ${bytes.length}\r\n\r\n`, bytes]);
    } else {
      const first = body();
      const chunked = `${head}transfer-encoding: chunked\r\n`;
      if (typeof first === "object" && "next" in first)
        return writeSlowly(write, statuscode, body as SuspendingBodyFunc, chunked, first as Operation<Piece>);
      write(chunked);
      for (let piece = first as Piece; piece !== undefined; piece = (body as BodyFunc)()) {
        const bytes = chunk(piece);
        if (bytes !== undefined) write(bytes);
      }
      write(LAST_CHUNK);
    }
    return [true, undefined];
  } catch (error) {
    return wrong(error);
  }
}

/** HTTP, the server's side. */
export const httpd: {
  readonly read_request: typeof read_request;
  readonly write_response: typeof write_response;
} = { read_request: operation("httpd.read_request", read_request), write_response };
