/**
 * A stopwatch that is stopped while what it measures is suspended. Times in milliseconds of whatever clock it is given.
 *
 * @module
 */

/** Sums up slices. */
export class Stopwatch {
  #total = 0;
  #since: number | undefined = undefined;

  /** A slice begins; nothing changes when one is going on. */
  resume(now: number): void {
    this.#since ??= now;
  }

  /** The slice ends. */
  pause(now: number): void {
    if (this.#since === undefined) return;
    this.#total += now - this.#since;
    this.#since = undefined;
  }

  /** All slices so far, the one going on included. */
  total(now: number): number {
    return this.#total + (this.#since === undefined ? 0 : now - this.#since);
  }
}
