/**
 * How long to wait before the next attempt to connect (INS-CON-5).
 *
 * @module
 */

const steps = [1_000, 2_000, 4_000, 8_000, 15_000];
const JITTER = 0.1;

/**
 * The wait before attempt `attempt` (0 = the first after a loss), in milliseconds: 1, 2, 4, 8, then always 15 s, each up to a tenth shorter so
 * that many clients of one host do not come back at the same moment.
 *
 * @param random - From 0 up to 1.
 */
export function backoffMs(attempt: number, random: number): number {
  const step = steps[Math.min(attempt, steps.length - 1)]!;
  return Math.round(step * (1 - JITTER * random));
}
