/**
 * Operations a task made and has not run: a list through the operations themselves, so that making and running one costs two stores.
 *
 * What is left in it when the task ends was made but never run: somebody forgot `yield*`. A task that never ends is looked at now and then,
 * so that the list cannot grow for ever. Source: design D2.
 *
 * @module
 */
import type { Task } from "./task.ts";

/** `state` of an operation that was not run yet. */
export const MADE = 0;

/** Suspensions after which what a task leaves unrun counts as forgotten; twice as many at most. */
const PATIENCE = 1000;

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

/** Takes the list of a task that is over; gives what nobody has run, oldest first. */
export function neverRun(task: Task): Unrun[] {
  const list: Unrun[] = [];
  for (let o = task.made; o !== undefined; o = o.madeBefore) if (o.state === MADE) list.push(o);
  task.made = undefined;
  return list.reverse();
}

/**
 * What the log says of operations that were made and never run: one line for all that were made at one place.
 *
 * @param place - Said of those whose stack was not captured.
 */
export function complaints(forgotten: readonly Unrun[], place: string): string[] {
  const alike = new Map<string, { readonly first: string; readonly where: string; count: number }>();
  for (const op of forgotten) {
    const first = op.describe();
    const where = op.stack ?? place;
    const key = first.slice(0, first.indexOf("(")) + where;
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { first, where, count: 1 });
    else known.count++;
  }
  return [...alike.values()].map(({ first, where, count }) => {
    const more = count === 1 ? "" : `, and ${count - 1} more like it`;
    return `${first} was made but never run (missing yield*?)${more}\n${where}`;
  });
}

/** What is known of a task that suspends with operations it has not run. */
export interface Unfinished {
  suspensions: number;
  /** Those that were there the last time. */
  seen: ReadonlySet<Unrun>;
}

const NONE: readonly Unrun[] = [];

/**
 * To be called when a task suspends with something in its list: takes out what has been there for long.
 *
 * @returns what was taken out and nobody has run, oldest first.
 */
export function overdue(task: Task): readonly Unrun[] {
  const watch = ((task.extra ??= {}).unfinished ??= { suspensions: 0, seen: new Set() });
  if (++watch.suspensions < PATIENCE) return NONE;
  watch.suspensions = 0;
  const list: Unrun[] = [];
  const kept = new Set<Unrun>();
  let newer: Unrun | undefined;
  for (let o = task.made; o !== undefined;) {
    const older: Unrun | undefined = o.madeBefore;
    if (o.state === MADE && !watch.seen.has(o)) {
      kept.add(o);
      newer = o;
    } else {
      if (o.state === MADE) list.push(o);
      o.madeBefore = undefined;
      if (newer === undefined) task.made = older;
      else newer.madeBefore = older;
    }
    o = older;
  }
  watch.seen = kept;
  return list.reverse();
}
