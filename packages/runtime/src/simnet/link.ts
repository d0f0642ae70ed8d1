/**
 * One end of a simulated TCP connection: flow control, half-close, reset, and the promise that nothing is reported inside a call.
 *
 * Knows its pipe and its peer; addresses, ports and listeners are the host's business.
 *
 * @module
 */
import type { Clock, ClockTimer } from "../ports/clock.ts";
import type { SocketAddress, SocketEvents, SocketFailure, SocketLink } from "../ports/tcp.ts";
import { BROKEN_PIPE, REFUSED, RESET, TIMED_OUT } from "./failures.ts";
import { Pipe, type Segment } from "./pipe.ts";
import type { Path } from "./path.ts";

/** What links need of their network. */
export interface LinkSettings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Bytes that may be on their way or unread at the other end before {@link SocketLink.queued} grows. */
  readonly windowBytes: number;
  /** Largest piece handed to `data` at once. */
  readonly segmentBytes: number;
  /** Cut what is sent at seeded places. */
  readonly shred: boolean;
  readonly giveUpMs: number;
}

/** What fits into one packet on a usual wire. Less space than this in the window waits for more, else segments shrink to nothing. */
const PACKET_BYTES = 1460;

type Phase = "new" | "connecting" | "open" | "closed";
type Output = "open" | "ending" | "ended";

/** One end of a connection. */
export class SimLink implements SocketLink {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Called once when this end is over, however that came about. */
  onGone: (() => void) | undefined;
  /** The accepting end: decides about an arriving connection. */
  onSyn: (() => void) | undefined;
  peer!: SimLink;
  phase: Phase = "new";

  readonly #settings: LinkSettings;
  readonly #out: Pipe;
  #events: SocketEvents | undefined;
  #paused = true;

  #queue: Uint8Array[] = [];
  #queueHead = 0;
  #headOffset = 0;
  #queued = 0;
  #inFlight = 0;
  #output: Output = "open";
  #closeWhenSent = false;
  #wantsDrained = false;

  #input: (Uint8Array | "fin" | "rst")[] = [];
  #unread = 0;
  #dropInput = false;
  #inputEnded = false;
  /** A reset has arrived and was not reported yet: the next write fails with this. */
  #broken: SocketFailure | undefined;
  #connectTimer: ClockTimer | undefined;

  constructor(settings: LinkSettings, path: Path, local: SocketAddress, remote: SocketAddress, events: SocketEvents | undefined) {
    this.#settings = settings;
    this.local = local;
    this.remote = remote;
    this.#events = events;
    const deliver = (segment: Segment): void => this.peer.arrive(segment);
    this.#out = new Pipe(settings.clock, path, deliver, settings.giveUpMs, () => this.fail(TIMED_OUT));
  }

  get queued(): number {
    return this.#queued;
  }

  attach(events: SocketEvents): void {
    if (this.#events !== undefined)
      throw new TypeError(`simulated network: the connection from ${this.remote.host}:${this.remote.port} is attached already`);
    this.#events = events;
    if (this.phase === "closed") this.#later(() => events.closed());
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.phase === "closed" || this.#output !== "open") return;
    if (this.#broken !== undefined) return this.fail(this.#broken);
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
    if (!this.#paused || this.#events === undefined || this.#dropInput) return;
    this.#paused = false;
    if (this.#input.length > 0) this.#later(() => this.#read());
  }

  nodelay(_on: boolean): void {
    // Segments leave at once here, as with TCP_NODELAY; there is nothing to turn off.
  }

  endOutput(): void {
    if (this.phase === "closed" || this.#output !== "open") return;
    this.#output = "ending";
    this.#pump();
  }

  end(): void {
    if (this.phase === "closed" || this.#closeWhenSent) return;
    if (this.#broken !== undefined) return this.destroy();
    this.#closeWhenSent = true;
    this.#dropInput = true;
    this.#paused = true;
    this.#credit(this.#unread);
    this.#input = [];
    this.#unread = 0;
    if (this.#output === "open") this.#output = "ending";
    this.#pump();
  }

  destroy(): void {
    if (this.phase === "closed") return;
    const connecting = this.phase === "connecting";
    this.#finish();
    if (this.#unread > 0 || connecting) this.#out.send("rst");
    else if (this.#output !== "ended") this.#out.send("fin");
    this.#later(() => this.#events?.closed());
  }

  /** Starts the handshake; without an answer within `timeoutMs` it fails. */
  connect(timeoutMs: number): void {
    this.phase = "connecting";
    this.#out.send("syn");
    this.#connectTimer = this.#settings.clock.after(timeoutMs, () => this.fail(TIMED_OUT));
  }

  /** The accepting end says yes. */
  accept(): void {
    this.phase = "open";
    this.#out.send("open");
  }

  /** The accepting end says no, or a listener went away under a waiting connection. */
  refuse(): void {
    this.#finish();
    this.#out.send("rst");
  }

  /** Breaks the connection at this end: reported here, and unless the way is blocked the peer hears of it. */
  break(): void {
    if (this.phase === "closed") return;
    this.#out.clear();
    this.#out.send("rst");
    this.fail(RESET);
  }

  /** The process is gone: nothing is reported here and nothing is sent. */
  vanish(): void {
    if (this.phase === "closed") return;
    this.#finish();
    this.#out.clear();
  }

  /** Reports a failure and the end; later, as everything. */
  fail(failure: SocketFailure): void {
    if (this.phase === "closed") return;
    if (failure === TIMED_OUT) this.#out.clear();
    this.#finish();
    this.#later(() => {
      this.#events?.failed(failure);
      this.#events?.closed();
    });
  }

  /** A segment of the peer has arrived. Only the peer's pipe calls this. */
  arrive(segment: Segment): void {
    if (segment === "syn") return this.onSyn?.();
    if (this.phase === "closed") {
      if (typeof segment === "object") this.#out.send("rst");
      return;
    }
    if (segment === "open") return this.#opened();
    if (typeof segment === "number") {
      this.#inFlight -= segment;
      this.#pump();
      return;
    }
    if (segment === "rst") return this.#reset();
    if (this.#dropInput) {
      if (typeof segment === "object") this.#credit(segment.length);
      return;
    }
    if (typeof segment === "object") this.#unread += segment.length;
    this.#input.push(segment);
    this.#read();
  }

  #opened(): void {
    this.phase = "open";
    this.#stopConnectTimer();
    if (!this.#closeWhenSent) this.#events!.opened();
    this.#pump();
  }

  #reset(): void {
    if (this.phase === "connecting") return this.fail(REFUSED);
    const failure = this.#inputEnded ? BROKEN_PIPE : RESET;
    if (this.#queued > 0) return this.fail(failure);
    this.#broken = failure;
    if (!this.#inputEnded) {
      this.#input.push("rst");
      this.#read();
    }
  }

  #read(): void {
    while (!this.#paused && this.#input.length > 0 && this.phase === "open") {
      const item = this.#input.shift()!;
      if (typeof item === "object") {
        this.#unread -= item.length;
        this.#credit(item.length);
        this.#events!.data(item);
      } else if (item === "fin") {
        this.#inputEnded = true;
        this.#events!.ended();
        this.#closeWhenBothEnded();
      } else {
        this.fail(this.#broken ?? RESET);
      }
    }
  }

  #credit(bytes: number): void {
    if (bytes > 0) this.#out.send(bytes);
  }

  #pump(): void {
    if (this.phase !== "open") {
      this.#wantsDrained = this.#queued > 0;
      return;
    }
    const { windowBytes } = this.#settings;
    while (this.#queued > 0) {
      const space = windowBytes - this.#inFlight;
      if (space < Math.min(this.#queued, PACKET_BYTES) && this.#inFlight > 0) break;
      if (this.#out.path.breaks()) return this.break();
      const segment = this.#take(space);
      this.#inFlight += segment.length;
      this.#out.send(segment);
    }
    if (this.#queued > 0) {
      this.#wantsDrained = true;
      return;
    }
    if (this.#wantsDrained) {
      this.#wantsDrained = false;
      this.#later(() => {
        if (this.phase !== "closed" && this.#queued === 0) this.#events?.drained();
      });
    }
    if (this.#output === "ending") {
      this.#output = "ended";
      this.#out.send("fin");
      if (this.#closeWhenSent) {
        this.#finish();
        this.#later(() => this.#events?.closed());
      } else this.#closeWhenBothEnded();
    }
  }

  /** Joins queued chunks to one segment. */
  #take(limit: number): Uint8Array {
    const { segmentBytes, shred, random } = this.#settings;
    let size = Math.min(limit, segmentBytes, this.#queued);
    if (shred) size = 1 + Math.floor(random() * Math.min(size, PACKET_BYTES));
    const segment = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      const chunk = this.#queue[this.#queueHead]!;
      const n = Math.min(size - filled, chunk.length - this.#headOffset);
      segment.set(chunk.subarray(this.#headOffset, this.#headOffset + n), filled);
      filled += n;
      this.#headOffset += n;
      if (this.#headOffset === chunk.length) {
        this.#headOffset = 0;
        this.#queueHead++;
      }
    }
    if (this.#queueHead === this.#queue.length || this.#queueHead > 1024) {
      this.#queue = this.#queue.slice(this.#queueHead);
      this.#queueHead = 0;
    }
    this.#queued -= size;
    return segment;
  }

  #closeWhenBothEnded(): void {
    if (!this.#inputEnded || this.#output !== "ended" || this.phase === "closed") return;
    this.#finish();
    this.#later(() => this.#events?.closed());
  }

  /** This end is over: what it held is dropped. What is on its way to the peer still arrives. */
  #finish(): void {
    this.phase = "closed";
    this.#queue = [];
    this.#queueHead = 0;
    this.#headOffset = 0;
    this.#queued = 0;
    this.#input = [];
    this.#stopConnectTimer();
    this.onGone?.();
    this.onGone = undefined;
  }

  #stopConnectTimer(): void {
    if (this.#connectTimer !== undefined) this.#settings.clock.cancel(this.#connectTimer);
    this.#connectTimer = undefined;
  }

  #later(fn: () => void): void {
    this.#settings.clock.after(0, fn);
  }
}
