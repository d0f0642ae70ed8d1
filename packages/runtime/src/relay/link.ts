/**
 * One connection over a relay, as the tab sees it: what may be under way, what waits, and the promise that nothing is reported inside a call.
 *
 * Knows frames, not the WebSocket that carries them.
 *
 * @module
 */
import type { SocketAddress, SocketEvents, SocketFailure, SocketLink } from "../ports/tcp.ts";
import { MAX_DATA_BYTES } from "./frames.ts";
import type { RelayFrame } from "./frames.ts";

/** What connections and listeners need of the relay. */
export interface RelayWire {
  /** Bytes of a connection that may be under way in each direction. Known once the relay is there. */
  readonly windowBytes: number;
  send(frame: RelayFrame): void;
  /** Runs a function after the current call, in order. */
  later(fn: () => void): void;
  /** Nothing more is expected for an id. */
  forget(id: number): void;
}

type Output = "open" | "ending" | "ended";
const ENDED = 0;
const CLOSED = 1;

/** A connection that the host makes or has accepted. */
export class RelayLink implements SocketLink {
  readonly id: number;
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;
  readonly #wire: RelayWire;
  #events: SocketEvents | undefined;
  #opened: boolean;
  #over = false;

  #queue: Uint8Array[] = [];
  #queued = 0;
  #credit = 0;
  #output: Output = "open";
  #closing = false;
  #endSent = false;
  #wantsDrained = false;

  #paused = true;
  #granted = false;
  #input: (Uint8Array | typeof ENDED | typeof CLOSED)[] = [];
  #unread = 0;
  /** Read since the last credit was given. */
  #taken = 0;
  #reading = false;

  /** @param events - Of an outgoing connection; an accepted one, which is open, is attached later. */
  constructor(wire: RelayWire, id: number, events: SocketEvents | undefined) {
    this.#wire = wire;
    this.id = id;
    this.#events = events;
    this.#opened = events === undefined;
    if (this.#opened) this.#credit = wire.windowBytes;
  }

  get queued(): number {
    return this.#queued;
  }

  attach(events: SocketEvents): void {
    if (this.#events !== undefined)
      throw new TypeError(`relay: the connection from ${this.remote?.host}:${this.remote?.port} is attached already`);
    this.#events = events;
    if (this.#over) this.#wire.later(() => events.closed());
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.#over || this.#output !== "open") return;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#queue.push(chunk);
      this.#queued += chunk.length;
    }
    this.#pump();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused || this.#events === undefined || this.#closing || this.#over) return;
    this.#paused = false;
    this.#grant();
    if (this.#input.length > 0) this.#wire.later(() => this.#read());
  }

  nodelay(on: boolean): void {
    if (!this.#over) this.#wire.send({ type: "nodelay", id: this.id, on });
  }

  endOutput(): void {
    if (this.#over || this.#output !== "open") return;
    this.#output = "ending";
    this.#pump();
  }

  end(): void {
    if (this.#over || this.#closing) return;
    this.#closing = true;
    this.#paused = true;
    const closed = this.#input.includes(CLOSED);
    this.#dropInput();
    if (closed) return this.#finishLater(undefined);
    if (this.#output === "open") this.#output = "ending";
    this.#pump();
  }

  destroy(): void {
    if (this.#over) return;
    this.#wire.send({ type: "destroy", id: this.id });
    this.#finishLater(undefined);
  }

  /** The host has connected. */
  open(local: SocketAddress, remote: SocketAddress): void {
    if (this.#over || this.#opened) return;
    this.#opened = true;
    this.local = local;
    this.remote = remote;
    this.#credit = this.#wire.windowBytes;
    this.#grant();
    if (!this.#closing) this.#events!.opened();
    this.#pump();
  }

  /** Bytes of the peer. @returns false when the host sends more than it may. */
  data(bytes: Uint8Array): boolean {
    if (this.#over) return true;
    // A host may send the piece that it has read to its end, and no more.
    if (this.#unread + bytes.length > this.#wire.windowBytes + MAX_DATA_BYTES) return false;
    if (this.#closing) {
      this.#take(bytes.length);
      return true;
    }
    this.#input.push(bytes);
    this.#unread += bytes.length;
    this.#read();
    return true;
  }

  /** The host has taken so many bytes. */
  credit(bytes: number): void {
    if (this.#over) return;
    this.#credit = Math.min(this.#wire.windowBytes, this.#credit + bytes);
    this.#pump();
  }

  ended(): void {
    if (this.#over || this.#closing) return;
    this.#input.push(ENDED);
    this.#read();
  }

  /** What was read before a failure and not taken is lost, as the system loses it. */
  failed(failure: SocketFailure): void {
    if (this.#over) return;
    this.#finish();
    this.#events?.failed(failure);
    this.#events?.closed();
  }

  closed(): void {
    if (this.#over) return;
    if (this.#closing || this.#events === undefined) {
      this.#finish();
      this.#events?.closed();
      return;
    }
    this.#input.push(CLOSED);
    this.#read();
  }

  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#paused && !this.#over && this.#input.length > 0) {
        const item = this.#input.shift()!;
        if (item === ENDED) this.#events!.ended();
        else if (item === CLOSED) {
          this.#finish();
          this.#events!.closed();
        } else {
          this.#unread -= item.length;
          this.#take(item.length);
          this.#events!.data(item);
        }
      }
    } finally {
      this.#reading = false;
    }
  }

  /** The first time somebody reads, the host may send. */
  #grant(): void {
    if (this.#granted || this.#paused || !this.#opened) return;
    this.#granted = true;
    this.#wire.send({ type: "credit", id: this.id, bytes: this.#wire.windowBytes });
  }

  /** Room for what was taken is given back in large pieces. */
  #take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < this.#wire.windowBytes / 4) return;
    this.#wire.send({ type: "credit", id: this.id, bytes: this.#taken });
    this.#taken = 0;
  }

  #pump(): void {
    if (!this.#opened) {
      this.#wantsDrained = this.#queued > 0;
      return;
    }
    while (this.#queued > 0 && this.#credit > 0) {
      const bytes = this.#join(Math.min(this.#queued, this.#credit, MAX_DATA_BYTES));
      this.#credit -= bytes.length;
      this.#wire.send({ type: "data", id: this.id, bytes });
    }
    if (this.#queued > 0) {
      this.#wantsDrained = true;
      return;
    }
    if (this.#wantsDrained) {
      this.#wantsDrained = false;
      this.#wire.later(() => {
        if (!this.#over && this.#queued === 0) this.#events?.drained();
      });
    }
    if (this.#closing) {
      if (this.#endSent) return;
      this.#endSent = true;
      this.#wire.send({ type: "end", id: this.id });
    } else if (this.#output === "ending") {
      this.#output = "ended";
      this.#wire.send({ type: "endOutput", id: this.id });
    }
  }

  /** Takes the next `size` bytes of the queue. */
  #join(size: number): Uint8Array {
    const first = this.#queue[0]!;
    this.#queued -= size;
    if (first.length === size) {
      this.#queue.shift();
      return first;
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    let whole = 0;
    while (at < size) {
      const chunk = this.#queue[whole]!;
      const part = chunk.length <= size - at ? chunk : chunk.subarray(0, size - at);
      bytes.set(part, at);
      at += part.length;
      if (part === chunk) whole++;
      else this.#queue[whole] = chunk.subarray(part.length);
    }
    this.#queue.splice(0, whole);
    return bytes;
  }

  #dropInput(): void {
    const unread = this.#unread;
    this.#input = [];
    this.#unread = 0;
    // The rest is read away, as a system does, so that the peer's bytes do not hold up the end.
    if (this.#granted) this.#take(unread);
    else if (this.#opened) {
      this.#granted = true;
      this.#wire.send({ type: "credit", id: this.id, bytes: this.#wire.windowBytes });
    }
  }

  #finish(): void {
    this.#over = true;
    this.#queue = [];
    this.#queued = 0;
    this.#input = [];
    this.#unread = 0;
    this.#wire.forget(this.id);
  }

  #finishLater(failure: SocketFailure | undefined): void {
    this.#finish();
    // Whoever attaches from now on is told by that.
    const events = this.#events;
    if (events === undefined) return;
    this.#wire.later(() => {
      if (failure !== undefined) events.failed(failure);
      events.closed();
    });
  }

  /** Fails after the current call. */
  failLater(failure: SocketFailure): void {
    if (!this.#over) this.#finishLater(failure);
  }
}
