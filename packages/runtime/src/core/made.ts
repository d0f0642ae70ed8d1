/**
 * Operations a task made and has not run: a list through the operations themselves, so that making and running one costs two stores.
 *
 * What is left in it when the task ends was made but never run: somebody forgot `yield*`. Source: design D2.
 *
 * @module
 */
import type { Task } from "./task.ts";

/** `state` of an operation that was not run yet. */
export const MADE = 0;

/** An operation as the list sees it. */
export interface Unrun {
  /** {@link MADE} until it is run. */
  readonly state: number;
  /** Older operation of the same task that was made and not run. */
  madeBefore: Unrun | undefined;
  /** Where it was made, while stacks are captured. */
  readonly stack: string | undefined;
  /** What it is, as one would write it. */
  describe(): string;
}

/** Takes an operation that runs now out of the list of the task that made it. */
export function forget(maker: Task, op: Unrun): void {
  if (maker.made === op) {
    maker.made = op.madeBefore;
    op.madeBefore = undefined;
    return;
  }
  for (let o = maker.made; o !== undefined; o = o.madeBefore)
    if (o.madeBefore === op) {
      o.madeBefore = op.madeBefore;
      op.madeBefore = undefined;
      return;
    }
}

/** Operations a task made and nobody has run, oldest first. */
export function neverRun(task: Task): Unrun[] {
  const list: Unrun[] = [];
  for (let o = task.made; o !== undefined; o = o.madeBefore) if (o.state === MADE) list.unshift(o);
  return list;
}
