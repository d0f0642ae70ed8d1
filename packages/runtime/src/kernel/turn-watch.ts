/**
 * Whose turns take long: samples the time of handlers, and names the one that held up the node.
 *
 * Most turns are not timed, as reading the clock costs as much as a small handler. Whose they were is kept until the loop's next look at
 * the clock; when little but one service ran before a late look, it was that one. Knows no messages and no ready list.
 *
 * Source: skynet-src/skynet_monitor.c; semantics.md §4.
 *
 * @module
 */
import { handleText } from "./handles.ts";
import type { Service } from "./service.ts";

/** How handler time is measured: one turn in 17, every turn, or none. */
export type Profile = boolean | "full";

/** A turn that held up the node. */
export interface LongTurn {
  /** The service whose turn it was, and who sent the message. */
  readonly handle: number;
  readonly source: number;
  /** How long it took, in milliseconds. */
  readonly tookMs: number;
  /** Node time in milliseconds when it was over. */
  readonly at: number;
}

/** What the watch needs of its node. */
export interface WatchedNode {
  /** Clock time (milliseconds of the host's clock) at start. */
  readonly startMs: number;
  /** Turns of all services so far. */
  readonly turns: number;
  find(handle: number): Service | undefined;
  log(source: number, text: string): void;
}

/** Turns between two looks of the loop at the clock. */
export const TURNS_PER_LOOK = 64;
/** One turn in so many is timed when the profile is `true`; a prime, so that it does not beat with a pattern of messages. */
const SAMPLE = 17;
/** A slice this long (milliseconds) makes every turn of the next second timed, so that the slow handler gets a name. */
const SLOW_SLICE_MS = 10;
const SLOW_WATCH_MS = 1000;
/** A turn this long (milliseconds) counts as an endless loop. */
const ENDLESS_MS = 5000;
/** A turn this long (milliseconds) is remembered: everybody else waited for it. */
const LONG_MS = 100;
/** Long turns kept. */
const LONG_KEPT = 16;
/** Two numbers for each turn between two looks at the clock; a power of two. */
const UNTIMED_SLOTS = 2 * TURNS_PER_LOOK;

/** See the file's comment. */
export class TurnWatch {
  /** Turns of 100 ms and more, oldest first; the latest few of those that can be told from others. */
  readonly longTurns: LongTurn[] = [];
  readonly #node: WatchedNode;
  readonly #profile: Profile;
  #untilSample = SAMPLE;
  #watchUntil = 0;
  /** Receiver and sender of the turns that were not timed since the last look at the clock. */
  readonly #untimed = new Uint32Array(UNTIMED_SLOTS);
  #untimedAt = 0;
  /** An endless turn was timed, and reported, since the last look. */
  #endlessTold = false;
  /** A long turn was timed since the last look. */
  #longTold = false;

  constructor(node: WatchedNode, profile: Profile) {
    this.#node = node;
    this.#profile = profile;
  }

  /** Whether the turn that begins now is to be timed; the caller then tells how long it took, otherwise whose it was. */
  due(): boolean {
    return this.#profile !== false && --this.#untilSample <= 0;
  }

  /** A turn that is not timed begins. */
  untimed(handle: number, source: number): void {
    const at = this.#untimedAt;
    this.#untimed[at & (UNTIMED_SLOTS - 1)] = handle;
    this.#untimed[(at + 1) & (UNTIMED_SLOTS - 1)] = source;
    this.#untimedAt = at + 2;
  }

  /** A timed turn is over. */
  timed(service: Service, source: number, begun: number, now: number): void {
    const each = this.#profile === "full" || now < this.#watchUntil;
    const took = now - begun;
    service.cpuMs += each || took >= SLOW_SLICE_MS ? took : took * SAMPLE;
    this.#untilSample = each ? 1 : SAMPLE;
    if (took >= LONG_MS) {
      this.#longTold = true;
      this.#long(service.handle, source, took, now);
    }
    if (took >= ENDLESS_MS) {
      this.#endlessTold = true;
      this.#endless(service.handle, source);
    }
  }

  /** The loop has looked at the clock. @param took - Milliseconds since its last look. */
  looked(now: number, took: number): void {
    if (took >= SLOW_SLICE_MS) this.#slow(now, took);
    this.#untimedAt = 0;
  }

  #slow(now: number, took: number): void {
    if (took >= LONG_MS && !this.#longTold) this.#findLong(took, now);
    if (took >= ENDLESS_MS && !this.#endlessTold) this.#findEndless(took);
    this.#endlessTold = false;
    this.#longTold = false;
    this.#watchUntil = now + SLOW_WATCH_MS;
    // Every turn is timed from here on; the next one counts as a sample of its own.
    if (this.#profile !== false) this.#untilSample = 1;
  }

  #long(handle: number, source: number, tookMs: number, now: number): void {
    this.longTurns.push({ handle, source, tookMs, at: now - this.#node.startMs });
    if (this.longTurns.length > LONG_KEPT) this.longTurns.shift();
  }

  /** A long turn that was not timed: when only one service ran since the last look, it was that one. */
  #findLong(took: number, now: number): void {
    const turns = Math.min(this.#untimedAt, UNTIMED_SLOTS);
    const handle = this.#untimed[0]!;
    for (let i = 2; i < turns; i += 2) if (this.#untimed[i] !== handle) return;
    if (turns > 0) this.#long(handle, this.#untimed[turns - 1]!, took, now);
  }

  #endless(handle: number, source: number): void {
    const service = this.#node.find(handle);
    if (service !== undefined) service.endless = true;
    this.#node.log(
      0,
      `error: A message from [ ${handleText(source)} ] to [ ${handleText(handle)} ] maybe in an endless loop (version = ${this.#node.turns})`,
    );
  }

  /** An endless turn that was not timed: when only one service ran since the last look, it was that one. */
  #findEndless(took: number): void {
    const turns = Math.min(this.#untimedAt, UNTIMED_SLOTS);
    const handles = new Set<number>();
    let source = 0;
    for (let i = 0; i < turns; i += 2) {
      handles.add(this.#untimed[i]!);
      source = this.#untimed[i + 1]!;
    }
    const [only] = handles;
    if (handles.size === 1) this.#endless(only!, source);
    else if (handles.size > 1)
      this.#node.log(
        0,
        `error: A message to one of [ ${[...handles].map(handleText).join(" ")} ] took ${(took / 1000).toFixed(1)} s, maybe in an endless loop; the next ones are timed`,
      );
  }
}
