/** A clock that stands still until a test moves it, and a `defer` whose calls a test lets run. */
import type { Clock, ClockTimer } from "../../src/ports/clock.ts";

/** See the file's comment. Times in milliseconds. */
export class ManualClock implements Clock {
  #now = 1000;
  #timers = new Map<number, { readonly at: number; readonly fn: () => void }>();
  #next = 1;
  #deferred: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  /** Lets time pass inside work. */
  spend(ms: number): void {
    this.#now += ms;
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now;
  }

  after(ms: number, fn: () => void): ClockTimer {
    this.#timers.set(this.#next, { at: this.#now + ms, fn });
    return this.#next++;
  }

  cancel(timer: ClockTimer): void {
    this.#timers.delete(timer as number);
  }

  readonly defer = (fn: () => void): void => void this.#deferred.push(fn);

  /** Timers and deferred calls that are waiting. */
  get waiting(): number {
    return this.#timers.size + this.#deferred.length;
  }

  /** Runs one deferred call. */
  step(): void {
    this.#deferred.shift()?.();
  }

  /** Runs deferred calls until there are none. */
  settle(): void {
    while (this.#deferred.length > 0) this.step();
  }

  /** Moves time on, firing what falls due in order, and lets deferred work run. */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.settle();
    for (;;) {
      let first: number | undefined;
      for (const [id, t] of this.#timers) if (t.at <= end && (first === undefined || t.at < this.#timers.get(first)!.at)) first = id;
      if (first === undefined) break;
      const { at, fn } = this.#timers.get(first)!;
      this.#timers.delete(first);
      this.#now = Math.max(this.#now, at);
      fn();
      this.settle();
    }
    this.#now = Math.max(this.#now, end);
  }
}
