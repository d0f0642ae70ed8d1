/**
 * The time axis of a trace with its long idle stretches cut short.
 *
 * Pure. Idle is when no span of the trace runs or waits in a mailbox: everybody sleeps, or waits for something outside. A stretch is cut when
 * it is longer than three times all busy time together.
 *
 * @module
 */
import type { TraceModel } from "./model.ts";
import { PartKind } from "./model.ts";

/** An idle stretch over this many times the busy time is cut. */
const IDLE_OVER_BUSY = 3;
/** What is left of a stretch that is cut, as a part of the busy time. */
const LEFT = 1 / 10;

/** An axis: real time to shown time and back. Both in microseconds; shown time begins at 0. */
export interface TimeScale {
  /** Length of the axis. */
  readonly length: number;
  /** Stretches that are cut, in order. */
  readonly cuts: readonly { readonly from: number; readonly to: number }[];
  toShown(t: number): number;
  toReal(shown: number): number;
}

/** Makes the axis of a trace. @param cut - False shows every idle stretch at its full length. */
export function timeScale(m: TraceModel, cut: boolean): TimeScale {
  const cuts: { from: number; to: number }[] = [];
  let left = 0;
  if (cut) {
    const [from, to] = busyStretches(m);
    let busy = 0;
    for (let i = 0; i < from.length; i++) busy += to[i]! - from[i]!;
    left = busy * LEFT;
    for (let i = 1; i < from.length; i++)
      if (busy > 0 && from[i]! - to[i - 1]! > IDLE_OVER_BUSY * busy) cuts.push({ from: to[i - 1]!, to: from[i]! });
  }
  // Where each stretch of the axis begins, in both times: straight lines between them.
  const real = [m.begin];
  const shown = [0];
  for (const c of cuts) {
    const at = shown.at(-1)! + c.from - real.at(-1)!;
    real.push(c.from, c.to);
    shown.push(at, at + left);
  }
  real.push(m.end);
  shown.push(shown.at(-1)! + m.end - real.at(-2)!);
  return {
    length: shown.at(-1)!,
    cuts,
    toShown: (t) => between(real, shown, t),
    toReal: (t) => between(shown, real, t),
  };
}

/** The value at `x` of the line through the points, which rise in both. */
function between(xs: readonly number[], ys: readonly number[], x: number): number {
  if (x <= xs[0]!) return ys[0]!;
  if (x >= xs.at(-1)!) return ys.at(-1)!;
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= x) low = middle;
    else high = middle;
  }
  const width = xs[high]! - xs[low]!;
  return width > 0 ? ys[low]! + ((x - xs[low]!) / width) * (ys[high]! - ys[low]!) : ys[low]!;
}

/** Stretches in which something of the trace runs or waits in a mailbox, in order, without overlaps. */
export function busyStretches(m: TraceModel): [from: Float64Array, to: Float64Array] {
  const { parts } = m;
  const from: number[] = [];
  const to: number[] = [];
  for (let p = 0; p < parts.kind.length; p++)
    if (parts.kind[p] === PartKind.run) {
      from.push(parts.from[p]!);
      to.push(parts.to[p]!);
    }
  for (let s = 0; s < m.spans; s++) {
    if (Number.isNaN(m.queued[s]!)) continue;
    from.push(m.queued[s]!);
    to.push(Number.isNaN(m.began[s]!) ? m.end : m.began[s]!);
  }
  const order = Uint32Array.from(from.keys()).sort((a, b) => from[a]! - from[b]!);
  const joinedFrom: number[] = [];
  const joinedTo: number[] = [];
  for (const i of order)
    if (joinedTo.length > 0 && from[i]! <= joinedTo.at(-1)!) joinedTo[joinedTo.length - 1] = Math.max(joinedTo.at(-1)!, to[i]!);
    else {
      joinedFrom.push(from[i]!);
      joinedTo.push(to[i]!);
    }
  return [Float64Array.from(joinedFrom), Float64Array.from(joinedTo)];
}
