/**
 * A rate: so many a second, and as many at once as a second brings.
 *
 * @module
 */

/** Counts what is taken against what time has brought. */
export class Bucket {
  readonly #perMs: number;
  readonly #most: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /** @param now - Monotonic time in milliseconds. */
  constructor(perSecond: number, now: () => number) {
    this.#perMs = perSecond / 1000;
    this.#most = perSecond;
    this.#left = perSecond;
    this.#now = now;
    this.#at = now();
  }

  /** Takes, also more than there is: then the rest is owed. @returns milliseconds until nothing is owed any more. */
  take(amount: number): number {
    this.#fill();
    this.#left -= amount;
    return this.#left >= 0 ? 0 : -this.#left / this.#perMs;
  }

  /** Takes if there is enough. */
  tryTake(amount: number): boolean {
    this.#fill();
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }

  #fill(): void {
    const now = this.#now();
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
