/**
 * Critical sections: `skynet.queue`.
 *
 * Source: lualib/skynet/queue.lua; api.md §4, semantics.md §12.
 *
 * @module
 */
import { WaitReason } from "../op.ts";
import type { Op } from "../op.ts";
import type { Operation } from "../operation.ts";
import { currentTask, turn } from "../task.ts";
import type { Task } from "../task.ts";
import { operation } from "../tracked.ts";
import type { Replied } from "../types.ts";
import { runToEnd } from "./services.ts";
import { wait, wakeup } from "./tasks.ts";

/** Runs functions one at a time, in the order of arrival; the task that holds it may enter again. */
export interface CriticalSection {
  /**
   * Runs `func` when its turn comes.
   *
   * @returns what `func` returns; what it throws releases the section and is thrown on.
   * @remarks Suspends.
   */
  <A extends readonly unknown[], R>(func: (...args: A) => R, ...args: A): Operation<Replied<R>>;
  /** The task that is inside, for inspection. */
  readonly holder: Task | undefined;
}

/**
 * Makes a critical section. Beware: when its holder calls back into a service that needs the same section, both wait for ever.
 *
 * @example
 * ```ts
 * let balance = 0;
 * const lock = skynet.queue();
 * yield* lock(function* () { yield* skynet.sleep(10); balance += 1; });
 * ```
 */
export function queue(): CriticalSection {
  let holder: Task | undefined;
  let depth = 0;
  const line: Task[] = [];
  // Numbered within its service, for reports; one made outside of services has no number.
  const label = turn.context === undefined ? WaitReason.queue : `${WaitReason.queue} #${++turn.context.sections}`;

  function* enter(func: (...args: unknown[]) => unknown, ...args: unknown[]): Operation<unknown> {
    const task = currentTask("skynet.queue");
    if (holder !== undefined && holder !== task) {
      line.push(task);
      const place = wait(task) as unknown as Op;
      place.reason = label;
      place.holder = () => holder;
      let entered = false;
      try {
        yield* place;
        entered = true;
      } finally {
        if (!entered) leaveLine(task);
      }
    }
    holder = task;
    depth++;
    try {
      return yield* runToEnd(func(...args));
    } finally {
      if (--depth === 0) pass();
    }
  }

  function pass(): void {
    holder = line.shift();
    if (holder !== undefined && wakeup(holder) === undefined) pass();
  }

  function leaveLine(task: Task): void {
    const at = line.indexOf(task);
    if (at >= 0) line.splice(at, 1);
    else if (holder === task) pass();
  }

  const section = operation("skynet.queue()", enter) as unknown as CriticalSection;
  Object.defineProperty(section, "holder", { get: () => holder });
  return section;
}
