/**
 * Counters of a service from one survey to the next.
 *
 * @module
 */

/** Counters at one moment. */
export interface Counters {
  readonly message: number;
  /** Seconds. */
  readonly cpu: number;
}

/**
 * Surveys are further apart than the frames of a page, so a rate made of bare counters would leap and stand still. Here they are told one
 * survey later, as if they had grown evenly in between: rates are right on average, and late by that much.
 */
export class Course {
  #from: Counters = { message: 0, cpu: 0 };
  #to: Counters = { message: 0, cpu: 0 };
  #toMs = -Infinity;
  #spanMs = 0;

  /** Takes in what a survey found at `ms`. The first one is told at once. */
  take(counters: Counters, ms: number): void {
    const isFirst = this.#toMs === -Infinity;
    this.#from = isFirst ? counters : this.at(ms);
    this.#spanMs = isFirst ? 0 : ms - this.#toMs;
    this.#to = counters;
    this.#toMs = ms;
  }

  /** What is told at `ms`. Never goes back while the counters do not. */
  at(ms: number): Counters {
    const from = this.#from;
    const to = this.#to;
    const part = this.#spanMs <= 0 ? 1 : (ms - this.#toMs) / this.#spanMs;
    if (!(part < 1)) return to;
    const between = (a: number, b: number): number => a + (b - a) * Math.max(0, part);
    return { message: Math.round(between(from.message, to.message)), cpu: between(from.cpu, to.cpu) };
  }
}
