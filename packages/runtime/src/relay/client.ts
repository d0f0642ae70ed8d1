/**
 * TCP of a host that has none of its own: each connection and listener lives in another host, the relay, and its bytes come over one
 * channel of binary messages.
 *
 * Knows neither WebSocket nor DOM: whoever makes the client hands it a way to open a channel. The channel is opened for the first
 * connection or listener, and again after it was lost.
 *
 * @module
 */
import type { Clock, ClockTimer } from "../ports/clock.ts";
import type { ListenEvents, ListenLink, SocketEvents, SocketFailure, SocketLink, TcpPort } from "../ports/tcp.ts";
import { decodeRelayFrame, encodeRelayFrame, RELAY_VERSION } from "./frames.ts";
import type { RelayFrame } from "./frames.ts";
import { RelayLink } from "./link.ts";
import type { RelayWire } from "./link.ts";
import { RelayListener } from "./listener.ts";

/** What a channel reports; never inside a call to it. */
export interface RelayChannelEvents {
  opened(): void;
  message(bytes: Uint8Array): void;
  /** It is gone, or could not be opened. Exactly once. */
  closed(reason: string): void;
}

/** A way to the relay. */
export interface RelayChannel {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** Options of {@link createRelayClient}. */
export interface RelayClientOptions {
  /** What the relay's host has printed. */
  readonly token: string;
  /** Names the relay in texts, e.g. its address. */
  readonly name: string;
  readonly clock: Clock;
  /** Opens a channel. */
  readonly open: (events: RelayChannelEvents) => RelayChannel;
}

/** How a relay is reached: `idle` has nothing to do, `opening` waits for the host, `open` works. */
export type RelayState = "idle" | "opening" | "open";

/** TCP over a relay. */
export interface RelayTcp extends TcpPort {
  readonly state: RelayState;
  /** Why the channel was lost the last time. */
  readonly lost: string | undefined;
  /** Ends the channel: all connections and listeners fail. A later `connect` or `listen` opens it again. */
  close(): void;
}

/** Longest wait for the host's first word, in milliseconds. */
const OPEN_MS = 10_000;
/** After so long without a word the host is asked; after as long again it is given up. */
const QUIET_MS = 20_000;
const BAD_PORT: SocketFailure = { code: "EAI_SERVICE", text: "Servname not supported for ai_socktype" };

/** Makes the client. */
export function createRelayClient(options: RelayClientOptions): RelayTcp {
  return new RelayClient(options);
}

class RelayClient implements RelayTcp, RelayWire {
  windowBytes = 0;
  state: RelayState = "idle";
  lost: string | undefined;
  readonly #options: RelayClientOptions;
  #channel: RelayChannel | undefined;
  /** Tells the events of the channel from those of the ones before. */
  #generation = 0;
  #waiting: Uint8Array[] = [];
  #nextId = 1;
  readonly #links = new Map<number, RelayLink>();
  readonly #listeners = new Map<number, RelayListener>();
  #timer: ClockTimer | undefined;
  #asked = false;
  #heard = false;

  constructor(options: RelayClientOptions) {
    this.#options = options;
  }

  connect(host: string, port: number, events: SocketEvents): SocketLink {
    const link = new RelayLink(this, this.#takeId(), events);
    if (!isPort(port)) link.failLater(BAD_PORT);
    else {
      this.#links.set(link.id, link);
      this.send({ type: "connect", id: link.id, host, port });
    }
    return link;
  }

  listen(host: string, port: number, backlog: number, events: ListenEvents): ListenLink {
    const listener = new RelayListener(this, this.#takeId(), events);
    if (!isPort(port)) listener.failLater(BAD_PORT);
    else {
      this.#listeners.set(listener.id, listener);
      this.send({ type: "listen", id: listener.id, host, port, backlog: Math.min(Math.max(1, Math.floor(backlog)), 0xffff) });
    }
    return listener;
  }

  close(): void {
    if (this.#channel !== undefined) this.#lose(`the relay at ${this.#options.name} was closed here`);
  }

  send(frame: RelayFrame): void {
    const bytes = encodeRelayFrame(frame);
    if (this.state === "open") return this.#channel!.send(bytes);
    // Words to a relay that is gone, from what is being closed because of that, go nowhere.
    if (this.state === "idle" && frame.type !== "connect" && frame.type !== "listen") return;
    this.#waiting.push(bytes);
    if (this.state === "idle") this.#open();
  }

  later(fn: () => void): void {
    this.#options.clock.after(0, fn);
  }

  forget(id: number): void {
    this.#links.delete(id);
    this.#listeners.delete(id);
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId += 2;
    return id;
  }

  #open(): void {
    this.state = "opening";
    const generation = ++this.#generation;
    const current = (): boolean => generation === this.#generation;
    const events: RelayChannelEvents = {
      opened: () => {
        if (current()) this.#channel!.send(encodeRelayFrame({ type: "hello", id: 0, version: RELAY_VERSION, token: this.#options.token }));
      },
      message: (bytes) => {
        if (current()) this.#message(bytes);
      },
      closed: (reason) => {
        if (current()) this.#lose(reason);
      },
    };
    try {
      this.#channel = this.#options.open(events);
    } catch (error) {
      // An address that is none, say: reported as a relay that does not answer is, later.
      this.later(() => events.closed(error instanceof Error ? error.message : String(error)));
    }
    this.#timer = this.#options.clock.after(OPEN_MS, () => this.#lose(`no answer within ${OPEN_MS / 1000} s`));
  }

  #message(bytes: Uint8Array): void {
    const frame = decodeRelayFrame(bytes);
    if (typeof frame === "string") return this.#lose(`it sent bytes that are no frame: ${frame}`);
    this.#heard = true;
    if (this.state === "opening") {
      if (frame.type !== "ready") return this.#lose(`it began with a ${frame.type} frame`);
      if (frame.windowBytes === 0) return this.#lose("it gives no room for a single byte");
      this.windowBytes = frame.windowBytes;
      this.state = "open";
      this.lost = undefined;
      for (const waiting of this.#waiting.splice(0)) this.#channel!.send(waiting);
      this.#watch();
      return;
    }
    const fault = this.#take(frame);
    if (fault !== undefined) this.#lose(`it broke the protocol: ${fault}`);
  }

  /** @returns what is wrong with a frame. An id that is not known any more is no fault: the host may not know yet. */
  #take(frame: RelayFrame): string | undefined {
    const link = this.#links.get(frame.id);
    const listener = this.#listeners.get(frame.id);
    switch (frame.type) {
      case "data":
        return link === undefined || link.data(frame.bytes) ? undefined : "more bytes than there is room for";
      case "credit":
        link?.credit(frame.bytes);
        return undefined;
      case "opened":
        link?.open(frame.local, frame.remote);
        return undefined;
      case "ended":
        link?.ended();
        return undefined;
      case "failed":
        (link ?? listener)?.failed({ code: frame.code, text: frame.text });
        return undefined;
      case "closed":
        (link ?? listener)?.closed();
        return undefined;
      case "listening":
        listener?.listening(frame.local);
        return undefined;
      case "accepted": {
        if (link !== undefined || frame.id % 2 === 1) return `it accepted a connection with the id ${frame.id}`;
        const accepted = new RelayLink(this, frame.id, undefined);
        accepted.local = frame.local;
        accepted.remote = frame.remote;
        this.#links.set(frame.id, accepted);
        const by = this.#listeners.get(frame.listener);
        if (by === undefined) accepted.destroy();
        else by.accepted(accepted);
        return undefined;
      }
      case "ping":
        this.send({ type: "pong", id: 0 });
        return undefined;
      case "pong":
        return undefined;
      default:
        return `a ${frame.type} frame is not for this side`;
    }
  }

  /** Looks now and then whether the host still says something. */
  #watch(): void {
    this.#stopTimer();
    this.#heard = false;
    this.#timer = this.#options.clock.after(QUIET_MS, () => {
      if (!this.#heard && this.#asked) return this.#lose(`not a word from it for ${(2 * QUIET_MS) / 1000} s`);
      this.#asked = !this.#heard;
      if (this.#asked) this.send({ type: "ping", id: 0 });
      this.#watch();
    });
  }

  /** The channel is gone, and everything that lived on it. */
  #lose(reason: string): void {
    const was = this.state;
    const { name } = this.#options;
    this.#stopTimer();
    this.#generation++;
    this.state = "idle";
    this.lost = reason;
    this.#asked = false;
    this.#waiting = [];
    const channel = this.#channel;
    this.#channel = undefined;
    channel?.close();
    const failure: SocketFailure =
      was === "open"
        ? { code: "ECONNRESET", text: `Connection reset by peer: the relay at ${name} is gone: ${reason}` }
        : { code: "ENETUNREACH", text: `Network is unreachable: no relay at ${name}: ${reason}` };
    for (const link of this.#links.values()) link.failLater(failure);
    for (const listener of this.#listeners.values()) listener.failLater(failure);
    this.#links.clear();
    this.#listeners.clear();
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#options.clock.cancel(this.#timer);
    this.#timer = undefined;
  }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}
