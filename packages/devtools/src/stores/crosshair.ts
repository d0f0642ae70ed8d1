/**
 * The moment that somebody points at, one for every plot: outside React, told to the plots at most ten times a second (INS-SH-4, §5.2).
 *
 * @module
 */

/** Plots are told no more often, in milliseconds. */
export const CROSSHAIR_MS = 100;

/** How time passes: the browser's, or a test's. */
export interface Later {
  /** Milliseconds. */
  readonly now: () => number;
  readonly after: (ms: number, fn: () => void) => void;
}

const browser: Later = { now: () => performance.now(), after: (ms, fn) => void setTimeout(fn, ms) };

/** See the file's comment. */
export class Crosshair {
  version = 0;
  /** In microseconds of the host's clock; `undefined`: nobody points at anything. */
  t: number | undefined = undefined;
  readonly #later: Later;
  #toldAt = -Infinity;
  #waiting = false;
  readonly #listeners = new Set<() => void>();

  constructor(later: Later = browser) {
    this.#later = later;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Points at a moment, or at none. */
  set(t: number | undefined): void {
    if (t === this.t) return;
    this.t = t;
    if (this.#waiting) return;
    const wait = this.#toldAt + CROSSHAIR_MS - this.#later.now();
    if (wait <= 0) return this.#tell();
    this.#waiting = true;
    this.#later.after(wait, () => {
      this.#waiting = false;
      this.#tell();
    });
  }

  #tell(): void {
    this.#toldAt = this.#later.now();
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
