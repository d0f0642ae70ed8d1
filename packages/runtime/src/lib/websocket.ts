/**
 * `http.websocket`: WebSocket over a socket, the server's and the client's side.
 *
 * Source: lualib/http/websocket.lua; api.md §7, wire.md §12.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import { caughtError } from "../core/failures.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { lift, setDeadline } from "./http/deadline.ts";
import { ClientConnection, parseTarget } from "./http/client-connection.ts";
import { makeHeader, parseFields, parseRequestLine, single } from "./http/fields.ts";
import type { Header, SentHeader } from "./http/fields.ts";
import { HttpReader } from "./http/http-reader.ts";
import { httpd } from "./httpd.ts";
import { drop } from "./socket-state.ts";
import { socket } from "./socket.ts";
import { SocketError, sockethelper } from "./sockethelper.ts";
import type { ReadFunc, WriteFunc } from "./sockethelper.ts";
import { tlshelper } from "./tlshelper.ts";
import type { TlsContext } from "./tlshelper.ts";
import { encodeFrame, FrameError, opcode } from "./websocket/frame.ts";
import { answerHandshake, askingHeader, checkAnswer, makeKey } from "./websocket/handshake.ts";
import type { Refusal } from "./websocket/handshake.ts";
import { MessageReader } from "./websocket/messages.ts";

export type { Header, SentHeader } from "./http/fields.ts";

/** How a message was sent. */
export type MessageKind = "text" | "binary";

/** What a server does with a connection. Functions may be plain or generators; the next frame waits for them. */
export interface WebSocketHandler {
  /** There is a connection; nothing was read from it. */
  connect?(id: number): unknown;
  /** It is a WebSocket now. */
  handshake?(id: number, header: Readonly<Header>, url: string): unknown;
  /** A whole message. Its bytes may be kept; `skynet.totext` makes text of them. */
  message?(id: number, data: Uint8Array, kind: MessageKind): unknown;
  /** A ping came, and was answered. */
  ping?(id: number): unknown;
  pong?(id: number): unknown;
  /** It is over: with what the peer's close frame said (an empty reason when it gave a code alone), or with nothing. */
  close?(id: number, code?: number, reason?: string): unknown;
  /** It broke: the peer was gone without a close frame, or was shut out because it sent pings and never read the pongs. */
  error?(id: number, error: SocketError): unknown;
  /** So many KiB wait to be sent, as the peer does not read them; see `socket.warning`. Nothing but this bounds what `write` piles up. */
  warning?(id: number, kib: number): unknown;
}

/** Settings of {@link websocket.accept}. */
export interface AcceptOptions {
  /** A handshake that was read already, by `httpd.read_request`: the socket is started, and not read again. */
  readonly upgrade?: { readonly header: Readonly<Header>; readonly method: string; readonly url: string };
  /** Centiseconds that TLS and the handshake may take together. Default 3000; `Infinity`: for ever. */
  readonly timeout?: number;
}

/** Whether a connection ended as it should, or the error that ended it. */
export type Accepted = readonly [ok: true, error: undefined] | readonly [ok: false, error: Error];

/** A message; or `false` and the payload of the peer's close frame. */
export type Message = readonly [data: Uint8Array, closed: undefined] | readonly [data: false, closed: Uint8Array];

/** Most bytes of a message to a server, and of each frame. */
const SERVER_LIMIT = 256 * 1024;
/** Most bytes of a message to a client. */
const CLIENT_LIMIT = 16 * 1024 * 1024;
/** Centiseconds. */
const HANDSHAKE_TIMEOUT = 3000;
/** Bytes of pongs that may wait for a peer who does not read them. */
const PONG_LIMIT = 1024 * 1024;
/** Bytes of pongs after which is looked whether they are read; and what may wait then as if nothing did. */
const PONG_LOOK = 64 * 1024;
/** Bytes of random numbers for masks, drawn at a time. */
const KEY_POOL = 1024;

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One connection. */
class Connection {
  readonly id: number;
  readonly client: boolean;
  readonly addr: string | undefined;
  readonly read: ReadFunc;
  readonly write: WriteFunc;
  readonly messages: MessageReader;
  readonly goodbye: (() => void) | undefined;
  realIp: string | undefined;
  #keys = EMPTY;
  #keysUsed = 0;
  /** Bytes of pongs since the output was last seen to flow. */
  #pongs = 0;
  #nextLook = PONG_LOOK;

  constructor(id: number, client: boolean, addr: string | undefined, read: ReadFunc, write: WriteFunc, goodbye: (() => void) | undefined) {
    this.id = id;
    this.client = client;
    this.addr = addr;
    this.read = read;
    this.write = write;
    this.goodbye = goodbye;
    this.messages = new MessageReader(client ? CLIENT_LIMIT : SERVER_LIMIT);
  }

  /** Clients mask what they send, as every server expects of them; servers do not. */
  send(op: number, payload: Uint8Array, key?: number): void {
    this.write(encodeFrame(op, payload, key ?? (this.client ? this.#key() : undefined)));
  }

  /** Answers a ping. @throws SocketError when the peer only asks and never reads: then its connection is shut down. */
  pong(payload: Uint8Array): void {
    this.send(opcode.pong, payload);
    this.#pongs += payload.length + 2;
    if (this.#pongs < this.#nextLook) return;
    const info = socket.netstat(this.id);
    const waiting = info === undefined || info.type === "LISTEN" ? 0 : info.wbuffer;
    this.#nextLook += PONG_LOOK;
    if (waiting < PONG_LOOK) {
      this.#pongs = 0;
      this.#nextLook = PONG_LOOK;
    } else if (this.#pongs >= PONG_LIMIT) {
      socket.shutdown(this.id);
      const size = Math.ceil(waiting / 1024);
      throw new SocketError(`the peer sends pings and does not read the answers: ${size} KiB wait for it fd = ${this.id}`);
    }
  }

  #key(): number {
    if (this.#keysUsed === this.#keys.length) {
      this.#keys = new Uint8Array(KEY_POOL);
      currentContext("websocket").kernel.ports.random(this.#keys);
      this.#keysUsed = 0;
    }
    let key = 0;
    for (let i = 0; i < 4; i++) key = (key << 8) | this.#keys[this.#keysUsed++]!;
    return key >>> 0;
  }

  /** Sends a close frame; that the peer is gone already is no news. */
  sayClose(payload: Uint8Array): void {
    try {
      this.send(opcode.close, payload);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
    }
  }
}

const pool = perService(() => ({ open: new Map<number, Connection>(), tls: undefined as TlsContext | undefined }));

function find(id: number, what: string): Connection {
  const ws = pool().open.get(id);
  if (ws === undefined) throw new SkynetError("WEBSOCKET", `websocket.${what}: ${id} is no open WebSocket of this service`);
  return ws;
}

function* release(ws: Connection): Operation<void> {
  const { open } = pool();
  if (open.get(ws.id) === ws) open.delete(ws.id);
  yield* socket.close(ws.id);
  ws.goodbye?.();
}

function closePayload(code: number | undefined, reason: string | undefined): Uint8Array {
  if (code === undefined) return EMPTY;
  if (!Number.isInteger(code) || code < 0 || code > 65535)
    throw new SkynetError("ARGUMENT", `a close code is a whole number from 0 to 65535, not ${String(code)}`);
  const text = encoder.encode(reason ?? "");
  if (text.length > 123) throw new SkynetError("ARGUMENT", `the reason of a close frame has at most 123 bytes, not ${text.length}`);
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >> 8;
  payload[1] = code & 255;
  payload.set(text, 2);
  return payload;
}

// --- server

function* begin(id: number, protocol: string, addr: string | undefined): Operation<Connection> {
  if (protocol !== "wss") return new Connection(id, false, addr, sockethelper.readfunc(id), sockethelper.writefunc(id), undefined);
  const tls = tlshelper.newtls("server", (pool().tls ??= tlshelper.newctx()));
  yield* tlshelper.init_responsefunc(id, tls)();
  return new Connection(id, false, addr, tlshelper.readfunc(id, tls), tlshelper.writefunc(id, tls), tlshelper.closefunc(tls));
}

interface Asked {
  readonly header: Readonly<Header>;
  readonly method: string;
  readonly url: string;
}

/** Reads the request for the handshake; or says what to answer in place of it. */
function* readAsked(ws: Connection): Operation<Asked | Refusal | { readonly code: 413 | 505; readonly reason: undefined }> {
  const reader = new HttpReader(ws.read);
  const lines = yield* reader.lines();
  if (lines === undefined) return { code: 413, reason: undefined };
  if (reader.rest.length > 0) ws.messages.push(reader.rest);
  const first = parseRequestLine(lines[0] ?? "");
  if (first === undefined)
    throw new SkynetError("WEBSOCKET", `${JSON.stringify((lines[0] ?? "").slice(0, 64))} is no HTTP request for a WebSocket`);
  if (first.method !== "GET") return { code: 400, reason: "need GET method" };
  if (first.version < 1.1) return { code: 505, reason: undefined };
  const header = makeHeader();
  if (!parseFields(lines, 1, header)) return { code: 400, reason: "Bad Request" };
  return { ...first, header };
}

/** @returns whether it is a WebSocket now. */
function* shakeHands(ws: Connection, handle: WebSocketHandler, options: AcceptOptions | undefined): Operation<boolean> {
  const asked = options?.upgrade ?? (yield* readAsked(ws));
  const answer = "code" in asked ? asked : answerHandshake(asked.method, asked.header);
  if (typeof answer !== "string") {
    const [ok, error] = httpd.write_response(ws.write, answer.code, answer.reason);
    if (!ok) throw error;
    return false;
  }
  const { header, url } = asked as Asked;
  ws.realIp = single(header, "x-real-ip");
  ws.write(answer);
  yield* runToEnd(handle.handshake?.(ws.id, header, url));
  return true;
}

/** Reads until it is over. */
function* serve(ws: Connection, handle: WebSocketHandler): Operation<void> {
  const { id, messages } = ws;
  const { open } = pool();
  for (;;) {
    if (open.get(id) !== ws) {
      yield* runToEnd(handle.close?.(id));
      return;
    }
    const received = messages.next();
    if (received === undefined) {
      messages.push(yield* ws.read());
      continue;
    }
    const { op, payload } = received;
    switch (op) {
      case opcode.close: {
        ws.sayClose(EMPTY);
        const code = payload.length >= 2 ? payload[0]! * 256 + payload[1]! : undefined;
        yield* runToEnd(handle.close?.(id, code, code === undefined ? undefined : decoder.decode(payload.subarray(2))));
        return;
      }
      case opcode.ping:
        ws.pong(payload);
        yield* runToEnd(handle.ping?.(id));
        break;
      case opcode.pong:
        yield* runToEnd(handle.pong?.(id));
        break;
      default: {
        const result = handle.message?.(id, payload, op === opcode.text ? "text" : "binary");
        if (result !== undefined) yield* runToEnd(result);
      }
    }
  }
}

/**
 * Makes an accepted socket a WebSocket, and stays with it until it is over: run it in a task of its own.
 *
 * @param socket_id - From the function given to `socket.start(listener, …)`; it is started here.
 * @param protocol - `"ws"` (default), or `"wss"`: with TLS and the certificate of the configuration, see tlshelper.
 * @param addr - For `websocket.addrinfo`.
 * @returns `[true]` when it ended as connections end, or `[false, error]`: it could not be started, the peer broke the rules (it is told
 * by a close frame: 1002, or 1009 for a message of more than 256 KiB), the handshake took too long, or a function of `handle` threw.
 * @remarks Suspends. The socket is closed when it returns.
 *
 * @example
 * ```ts
 * import { defineService, skynet } from "@skyloom/runtime";
 * import { socket } from "@skyloom/runtime/socket";
 * import { websocket } from "@skyloom/runtime/websocket";
 *
 * export default defineService(function* (port: number) {
 *   const [listener] = yield* socket.listen("0.0.0.0", port);
 *   yield* socket.start(listener, function* (id, addr) {
 *     const echo = { message: (ws: number, data: Uint8Array, kind: "text" | "binary") => websocket.write(ws, data, kind) };
 *     const [ok, error] = yield* websocket.accept(id, echo, "ws", addr);
 *     if (!ok) skynet.error(`WebSocket of ${addr}:`, error.message);
 *   });
 *   return {};
 * });
 * ```
 */
function* accept(
  socket_id: number,
  handle: WebSocketHandler = {},
  protocol: "ws" | "wss" = "ws",
  addr?: string,
  options?: AcceptOptions,
): Operation<Accepted> {
  const id = socket_id;
  if (protocol !== "ws" && protocol !== "wss")
    throw new SkynetError("ARGUMENT", `websocket.accept takes "ws" or "wss", not ${JSON.stringify(protocol)}`);
  if (protocol === "wss" && options?.upgrade !== undefined)
    throw new SkynetError(
      "ARGUMENT",
      "websocket.accept cannot take a handshake over from a TLS connection: accept it as a WebSocket at once",
    );
  if (options?.upgrade === undefined) {
    const [started, reason] = yield* socket.start(id);
    if (started === undefined) return [false, new SocketError(reason)];
  }
  const { open } = pool();
  const timeout = options?.timeout ?? HANDSHAKE_TIMEOUT;
  const deadline = timeout < Infinity ? setDeadline(id, timeout) : undefined;
  let ws: Connection | undefined;
  let settled = false;
  const over = (): boolean => ws !== undefined && open.get(id) !== ws;
  function* leave(): Operation<void> {
    settled = true;
    if (ws === undefined) yield* socket.close(id);
    else if (!over()) yield* release(ws);
  }
  try {
    ws = yield* begin(id, protocol, addr);
    open.set(id, ws);
    if (handle.warning !== undefined) socket.warning(id, (_id, kib) => void handle.warning!(id, kib));
    yield* runToEnd(handle.connect?.(id));
    const agreed = yield* shakeHands(ws, handle, options);
    lift(deadline);
    if (agreed) yield* serve(ws, handle);
    else yield* runToEnd(handle.close?.(id));
    yield* leave();
    return [true, undefined];
  } catch (thrown) {
    const error = caughtError(thrown);
    const closedHere = over();
    if (error instanceof FrameError) ws?.sayClose(closePayload(error.status, ""));
    yield* leave();
    if (deadline?.over === true) return [false, new SocketError(`no WebSocket handshake within ${timeout / 100} s fd = ${id}`)];
    if (!(error instanceof SocketError) || ws === undefined) return [false, error];
    yield* runToEnd(closedHere ? handle.close?.(id) : handle.error?.(id, error));
    return [true, undefined];
  } finally {
    lift(deadline);
    if (!settled) {
      // Its task was ended from outside: nobody can wait for anything here.
      if (ws !== undefined && !over()) open.delete(id);
      drop(id);
    }
  }
}

// --- client

/**
 * Connects.
 *
 * @param url - `ws://host:port/path?query` or `wss://…`.
 * @param header - More fields for the request.
 * @param timeout - Centiseconds for connection and handshake. Default: as long as the host's TCP waits for a connection, and then for ever.
 * @returns the id: a socket that is read through `websocket.read` alone.
 * @throws SocketError when the connection fails or takes too long; SkynetError `WEBSOCKET` when the answer is no WebSocket, `HTTP` when it
 * is no HTTP, `ARGUMENT` for an address or field that is none.
 * @remarks Suspends.
 *
 * @example
 * ```ts
 * import type { Operation } from "@skyloom/runtime";
 * import { websocket } from "@skyloom/runtime/websocket";
 *
 * function* ask(question: string): Operation<Uint8Array | false> {
 *   const id = yield* websocket.connect("ws://127.0.0.1:9948/oracle", undefined, 500);
 *   websocket.write(id, question);
 *   const [answer] = yield* websocket.read(id);
 *   websocket.close(id);
 *   return answer;
 * }
 * ```
 */
function* connect(url: string, header?: SentHeader, timeout?: number): Operation<number> {
  const parts = /^(wss?):\/\/([^/?#]+)([^#]*)/i.exec(url);
  if (parts === null)
    throw new SkynetError("ARGUMENT", `${JSON.stringify(url)} is no address of a WebSocket: it takes ws://host:port/path`);
  const [, protocol, host, rest] = parts as unknown as readonly [string, string, string, string];
  const key = makeKey();
  const fields = askingHeader(key, header);
  const http = yield* ClientConnection.connect(parseTarget(`${protocol}://${host}`, ["ws", "wss"]), timeout);
  let agreed = false;
  try {
    http.send("GET", http.target.host, rest.startsWith("/") ? rest : `/${rest}`, fields, undefined);
    const answer = yield* http.head("GET");
    checkAnswer(answer.status, answer.header, key);
    agreed = true;
  } catch (error) {
    const failure = http.failure(error);
    yield* http.close();
    throw failure;
  } finally {
    if (!agreed) http.drop();
  }
  http.takeTime();
  const ws = new Connection(http.fd, true, host, http.read, http.write, http.goodbye);
  if (http.reader.rest.length > 0) ws.messages.push(http.reader.rest);
  pool().open.set(ws.id, ws);
  return ws.id;
}

/**
 * The next whole message; pings are answered on the way.
 *
 * @returns `[data]`, or `[false, payload]` of the peer's close frame: then it is answered, and the connection closed.
 * @throws SocketError when the connection breaks, also when the peer sends pings and never reads the pongs: `websocket.close` lets go of
 * it; SkynetError `WEBSOCKET` for an id that is none, and for frames that break the rules (then it is closed).
 * @remarks Suspends.
 */
function* read(id: number): Operation<Message> {
  const ws = find(id, "read");
  for (;;) {
    let received;
    try {
      received = ws.messages.next();
    } catch (error) {
      if (error instanceof FrameError) {
        ws.sayClose(closePayload(error.status, ""));
        yield* release(ws);
      }
      throw error;
    }
    if (received === undefined) {
      ws.messages.push(yield* ws.read());
      continue;
    }
    const { op, payload } = received;
    if (op === opcode.close) {
      ws.sayClose(EMPTY);
      yield* release(ws);
      return [false, payload];
    }
    if (op === opcode.ping) ws.pong(payload);
    else if (op !== opcode.pong) return [payload, undefined];
  }
}

// --- both

/**
 * Sends a message, as one frame. It never waits: what a peer does not read is kept, without a limit, as everywhere with sockets. A server that
 * does not trust its peers closes those that `handle.warning` tells of; a client asks with `socket.warning(id, …)`.
 *
 * @param fmt - `"text"` (default): the bytes are UTF-8; or `"binary"`.
 * @param masking_key - 32 bits. A client's frame without one gets a random one; a server's is not masked.
 * @throws SkynetError `WEBSOCKET` for an id that is none; SocketError when the connection is over.
 */
function write(id: number, data: string | Uint8Array, fmt: MessageKind = "text", masking_key?: number): void {
  if (fmt !== "text" && fmt !== "binary")
    throw new SkynetError("ARGUMENT", `websocket.write takes "text" or "binary", not ${JSON.stringify(fmt)}`);
  if (masking_key !== undefined && !(Number.isInteger(masking_key) && masking_key >= 0 && masking_key <= 0xffffffff))
    throw new SkynetError("ARGUMENT", `a masking key is a whole number of 32 bits, not ${String(masking_key)}`);
  find(id, "write").send(opcode[fmt], typeof data === "string" ? encoder.encode(data) : data, masking_key);
}

/** Asks whether the peer is there: its pong goes to `handle.pong`. @throws as {@link write}. */
function ping(id: number): void {
  find(id, "ping").send(opcode.ping, EMPTY);
}

/**
 * Sends a close frame and closes. Unknown ids are ignored.
 *
 * @param code - What the peer is told, e.g. 1000.
 * @param reason - At most 123 bytes.
 */
function close(id: number, code?: number, reason?: string): void {
  const { open } = pool();
  const ws = open.get(id);
  if (ws === undefined) return;
  ws.sayClose(closePayload(code, reason));
  open.delete(id);
  // Whoever reads it gets what came, and then its end.
  skynet.fork(() => release(ws));
}

/** The text given to `accept`, or the host given to `connect`. @throws SkynetError `WEBSOCKET` for an id that is none. */
function addrinfo(id: number): string | undefined {
  return find(id, "addrinfo").addr;
}

/** What a proxy says of the peer's address: the field x-real-ip of the handshake. @throws as {@link addrinfo}. */
function real_ip(id: number): string | undefined {
  return find(id, "real_ip").realIp;
}

/** Is it none, or none any more? */
function is_close(id: number): boolean {
  return !pool().open.has(id);
}

/**
 * A message as a server's frame: what a service that does not own the connection writes to its socket, as an agent behind a gate does.
 * Not for `wss`, and not for clients.
 *
 * @param fmt - `"text"` (default) or `"binary"`.
 *
 * @example
 * ```ts
 * import { socket } from "@skyloom/runtime/socket";
 * import { websocket } from "@skyloom/runtime/websocket";
 *
 * const send = (fd: number, packet: Uint8Array): boolean => socket.write(fd, websocket.pack(packet, "binary"));
 * ```
 */
function pack(data: string | Uint8Array, fmt: MessageKind = "text"): Uint8Array {
  return encodeFrame(opcode[fmt], typeof data === "string" ? encoder.encode(data) : data);
}

/** WebSocket. */
export const websocket: {
  readonly accept: typeof accept;
  readonly connect: typeof connect;
  readonly read: typeof read;
  readonly write: typeof write;
  readonly ping: typeof ping;
  readonly close: typeof close;
  readonly addrinfo: typeof addrinfo;
  readonly real_ip: typeof real_ip;
  readonly is_close: typeof is_close;
  readonly pack: typeof pack;
} = {
  accept: operation("websocket.accept", accept),
  connect: operation("websocket.connect", connect),
  read: operation("websocket.read", read),
  write,
  ping,
  close,
  addrinfo,
  real_ip,
  is_close,
  pack,
};
