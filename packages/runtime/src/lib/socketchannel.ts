/**
 * `skynet.socketchannel`: requests and replies over one connection that is made when it is needed, and made again when it is lost.
 *
 * Who waits for which reply is the business of `channel-connection.ts`. Source: lualib/skynet/socketchannel.lua; api.md §13, §15.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { currentTask, turn } from "../core/task.ts";
import type { Task } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { ChannelConnection, socketError } from "./channel-connection.ts";
import type { ChannelSocket, ConnectionOwner, OrderReader, SessionReader } from "./channel-connection.ts";
import type { Output } from "./socket-output.ts";
import { socket } from "./socket.ts";

export type { ChannelSocket, OrderReader, OrderReply, SessionReader, SessionReply } from "./channel-connection.ts";

/** Another host to try: a name that has the channel's port, or both. */
export type BackupHost = string | { readonly host: string; readonly port?: number };

/** What a channel is made of. */
export interface ChannelOptions {
  readonly host: string;
  readonly port?: number;
  /** Hosts to try, in order, when this one cannot be reached or refuses {@link auth}. The one that works becomes the channel's host. */
  readonly backup?: readonly BackupHost[];
  /** Runs on each new connection before anybody else may use it; may request and suspend. When it throws, the next host is tried. */
  readonly auth?: (channel: Channel) => unknown;
  /** Reads the next reply and says which session it answers: session mode. Without it replies come in the order of the requests. */
  readonly response?: SessionReader;
  /** Turn Nagle's algorithm off. */
  readonly nodelay?: boolean;
  /** Is told `true` when 1 MiB waits to be sent, and `false` when it is gone. */
  readonly overload?: (overloaded: boolean) => void;
  /** In place of the `read` and `readline` that reply functions get. */
  readonly socket_read?: (sock: ChannelSocket, sz?: number) => Operation<Uint8Array>;
  readonly socket_readline?: (sock: ChannelSocket, sep?: string | Uint8Array) => Operation<Uint8Array>;
}

/** Where {@link Channel.change} leads. What is left out stays. */
export interface ChannelTarget {
  readonly host?: string;
  readonly port?: number;
  readonly backup?: readonly BackupHost[];
}

/** Centiseconds by which each further attempt waits longer, and after which it begins anew. */
const STEP = 100;
const LONGEST = 1000;

/** An attempt to connect that some tasks wait for. */
interface Attempt {
  readonly waiting: Set<object>;
  failed: boolean;
}

type Chunk = Output;
/** A session, or what reads the reply. */
type Expected = number | string | OrderReader;

/** A connection that is made again when it is lost. Made by {@link socketchannel.channel}. */
export interface Channel {
  /**
   * Connects, and runs `auth`; does nothing while connected.
   *
   * @param once - `true`: one attempt, over host and backups. Default: until it succeeds or the channel is closed, waiting 0, 1, 2 … 10
   * seconds between attempts, then beginning anew.
   * @returns `true`; `false` when the channel was closed meanwhile.
   * @throws the socket error when one attempt has failed. The log says why.
   * @remarks Suspends.
   */
  connect(once?: boolean): Operation<boolean>;
  /**
   * Sends a request and waits for its reply, connecting first when needed, with one attempt.
   *
   * @param data - What to write; a list is written as one.
   * @param response - Session mode: the request's session. Order mode: the function that reads its reply. Absent: nothing is waited for.
   * @param padding - Further parts. With them everything is written with low priority, so that small requests come between.
   * @returns the reply's data; a list of it when it came in parts; `undefined` without `response`.
   * @throws the socket error when the connection ends before the reply; the reply's data when it says that it failed: an Error as it is,
   * anything else as the text of a SkynetError `CALL_FAILED` with it as `cause`; SkynetError `SOCKET` when the channel is closed.
   * @remarks Suspends.
   */
  request(data: Output, response?: undefined, padding?: readonly Output[]): Operation<undefined>;
  request<T = unknown>(data: Output, response: number | string | OrderReader, padding?: readonly Output[]): Operation<T>;
  /** Waits for a reply that nobody has asked for, connecting first when needed, until it succeeds. @throws as {@link request}. @remarks Suspends. */
  response<T = unknown>(response: number | string | OrderReader): Operation<T>;
  /** Closes; everybody who waits gets the socket error. {@link connect} opens it again, {@link request} does not. */
  close(): void;
  /** Leads elsewhere from the next request on; the current connection is closed. Without `port` that stays. */
  changehost(host: string, port?: number): void;
  /** Changes the hosts to try; the connection stays. */
  changebackup(backup: readonly BackupHost[] | undefined): void;
  /** Changes host, port and backups at once, given as values or by a function that may call the two above; the current connection is closed. */
  change(to: ChannelTarget | ((channel: Channel) => unknown)): void;
}

class SocketChannel implements Channel {
  readonly #options: ChannelOptions;
  readonly #owner: ConnectionOwner;
  #host: string;
  #port: number | undefined;
  #backup: readonly BackupHost[] | undefined;
  #connection: ChannelConnection | undefined;
  #attempt: Attempt | undefined;
  /** The task that runs `auth`: until that is done nobody else may use the connection. */
  #authTask: Task | undefined;
  #closed = false;
  #overloaded = false;
  /** Counts changes of the host: a connection that was begun before one is not used. */
  #changes = 0;
  /** Somebody else has changed the host while `auth` ran: that it failed says nothing of the new one. */
  #movedUnderAuth = false;
  /** What an attempt sleeps on between two tries. */
  readonly #pause = {};

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#port = options.port;
    this.#backup = options.backup;
    this.#owner = {
      readReply: options.response,
      closedByPeer: (connection) => {
        this.#log("socket closed by peer :");
        connection.end();
      },
      broken: (connection) => {
        if (this.#connection === connection) this.#connection = undefined;
      },
    };
  }

  readonly connect: Channel["connect"] = operation("channel.connect", (once?: boolean) => {
    this.#closed = false;
    return this.#ensure(once === true);
  });

  readonly request: Channel["request"] = operation(
    "channel.request",
    (data: Chunk, response: Expected | undefined, padding: readonly Chunk[] | undefined) => this.#send(data, response, padding),
  ) as Channel["request"];

  readonly response: Channel["response"] = operation("channel.response", (response: Expected) =>
    this.#waitFor(response),
  ) as Channel["response"];

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection?.end();
    skynet.wakeup(this.#pause);
  }

  changehost(host: string, port?: number): void {
    this.#host = host;
    if (port !== undefined) this.#port = port;
    this.#changes++;
    if (this.#authTask !== undefined && this.#authTask !== turn.task) this.#movedUnderAuth = true;
    if (this.#closed) return;
    this.#connection?.end();
    skynet.wakeup(this.#pause);
  }

  changebackup(backup: readonly BackupHost[] | undefined): void {
    this.#backup = backup;
  }

  change(to: ChannelTarget | ((channel: Channel) => unknown)): void {
    const before = this.#changes;
    if (typeof to === "function") to(this);
    else {
      if ("backup" in to) this.changebackup(to.backup);
      if (to.host !== undefined || to.port !== undefined) this.changehost(to.host ?? this.#host, to.port);
    }
    if (this.#changes === before) this.changehost(this.#host);
  }

  *#send(data: Chunk, response: Expected | undefined, padding: readonly Chunk[] | undefined): Operation<unknown> {
    const connection = yield* this.#connected(true);
    if (response !== undefined) connection.check(response);
    if (!connection.write(data, padding)) {
      connection.end();
      throw socketError;
    }
    return response === undefined ? undefined : yield* connection.wait(response);
  }

  *#waitFor(response: Expected): Operation<unknown> {
    const connection = yield* this.#connected(false);
    connection.check(response);
    return yield* connection.wait(response);
  }

  *#connected(once: boolean): Operation<ChannelConnection> {
    if (yield* this.#ensure(once)) return this.#connection!;
    throw new SkynetError("SOCKET", `the channel to ${this.#where()} is closed; connect() opens it again`);
  }

  /** Makes sure that there is a connection this task may use. @returns false when the channel is closed. */
  *#ensure(once: boolean): Operation<boolean> {
    const task = currentTask("socketchannel");
    let tried = false;
    for (;;) {
      const connection = this.#connection;
      if (connection !== undefined) {
        if (socket.disconnected(connection.sock.id) !== false) {
          this.#log("socket: disconnect detected");
          connection.end();
        } else if (this.#authTask === undefined || this.#authTask === task) return true;
      }
      // A task that waited here for its own attempt would wait for ever.
      if (this.#authTask === task) throw socketError;
      if (this.#closed) return false;
      if (once && tried) throw socketError;
      const attempt = this.#attempt;
      if (attempt === undefined) {
        yield* this.#begin(once);
        tried = true;
      } else {
        const token = {};
        attempt.waiting.add(token);
        yield* skynet.wait(token);
        if (attempt.failed && once) throw socketError;
      }
    }
  }

  *#begin(once: boolean): Operation<void> {
    const attempt: Attempt = { waiting: new Set(), failed: false };
    this.#attempt = attempt;
    let failure: string | undefined;
    try {
      failure = yield* this.#tryConnect(once);
      attempt.failed = failure !== undefined;
    } finally {
      this.#attempt = undefined;
      for (const token of attempt.waiting) skynet.wakeup(token);
    }
    if (failure === undefined) return;
    this.#log(`Connect failed ${failure}`);
    throw socketError;
  }

  /** @returns why it failed, when it was tried once. */
  *#tryConnect(once: boolean): Operation<string | undefined> {
    for (let wait = 0; !this.#closed; wait += STEP) {
      const failure = yield* this.#connectOnce();
      if (failure === undefined) {
        if (!once) this.#log("socket: connect to");
        return undefined;
      }
      if (this.#closed) return undefined;
      if (once) return failure;
      skynet.error("socket: connect", failure);
      const now = wait;
      if (wait > LONGEST) {
        this.#log("socket: try to reconnect");
        wait = 0;
      }
      yield* skynet.sleep(now, this.#pause);
    }
    return undefined;
  }

  /** Goes through host and backups. @returns why none of them is to be had. */
  *#connectOnce(): Operation<string | undefined> {
    const changes = this.#changes;
    const known = new Set<string>();
    const list = [{ host: this.#host, port: this.#port }];
    this.#addBackups(list, known);
    let failure = "";
    for (let i = 0; i < list.length; i++) {
      const { host, port } = list[i]!;
      if (i > 0) skynet.error("socket: connect to backup host", host, port);
      const [id, err] = yield* socket.open(host, port);
      if (this.#closed || changes !== this.#changes) {
        if (id !== undefined) yield* socket.close(id);
        return this.#closed ? "the channel was closed" : yield* this.#connectOnce();
      }
      if (id === undefined) {
        failure = err;
        continue;
      }
      this.#host = host;
      this.#port = port;
      const connection = this.#adopt(id);
      const { auth } = this.#options;
      if (auth === undefined) return undefined;
      const passed = yield* this.#authenticate(connection, auth);
      if (passed && !connection.over) return undefined;
      if (this.#closed) return "the channel was closed";
      if (this.#movedUnderAuth || (passed && changes !== this.#changes)) return yield* this.#connectOnce();
      this.#addBackups(list, known);
      failure = passed ? "the peer closed the connection while it was being authenticated" : "no more backup host";
    }
    return failure;
  }

  #addBackups(list: { host: string; port: number | undefined }[], known: Set<string>): void {
    for (const entry of this.#backup ?? []) {
      const host = typeof entry === "string" ? entry : entry.host;
      const port = (typeof entry === "string" ? undefined : entry.port) ?? this.#port;
      const key = `${host}:${port}`;
      if (known.has(key)) continue;
      known.add(key);
      list.push({ host, port });
    }
  }

  *#authenticate(connection: ChannelConnection, auth: (channel: Channel) => unknown): Operation<boolean> {
    this.#authTask = currentTask("socketchannel");
    this.#movedUnderAuth = false;
    let passed = false;
    try {
      yield* runToEnd(auth(this));
      passed = true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error !== socketError) skynet.error("socket: auth failed", error.message);
    } finally {
      this.#authTask = undefined;
      if (!passed) connection.end();
    }
    return passed;
  }

  #adopt(id: number): ChannelConnection {
    const { nodelay, overload } = this.#options;
    if (nodelay === true) socket.nodelay(id);
    const connection = new ChannelConnection(this.#owner, makeSock(id, this.#options));
    this.#connection = connection;
    // Before anything of the user's runs: what that throws must not leave a connection that reads nothing.
    connection.begin();
    if (overload !== undefined) {
      this.#tellOverload(false, overload);
      socket.warning(id, (_id, kib) => {
        if (this.#connection !== connection) return;
        if (kib > 0 && this.#overloaded) this.#log(`WARNING: ${kib} K bytes need to send out (fd = ${id})`);
        this.#tellOverload(kib > 0, overload);
      });
    }
    return connection;
  }

  #tellOverload(overloaded: boolean, tell: (overloaded: boolean) => void): void {
    if (this.#overloaded === overloaded) return;
    this.#overloaded = overloaded;
    tell(overloaded);
  }

  #where(): string {
    return this.#port === undefined ? this.#host : `${this.#host}:${this.#port}`;
  }

  #log(text: string): void {
    skynet.error(text, this.#where());
  }
}

/** The connection as reply functions see it. */
function makeSock(id: number, { socket_read, socket_readline }: ChannelOptions): ChannelSocket {
  const sock: ChannelSocket = {
    id,
    *read(sz) {
      if (socket_read !== undefined) return yield* socket_read(plain, sz);
      const [data] = yield* socket.read(id, sz);
      if (data === false) throw socketError;
      return data;
    },
    *readline(sep) {
      if (socket_readline !== undefined) return yield* socket_readline(plain, sep);
      const [line] = yield* socket.readline(id, sep);
      if (line === false) throw socketError;
      return line;
    },
  };
  // What stands in place of a method gets the methods it stands in place of.
  const plain = socket_read === undefined && socket_readline === undefined ? sock : makeSock(id, NO_OPTIONS);
  return sock;
}

const NO_OPTIONS: ChannelOptions = { host: "" };

/**
 * Makes a channel. It does not connect before the first request.
 *
 * @throws SkynetError `ARGUMENT` when the host is missing.
 *
 * @example Lines, answered in order
 * ```ts
 * import { skynet } from "@skyloom/runtime";
 * import type { Operation } from "@skyloom/runtime";
 * import { socketchannel } from "@skyloom/runtime/socketchannel";
 * import type { OrderReply } from "@skyloom/runtime/socketchannel";
 *
 * const channel = socketchannel.channel({ host: "127.0.0.1", port: 6379 });
 * function* status(): Operation<string> {
 *   return yield* channel.request<string>("PING\r\n", function* (sock): Operation<OrderReply> {
 *     return [true, skynet.totext(yield* sock.readline("\r\n"))];
 *   });
 * }
 * ```
 */
function channel(desc: ChannelOptions): Channel {
  if (typeof desc.host !== "string" || desc.host === "")
    throw new SkynetError("ARGUMENT", "a socket channel needs a host: socketchannel.channel({ host, port })");
  return new SocketChannel(desc);
}

/** Requests and replies over a connection that is made again when it is lost. */
export const socketchannel: {
  readonly channel: typeof channel;
  /** The name of {@link channel} in the seed's index. */
  readonly new: typeof channel;
  /** What is thrown when a connection is over, told by identity; printed `[Error: socket]`. */
  readonly error: SkynetError;
} = { channel, new: channel, error: socketError };
