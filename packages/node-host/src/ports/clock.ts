/**
 * Real time: Node's monotonic clock, wall clock and timers.
 *
 * @module
 */
import type { Clock } from "@skyloom/runtime/ports";

/** Looked up once: the global is a getter, and clocks are read often. */
const { performance } = globalThis;

/** The longest delay Node's timers take; longer ones are made of several. */
const LONGEST_MS = 2_147_483_647;

interface RunningTimer {
  handle: NodeJS.Timeout | undefined;
}

/** Makes a {@link Clock} of this process. */
export function nodeClock(): Clock {
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after(ms, fn) {
      const due = performance.now() + ms;
      const timer: RunningTimer = { handle: undefined };
      const fire = (): void => {
        // Node counts in whole milliseconds of a clock it reads now and then, so a timer may come a little early.
        const left = due - performance.now();
        if (left > 0) timer.handle = setTimeout(fire, Math.min(Math.ceil(left), LONGEST_MS));
        else {
          timer.handle = undefined;
          fn();
        }
      };
      timer.handle = setTimeout(fire, Math.min(Math.max(0, Math.ceil(ms)), LONGEST_MS));
      return timer;
    },
    cancel(timer) {
      const { handle } = timer as RunningTimer;
      if (handle !== undefined) clearTimeout(handle);
    },
  };
}
