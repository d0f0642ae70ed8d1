/**
 * One TLS connection over a socket of a service: feeds the session what the socket gives, sends what it wants sent, keeps what was said.
 *
 * Knows the TLS port and the socket library. Source: lualib-src/ltls.c, lualib/http/tlshelper.lua; api.md §7.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import type { TlsEvents, TlsOptions, TlsPort, TlsSession } from "../ports/tls.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { driver, state } from "./socket-state.ts";
import { socket } from "./socket.ts";
import { SocketError } from "./sockethelper.ts";

/** Above so many bytes that nobody has read the socket is not read either. */
const BUFFER_LIMIT = 128 * 1024;
/** Centiseconds that closing waits for the goodbye to be made. It takes no peer, so this is for what should not happen. */
const GOODBYE = 100;

/** The TLS of this host. @throws SkynetError `UNSUPPORTED` where there is none. */
export function tlsPort(): TlsPort {
  const { tls } = currentContext("tlshelper").kernel.ports;
  if (tls === undefined)
    throw new SkynetError(
      "UNSUPPORTED",
      "TLS is not supported here: this host has none; give createNode ports with tls (nodePorts() in Node). A tab reaches TLS servers through fetch and WebSocket",
    );
  return tls;
}

/** See the file's comment. */
export class TlsStream {
  readonly #session: TlsSession;
  readonly #fd: number;
  readonly #buffer = new ReceiveBuffer();
  /** Tasks that wait for anything to change. */
  readonly #waiting = new Set<object>();
  #secured = false;
  /** Nothing more will be said to us. */
  #ended = false;
  #finished = false;
  #failure: string | undefined;
  /** What a reader waits for: reading the socket goes on until there is so much. */
  #wanted = 0;

  /** Begins, and reads the socket from now on: nobody else may. @throws Error for certificates or ciphers that are none. */
  constructor(fd: number, method: "client" | "server", options: TlsOptions) {
    this.#fd = fd;
    const sockets = driver();
    // What the host reports comes outside of the service; tasks are woken inside of it.
    const changed = skynet.bind(() => this.#wake());
    const events: TlsEvents = {
      output: (bytes) => void sockets.send(fd, bytes),
      secured: () => {
        this.#secured = true;
        changed();
      },
      data: (bytes) => {
        this.#buffer.push(bytes);
        changed();
      },
      ended: () => {
        this.#ended = true;
        changed();
      },
      finished: () => {
        this.#finished = true;
        changed();
      },
      failed: ({ text }) => {
        this.#failure = text;
        this.#ended = true;
        this.#finished = true;
        changed();
      },
    };
    this.#session = tlsPort()[method](options, events);
    const s = state().sockets.get(fd);
    if (s !== undefined) s.beforeClose = () => this.#goodbye();
    skynet.fork(() => this.#pump());
  }

  /** Waits for the handshake. @throws SocketError saying why it failed. */
  *handshake(): Operation<void> {
    while (!this.#secured) {
      if (this.#failure !== undefined || this.#ended) throw this.#error("TLS handshake failed");
      yield* this.#change();
    }
  }

  /** So many bytes; without a number what there is, at least one byte. @throws SocketError when the peer ends first. */
  *read(sz?: number): Operation<Uint8Array> {
    this.#want(sz ?? 1);
    try {
      while (this.#buffer.length < this.#wanted) {
        if (this.#ended) throw this.#error("read failed", this.#failure === undefined);
        yield* this.#change();
      }
    } finally {
      this.#wanted = 0;
    }
    const data = sz === undefined ? this.#buffer.readall() : this.#buffer.pop(sz)!;
    this.#wake();
    return data;
  }

  /** Gives bytes back that were read: they come first again. */
  unread(bytes: Uint8Array): void {
    this.#buffer.unread(bytes);
  }

  /** Everything until the peer ends. @throws SocketError when it did not end, but broke. */
  *readall(): Operation<Uint8Array> {
    this.#want(Infinity);
    try {
      while (!this.#ended) yield* this.#change();
    } finally {
      this.#wanted = 0;
    }
    if (this.#failure !== undefined) throw this.#error("read failed");
    return this.#buffer.readall();
  }

  /** Says something. @throws SocketError when the connection is over. */
  write(bytes: Uint8Array): void {
    if (this.#finished || socket.invalid(this.#fd)) throw this.#error("write failed");
    this.#session.write(bytes);
  }

  /** Says goodbye where there is still somebody, and lets go of the session. */
  close(): void {
    if (socket.invalid(this.#fd)) this.#session.destroy();
    else this.#session.end();
  }

  /** So much is waited for: what paused because nobody read goes on. */
  #want(bytes: number): void {
    this.#wanted = bytes;
    if (this.#buffer.length < bytes) this.#wake();
  }

  #error(what: string, ended = false): SocketError {
    return new SocketError(`${what} fd = ${this.#fd}${this.#failure === undefined ? "" : `: ${this.#failure}`}`, ended);
  }

  /** Hands the session what the socket gives, as long as somebody takes what becomes of it. */
  *#pump(): Operation<void> {
    for (;;) {
      while (this.#buffer.length > Math.max(BUFFER_LIMIT, this.#wanted) && !this.#ended) yield* this.#change();
      if (this.#ended || socket.invalid(this.#fd)) return;
      const [data] = yield* socket.read(this.#fd);
      if (data === false) {
        this.#session.receiveEnd();
        return;
      }
      this.#session.receive(data);
    }
  }

  /** Closing the socket waits until what was said has become bytes: that takes the host a moment, and would be lost. */
  *#goodbye(): Operation<void> {
    if (!this.#secured || this.#finished) {
      this.#session.destroy();
      return;
    }
    this.#session.end();
    const until = skynet.now() + GOODBYE;
    while (!this.#finished && skynet.now() < until) yield* this.#change(until - skynet.now());
    this.#session.destroy();
    this.#ended = true;
    this.#finished = true;
    this.#wake();
  }

  *#change(limit?: number): Operation<void> {
    const token = {};
    this.#waiting.add(token);
    try {
      if (limit === undefined) yield* skynet.wait(token);
      else yield* skynet.sleep(limit, token);
    } finally {
      this.#waiting.delete(token);
    }
  }

  #wake(): void {
    for (const token of this.#waiting) skynet.wakeup(token);
  }
}
