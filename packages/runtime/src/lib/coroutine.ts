/**
 * `skynet.coroutine`: coroutines of the user's own, on generators. Inside of one the runtime's operations work as everywhere: they suspend
 * the task that resumed it, too.
 *
 * Source: lualib/skynet/coroutine.lua; api.md §11. The order and texts follow the program.
 *
 * @module
 */
import { running as runningTask } from "../core/api/tasks.ts";
import { turn } from "../core/task.ts";
import { Coroutine, Resuming } from "./coroutine-state.ts";
import type { CoroutineBody, CoroutineStatus, Resumed } from "./coroutine-state.ts";
import type { Task } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { UserYield } from "../core/user-yield.ts";
import type { Operation } from "../core/operation.ts";
import { SkynetError } from "../errors/error.ts";

export { Coroutine } from "./coroutine-state.ts";
export type { CoroutineBody, CoroutineStatus, Resumed } from "./coroutine-state.ts";

/** What runs: a coroutine made here, or a task of the service. */
export type Thread = Coroutine | Task;

/**
 * Makes a coroutine; it begins at its first {@link resume}.
 *
 * @param func - A generator, or a plain function. It gets the first resume's arguments; `skynet.values(a, b)` returns several values.
 * @throws SkynetError `ARGUMENT` when `func` is no function.
 *
 * @example
 * ```ts
 * import { coroutine } from "@skyloom/runtime/coroutine";
 *
 * const co = coroutine.create(function* (n: number) {
 *   const [more] = yield* coroutine.yield(n + 1);
 *   yield* skynet.sleep(10); // suspends whoever resumed, too
 *   return more;
 * });
 * const [ok, value] = yield* coroutine.resume(co, 1); // true, 2
 * ```
 */
function create(func: CoroutineBody): Coroutine {
  if (typeof func !== "function") throw new SkynetError("ARGUMENT", `coroutine.create needs a function, not ${typeof func}`);
  return new Coroutine(func);
}

/**
 * Runs a coroutine until it yields or ends.
 *
 * @param args - What `coroutine.yield` gives inside, or, the first time, the function's arguments.
 * @returns `[true, …values]` yielded or returned; `[false, error]` when it threw, or when it cannot be resumed: the error's `message` is
 * then `cannot resume none skynet coroutine` (not made here), `cannot resume a skynet coroutine suspend by skynet framework` (it waits in
 * an operation), `cannot resume dead coroutine` or `cannot resume non-suspended coroutine`.
 * @remarks Suspends while the coroutine waits in an operation of the runtime.
 */
function resume(co: Thread, ...args: unknown[]): Operation<Resumed> {
  return new Resuming(co, args);
}

/**
 * Hands values to the {@link resume} around it and waits for the next one.
 *
 * @returns the arguments of that resume.
 * @throws SkynetError `ARGUMENT`, `Call skynet.coroutine.yield out of skynet.coroutine.resume`, in a task that no resume surrounds.
 */
function yieldValues(...values: unknown[]): Operation<readonly unknown[]> {
  return new UserYield(values);
}

/** The running coroutine, or the task when none runs in it; `undefined` and `true` in a service's file body. */
function running(): readonly [thread: Thread | undefined, isMain: boolean] {
  const { task } = turn;
  return task === undefined ? [undefined, true] : [innermost(task), false];
}

function innermost(task: Task): Thread {
  return (task.extra?.coroutine as Coroutine | undefined) ?? task;
}

/** What a thread does: `suspended`, `running`, `normal` (it has resumed another), `blocked` (it waits in an operation) or `dead`. */
function status(co: Thread): CoroutineStatus {
  if (co instanceof Coroutine) return co.state;
  if (co.over) return "dead";
  if (co !== turn.task) return "suspended";
  return co.extra?.coroutine === undefined ? "running" : "normal";
}

/** Can the running code yield? Not in a service's file body. */
function isyieldable(): boolean {
  return turn.task !== undefined;
}

/**
 * The task a coroutine runs in, or ran in last.
 *
 * @param co - Default: the running one.
 * @returns the task (`undefined` before the first resume) and whether `co` itself is a task.
 */
function thread(co: Thread = innermost(runningTask())): readonly [task: Task | undefined, isTask: boolean] {
  return co instanceof Coroutine ? [co.thread, false] : [co, true];
}

/**
 * {@link create} as a function: each call resumes.
 *
 * @returns a function that gives the values yielded or returned, and throws what the coroutine throws.
 */
function wrap(func: CoroutineBody): (...args: unknown[]) => Operation<readonly unknown[]> {
  const co = create(func);
  return operation("coroutine.wrap()", function* (...args: unknown[]): Operation<readonly unknown[]> {
    const [ok, ...values] = yield* resume(co, ...args);
    if (!ok) throw values[0];
    return values;
  });
}

/**
 * Ends a coroutine that does not run: its `finally` blocks run, and nothing can be resumed any more. A task that waits because of it goes on
 * when what it waits for has come.
 *
 * @returns `[true]`, or `[false, error]` when the coroutine had thrown or a `finally` block throws.
 * @throws SkynetError `ARGUMENT` for one that is running or has resumed another.
 */
function close(co: Coroutine): readonly [ok: true] | readonly [ok: false, error: unknown] {
  if (co.state === "running" || co.state === "normal") throw new SkynetError("ARGUMENT", `cannot close a ${co.state} coroutine`);
  return co.close();
}

/** Coroutines that work together with the runtime. */
export const coroutine: {
  readonly create: typeof create;
  readonly resume: typeof resume;
  readonly running: typeof running;
  readonly status: typeof status;
  readonly yield: typeof yieldValues;
  readonly wrap: typeof wrap;
  readonly close: typeof close;
  readonly isyieldable: typeof isyieldable;
  readonly thread: typeof thread;
} = {
  create,
  resume: operation("coroutine.resume", resume),
  running,
  status,
  yield: operation("coroutine.yield", yieldValues),
  wrap,
  close,
  isyieldable,
  thread,
};
