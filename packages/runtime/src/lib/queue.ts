/**
 * `skynet.queue` as a module: critical sections, and queues of data between the tasks of one service.
 *
 * In Skynet the module is the function that makes a critical section; `create`, `push` and `pop` are the seed's names for a queue of data.
 * Source: lualib/skynet/queue.lua; api.md §4.
 *
 * @module
 */
import { queue as criticalSection } from "../core/api/queue.ts";
import type { CriticalSection } from "../core/api/queue.ts";
import { sleep, wait, wakeup } from "../core/api/tasks.ts";
import type { Op } from "../core/op.ts";
import type { Operation } from "../core/operation.ts";
import { currentTask } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";

/** Items in the order they were pushed; callable as a critical section of its own. */
export interface DataQueue<T = unknown> extends CriticalSection {
  /** Items waiting to be popped. */
  readonly size: number;
  /** @internal */
  readonly [STATE]: QueueState<T>;
}

const STATE: unique symbol = Symbol("skyloom.queue");

interface Popping<T> {
  item: { readonly value: T } | undefined;
}

interface QueueState<T> {
  readonly items: T[];
  readonly popping: Popping<T>[];
}

/**
 * Makes a queue without limit for the tasks of this service. It can also be called as {@link skynet.queue}'s critical section.
 *
 * @example
 * ```ts
 * import { queue } from "@skyloom/runtime/queue";
 *
 * const jobs = queue.create<{ id: number }>();
 * skynet.fork(function* () {
 *   for (;;) skynet.error("job", (yield* queue.pop(jobs)).id);
 * });
 * queue.push(jobs, { id: 1 });
 * ```
 */
function create<T = unknown>(): DataQueue<T> {
  const state: QueueState<T> = { items: [], popping: [] };
  const section = criticalSection();
  Object.defineProperties(section, { size: { get: () => state.items.length }, [STATE]: { value: state } });
  return section as DataQueue<T>;
}

function stateOf<T>(q: DataQueue<T>, what: string): QueueState<T> {
  const state = (q as Partial<DataQueue<T>> | undefined)?.[STATE];
  if (state === undefined) throw new SkynetError("ARGUMENT", `${what} needs a queue made by queue.create`);
  return state;
}

/**
 * Appends an item. The oldest waiting {@link pop} gets it, and runs when the current task suspends.
 *
 * @returns how many items wait now: 0 when a waiting pop took it.
 */
function push<T>(q: DataQueue<T>, data: T): number {
  const { items, popping } = stateOf(q, "queue.push");
  const first = popping.shift();
  if (first === undefined) return items.push(data);
  first.item = { value: data };
  wakeup(first);
  return items.length;
}

/**
 * Takes the oldest item, waiting for one when there is none; those who wait are served in the order they came.
 *
 * @param timeout - Centiseconds to wait at most; 0 or less: not at all. Absent: for ever.
 * @returns the item, or `undefined` when the time is over.
 * @remarks Suspends when the queue is empty.
 */
function pop<T>(q: DataQueue<T>): Operation<T>;
function pop<T>(q: DataQueue<T>, timeout: number | undefined): Operation<T | undefined>;
function* pop<T>(q: DataQueue<T>, timeout?: number): Operation<T | undefined> {
  const { items, popping } = stateOf(q, "queue.pop");
  currentTask("queue.pop");
  if (items.length > 0) return items.shift();
  if (timeout !== undefined && timeout <= 0) return undefined;
  const me: Popping<T> = { item: undefined };
  const op = timeout === undefined ? wait(me) : sleep(timeout, me);
  (op as unknown as Op).reason = "queue.pop";
  popping.push(me);
  let ended = true;
  try {
    yield* op;
    ended = false;
  } finally {
    const at = popping.indexOf(me);
    if (at >= 0) popping.splice(at, 1);
    // Killed with an item in its hands: the next one gets it.
    if (ended && me.item !== undefined) giveBack(q, me.item.value);
  }
  return me.item?.value;
}

function giveBack<T>(q: DataQueue<T>, value: T): void {
  const { items, popping } = stateOf(q, "queue.pop");
  const next = popping.shift();
  if (next === undefined) items.unshift(value);
  else {
    next.item = { value };
    wakeup(next);
  }
}

/** What `require "skynet.queue"` gives: the function that makes a critical section, with the data queue's functions on it. */
export interface QueueModule {
  (): CriticalSection;
  readonly create: typeof create;
  readonly push: typeof push;
  readonly pop: typeof pop;
}

/** Critical sections and data queues. */
export const queue: QueueModule = Object.assign(() => criticalSection(), {
  create,
  push,
  pop: operation("queue.pop", pop),
});
