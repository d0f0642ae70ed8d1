/**
 * The socket server: sockets as numbers, commands on them, and events about them. Skynet's `socket_server_*` layer over the TCP port.
 *
 * Knows links and ids. An `opaque` number says who owns a socket; what a service or a message is, it does not know.
 * Source: socket_server.c; rules in semantics.md §21; names of seed 003.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { DescriptorPort } from "../../ports/descriptors.ts";
import type { SocketAddress, SocketFailure, SocketLink, TcpPort } from "../../ports/tcp.ts";
import type { UdpPort } from "../../ports/udp.ts";
import { formatAddress } from "./address.ts";
import { ACCEPTED, CONNECTED, CONNECTING, Connection, ENDED, Listener, type EntryOwner } from "./connection.ts";
import * as E from "./events.ts";
import type { EventData, ServerEvent, ServerEventSink, ServerEventType } from "./events.ts";
import { describeSockets, type SocketInfo } from "./info.ts";
import { Sender } from "./sender.ts";
import { SocketTable } from "./table.ts";
import { packAddress } from "./udp-address.ts";
import type { UdpSocket } from "./udp-socket.ts";
import { Datagrams } from "./udp.ts";

/** How a {@link SocketServer} is made. */
export interface SocketServerOptions {
  /** Absent: `connect` and `listen` say UNSUPPORTED. */
  readonly tcp?: TcpPort | undefined;
  /** Absent: `udp` and its kin say UNSUPPORTED. */
  readonly udp?: UdpPort | undefined;
  /** Absent: `bind` says UNSUPPORTED. */
  readonly descriptors?: DescriptorPort | undefined;
  /** Centiseconds since the node started: what rtime and wtime are taken from. Default: always 0. */
  readonly now?: (() => number) | undefined;
  /** Takes events as they happen. Without it they wait for {@link SocketServer.poll}. */
  readonly onEvent?: ServerEventSink | undefined;
  /** Output waits for {@link SocketServer.flush}, and none did before. */
  readonly onDirty?: (() => void) | undefined;
  /** An id was freed. */
  readonly onFreed?: ((id: number) => void) | undefined;
  /** Takes lines about things that are nobody's event, e.g. bytes written to a listener. */
  readonly log?: ((text: string) => void) | undefined;
}

/**
 * Sockets by number.
 *
 * Commands take effect at once; events about them are reported at once too, to a sink that only takes note, or to {@link poll}.
 * Output waits for {@link flush}, so that the writes of one turn leave together.
 */
export class SocketServer {
  readonly #tcp: TcpPort | undefined;
  readonly #descriptors: DescriptorPort | undefined;
  readonly #now: () => number;
  readonly #sink: ServerEventSink | undefined;
  readonly #onFreed: ((id: number) => void) | undefined;
  readonly #log: ((text: string) => void) | undefined;
  readonly #table: SocketTable<Connection | Listener | UdpSocket> = new SocketTable();
  readonly #owner: EntryOwner;
  readonly #sender: Sender;
  readonly #datagrams: Datagrams;
  #events: ServerEvent[] = [];

  constructor(options: SocketServerOptions = {}) {
    this.#tcp = options.tcp;
    this.#descriptors = options.descriptors;
    this.#now = options.now ?? (() => 0);
    this.#sink = options.onEvent;
    this.#onFreed = options.onFreed;
    this.#log = options.log;
    this.#sender = new Sender({
      now: this.#now,
      onDirty: options.onDirty,
      warn: (s, kib) => this.#emit(E.WARNING, s.opaque, s.id, kib, undefined),
    });
    this.#owner = {
      opened: (s) => this.#opened(s),
      data: (s, bytes) => this.#data(s, bytes),
      ended: (s) => this.#ended(s),
      drained: (s) => this.#sender.drained(s),
      failed: (s, failure) => this.#failed(s, failure),
      closed: (s) => this.#closed(s),
      listening: (s, address) => this.#listening(s, address),
      accepted: (s, link) => this.#accepted(s, link),
      listenFailed: (s, failure) => this.#listenFailed(s, failure),
    };
    this.#datagrams = new Datagrams({
      udp: options.udp,
      needId: () => this.#needId(),
      add: (s) => this.#table.set(s),
      now: this.#now,
      log: (text) => this.#log?.(text),
      datagram: (s, bytes, from) => this.#emitDatagram(s.opaque, s.id, bytes, from),
      udpFailed: (s, failure) => {
        this.#free(s);
        this.#emit(E.ERROR, s.opaque, s.id, 0, failure.text);
        this.#emit(E.CLOSE, s.opaque, s.id, 0, undefined);
      },
      udpClosed: (s) => {
        this.#free(s);
        this.#emit(E.CLOSE, s.opaque, s.id, 0, undefined);
      },
    });
  }

  /** Takes the next event; `undefined` when there is none at the moment. Only for a server without a sink. */
  poll(): ServerEvent | undefined {
    return this.#events.shift();
  }

  /** Reports EXIT: the loop that polls should end, and {@link release}. */
  exit(): void {
    this.#emit(E.EXIT, 0, 0, 0, undefined);
  }

  /** Closes everything at once and reports nothing more. Unsent output is lost. */
  release(): void {
    for (const s of this.#table) {
      this.#free(s);
      if (s.kind !== "connection") s.link.close();
      else {
        s.outcome?.(CLOSED_EARLY);
        s.link.destroy();
      }
    }
    this.#events = [];
  }

  /**
   * Starts connecting. OPEN with the peer's ip follows, or ERROR with the reason, after which the id is free.
   *
   * @returns the new socket's id.
   * @throws {@link SkynetError} `UNSUPPORTED` when the host has no TCP; `SOCKET` when no id is free.
   */
  connect(opaque: number, host: string, port: number): number {
    return this.#connect(opaque, host, port).id;
  }

  /**
   * Connects and waits: no OPEN and no ERROR event, the promise tells.
   *
   * @returns the new socket's id, open.
   * @throws {@link SkynetError} as {@link connect}; and the promise rejects with `SOCKET` and the reason.
   */
  block_connect(opaque: number, host: string, port: number): Promise<number> {
    const s = this.#connect(opaque, host, port);
    return new Promise((resolve, reject) => {
      s.outcome = (failure) => {
        s.outcome = undefined;
        if (failure === undefined) resolve(s.id);
        else reject(new SkynetError("SOCKET", `cannot connect to ${host}:${port}: ${failure.text}`));
      };
    });
  }

  /**
   * Binds and listens. OPEN with the bound ip and port follows, or ERROR, after which the id is free. Accepting begins with {@link start}.
   *
   * @throws {@link SkynetError} as {@link connect}.
   */
  listen(opaque: number, host: string, port: number, backlog: number): number {
    const tcp = this.#needTcp("listen");
    const s = new Listener(this.#owner, this.#needId(), opaque);
    s.link = tcp.listen(host, port, backlog, s);
    this.#table.set(s);
    return s.id;
  }

  /**
   * Begins accepting (listener) or reading (accepted connection): OPEN `start`. On a running connection: ownership moves to `opaque` and
   * reading goes on: OPEN `transfer`. ERROR `invalid socket` for an unknown id, `socket closed` for one whose CLOSE was reported.
   */
  start(opaque: number, id: number): void {
    const s = this.#table.get(id);
    if (s === undefined) return this.#emit(E.ERROR, opaque, id, 0, "invalid socket");
    if (s.kind === "listener") {
      s.link.resume();
      if (s.started) return;
      s.started = true;
      s.opaque = opaque;
      return this.#emit(E.OPEN, opaque, id, 0, "start");
    }
    if (s.kind === "udp") {
      s.opaque = opaque;
      return this.#emit(E.OPEN, opaque, id, 0, "transfer");
    }
    if (s.state === ENDED) return this.#emit(E.ERROR, opaque, id, 0, "socket closed");
    s.reading = true;
    if (s.state === CONNECTING) return;
    const first = s.state === ACCEPTED;
    s.state = CONNECTED;
    s.opaque = opaque;
    if (first) s.link.attach(s);
    s.link.resume();
    this.#emit(E.OPEN, opaque, id, 0, first ? "start" : "transfer");
  }

  /** Stops reading, or accepting, until {@link start}. Unknown ids are ignored, and datagram sockets, of which nobody can ask that. */
  pause(id: number): void {
    const s = this.#table.get(id);
    if (s === undefined) return;
    if (s.kind === "listener") s.link.pause();
    else if (s.kind === "connection" && s.state !== ACCEPTED) {
      s.reading = false;
      s.link.pause();
    }
  }

  /** Sends what is pending, then closes. CLOSE is reported at once, unless it was. The id is free when everything is with the system. */
  close(id: number): void {
    const s = this.#table.get(id);
    if (s === undefined) return;
    if (s.kind !== "connection") return this.#closeWhole(s);
    if (s.closing) return;
    const told = s.state === ENDED;
    this.#sender.finish(s);
    const waiting = s.link.queued > 0;
    const connecting = s.state === CONNECTING;
    s.state = ENDED;
    s.closing = true;
    s.reading = false;
    if (!waiting) this.#free(s);
    if (connecting && !waiting) s.link.destroy();
    else s.link.end();
    s.outcome?.(CLOSED_EARLY);
    if (!told) this.#emit(E.CLOSE, s.opaque, id, 0, undefined);
  }

  /** Closes at once; pending output is lost. CLOSE is reported, unless it was. */
  shutdown(id: number): void {
    const s = this.#table.get(id);
    if (s === undefined) return;
    if (s.kind !== "connection") return this.#closeWhole(s);
    const told = s.state === ENDED;
    this.#free(s);
    s.link.destroy();
    s.outcome?.(CLOSED_EARLY);
    if (!told) this.#emit(E.CLOSE, s.opaque, id, 0, undefined);
  }

  /**
   * Sends bytes at the next {@link flush}. They must not change afterwards. There is no limit: watch WARNING.
   *
   * @returns false when the socket does not exist or is being closed.
   */
  send(id: number, bytes: Uint8Array): boolean {
    return this.#send(id, bytes, false);
  }

  /** As {@link send}, but behind everything that `send` has queued. What is begun is finished first. */
  send_lowpriority(id: number, bytes: Uint8Array): boolean {
    return this.#send(id, bytes, true);
  }

  /** Hands the output of all sockets that have some to the system, each in one write. Call it at the end of each turn. */
  flush(): void {
    this.#sender.flush();
  }

  /** Turns Nagle's algorithm off. */
  nodelay(id: number): void {
    const s = this.#table.get(id);
    if (s !== undefined && s.kind === "connection") s.link.nodelay(true);
  }

  /** Bytes of the connections that are closed, in all. */
  readonly closedBytes: { read: number; written: number } = { read: 0, written: 0 };

  /** What sockets there are: see {@link SocketInfo}. */
  info(): SocketInfo[] {
    return describeSockets(this.#table);
  }

  /**
   * Takes a descriptor of the operating system as a connection that reads at once: OPEN `binding` follows.
   *
   * @throws {@link SkynetError} `UNSUPPORTED` when the host has no descriptors; `SOCKET` when it cannot take this one.
   */
  bind(opaque: number, fd: number): number {
    if (this.#descriptors === undefined)
      throw unsupported(
        `bind of descriptor ${fd}`,
        "this host has no descriptors of an operating system (nodePorts() in Node has); connect or listen instead",
      );
    const s = new Connection(this.#owner, this.#needId(), opaque, CONNECTED);
    const link = this.#descriptors.adopt(fd, s);
    if ("code" in link) throw new SkynetError("SOCKET", `cannot bind descriptor ${fd}: ${link.text}`);
    s.link = link;
    s.adopted = true;
    s.reading = true;
    this.#table.set(s);
    link.resume();
    this.#emit(E.OPEN, opaque, s.id, 0, "binding");
    return s.id;
  }

  /**
   * Opens a datagram socket: UDP events follow, with the bytes and where they came from.
   *
   * @param host - What to bind to: a literal address or an IPv4 name; default every IPv4 address, `::` every IPv6 address.
   * @param port - Default: a free one.
   * @returns its id.
   * @throws {@link SkynetError} `UNSUPPORTED` when the host has no UDP; `SOCKET` with the reason when it cannot be bound. Where that shows
   * later (a name that nobody knows), ERROR and CLOSE are reported and the id is free.
   */
  udp(opaque: number, host?: string, port?: number): number {
    return this.#datagrams.open("udp", opaque, host ?? "", port ?? 0).id;
  }

  /** As {@link udp}, with an address. */
  udp_listen(opaque: number, host: string, port: number): number {
    return this.#datagrams.open("udp_listen", opaque, host, port).id;
  }

  /** As {@link udp}, of the family of `host`, and with it as the peer of {@link send}. */
  udp_dial(opaque: number, host: string, port: number): number {
    return this.#datagrams.dial(opaque, host, port).id;
  }

  /** Sets the peer that {@link send} sends to. ERROR `protocol mismatch` for an address of the other family; unknown ids are ignored. */
  udp_connect(id: number, host: string, port: number): void {
    const s = this.#table.get(id);
    if (s === undefined || s.kind !== "udp" || this.#datagrams.connect(s, host, port)) return;
    this.#emit(E.ERROR, s.opaque, id, 0, "protocol mismatch");
  }

  /**
   * Sends one datagram, at once. That it could not be sent is only logged.
   *
   * @param to - Where to: what came with a UDP event, or host and port.
   * @returns false when there is no such datagram socket or the address is of the other family.
   * @throws {@link SkynetError} `ARGUMENT` for an address that is none.
   */
  udp_send(id: number, to: Uint8Array | SocketAddress, bytes: Uint8Array): boolean {
    const s = this.#table.get(id);
    return s !== undefined && s.kind === "udp" && this.#datagrams.send(s, to, bytes);
  }

  /** Where a UDP event came from, or what a datagram socket is bound to, as opaque bytes; `undefined` when it is neither, or not bound yet. */
  udp_address(of: ServerEvent | number): Uint8Array | undefined {
    if (typeof of !== "number") return of.address;
    const s = this.#table.get(of);
    return s === undefined || s.kind !== "udp" || s.link.local === undefined ? undefined : packAddress(s.link.local);
  }

  #emit(type: ServerEventType, opaque: number, id: number, ud: number, data: EventData): void {
    if (this.#sink !== undefined) this.#sink(type, opaque, id, ud, data);
    else this.#events.push({ type, opaque, id, ud, data });
  }

  #emitDatagram(opaque: number, id: number, data: Uint8Array, address: Uint8Array): void {
    if (this.#sink !== undefined) this.#sink(E.UDP, opaque, id, data.length, data, address);
    else this.#events.push({ type: E.UDP, opaque, id, ud: data.length, data, address });
  }

  #connect(opaque: number, host: string, port: number): Connection {
    const tcp = this.#needTcp("connect");
    const s = new Connection(this.#owner, this.#needId(), opaque, CONNECTING);
    s.link = tcp.connect(host, port, s);
    this.#table.set(s);
    return s;
  }

  #send(id: number, bytes: Uint8Array, low: boolean): boolean {
    const s = this.#table.get(id);
    if (s === undefined) return false;
    if (s.kind === "connection" && s.state !== ACCEPTED) {
      if (s.closing) return false;
      this.#sender.queue(s, bytes, low);
    } else if (s.kind === "udp") s.write(bytes);
    else {
      const why = s.kind === "listener" ? "it is a listener" : "it was not started";
      this.#log?.(`socket ${id}: ${bytes.length} bytes written to it are dropped, ${why}`);
    }
    return true;
  }

  #opened(s: Connection): void {
    if (s.closing) return;
    s.state = CONNECTED;
    if (s.reading) s.link.resume();
    if (s.outcome !== undefined) s.outcome(undefined);
    else this.#emit(E.OPEN, s.opaque, s.id, 0, s.link.remote?.host ?? "");
  }

  #data(s: Connection, bytes: Uint8Array): void {
    s.read += bytes.length;
    s.rtime = this.#now();
    this.#emit(E.DATA, s.opaque, s.id, bytes.length, bytes);
  }

  #ended(s: Connection): void {
    if (s.state === ENDED) return;
    s.state = ENDED;
    s.reading = false;
    this.#emit(E.CLOSE, s.opaque, s.id, 0, undefined);
  }

  #failed(s: Connection, failure: SocketFailure): void {
    if (s.state === CONNECTING) {
      this.#free(s);
      if (s.outcome !== undefined) s.outcome(failure);
      else this.#emit(E.ERROR, s.opaque, s.id, 0, failure.text);
    } else if (!s.closing) this.#emit(E.ERROR, s.opaque, s.id, 0, failure.text);
  }

  /** The link is over. As in Skynet an error is followed by CLOSE, unless that was reported, and the id is free. */
  #closed(s: Connection): void {
    this.#free(s);
    s.outcome?.(CLOSED_EARLY);
    if (s.state !== ENDED) this.#emit(E.CLOSE, s.opaque, s.id, 0, undefined);
  }

  #listening(s: Listener, address: SocketAddress): void {
    s.bound = address;
    this.#emit(E.OPEN, s.opaque, s.id, address.port, address.host);
  }

  #accepted(s: Listener, link: SocketLink): void {
    s.accepts++;
    s.rtime = this.#now();
    const id = this.#table.reserve();
    if (id === 0) {
      link.destroy();
      return this.#emit(E.ERROR, s.opaque, s.id, 0, NO_ID);
    }
    const fresh = new Connection(this.#owner, id, s.opaque, ACCEPTED);
    fresh.link = link;
    this.#table.set(fresh);
    this.#emit(E.ACCEPT, s.opaque, s.id, id, formatAddress(link.remote));
  }

  #listenFailed(s: Listener, failure: SocketFailure): void {
    if (s.bound === undefined) this.#free(s);
    this.#emit(E.ERROR, s.opaque, s.id, 0, failure.text);
  }

  #closeWhole(s: Listener | UdpSocket): void {
    this.#free(s);
    s.link.close();
    this.#emit(E.CLOSE, s.opaque, s.id, 0, undefined);
  }

  #free(s: Connection | Listener | UdpSocket): void {
    if (s.kind !== "listener") {
      this.closedBytes.read += s.read;
      this.closedBytes.written += s.kind === "udp" ? s.written : s.handed;
    }
    s.gone = true;
    this.#table.delete(s);
    this.#onFreed?.(s.id);
  }

  #needTcp(what: string): TcpPort {
    if (this.#tcp === undefined)
      throw unsupported(
        what,
        "this host has no TCP; give createNode ports with tcp (nodePorts() in Node, a relay or a page network in a tab)",
      );
    return this.#tcp;
  }

  #needId(): number {
    const id = this.#table.reserve();
    if (id === 0) throw new SkynetError("SOCKET", NO_ID);
    return id;
  }
}

const CLOSED_EARLY: SocketFailure = { code: "ECANCELED", text: "closed while connecting" };
const NO_ID = "no socket id is free: 65536 sockets are open; close some first";

function unsupported(what: string, hint: string): SkynetError {
  return new SkynetError("UNSUPPORTED", `socket ${what} is not supported here: ${hint}`);
}
