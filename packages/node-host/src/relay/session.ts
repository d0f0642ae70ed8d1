/**
 * One tab at a relay: its connections and listeners, and what it may do with them.
 *
 * Knows the protocol and a TCP port, not the WebSocket that carries the frames. A tab that breaks the protocol is sent away, and loses
 * nothing but its own.
 *
 * @module
 */
import type {
  Clock,
  ClockTimer,
  ListenLink,
  SocketAddress,
  SocketEvents,
  SocketFailure,
  SocketLink,
  TcpPort,
} from "@skyloom/runtime/ports";
import { decodeRelayFrame, encodeRelayFrame, MAX_DATA_BYTES, RELAY_VERSION } from "@skyloom/runtime/relay";
import type { RelayFrame } from "@skyloom/runtime/relay";
import type { Allowed } from "./allow.ts";
import { Bucket } from "./bucket.ts";

/** What limits each tab. */
export interface RelayLimits {
  /** Connections at once. */
  readonly maxConnections: number;
  /** Listeners at once. */
  readonly maxListeners: number;
  /** Bytes that may be under way between tab and network in each direction, all connections together. */
  readonly maxBytesInFlight: number;
  /** Connections and listeners a tab may ask for in one second. */
  readonly opensPerSecond: number;
  /** Bytes in both directions in one second, what frames cost besides included. */
  readonly bytesPerSecond: number;
  /** Seconds without a byte after which a connection is ended; a tab without any connection or listener is sent away after the same time. */
  readonly idleSeconds: number;
}

/** What a session needs. */
export interface RelaySettings extends RelayLimits {
  readonly tcp: TcpPort;
  readonly clock: Clock;
  readonly mayConnect: Allowed;
  readonly mayListen: Allowed;
  /** Judges a token; a text says why it is refused. */
  readonly check: (token: string) => string | undefined;
  readonly log: (line: string) => void;
}

/** The way to the tab. */
export interface RelayPeer {
  /** For the log. */
  readonly name: string;
  send(bytes: Uint8Array): void;
  /** Bytes that wait to be sent. */
  queued(): number;
  /** Takes nothing more from the tab for now. */
  pause(): void;
  resume(): void;
  /** Sends the tab away. */
  close(reason: string): void;
}

/** What handling a frame costs besides its bytes. */
const FRAME_COST = 64;
/** How long a tab may take for its first word. */
const HELLO_MS = 5_000;
/** Smallest room of one connection. */
const MIN_WINDOW = 4 * 1024;
const MAX_WINDOW = 256 * 1024;

/** Room of each connection, so that all of them together keep to the limit. */
export function windowOf({ maxBytesInFlight, maxConnections }: RelayLimits): number {
  return Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, Math.floor(maxBytesInFlight / maxConnections)));
}

/** A connection of the tab. */
interface Joined {
  readonly id: number;
  link: SocketLink;
  /** Bytes the tab takes. */
  room: number;
  /** Bytes of the tab that it has no room back for yet. */
  taken: number;
  reading: boolean;
  activeMs: number;
}

/** One tab. */
export class RelaySession {
  readonly #peer: RelayPeer;
  readonly #settings: RelaySettings;
  readonly #window: number;
  readonly #links = new Map<number, Joined>();
  readonly #listeners = new Map<number, ListenLink>();
  readonly #opens: Bucket;
  readonly #bytes: Bucket;
  #greeted = false;
  #over = false;
  #nextId = 2;
  #throttled: ClockTimer | undefined;
  #timer: ClockTimer;
  #aloneSinceMs: number;

  constructor(peer: RelayPeer, settings: RelaySettings) {
    const { clock } = settings;
    this.#peer = peer;
    this.#settings = settings;
    this.#window = windowOf(settings);
    const now = (): number => clock.now();
    this.#opens = new Bucket(settings.opensPerSecond, now);
    this.#bytes = new Bucket(settings.bytesPerSecond, now);
    this.#aloneSinceMs = clock.now();
    this.#timer = clock.after(HELLO_MS, () => this.#leave(`no token within ${HELLO_MS / 1000} s`));
  }

  /** Connections that are open or being opened. */
  get connections(): number {
    return this.#links.size;
  }

  /** A message of the tab. */
  message(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#spend(bytes.length + FRAME_COST);
    const frame = decodeRelayFrame(bytes);
    if (typeof frame === "string") return this.#leave(`it sent bytes that are no frame: ${frame}`);
    if (!this.#greeted) return this.#hello(frame);
    if (this.#peer.queued() > this.#settings.maxBytesInFlight + this.#settings.bytesPerSecond)
      return this.#leave("it does not read what it is sent");
    const fault = this.#take(frame);
    if (fault !== undefined) this.#leave(`it broke the protocol: ${fault}`);
  }

  /** The tab is gone, or is to be: everything of it ends. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    const { clock } = this.#settings;
    clock.cancel(this.#timer);
    if (this.#throttled !== undefined) clock.cancel(this.#throttled);
    for (const listener of this.#listeners.values()) listener.close();
    for (const joined of this.#links.values()) joined.link.destroy();
    this.#listeners.clear();
    this.#links.clear();
  }

  #leave(reason: string): void {
    if (this.#over) return;
    this.#settings.log(`relay: ${this.#peer.name} was sent away: ${reason}`);
    this.close();
    this.#peer.close(reason);
  }

  #send(frame: RelayFrame): void {
    if (!this.#over) this.#peer.send(encodeRelayFrame(frame));
  }

  #hello(frame: RelayFrame): void {
    if (frame.type !== "hello") return this.#leave(`a ${frame.type} frame came before the token`);
    if (frame.version !== RELAY_VERSION)
      return this.#leave(`it speaks version ${frame.version} of the protocol, this relay version ${RELAY_VERSION}`);
    const refusal = this.#settings.check(frame.token);
    if (refusal !== undefined) return this.#leave(refusal);
    this.#greeted = true;
    this.#settings.log(`relay: ${this.#peer.name} came`);
    this.#send({ type: "ready", id: 0, windowBytes: this.#window });
    this.#settings.clock.cancel(this.#timer);
    this.#watch();
  }

  /** @returns what is wrong with a frame. An id that is gone is no fault: the tab may not know yet. */
  #take(frame: RelayFrame): string | undefined {
    const joined = this.#links.get(frame.id);
    const listener = this.#listeners.get(frame.id);
    switch (frame.type) {
      case "connect":
      case "listen":
        if (frame.id % 2 === 0 || joined !== undefined || listener !== undefined)
          return `the id ${frame.id} is not free for a ${frame.type} frame`;
        if (frame.type === "connect") this.#connect(frame.id, frame.host, frame.port);
        else this.#listen(frame.id, frame.host, frame.port, frame.backlog);
        return undefined;
      case "data":
        return joined === undefined ? undefined : this.#write(joined, frame.bytes);
      case "credit":
        if (joined === undefined) return undefined;
        if (joined.room + frame.bytes > this.#window)
          return `it has room for ${joined.room + frame.bytes} bytes, at most ${this.#window} are taken`;
        joined.room += frame.bytes;
        this.#read(joined);
        return undefined;
      case "endOutput":
        joined?.link.endOutput();
        return undefined;
      case "end":
        joined?.link.end();
        return undefined;
      case "destroy":
        joined?.link.destroy();
        listener?.close();
        return undefined;
      case "nodelay":
        joined?.link.nodelay(frame.on);
        return undefined;
      case "accept":
        listener?.resume();
        return undefined;
      case "hold":
        listener?.pause();
        return undefined;
      case "ping":
        this.#send({ type: "pong", id: 0 });
        return undefined;
      case "pong":
        return undefined;
      default:
        return `a ${frame.type} frame is not for this side`;
    }
  }

  #connect(id: number, host: string, port: number): void {
    const { maxConnections, mayConnect, tcp } = this.#settings;
    const refusal = !mayConnect(host, port)
      ? this.#forbidden(`connections to ${host}:${port}`)
      : (this.#tooFast() ?? (this.#links.size >= maxConnections ? tooMany(`${maxConnections} connections`) : undefined));
    if (refusal !== undefined) return this.#refuse(id, refusal);
    const joined = this.#join(id);
    joined.link = tcp.connect(host, port, this.#events(joined));
  }

  #listen(id: number, host: string, port: number, backlog: number): void {
    const { maxListeners, mayListen, tcp } = this.#settings;
    const refusal = !mayListen(host === "" ? "0.0.0.0" : host, port)
      ? this.#forbidden(`listening on ${host === "" ? "0.0.0.0" : host}:${port}`)
      : (this.#tooFast() ?? (this.#listeners.size >= maxListeners ? tooMany(`${maxListeners} listeners`) : undefined));
    if (refusal !== undefined) return this.#refuse(id, refusal);
    const listener = tcp.listen(host, port, Math.min(backlog, this.#settings.maxConnections), {
      listening: (local) => this.#send({ type: "listening", id, local }),
      accepted: (link) => this.#accepted(id, link),
      failed: (failure) => this.#send({ type: "failed", id, code: failure.code, text: failure.text }),
      closed: () => {
        this.#listeners.delete(id);
        this.#send({ type: "closed", id });
        this.#lookWhetherAlone();
      },
    });
    this.#listeners.set(id, listener);
  }

  #accepted(listener: number, link: SocketLink): void {
    if (this.#over || this.#links.size >= this.#settings.maxConnections) {
      if (!this.#over) this.#settings.log(`relay: ${this.#peer.name} has ${this.#links.size} connections: one that came is turned away`);
      return link.destroy();
    }
    const id = this.#nextId;
    this.#nextId += 2;
    const joined = this.#join(id);
    joined.link = link;
    link.attach(this.#events(joined));
    this.#send({ type: "accepted", id, listener, local: link.local ?? NOWHERE, remote: link.remote ?? NOWHERE });
  }

  #join(id: number): Joined {
    const joined: Joined = { id, link: undefined!, room: 0, taken: 0, reading: false, activeMs: this.#settings.clock.now() };
    this.#links.set(id, joined);
    return joined;
  }

  #events(joined: Joined): SocketEvents {
    const { id } = joined;
    return {
      opened: () => this.#send({ type: "opened", id, local: joined.link.local ?? NOWHERE, remote: joined.link.remote ?? NOWHERE }),
      data: (bytes) => {
        joined.activeMs = this.#settings.clock.now();
        joined.room -= bytes.length;
        for (let at = 0; at < bytes.length; at += MAX_DATA_BYTES)
          this.#send({ type: "data", id, bytes: bytes.subarray(at, at + MAX_DATA_BYTES) });
        this.#spend(bytes.length + FRAME_COST);
        this.#read(joined);
      },
      ended: () => this.#send({ type: "ended", id }),
      drained: () => this.#giveBack(joined),
      failed: (failure) => this.#send({ type: "failed", id, code: failure.code, text: failure.text }),
      closed: () => {
        this.#links.delete(id);
        this.#send({ type: "closed", id });
        this.#lookWhetherAlone();
      },
    };
  }

  #write(joined: Joined, bytes: Uint8Array): string | undefined {
    joined.taken += bytes.length;
    if (joined.taken > this.#window) return `${joined.taken} bytes are under way on one connection, at most ${this.#window} are taken`;
    joined.activeMs = this.#settings.clock.now();
    joined.link.write([bytes]);
    if (joined.link.queued === 0 && joined.taken >= this.#window / 4) this.#giveBack(joined);
    return undefined;
  }

  #giveBack(joined: Joined): void {
    if (joined.taken === 0 || !this.#links.has(joined.id)) return;
    joined.activeMs = this.#settings.clock.now();
    this.#send({ type: "credit", id: joined.id, bytes: joined.taken });
    joined.taken = 0;
  }

  /** Reads while the tab has room and the rate allows it. */
  #read(joined: Joined): void {
    const reading = joined.room > 0 && this.#throttled === undefined;
    if (reading === joined.reading) return;
    joined.reading = reading;
    if (reading) joined.link.resume();
    else joined.link.pause();
  }

  /** Counts bytes against the rate; beyond it nothing is read from either side until time has made up for it. */
  #spend(bytes: number): void {
    const waitMs = this.#bytes.take(bytes);
    if (waitMs === 0 || this.#throttled !== undefined || this.#over) return;
    const wait = (ms: number): void => {
      this.#throttled = this.#settings.clock.after(Math.max(1, ms), () => {
        const more = this.#bytes.take(0);
        if (more > 0) return wait(more);
        this.#throttled = undefined;
        this.#peer.resume();
        for (const joined of this.#links.values()) this.#read(joined);
      });
    };
    wait(waitMs);
    this.#peer.pause();
    for (const joined of this.#links.values()) this.#read(joined);
  }

  #refuse(id: number, failure: SocketFailure): void {
    this.#send({ type: "failed", id, code: failure.code, text: failure.text });
    this.#send({ type: "closed", id });
  }

  #forbidden(what: string): SocketFailure {
    // A tab that asks for much is not allowed to fill the log either.
    if (this.#opens.tryTake(1))
      this.#settings.log(`relay: ${this.#peer.name} was refused ${what}: it is not in the list of what is allowed`);
    return { code: "EACCES", text: `Permission denied: the relay does not allow ${what}` };
  }

  #tooFast(): SocketFailure | undefined {
    if (this.#opens.tryTake(1)) return undefined;
    const { opensPerSecond } = this.#settings;
    return {
      code: "EAGAIN",
      text: `Resource temporarily unavailable: the relay opens at most ${opensPerSecond} connections a second for each tab`,
    };
  }

  #lookWhetherAlone(): void {
    if (this.#links.size + this.#listeners.size === 0) this.#aloneSinceMs = this.#settings.clock.now();
  }

  /** Ends what was idle too long. */
  #watch(): void {
    const { clock, idleSeconds } = this.#settings;
    const idleMs = idleSeconds * 1000;
    this.#timer = clock.after(Math.max(10, Math.min(idleMs / 4, 30_000)), () => {
      const now = clock.now();
      for (const joined of this.#links.values())
        if (now - joined.activeMs >= idleMs) {
          this.#send({
            type: "failed",
            id: joined.id,
            code: "ETIMEDOUT",
            text: `Connection timed out: not a byte in ${idleSeconds} s, says the relay`,
          });
          joined.link.destroy();
        }
      if (this.#links.size + this.#listeners.size === 0 && now - this.#aloneSinceMs >= idleMs)
        return this.#leave(`it had no connection and no listener for ${idleSeconds} s`);
      this.#watch();
    });
  }
}

const NOWHERE: SocketAddress = { host: "", port: 0 };

function tooMany(what: string): SocketFailure {
  return { code: "EMFILE", text: `Too many open files: the relay allows each tab ${what} at once` };
}
