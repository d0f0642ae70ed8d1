/**
 * One connection of an HTTP client: made, asked one thing, answered.
 *
 * Knows hosts, TLS and the parts of messages; not what becomes of the body. Source: lualib/http/httpc.lua, internal.lua; wire.md §12.
 *
 * @module
 */
import type { Operation } from "../../core/operation.ts";
import { perService } from "../../core/per-service.ts";
import { skynet } from "../../core/skynet.ts";
import { SkynetError } from "../../errors/error.ts";
import { dns } from "../dns.ts";
import { drop } from "../socket-state.ts";
import { socket } from "../socket.ts";
import { SocketError, sockethelper } from "../sockethelper.ts";
import type { ReadFunc, WriteFunc } from "../sockethelper.ts";
import { tlshelper } from "../tlshelper.ts";
import type { TlsContext } from "../tlshelper.ts";
import { lift, setDeadline } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { formatFields, framing, hasField, makeHeader, parseFields, parseStatusLine, requestLine } from "./fields.ts";
import type { Framing, Header, SentHeader } from "./fields.ts";
import { HttpReader } from "./http-reader.ts";

/** What the clients of a service share, as the locals of Lua's module. */
export interface ClientState {
  timeout: number | undefined;
  bodylimit: number;
  asyncDns: boolean;
  tls: TlsContext | undefined;
}

export const clientState: () => ClientState = perService<ClientState>(() => ({
  timeout: undefined,
  bodylimit: 64 * 1024 * 1024,
  asyncDns: false,
  tls: undefined,
}));

/** Whom to connect to. */
export interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The host is a name, not an address. */
  readonly named: boolean;
  /** As it was given: for the Host field. */
  readonly given: string;
}

/** Answers before the answer: more are nobody's intent. */
const INTERIM_LIMIT = 16;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

/**
 * Takes `host`, `host:port`, `[v6]:port` apart, each with or without `http://` or the like.
 *
 * @throws SkynetError `ARGUMENT` for another protocol, for a bare IPv6 address, for a port that is none.
 */
export function parseTarget(text: string, protocols: readonly string[]): Target {
  const scheme = /^([A-Za-z]+):\/\/(.*)$/s.exec(text);
  const protocol = (scheme?.[1] ?? protocols[0]!).toLowerCase();
  const given = scheme?.[2] ?? text;
  if (!protocols.includes(protocol))
    throw new SkynetError("ARGUMENT", `Invalid protocol: ${protocol} in ${JSON.stringify(text)}; it takes ${protocols.join(" or ")}`);
  const parts = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:[\]/?#\s@]+))(?::(\d{1,5}))?$/.exec(given);
  if (parts === null)
    throw new SkynetError(
      "ARGUMENT",
      (given.match(/:/g)?.length ?? 0) > 1 && !given.startsWith("[")
        ? `Invalid host: bare IPv6 address '${given}', use '[${given}]' instead`
        : `Invalid host: ${JSON.stringify(given)}; it takes host, host:port or [v6]:port`,
    );
  const port = parts[3] === undefined ? DEFAULT_PORTS[protocol]! : Number(parts[3]);
  if (port < 1 || port > 65535) throw new SkynetError("ARGUMENT", `Invalid port ${port} in ${JSON.stringify(text)}`);
  const host = parts[1] ?? parts[2]!;
  const named = parts[2] !== undefined && !/^\d+\.\d+\.\d+\.\d+$/.test(host);
  return { secure: protocol === "https" || protocol === "wss", host, port, named, given };
}

/** What came before the body. */
export interface AnswerHead {
  readonly status: number;
  readonly header: Header;
  /** How long the body is; `undefined`: until the peer closes. */
  readonly length: Exclude<Framing, "bad" | "unknown encoding">;
}

/** See the file's comment. */
export class ClientConnection {
  readonly fd: number;
  readonly target: Target;
  readonly read: ReadFunc;
  readonly write: WriteFunc;
  readonly reader: HttpReader;
  readonly goodbye: (() => void) | undefined;
  readonly #timeout: number | undefined;
  #deadline: Deadline | undefined;
  #closed = false;

  private constructor(
    fd: number,
    target: Target,
    through: { readonly read: ReadFunc; readonly write: WriteFunc; readonly goodbye?: () => void },
    limit: { readonly timeout: number; readonly deadline: Deadline } | undefined,
  ) {
    this.fd = fd;
    this.target = target;
    this.read = through.read;
    this.write = through.write;
    this.goodbye = through.goodbye;
    this.reader = new HttpReader(through.read);
    this.#timeout = limit?.timeout;
    this.#deadline = limit?.deadline;
  }

  /** Connects, with TLS where the target wants it. @throws SocketError when that fails or takes longer than `timeout` centiseconds. */
  static *connect(target: Target, timeout: number | undefined): Operation<ClientConnection> {
    const begin = skynet.now();
    /** What is left of the time. */
    const left = (): number | undefined => (timeout === undefined ? undefined : Math.max(0, timeout - (skynet.now() - begin)));
    let address = target.host;
    if (target.named && clientState().asyncDns) {
      const [ip, err] = timeout === undefined ? yield* dns.resolve(target.host) : yield* dns.resolve_sync(target.host, timeout);
      if (ip === undefined) throw new SocketError(`${target.host} dns resolve failed msg:${err}`);
      address = ip;
    }
    const fd = yield* sockethelper.connect(address, target.port, left());
    let limit: { timeout: number; deadline: Deadline } | undefined;
    if (timeout !== undefined) limit = { timeout, deadline: setDeadline(fd, left()!) };
    if (!target.secure)
      return new ClientConnection(fd, target, { read: sockethelper.readfunc(fd), write: sockethelper.writefunc(fd) }, limit);
    let settled = false;
    try {
      const all = clientState();
      const tls = tlshelper.newtls("client", (all.tls ??= tlshelper.newctx()), target.host);
      yield* tlshelper.init_requestfunc(fd, tls)();
      settled = true;
      const through = { read: tlshelper.readfunc(fd, tls), write: tlshelper.writefunc(fd, tls), goodbye: tlshelper.closefunc(tls) };
      return new ClientConnection(fd, target, through, limit);
    } catch (error) {
      settled = true;
      lift(limit?.deadline);
      yield* socket.close(fd);
      throw limit?.deadline.over === true ? tooLate(fd, limit.timeout, "TLS handshake") : error;
    } finally {
      if (!settled) {
        lift(limit?.deadline);
        drop(fd);
      }
    }
  }

  /** Sends a request. @throws SkynetError `ARGUMENT` for what cannot be sent. */
  send(method: string, host: string, url: string, header: SentHeader | undefined, content: string | Uint8Array | undefined): void {
    const line = requestLine(method, url);
    let fields: string;
    if (header === undefined) fields = formatFields({ host }, ":", []);
    else {
      const chunked = content !== undefined && String(header["transfer-encoding"] ?? "").toLowerCase() === "chunked";
      const hosts = hasField(header, "host") ? {} : { Host: host };
      fields = formatFields({ ...header, ...hosts }, ":", ["content-length"]);
      if (chunked) {
        this.write([`${line}${fields}\r\n`, content]);
        return;
      }
    }
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const head = `${line}${fields}Content-length:${bytes?.length ?? 0}\r\n\r\n`;
    this.write(bytes === undefined ? head : [head, bytes]);
  }

  /**
   * Reads what comes before the body, skipping answers like 100 (Continue).
   *
   * @param into - A table that gets the fields.
   * @param method - That of the request: HEAD has no body.
   */
  *head(method: string, into?: Header): Operation<AnswerHead> {
    for (let interim = 0; interim < INTERIM_LIMIT; interim++) {
      const lines = yield* this.reader.lines();
      if (lines === undefined) throw new SkynetError("HTTP", "the header of the answer has more than 8192 bytes");
      const status = parseStatusLine(lines[0] ?? "");
      if (status === undefined) throw new SkynetError("HTTP", `${JSON.stringify((lines[0] ?? "").slice(0, 64))} is no HTTP answer`);
      if (status < 200 && status !== 101) continue;
      const header = into ?? makeHeader();
      // The table may have had fields before; only those of this answer count.
      const own = makeHeader();
      if (!parseFields(lines, 1, own) || !parseFields(lines, 1, header))
        throw new SkynetError("HTTP", "Invalid HTTP response header: a line in it is no field");
      const length = framing(own);
      if (length === "unknown encoding")
        throw new SkynetError(
          "HTTP",
          `Unsupport transfer-encoding ${JSON.stringify(own["transfer-encoding"])}: it takes identity or chunked`,
        );
      if (length === "bad") throw new SkynetError("HTTP", "Invalid HTTP response header: the length of the body is none, or there are two");
      return { status, header, length: method === "HEAD" || status < 200 || status === 204 || status === 304 ? 0 : length };
    }
    throw new SkynetError("HTTP", `more than ${INTERIM_LIMIT} interim answers and no answer`);
  }

  /** The whole body. */
  *body({ length, header }: AnswerHead, limit: number): Operation<Uint8Array> {
    const large = (): SkynetError =>
      new SkynetError("HTTP", `the body of the answer has more than ${limit} bytes: use httpc.request_stream, or raise httpc.bodylimit`);
    if (length === "chunked") {
      const body = yield* this.reader.chunked(limit, header);
      if (body === "large") throw large();
      if (body === "bad") throw new SkynetError("HTTP", "Invalid response body: its chunks are none");
      return body;
    }
    if (length === undefined) {
      const body = yield* this.reader.toEnd(limit);
      if (body === undefined) throw large();
      // Closing in time and being closed look the same to who reads.
      if (this.#deadline?.over === true) throw this.failure(undefined);
      return body;
    }
    if (length > limit) throw large();
    return yield* this.reader.exactly(length);
  }

  /** From now on it may take as long as it likes. */
  takeTime(): void {
    lift(this.#deadline);
    this.#deadline = undefined;
  }

  /** What to throw for `error`: that the time was over, when it was. */
  failure(error: unknown): unknown {
    return this.#deadline?.over === true ? tooLate(this.fd, this.#timeout!, "answer") : error;
  }

  /** Closes it; once is enough. */
  *close(): Operation<void> {
    if (this.#closed) return;
    this.#closed = true;
    lift(this.#deadline);
    yield* socket.close(this.fd);
    this.goodbye?.();
  }

  /** Closes it without waiting, in a task that was ended from outside; after {@link close} it does nothing. */
  drop(): void {
    if (this.#closed) return;
    this.#closed = true;
    lift(this.#deadline);
    drop(this.fd);
  }
}

function tooLate(fd: number, timeout: number, what: string): SocketError {
  return new SocketError(`no ${what} within ${timeout / 100} s fd = ${fd}`);
}
