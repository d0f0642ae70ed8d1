/**
 * A trace as a sequence diagram: a lifeline for each service, an arrow for each message.
 *
 * Pure, and fit for a worker. Knows nothing of pixels.
 *
 * @module
 */
import type { TraceModel } from "./model.ts";

/** More arrows than this say nothing to a reader: the view asks to narrow. */
export const MOST_ARROWS = 2000;

/** What a reader has chosen. */
export interface SequenceWish {
  /** Joins services: those with the same number share a lifeline. Default: each service (of each node) has its own. */
  readonly laneOf?: (addr: number, node: number) => number;
  /** Lanes left out, with their arrows. */
  readonly hidden?: ReadonlySet<number>;
  /** The stretch of time that is wanted, in microseconds; default all. */
  readonly from?: number;
  readonly to?: number;
  /** Arrows at most; default {@link MOST_ARROWS}. */
  readonly most?: number;
}

/** See the file's comment. */
export interface Sequence {
  /** Lanes in the order in which they first take part. */
  readonly lanes: readonly { readonly id: number; readonly addr: number; readonly node: number }[];
  /** Numbers of the arrows in `model.arrows`, in the order they were sent. */
  readonly arrows: Uint32Array;
  /** For each arrow its lanes, as places in `lanes`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Arrows that fit the wish; when it is more than there are here, the reader has to narrow. */
  readonly total: number;
}

/** Lays out the messages of a trace. */
export function sequenceOf(m: TraceModel, wish: SequenceWish = {}): Sequence {
  const { arrows } = m;
  const most = wish.most ?? MOST_ARROWS;
  const begin = wish.from ?? -Infinity;
  const end = wish.to ?? Infinity;
  const laneOf = wish.laneOf ?? ((addr: number, node: number): number => node * 0x1_0000_0000 + addr);
  const order = Uint32Array.from({ length: arrows.count }, (_, i) => i);
  for (let i = 1; i < order.length; i++)
    if (arrows.sent[i]! < arrows.sent[i - 1]!) {
      order.sort((a, b) => arrows.sent[a]! - arrows.sent[b]! || a - b);
      break;
    }
  const places = new Map<number, number>();
  const lanes: { id: number; addr: number; node: number }[] = [];
  const place = (id: number, addr: number, node: number): number => {
    const known = places.get(id);
    if (known !== undefined) return known;
    lanes.push({ id, addr, node });
    places.set(id, lanes.length - 1);
    return lanes.length - 1;
  };
  const shown: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  let total = 0;
  for (const i of order) {
    const sent = arrows.sent[i]!;
    const taken = arrows.taken[i]!;
    if (sent > end || (Number.isNaN(taken) ? sent : taken) < begin) continue;
    const node = arrows.node[i]!;
    const a = laneOf(arrows.src[i]!, node);
    const b = laneOf(arrows.dst[i]!, node);
    if (wish.hidden !== undefined && (wish.hidden.has(a) || wish.hidden.has(b))) continue;
    total++;
    if (shown.length >= most) continue;
    shown.push(i);
    from.push(place(a, arrows.src[i]!, node));
    to.push(place(b, arrows.dst[i]!, node));
  }
  return { lanes, arrows: Uint32Array.from(shown), from: Uint32Array.from(from), to: Uint32Array.from(to), total };
}
