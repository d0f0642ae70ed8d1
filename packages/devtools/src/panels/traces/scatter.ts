/**
 * Where traces lie in a plot of time and duration. The durations' axis is logarithmic.
 *
 * Pure. Knows nothing of the screen.
 *
 * @module
 */
import type { TraceRow } from "../../traces/trace-row.ts";

/** Both axes of the plot, in pixels and microseconds. */
export interface ScatterScale {
  x(t: number): number;
  y(durationUs: number): number;
  /** Back again. */
  t(x: number): number;
  duration(y: number): number;
  /** Ends of both axes. */
  readonly times: readonly [number, number];
  readonly durations: readonly [number, number];
}

/** Room around the plot: left for the durations, below for the times. */
export const PADDING = { left: 64, right: 12, top: 8, bottom: 20 } as const;

/** Makes the axes for some traces. Shorter than a microsecond counts as one. */
export function scatterScale(list: readonly TraceRow[], width: number, height: number): ScatterScale {
  let [t0, t1, d0, d1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { t, durationUs } of list) {
    if (t < t0) t0 = t;
    if (t > t1) t1 = t;
    const d = Math.max(1, durationUs);
    if (d < d0) d0 = d;
    if (d > d1) d1 = d;
  }
  if (!(t0 <= t1)) [t0, t1, d0, d1] = [0, 1e6, 1, 1000];
  if (t1 - t0 < 1e6) t1 = t0 + 1e6;
  // Whole powers of ten, so that the labels are.
  const [low, high] = [Math.floor(Math.log10(d0)), Math.max(Math.floor(Math.log10(d0)) + 1, Math.ceil(Math.log10(d1)))];
  const [w, h] = [Math.max(1, width - PADDING.left - PADDING.right), Math.max(1, height - PADDING.top - PADDING.bottom)];
  const span = t1 - t0;
  return {
    times: [t0, t1],
    durations: [10 ** low, 10 ** high],
    x: (t) => PADDING.left + ((t - t0) / span) * w,
    y: (d) => PADDING.top + h - ((Math.log10(Math.max(1, d)) - low) / (high - low)) * h,
    t: (x) => t0 + ((x - PADDING.left) / w) * span,
    duration: (y) => 10 ** (low + ((PADDING.top + h - y) / h) * (high - low)),
  };
}

/** The trace nearest to a place, if one is within `reach` pixels; −1 for none. */
export function nearest(list: readonly TraceRow[], scale: ScatterScale, x: number, y: number, reach: number): number {
  let best = -1;
  let least = reach * reach;
  for (const [i, { t, durationUs }] of list.entries()) {
    const far = (scale.x(t) - x) ** 2 + (scale.y(durationUs) - y) ** 2;
    if (far <= least) {
      least = far;
      best = i;
    }
  }
  return best;
}
