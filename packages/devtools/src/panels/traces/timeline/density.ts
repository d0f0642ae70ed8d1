/**
 * How busy a trace was along its axis: what a minimap draws.
 *
 * @module
 */
import { PartKind } from "../../../traces/model.ts";
import type { TraceModel } from "../../../traces/model.ts";
import type { TimeScale } from "../../../traces/time-scale.ts";

/** For each of `buckets` equal pieces of the axis: how many spans ran in it at once, in the mean; and whether one failed there. */
export function densityOf(m: TraceModel, scale: TimeScale, buckets: number): { readonly busy: Float64Array; readonly failed: Uint8Array } {
  const busy = new Float64Array(buckets);
  const failed = new Uint8Array(buckets);
  const width = Math.max(scale.length, 1e-9) / buckets;
  const place = (shown: number): number => Math.min(buckets - 1, Math.max(0, Math.floor(shown / width)));
  const { parts } = m;
  for (let p = 0; p < parts.kind.length; p++) {
    if (parts.kind[p] !== PartKind.run) continue;
    const from = scale.toShown(parts.from[p]!);
    const to = scale.toShown(parts.to[p]!);
    const last = place(to);
    for (let b = place(from); b <= last; b++) busy[b]! += Math.max(0, Math.min(to, (b + 1) * width) - Math.max(from, b * width)) / width;
  }
  for (let s = 0; s < m.spans; s++) if (m.error[s] !== 0 && !Number.isNaN(m.ended[s]!)) failed[place(scale.toShown(m.ended[s]!))] = 1;
  return { busy, failed };
}
