/**
 * Finding deadlocks in a graph of who waits for whom: numbers in, sets of numbers out.
 *
 * Knows no tasks, services or time.
 *
 * @module
 */

/** What lets a task go on. */
export const Need = {
  /** Something from outside will come: a timer, a socket, a message that is still to be handled. */
  open: 0,
  /** The one task it waits for. */
  one: 1,
  /** Any of several tasks. */
  any: 2,
  /** All of several tasks. */
  all: 3,
} as const;
export type Need = (typeof Need)[keyof typeof Need];

/** Who waits for whom. Tasks are numbered from 0; a target of -1 (or one out of range) is somebody who will get on by himself. */
export interface WaitsFor {
  readonly count: number;
  /** {@link Need} of each task. */
  readonly need: ArrayLike<number>;
  /** The target of each task whose need is `one`. */
  readonly target: ArrayLike<number>;
  /** The targets of each task whose need is `any` or `all`. */
  readonly targets: ReadonlyMap<number, readonly number[]>;
}

/**
 * The deadlocks: each a set of tasks that wait for each other in a circle and stay stuck even if everybody else got on. Where one task
 * could be freed by any of several, it counts only when every way leads into the set. Tasks that merely wait for a deadlocked one are not
 * in it. No task is in two sets.
 *
 * Takes time in proportion to tasks and targets while each task waits for one other.
 *
 * @returns task numbers in ascending order, the sets by their first.
 */
export function findKnots(graph: WaitsFor): number[][] {
  const knots = graph.targets.size === 0 ? findCycles(graph) : knotsWithin(graph, stuckAmong(graph, undefined));
  for (const knot of knots) knot.sort((a, b) => a - b);
  return knots.sort((a, b) => a[0]! - b[0]!);
}

/** When each waits for one, deadlocks are the cycles: follow the one way out of each, painting it in the colour of the walk. */
function findCycles({ count, need, target }: WaitsFor): number[][] {
  const cycles: number[][] = [];
  const colour = new Int32Array(count);
  for (let start = 0; start < count; start++) {
    let at = start;
    while (at >= 0 && at < count && colour[at] === 0 && need[at] === Need.one) {
      colour[at] = start + 1;
      at = target[at]!;
    }
    if (at < 0 || at >= count || colour[at] !== start + 1) continue;
    const cycle = [at];
    for (let next = target[at]!; next !== at; next = target[next]!) cycle.push(next);
    cycles.push(cycle);
  }
  return cycles;
}

function targetsOf(graph: WaitsFor, at: number): readonly number[] {
  switch (graph.need[at]) {
    case Need.one:
      return [graph.target[at]!];
    case Need.any:
    case Need.all:
      return graph.targets.get(at) ?? [];
    default:
      return [];
  }
}

/** Those of `among` (default: of all) that can never go on when everybody outside of it can. */
function stuckAmong(graph: WaitsFor, among: readonly number[] | undefined): number[] {
  const { count, need } = graph;
  const members = among ?? Array.from({ length: count }, (_none, i) => i);
  const stuck = new Uint8Array(count);
  for (const at of members) stuck[at] = 1;
  const waiters = new Map<number, number[]>();
  /** For each, how many of its targets must still get on before it does. */
  const left = new Int32Array(count);
  const free: number[] = [];
  for (const at of members) {
    const targets = targetsOf(graph, at);
    const inside = targets.filter((t) => stuck[t] === 1);
    for (const t of inside) {
      const list = waiters.get(t);
      if (list === undefined) waiters.set(t, [at]);
      else list.push(at);
    }
    // A target outside goes on by itself: that is enough for `any`, and one less for `all`.
    left[at] = need[at] === Need.all ? inside.length : need[at] === Need.open || inside.length < targets.length ? 0 : 1;
    if (targets.length === 0) left[at] = 0;
    if (left[at] === 0) free.push(at);
  }
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    if (stuck[at] === 0) continue;
    stuck[at] = 0;
    for (const waiter of waiters.get(at) ?? []) if (stuck[waiter] === 1 && --left[waiter]! <= 0) free.push(waiter);
  }
  return members.filter((at) => stuck[at] === 1);
}

/** Parts of a stuck set that are circles of their own and stuck by themselves. */
function knotsWithin(graph: WaitsFor, stuck: readonly number[]): number[][] {
  const knots: number[][] = [];
  const work: (readonly number[])[] = [stuck];
  for (let set = work.pop(); set !== undefined; set = work.pop())
    for (const circle of circlesOf(graph, set)) {
      const alone = stuckAmong(graph, circle);
      if (alone.length === circle.length) knots.push(circle);
      else if (alone.length > 0) work.push(alone);
    }
  return knots;
}

/** Strongly connected parts of a set, without single tasks that do not wait for themselves. Tarjan's algorithm without recursion. */
function circlesOf(graph: WaitsFor, set: readonly number[]): number[][] {
  const within = new Set(set);
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();
  const circles: number[][] = [];
  for (const root of set) {
    if (order.has(root)) continue;
    const path: { readonly at: number; readonly targets: readonly number[]; next: number }[] = [];
    const enter = (at: number): void => {
      order.set(at, order.size);
      low.set(at, order.get(at)!);
      open.push(at);
      isOpen.add(at);
      path.push({ at, targets: targetsOf(graph, at).filter((t) => within.has(t)), next: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const step = path.at(-1)!;
      const { at } = step;
      if (step.next < step.targets.length) {
        const t = step.targets[step.next++]!;
        if (!order.has(t)) enter(t);
        else if (isOpen.has(t)) low.set(at, Math.min(low.get(at)!, order.get(t)!));
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) low.set(above.at, Math.min(low.get(above.at)!, low.get(at)!));
      if (low.get(at) !== order.get(at)) continue;
      const circle = open.splice(open.lastIndexOf(at));
      for (const one of circle) isOpen.delete(one);
      if (circle.length > 1 || step.targets.includes(at)) circles.push(circle);
    }
  }
  return circles;
}
