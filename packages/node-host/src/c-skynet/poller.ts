/**
 * When to ask a console for what: only what somebody looks at, and ever more rarely as the server takes longer to answer.
 *
 * Knows no commands. Each `stat` and `mem` costs a message to every service, so polling is slow by design.
 *
 * @module
 */
import type { Clock, ClockTimer } from "@skyloom/runtime/ports";

/** Something that is polled. */
export interface Polled {
  /** Shortest time from one beginning to the next, in milliseconds. */
  readonly everyMs: number;
  /** Asks, and takes in the answer. A rejection says that there was none. */
  readonly ask: () => Promise<void>;
}

/** At most one part in so many of the time may go into one kind of question. */
const SHARE = 100;
/** … but the longest pause is this: a service that never answers makes every question slow, and costs nothing. */
const LONGEST_MS = 20_000;
/** A want holds for this many periods, or as long as this. */
const HOLD_PERIODS = 2;
const HOLD_MS = 6_000;
/** Questions are begun this much early rather than a tick late. */
const EARLY_MS = 5;

interface Entry extends Polled {
  wantedUntilMs: number;
  nextMs: number;
  running: boolean;
}

/** Polls for one console. */
export class Poller {
  readonly #clock: Clock;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #pausedUntil: () => number;
  #timer: ClockTimer | undefined;
  #closed = false;

  /** @param pausedUntil - Until when nothing is to be asked, on the clock; -Infinity: go on. */
  constructor(clock: Clock, kinds: Readonly<Record<string, Polled>>, pausedUntil: () => number = () => -Infinity) {
    this.#clock = clock;
    this.#pausedUntil = pausedUntil;
    this.#entries = new Map(
      Object.entries(kinds).map(([name, kind]) => [name, { ...kind, wantedUntilMs: -Infinity, nextMs: -Infinity, running: false }]),
    );
  }

  /** Somebody looks at it now. */
  want(...names: readonly string[]): void {
    const now = this.#clock.now();
    for (const name of names) {
      const entry = this.#entries.get(name)!;
      entry.wantedUntilMs = now + Math.max(HOLD_MS, entry.everyMs * HOLD_PERIODS);
    }
    this.#arm();
  }

  /** Asks at once, whoever looks, and waits for the answer. */
  async now(name: string): Promise<void> {
    await this.#run(this.#entries.get(name)!);
  }

  /** Nothing is asked any more. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    if (this.#closed) return;
    const now = this.#clock.now();
    let due = Infinity;
    for (const entry of this.#entries.values())
      if (!entry.running && entry.wantedUntilMs >= now) due = Math.min(due, Math.max(entry.nextMs, this.#pausedUntil()));
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = due === Infinity ? undefined : this.#clock.after(Math.max(0, due - now), () => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    if (now + EARLY_MS >= this.#pausedUntil())
      for (const entry of this.#entries.values())
        if (!entry.running && entry.wantedUntilMs >= now && entry.nextMs <= now + EARLY_MS) void this.#run(entry).catch(() => undefined);
    this.#arm();
  }

  async #run(entry: Entry): Promise<void> {
    const from = this.#clock.now();
    entry.running = true;
    try {
      await entry.ask();
    } finally {
      entry.running = false;
      const took = this.#clock.now() - from;
      entry.nextMs = from + Math.max(entry.everyMs, Math.min(LONGEST_MS, took * SHARE));
      this.#arm();
    }
  }
}
