/**
 * The critical path of a trace: the stretches that, if they were shorter, would make the whole shorter. Found by walking back from the end.
 *
 * Pure, no recursion. Knows the model only.
 *
 * @module
 */
import { SpanKind } from "./model.ts";
import type { TraceModel } from "./model.ts";

/** Stretches of the path, first to last. */
export interface CriticalPath {
  readonly count: number;
  readonly span: Uint32Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** 1 for every span that has a stretch in it. */
  readonly on: Uint8Array;
}

/** When somebody who waits for this span can go on: its reply, or its end. */
function doneAt(m: TraceModel, s: number): number {
  const replied = m.replied[s]!;
  return Number.isNaN(replied) ? m.ended[s]! : replied;
}

function startAt(m: TraceModel, s: number): number {
  const queued = m.queued[s]!;
  return Number.isNaN(queued) ? m.began[s]! : queued;
}

/** Finds the path that ends with the end of `root`, by default the first root. */
export function criticalPath(m: TraceModel, root = 0): CriticalPath {
  const span: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const on = new Uint8Array(m.spans);
  const note = (s: number, a: number, b: number): void => {
    if (!(b > a)) return;
    on[s] = 1;
    span.push(s);
    from.push(a);
    to.push(b);
  };
  if (root < m.spans) {
    const start = startAt(m, root);
    const done = doneAt(m, root);
    walk(m, root, Number.isNaN(start) ? m.begin : start, Number.isNaN(done) ? m.end : done, note);
    on[root] = 1;
  }
  span.reverse();
  from.reverse();
  to.reverse();
  return { count: span.length, span: Uint32Array.from(span), from: Float64Array.from(from), to: Float64Array.from(to), on };
}

interface Level {
  readonly span: number;
  readonly start: number;
  /** Requests it made, the one that was done last first. */
  readonly calls: readonly number[];
  next: number;
}

function walk(m: TraceModel, root: number, start: number, end: number, note: (s: number, a: number, b: number) => void): void {
  const level = (s: number, begin: number): Level => {
    const calls: number[] = [];
    for (let c = m.childFirst[s]!; c < m.childFirst[s + 1]!; c++) {
      const child = m.children[c]!;
      if (m.kind[child] === SpanKind.request && doneAt(m, child) > begin) calls.push(child);
    }
    calls.sort((a, b) => doneAt(m, b) - doneAt(m, a));
    return { span: s, start: begin, calls, next: 0 };
  };
  const stack = [level(root, start)];
  let at = end;
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    let child: number | undefined;
    while (top.next < top.calls.length && child === undefined) {
      const c = top.calls[top.next++]!;
      // Done after the point reached: something else was waited for then.
      if (doneAt(m, c) <= at) child = c;
    }
    if (child === undefined) {
      note(top.span, top.start, at);
      at = Math.min(at, top.start);
      stack.pop();
      continue;
    }
    const done = doneAt(m, child);
    note(top.span, done, at);
    at = done;
    stack.push(level(child, Math.max(top.start, startAt(m, child))));
  }
}
