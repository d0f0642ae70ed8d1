/**
 * A trace summed up by who called whom: each node stands for all spans that were reached the same way.
 *
 * Pure, and fit for a worker; no recursion. Time is time that was run: what waits counts where it is worked on.
 *
 * @module
 */
import { PartKind, SpanState } from "../../traces/model.ts";
import type { TraceModel } from "../../traces/model.ts";

/** Nodes in depth-first order, the most total time first among siblings. */
export interface Flame {
  readonly count: number;
  /** The first span of a node; it has the name of all. */
  readonly span: Uint32Array;
  readonly depth: Uint32Array;
  readonly spans: Uint32Array;
  readonly errors: Uint32Array;
  /** Microseconds its spans ran themselves, and with all that they caused. */
  readonly self: Float64Array;
  readonly total: Float64Array;
  /** Microseconds its spans waited in mailboxes. */
  readonly queue: Float64Array;
  /** Where it begins, in microseconds of its row: siblings lie side by side. */
  readonly from: Float64Array;
  /** Run time of the whole trace. */
  readonly all: number;
}

/** Sums up a trace. @param nameOf - Spans with the same number have the same name; default: node, service and command. */
export function flameOf(m: TraceModel, nameOf?: (span: number) => number): Flame {
  const name = nameOf ?? ((s: number): number => (m.addr[s]! * 64 + (m.node[s]! & 63)) * 0x8000 + (m.cmd[s]! & 0x7fff));
  const first: number[] = [];
  const parent: number[] = [];
  const spans: number[] = [];
  const errors: number[] = [];
  const self: number[] = [];
  const queue: number[] = [];
  const children: Map<number, number>[] = [];
  const roots = new Map<number, number>();
  const nodeOf = new Uint32Array(m.spans);
  // A parent has a smaller number than its children: one pass finds all ways.
  for (let s = 0; s < m.spans; s++) {
    const above = m.parent[s]! < 0 ? -1 : nodeOf[m.parent[s]!]!;
    const among = above < 0 ? roots : children[above]!;
    let node = among.get(name(s));
    if (node === undefined) {
      among.set(name(s), (node = first.length));
      first.push(s);
      parent.push(above);
      for (const sums of [spans, errors, self, queue]) sums.push(0);
      children.push(new Map());
    }
    nodeOf[s] = node;
    spans[node]!++;
    if (m.state[s] === SpanState.failed) errors[node]!++;
    for (let p = m.parts.first[s]!; p < m.parts.first[s + 1]!; p++)
      if (m.parts.kind[p] === PartKind.run) self[node]! += m.parts.to[p]! - m.parts.from[p]!;
    const wait = m.began[s]! - m.queued[s]!;
    if (wait > 0) queue[node]! += wait;
  }
  const total = Float64Array.from(self);
  for (let node = first.length - 1; node >= 0; node--) if (parent[node]! >= 0) total[parent[node]!]! += total[node]!;

  const order: number[] = [];
  const depth: number[] = [];
  const from: number[] = [];
  let all = 0;
  for (const node of roots.values()) all += total[node]!;
  const stack: { readonly node: number; readonly depth: number; readonly from: number }[] = [];
  const push = (nodes: Iterable<number>, level: number, begin: number): void => {
    let at = begin;
    const row = [...nodes]
      .sort((a, b) => total[b]! - total[a]! || a - b)
      .map((node) => {
        const item = { node, depth: level, from: at };
        at += total[node]!;
        return item;
      });
    stack.push(...row.reverse());
  };
  push(roots.values(), 0, 0);
  while (stack.length > 0) {
    const top = stack.pop()!;
    order.push(top.node);
    depth.push(top.depth);
    from.push(top.from);
    push(children[top.node]!.values(), top.depth + 1, top.from);
  }
  const pick = (values: ArrayLike<number>): number[] => order.map((node) => values[node]!);
  return {
    count: order.length,
    span: Uint32Array.from(pick(first)),
    depth: Uint32Array.from(depth),
    spans: Uint32Array.from(pick(spans)),
    errors: Uint32Array.from(pick(errors)),
    self: Float64Array.from(pick(self)),
    total: Float64Array.from(pick(total)),
    queue: Float64Array.from(pick(queue)),
    from: Float64Array.from(from),
    all,
  };
}
