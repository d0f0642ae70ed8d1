/**
 * `http.httpc`: asks HTTP servers, one connection for each request.
 *
 * Source: lualib/http/httpc.lua; api.md §7, wire.md §12.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { operation } from "../core/tracked.ts";
import { dns as resolver } from "./dns.ts";
import { bodyStream } from "./http/body-stream.ts";
import type { HttpStream } from "./http/body-stream.ts";
import { ClientConnection, clientState, parseTarget } from "./http/client-connection.ts";
import type { AnswerHead } from "./http/client-connection.ts";
import type { Header, SentHeader } from "./http/fields.ts";

export type { HttpStream } from "./http/body-stream.ts";
export type { Header, SentHeader } from "./http/fields.ts";

/** Status and body of an answer. */
export type Answer = readonly [status: number, body: Uint8Array];

/** Text or bytes that are sent with a request. */
export type Content = string | Uint8Array;

const encoder = new TextEncoder();

/**
 * Asks a name server for host names from now on, in this service, in place of the host's own resolver. WebSocket's `connect` does so too.
 *
 * @param server - As for `dns.server`. Default: the first one of the resolver's configuration.
 * @param port - Default 53.
 */
function dns(server?: string, port?: number): void {
  clientState().asyncDns = true;
  resolver.server(server, port);
}

function* ask(
  method: string,
  hostname: string,
  url: string,
  recvheader: Header | undefined,
  header: SentHeader | undefined,
  content: Content | undefined,
): Operation<readonly [connection: ClientConnection, head: AnswerHead]> {
  const target = parseTarget(hostname, ["http", "https"]);
  const connection = yield* ClientConnection.connect(target, clientState().timeout);
  let answered = false;
  try {
    connection.send(method, target.given, url, header, content);
    const head = yield* connection.head(method, recvheader);
    answered = true;
    return [connection, head];
  } catch (error) {
    const failure = connection.failure(error);
    yield* connection.close();
    throw failure;
  } finally {
    if (!answered) connection.drop();
  }
}

/**
 * Asks, and waits for the whole answer.
 *
 * @param hostname - `host`, `host:port` or `[v6]:port`, also behind `http://` or `https://`. Without a port 80, or 443. The certificate of an
 * `https` server must be for this host, see tlshelper.
 * @param url - The rest of the address, with what it takes written as `%XX`.
 * @param recvheader - A table that gets the fields of the answer: lower-case names; a list for a field that comes more than once.
 * @param header - Fields to send. Host and Content-length are added.
 * @param content - A body. With the field `transfer-encoding: chunked` it is in chunks already.
 * @returns status and body. A status like 404 is an answer as any other.
 * @throws SocketError when the connection fails, ends early, or takes longer than `httpc.timeout`; SkynetError `HTTP` for an answer that is
 * none, or has more than `httpc.bodylimit` bytes; `DNS` when the name server of `httpc.dns` knows no address; `ARGUMENT` for what cannot be
 * sent.
 * @remarks Suspends.
 */
function* request(
  method: string,
  hostname: string,
  url: string,
  recvheader?: Header,
  header?: SentHeader,
  content?: Content,
): Operation<Answer> {
  const [connection, head] = yield* ask(method, hostname, url, recvheader, header, content);
  try {
    const body = yield* connection.body(head, clientState().bodylimit);
    yield* connection.close();
    return [head.status, body];
  } catch (error) {
    const failure = connection.failure(error);
    yield* connection.close();
    throw failure;
  } finally {
    connection.drop();
  }
}

/**
 * {@link request} with GET.
 *
 * @example
 * ```ts
 * import { skynet } from "@skyloom/runtime";
 * import type { Operation } from "@skyloom/runtime";
 * import { httpc } from "@skyloom/runtime/httpc";
 *
 * function* rates(): Operation<string> {
 *   httpc.timeout = 500; // 5 s, for all requests of this service
 *   const [status, body] = yield* httpc.get("https://bank.example", "/rates?of=today");
 *   if (status !== 200) throw new Error(`the bank says ${status}`);
 *   return skynet.totext(body) as string;
 * }
 * ```
 */
function* get(hostname: string, url: string, recvheader?: Header, header?: SentHeader, content?: Content): Operation<Answer> {
  return yield* request("GET", hostname, url, recvheader, header, content);
}

/** {@link request} with HEAD. @returns the status. @remarks Suspends. */
function* head(hostname: string, url: string, recvheader?: Header, header?: SentHeader, content?: Content): Operation<number> {
  const [connection, { status }] = yield* ask("HEAD", hostname, url, recvheader, header, content);
  yield* connection.close();
  return status;
}

/** Every byte but letters, digits and `_` as %XX. */
function escape(value: string | number | boolean): string {
  let text = "";
  for (const byte of encoder.encode(String(value))) {
    const char = String.fromCharCode(byte);
    text += /[A-Za-z0-9_]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** {@link request} with POST, and a form in the body as browsers write it. @remarks Suspends. */
function* post(
  host: string,
  url: string,
  form: Readonly<Record<string, string | number | boolean>>,
  recvheader?: Header,
): Operation<Answer> {
  const body = Object.entries(form).map(([key, value]) => `${escape(key)}=${escape(value)}`);
  return yield* request("POST", host, url, recvheader, { "content-type": "application/x-www-form-urlencoded" }, body.join("&"));
}

/**
 * Asks, and gives the body in pieces. `httpc.timeout` counts up to the body; how long that may take is for the caller to say, by closing.
 *
 * @returns a stream: call it for the next piece, until it gives nothing. The last piece may be empty. It throws when the body breaks off.
 * @throws as {@link request}.
 * @remarks Suspends. A stream that is not read to its end must be closed.
 *
 * @example
 * ```ts
 * import type { Operation } from "@skyloom/runtime";
 * import { httpc } from "@skyloom/runtime/httpc";
 *
 * function* size(host: string, url: string): Operation<number> {
 *   const stream = yield* httpc.request_stream("GET", host, url);
 *   let bytes = 0;
 *   for (let piece = yield* stream(); piece !== undefined; piece = yield* stream()) bytes += piece.length;
 *   return bytes;
 * }
 * ```
 */
function* request_stream(
  method: string,
  hostname: string,
  url: string,
  recvheader?: Header,
  header?: SentHeader,
  content?: Content,
): Operation<HttpStream> {
  const [connection, answer] = yield* ask(method, hostname, url, recvheader, header, content);
  connection.takeTime();
  return bodyStream(connection, answer);
}

/** HTTP, the client's side. */
export const httpc: {
  /** Centiseconds that a request may take, connecting included; `undefined`, as at first: for ever. Each service has its own. */
  timeout: number | undefined;
  /** Most bytes of an answer's body, for all but streams. At first 64 MiB. Each service has its own. */
  bodylimit: number;
  readonly dns: typeof dns;
  readonly request: typeof request;
  readonly get: typeof get;
  readonly head: typeof head;
  readonly post: typeof post;
  readonly request_stream: typeof request_stream;
} = {
  get timeout(): number | undefined {
    return clientState().timeout;
  },
  set timeout(cs: number | undefined) {
    clientState().timeout = cs;
  },
  get bodylimit(): number {
    return clientState().bodylimit;
  },
  set bodylimit(bytes: number) {
    clientState().bodylimit = bytes;
  },
  dns,
  request: operation("httpc.request", request),
  get: operation("httpc.get", get),
  head: operation("httpc.head", head),
  post: operation("httpc.post", post),
  request_stream: operation("httpc.request_stream", request_stream),
};
