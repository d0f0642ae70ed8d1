/**
 * Virtual time: a clock that stands still until a test moves it. Timers fire in the order of their time, equal times in the order they were made.
 *
 * Knows nothing of nodes, networks or real time.
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";

/** How a {@link VirtualClock} begins. */
export interface VirtualClockOptions {
  /** Wall-clock time at the start, in milliseconds since 1970-01-01 UTC. Default 2020-01-01. */
  readonly startMs?: number;
}

interface VirtualTimer {
  readonly at: number;
  readonly seq: number;
  fn: (() => void) | undefined;
}

/** Timers fired at one instant before the clock says that time will never move on. */
const SAME_INSTANT_LIMIT = 10_000_000;

/**
 * A {@link Clock} that moves only by {@link advance} and {@link runUntilIdle}.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * clock.after(100, () => console.log("a tenth of a second later"));
 * clock.advance(100);
 * ```
 */
export class VirtualClock implements Clock {
  readonly #start: number;
  #now = 0;
  #seq = 0;
  #live = 0;
  #running = false;
  /** Binary heap by time, then by creation. Cancelled timers stay until they reach the top. */
  readonly #heap: VirtualTimer[] = [];

  constructor(options: VirtualClockOptions = {}) {
    this.#start = options.startMs ?? 1_577_836_800_000;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#start + this.#now;
  }

  after(ms: number, fn: () => void): object {
    if (Number.isNaN(ms)) throw new RangeError("VirtualClock.after: the delay is NaN; give milliseconds");
    const timer: VirtualTimer = { at: this.#now + Math.max(0, ms), seq: this.#seq++, fn };
    this.#live++;
    push(this.#heap, timer);
    return timer;
  }

  cancel(timer: object | number): void {
    const t = timer as VirtualTimer;
    if (t.fn === undefined) return;
    t.fn = undefined;
    this.#live--;
  }

  /** Timers that have yet to fire. */
  get pending(): number {
    return this.#live;
  }

  /** When the next timer fires, in the milliseconds of {@link now}; `undefined` when there is none. */
  get nextAt(): number | undefined {
    return this.#next()?.at;
  }

  /**
   * Moves time on, firing every timer that becomes due, also those made meanwhile.
   *
   * @param ms - How far, in milliseconds. 0 fires what is due now.
   * @returns How many timers fired.
   * @throws RangeError when `ms` is negative or not finite, when called from a timer, or when timers at one instant breed without end.
   */
  advance(ms: number): number {
    if (!(ms >= 0) || ms === Infinity) throw new RangeError(`VirtualClock.advance: cannot move by ${ms} ms; give a finite number from 0`);
    const until = this.#now + ms;
    const fired = this.#run(until);
    this.#now = until;
    return fired;
  }

  /**
   * Jumps from timer to timer until none is left.
   *
   * @param maxMs - Stops this many milliseconds from now at the latest, for systems with a timer that always comes again. Default: no limit.
   * @returns How many timers fired.
   * @throws RangeError as {@link advance}.
   */
  runUntilIdle(maxMs: number = Infinity): number {
    return this.#run(this.#now + maxMs);
  }

  #run(until: number): number {
    if (this.#running) throw new RangeError("VirtualClock: time is already moving; a timer must not move it");
    this.#running = true;
    let fired = 0;
    let atThisInstant = 0;
    try {
      for (let timer = this.#next(); timer !== undefined && timer.at <= until; timer = this.#next()) {
        pop(this.#heap);
        if (timer.at > this.#now) {
          this.#now = timer.at;
          atThisInstant = 0;
        } else if (++atThisInstant > SAME_INSTANT_LIMIT) {
          throw new RangeError(`VirtualClock: ${SAME_INSTANT_LIMIT} timers fired at ${this.#now} ms and time does not move on`);
        }
        const fn = timer.fn!;
        timer.fn = undefined;
        this.#live--;
        fired++;
        fn();
      }
    } finally {
      this.#running = false;
    }
    return fired;
  }

  #next(): VirtualTimer | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.fn === undefined) pop(this.#heap);
    return this.#heap[0];
  }
}

function before(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq);
}

function push(heap: VirtualTimer[], timer: VirtualTimer): void {
  let i = heap.length;
  heap.push(timer);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(timer, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = timer;
}

function pop(heap: VirtualTimer[]): void {
  const last = heap.pop()!;
  const n = heap.length;
  if (n === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= n) break;
    if (child + 1 < n && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
