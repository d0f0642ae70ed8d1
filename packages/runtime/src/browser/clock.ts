/**
 * Time of a tab or worker, from what every browser has.
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";

/** The longest delay that `setTimeout` keeps; beyond it fires at once. */
const LONGEST_MS = 0x7fffffff;

/** Time of a tab. */
export function browserClock(): Clock {
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after: (ms, fn) => {
      const timer: { id: ReturnType<typeof setTimeout> | undefined } = { id: undefined };
      const arm = (left: number): void => {
        timer.id = setTimeout(() => (left > LONGEST_MS ? arm(left - LONGEST_MS) : fn()), Math.min(left, LONGEST_MS));
      };
      arm(ms);
      return timer;
    },
    cancel: (timer) => clearTimeout((timer as { id: ReturnType<typeof setTimeout> }).id),
  };
}
