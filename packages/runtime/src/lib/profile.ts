/**
 * `skynet.profile`: how long one task or coroutine works, its suspensions excluded.
 *
 * JavaScript runs on one thread, so the time between two suspensions is the time it worked; a host that was busy with something else in
 * between counts too. In a simulation time stands still while code runs, and all figures are 0.
 * Source: service-src/service_snlua.c (the profile library); api.md §14.
 *
 * @module
 */
import { running } from "../core/api/tasks.ts";
import { Stopwatch } from "../core/stopwatch.ts";
import { currentContext, turn } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import { coroutine } from "./coroutine.ts";
import { Coroutine } from "./coroutine-state.ts";
import type { Thread } from "./coroutine.ts";

/** Where a thread's stopwatch is kept. */
function holder(thread: Thread): { stopwatch?: Stopwatch | undefined } {
  return thread instanceof Coroutine ? thread : (thread.extra ??= {});
}

/** Is some code of it on the stack? */
function runs(thread: Thread): boolean {
  return thread instanceof Coroutine ? thread.state === "running" || thread.state === "normal" : thread === turn.task;
}

function current(): Thread {
  return coroutine.running()[0] ?? running();
}

/**
 * Begins to measure a thread.
 *
 * @param thread - A task or a coroutine; default: the running one.
 * @throws SkynetError `ARGUMENT` when it is being measured already.
 *
 * @example
 * ```ts
 * import { profile } from "@skyloom/runtime/profile";
 *
 * profile.start();
 * yield* skynet.call(".simpledb", "lua", "get", "hello");
 * skynet.error(`worked for ${profile.stop()} s`);
 * ```
 */
function start(thread: Thread = current()): void {
  const at = holder(thread);
  if (at.stopwatch !== undefined) throw new SkynetError("ARGUMENT", `${thread.toString()} start profile more than once`);
  at.stopwatch = new Stopwatch();
  if (runs(thread)) at.stopwatch.resume(currentContext("profile.start").kernel.elapsedMs());
}

/**
 * Ends the measurement.
 *
 * @param thread - A task or a coroutine; default: the running one.
 * @returns seconds it worked since {@link start}.
 * @throws SkynetError `ARGUMENT`, `Call profile.start() before profile.stop()`.
 */
function stop(thread: Thread = current()): number {
  const at = holder(thread);
  if (at.stopwatch === undefined) throw new SkynetError("ARGUMENT", "Call profile.start() before profile.stop()");
  const total = at.stopwatch.total(currentContext("profile.stop").kernel.elapsedMs());
  at.stopwatch = undefined;
  return total / 1000;
}

/** Measures tasks and coroutines. `resume` and `wrap` are those of the coroutine library: every coroutine can be measured. */
export const profile: {
  readonly start: typeof start;
  readonly stop: typeof stop;
  readonly resume: typeof coroutine.resume;
  readonly wrap: typeof coroutine.wrap;
} = { start, stop, resume: coroutine.resume, wrap: coroutine.wrap };
