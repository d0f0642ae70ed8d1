/**
 * The stretch of an axis that is in view: one for all drawings of a trace, so that they move together.
 *
 * Outside React, because it changes with every frame of a drag. Knows nothing of pixels and of what is drawn.
 *
 * @module
 */

/** The shortest stretch that can be shown, in the unit of the axis. */
const SHORTEST = 1;

/** See the file's comment. The axis begins at 0; its unit is the reader's choice (here: microseconds). */
export class TimeWindow {
  version = 0;
  length: number;
  from = 0;
  to: number;
  readonly #listeners = new Set<() => void>();

  constructor(length: number) {
    this.length = Math.max(SHORTEST, length);
    this.to = this.length;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether everything is in view. */
  get whole(): boolean {
    return this.from === 0 && this.to === this.length;
  }

  /** Shows a stretch, as far as the axis has it; whichever end comes first. */
  show(a: number, b: number): void {
    if (!Number.isFinite(a) || !Number.isFinite(b)) return;
    const width = Math.min(this.length, Math.max(SHORTEST, Math.abs(b - a)));
    const from = Math.min(Math.max(0, Math.min(a, b)), this.length - width);
    if (from === this.from && from + width === this.to) return;
    this.from = from;
    // The end exactly, so that “whole” is seen as such.
    this.to = from === this.length - width ? this.length : from + width;
    this.#changed();
  }

  /** Makes the stretch longer (`factor` above 1) or shorter, around a place that stays where it is. */
  zoom(factor: number, at: number = (this.from + this.to) / 2): void {
    const width = Math.min(this.length, Math.max(SHORTEST, (this.to - this.from) * factor));
    const part = (at - this.from) / (this.to - this.from);
    const from = Math.min(Math.max(0, at - width * part), this.length - width);
    this.show(from, from + width);
  }

  /** Moves the stretch without changing its length. */
  pan(by: number): void {
    const width = this.to - this.from;
    const from = Math.min(Math.max(0, this.from + by), this.length - width);
    this.show(from, from + width);
  }

  reset(): void {
    this.show(0, this.length);
  }

  /** The axis has another length now: what was whole stays so, other stretches stay where they are as far as they can. */
  resize(length: number): void {
    const next = Math.max(SHORTEST, length);
    if (next === this.length) return;
    const { whole, from, to } = this;
    this.length = next;
    if (whole) {
      this.from = 0;
      this.to = next;
      this.#changed();
    } else {
      this.from = this.to = -1;
      this.show(Math.min(from, next), Math.min(to, Math.max(next, SHORTEST)));
    }
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

/** Steps that are easy to read: 1, 2 and 5 of each power of ten. At most `most` of them fit into `width`. */
export function niceStep(width: number, most: number): number {
  const least = width / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  for (const m of [1, 2, 5]) if (m * power >= least) return m * power;
  return 10 * power;
}
