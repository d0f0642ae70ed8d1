/**
 * One direction between two hosts, shared by all connections that go that way: how long bytes take, what gets lost, whether anything passes.
 *
 * Knows nothing of connections beyond "somebody wants to hear when it opens again".
 *
 * @module
 */

/** How a direction between two hosts behaves. What is left out keeps its value. */
export interface PathOptions {
  /** One-way delay in milliseconds. */
  readonly latencyMs?: number;
  /** Up to this many milliseconds more, drawn anew for each segment. Order is kept. */
  readonly jitterMs?: number;
  /** Bytes per second that fit through, all connections together. `Infinity`: no limit. */
  readonly bytesPerSecond?: number;
  /**
   * Probability that a segment is lost: it arrives after a retransmission (200 ms or twice the round trip, doubling), all behind it wait.
   * A datagram that is lost does not arrive.
   */
  readonly lossRate?: number;
  /** Probability that a segment makes the connection break: both ends see a reset. */
  readonly resetRate?: number;
}

const MIN_RETRANSMIT_MS = 200;

/** One direction between two hosts. */
export class Path {
  latencyMs = 0;
  resetRate = 0;
  #jitterMs = 0;
  #bytesPerMs = Infinity;
  #lossRate = 0;
  /** When the last byte sent so far has left. */
  #freeAt = 0;
  #closed = 0;
  readonly #random: () => number;
  readonly #waiting = new Set<() => void>();

  constructor(random: () => number, options: PathOptions) {
    this.#random = random;
    this.set(options);
  }

  set(options: PathOptions): void {
    this.latencyMs = atLeastZero("latencyMs", options.latencyMs) ?? this.latencyMs;
    this.#jitterMs = atLeastZero("jitterMs", options.jitterMs) ?? this.#jitterMs;
    this.#lossRate = probability("lossRate", options.lossRate) ?? this.#lossRate;
    this.resetRate = probability("resetRate", options.resetRate) ?? this.resetRate;
    if (options.bytesPerSecond !== undefined) {
      if (!(options.bytesPerSecond > 0))
        throw new RangeError(`simulated network: bytesPerSecond is ${options.bytesPerSecond}; give a number above 0`);
      this.#bytesPerMs = options.bytesPerSecond / 1000;
    }
  }

  /** When a segment sent now arrives. */
  arrival(now: number, bytes: number): number {
    this.#freeAt = Math.max(now, this.#freeAt) + bytes / this.#bytesPerMs;
    let at = this.#freeAt + this.latencyMs;
    if (this.#jitterMs > 0) at += this.#random() * this.#jitterMs;
    if (this.#lossRate > 0 && bytes > 0) {
      let again = Math.max(MIN_RETRANSMIT_MS, 4 * this.latencyMs);
      for (let tries = 0; tries < 15 && this.#random() < this.#lossRate; tries++, again *= 2) at += again;
    }
    return at;
  }

  /** When a datagram sent now arrives, of which nobody takes care: `undefined` when it is lost. Later ones may overtake it. */
  datagram(now: number, bytes: number): number | undefined {
    if (this.blocked) return undefined;
    this.#freeAt = Math.max(now, this.#freeAt) + bytes / this.#bytesPerMs;
    if (this.#lossRate > 0 && this.#random() < this.#lossRate) return undefined;
    return this.#freeAt + this.latencyMs + (this.#jitterMs > 0 ? this.#random() * this.#jitterMs : 0);
  }

  /** Whether the dice say that this segment breaks its connection. */
  breaks(): boolean {
    return this.resetRate > 0 && this.#random() < this.resetRate;
  }

  /** Nothing passes while this is true. */
  get blocked(): boolean {
    return this.#closed > 0;
  }

  /** Closes the path; each call needs one {@link open}. */
  close(): void {
    this.#closed++;
  }

  /** Takes back one {@link close}; when it was the last, everything that waited is told. */
  open(): void {
    if (--this.#closed > 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Calls `wake` when the path opens. */
  onOpen(wake: () => void): void {
    this.#waiting.add(wake);
  }

  /** Forgets a `wake`. */
  offOpen(wake: () => void): void {
    this.#waiting.delete(wake);
  }
}

function atLeastZero(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(value >= 0 && value < Infinity))
    throw new RangeError(`simulated network: ${name} is ${value}; give a finite number from 0`);
  return value;
}

function probability(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(value >= 0 && value <= 1))
    throw new RangeError(`simulated network: ${name} is ${value}; give a number from 0 to 1`);
  return value;
}
