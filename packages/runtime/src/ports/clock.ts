/**
 * Time as the runtime sees it. A host gives real time; a simulation gives virtual time.
 *
 * @module
 */

/** What {@link Clock.after} returns; only {@link Clock.cancel} looks into it. */
export type ClockTimer = object | number;

/** A monotonic clock, the wall clock, and one-shot timers. */
export interface Clock {
  /** Monotonic time in milliseconds, with fractions. Never goes back. */
  now(): number;
  /** Wall-clock time in milliseconds since 1970-01-01 UTC. */
  wall(): number;
  /** Calls `fn` once, `ms` milliseconds from now at the earliest; never before the current call stack has ended. */
  after(ms: number, fn: () => void): ClockTimer;
  /** Forgets a timer; harmless when it has fired. */
  cancel(timer: ClockTimer): void;
}
