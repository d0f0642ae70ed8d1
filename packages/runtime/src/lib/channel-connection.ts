/**
 * One connection of a socket channel: who waits for which reply on it, and the task that reads replies and hands them out.
 *
 * Each request belongs to the connection it was written to, so whatever ends that ends its requests, once. Knows nothing of hosts and
 * reconnecting. Source: lualib/skynet/socketchannel.lua (dispatch_by_order, dispatch_by_session); api.md §13.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import { inspectValue } from "../core/inspect-value.ts";
import { WaitReason } from "../core/op.ts";
import type { Op } from "../core/op.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { joinOutput } from "./socket-output.ts";
import type { Output } from "./socket-output.ts";
import { socket } from "./socket.ts";

/** What a broken connection throws: one object, told by identity. */
class ChannelError extends SkynetError {
  override readonly name: string = "ChannelError";
  override toString(): string {
    return "[Error: socket]";
  }
}

/** The error object of socket channels, `[Error: socket]`. */
export const socketError: SkynetError = /* @__PURE__ */ makeError();

function makeError(): SkynetError {
  const error = new ChannelError(
    "SOCKET",
    "[Error: socket]: the connection of a socket channel is over or could not be made; its log says why",
  );
  // It is made once, for all: where that was says nothing.
  error.stack = error.message;
  return error;
}

/** The connection, as reply functions read it. Both methods suspend, and throw the socket error when the peer closes. */
export interface ChannelSocket {
  /** The socket's id. */
  readonly id: number;
  /** So many bytes; without a number what there is, at least one byte. */
  read(sz?: number): Operation<Uint8Array>;
  /** Up to a separator, which is dropped; default line feed. */
  readline(sep?: string | Uint8Array): Operation<Uint8Array>;
}

/** One reply: whether it is good, its data (the reason when it is not), and whether more parts of the same reply follow. */
export type OrderReply = readonly [ok: boolean, data?: unknown, padding?: boolean];
/** One reply with the number of the request it answers. */
export type SessionReply = readonly [session: number | string | undefined, ok: boolean, data?: unknown, padding?: boolean];
/** Reads one reply in order mode. Plain or a generator. */
export type OrderReader = (sock: ChannelSocket) => OrderReply | Operation<OrderReply>;
/** Reads the next reply in session mode. Plain or a generator. */
export type SessionReader = (sock: ChannelSocket) => SessionReply | Operation<SessionReply>;

/** What a connection needs of its channel. */
export interface ConnectionOwner {
  /** Absent in order mode. */
  readonly readReply: SessionReader | undefined;
  /** The peer has closed while nothing was expected. */
  closedByPeer(connection: ChannelConnection): void;
  /** It is over: nobody waits on it any more. */
  broken(connection: ChannelConnection): void;
}

/** Somebody who waits for a reply. */
class Waiter {
  readonly reader: OrderReader | undefined;
  done = false;
  /** The task is gone; its reply is still read, and dropped. */
  left = false;
  ok = false;
  data: unknown = undefined;
  parts: unknown[] | undefined = undefined;

  constructor(reader: OrderReader | undefined) {
    this.reader = reader;
  }

  finish(ok: boolean, data: unknown): void {
    if (this.done) return;
    this.done = true;
    this.ok = ok;
    this.data = data;
    skynet.wakeup(this);
  }
}

/** See the file's comment. */
export class ChannelConnection {
  readonly sock: ChannelSocket;
  readonly #owner: ConnectionOwner;
  #over = false;
  /** Order mode: requests in the order they were written. */
  #queue: Waiter[] = [];
  /** Session mode: requests by session. */
  readonly #sessions = new Map<number | string, Waiter>();
  /** What the dispatcher sleeps on while nothing is expected. */
  readonly #idle = {};
  #isIdle = false;

  constructor(owner: ConnectionOwner, sock: ChannelSocket) {
    this.#owner = owner;
    this.sock = sock;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Begins to read replies. */
  begin(): void {
    const { readReply } = this.#owner;
    if (readReply === undefined)
      socket.onclose(this.sock.id, () => {
        if (this.#isIdle && !this.#over) this.#owner.closedByPeer(this);
      });
    skynet.fork(() => this.#dispatch(readReply));
  }

  /** Writes a request. @returns false when the socket does not exist any more. @throws SkynetError `ARGUMENT` for what cannot be sent. */
  write(data: Output, padding: readonly Output[] | undefined): boolean {
    const { id } = this.sock;
    if (padding === undefined) return socket.write(id, data);
    // All parts are looked at first: half a request would spoil those that follow it.
    return [data, ...padding].map(joinOutput).every((part) => socket.lwrite(id, part));
  }

  /** @throws SkynetError `ARGUMENT` when a reply cannot be waited for in this way. Ask before writing. */
  check(response: number | string | OrderReader): void {
    const bySession = this.#owner.readReply !== undefined;
    if (bySession === (typeof response === "function"))
      throw new SkynetError(
        "ARGUMENT",
        bySession
          ? "a channel with a response function takes the session of a request, not a function that reads its reply"
          : `a channel without a response function takes a function that reads the reply, not the ${typeof response} ${String(response)}`,
      );
    if (typeof response !== "function" && this.#sessions.has(response))
      throw new SkynetError("ARGUMENT", `session ${response} is waited for already: each request that is under way needs its own`);
  }

  /** Waits for a reply. @throws the socket error when the connection ends before it; what the reply says when it is none. */
  *wait(response: number | string | OrderReader): Operation<unknown> {
    const waiter = new Waiter(typeof response === "function" ? response : undefined);
    if (typeof response === "function") {
      this.#queue.push(waiter);
      if (this.#isIdle) skynet.wakeup(this.#idle);
    } else this.#sessions.set(response, waiter);
    try {
      while (!waiter.done) yield* waitFor(waiter);
    } finally {
      waiter.left = true;
    }
    if (waiter.ok) return waiter.data;
    throw waiter.data instanceof Error ? waiter.data : new SkynetError("CALL_FAILED", textOf(waiter.data), { cause: waiter.data });
  }

  /** Ends it: everybody who waits gets the error, and the socket is closed. Does nothing the second time. */
  end(error: unknown = socketError): void {
    if (this.#over) return;
    this.#over = true;
    const waiting = [...this.#queue, ...this.#sessions.values()];
    this.#queue = [];
    this.#sessions.clear();
    this.#owner.broken(this);
    for (const waiter of waiting) waiter.finish(false, error);
    if (this.#isIdle) skynet.wakeup(this.#idle);
    socket.onclose(this.sock.id, undefined);
    skynet.fork(() => socket.close(this.sock.id));
  }

  *#dispatch(readReply: SessionReader | undefined): Operation<void> {
    let failure: unknown = socketError;
    try {
      while (!this.#over) yield* readReply === undefined ? this.#nextInOrder() : this.#nextBySession(readReply);
    } catch (error) {
      // What ends tasks is no error and passes.
      if (!(error instanceof Error)) throw error;
      failure = error;
    } finally {
      this.end(failure);
    }
  }

  *#nextInOrder(): Operation<void> {
    const waiter = this.#queue[0];
    if (waiter === undefined) {
      if (socket.disconnected(this.sock.id) !== false) throw socketError;
      this.#isIdle = true;
      try {
        yield* waitFor(this.#idle);
      } finally {
        this.#isIdle = false;
      }
      return;
    }
    for (;;) {
      const [ok, data, padding] = (yield* runToEnd(waiter.reader!(this.sock))) as OrderReply;
      if (this.#deliver(waiter, ok, data, padding)) break;
    }
    // It may be over meanwhile, and the queue another.
    if (this.#queue[0] === waiter) this.#queue.shift();
  }

  *#nextBySession(readReply: SessionReader): Operation<void> {
    const [session, ok, data, padding] = (yield* runToEnd(readReply(this.sock))) as SessionReply;
    if (this.#over) return;
    if (session === undefined) throw socketError;
    const waiter = this.#sessions.get(session);
    if (waiter === undefined) skynet.error("socket: unknown session :", session);
    else if (this.#deliver(waiter, ok, data, padding)) this.#sessions.delete(session);
  }

  /** @returns false when more parts follow. */
  #deliver(waiter: Waiter, ok: boolean, data: unknown, padding: boolean | undefined): boolean {
    if (ok && (padding === true || waiter.parts !== undefined) && !waiter.left) (waiter.parts ??= []).push(data);
    if (ok && padding === true) return this.#over;
    waiter.finish(ok, ok ? (waiter.parts ?? data) : data);
    return true;
  }
}

function* waitFor(token: object): Operation<void> {
  const op = skynet.wait(token);
  (op as unknown as Op).reason = WaitReason.socket;
  yield* op;
}

function textOf(data: unknown): string {
  if (data === undefined) return "the reply says that the request has failed";
  return inspectValue(data instanceof Uint8Array ? skynet.totext(data) : data);
}
