/**
 * Tasks and time: `skynet.fork`, `skynet.sleep`, `skynet.wait` and their kin.
 *
 * Source: lualib/skynet.lua; api.md §2, semantics.md §5, §9–§11.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { Op, OpKind } from "../op.ts";
import type { Made } from "../operation.ts";
import { userStack } from "../site.ts";
import { currentContext, NO_SESSION, Task, turn } from "../task.ts";

/**
 * Queues a function to run as a task of its own after the current message, before the next one, first in first out.
 *
 * @param func - Plain or a generator. What it returns is dropped; an operation it returns is run.
 * @returns the task, for {@link killthread}.
 */
export function fork<A extends readonly unknown[]>(func: (...args: A) => unknown, ...args: A): Task {
  const context = currentContext("skynet.fork");
  return context.fork(args.length === 0 ? (func as () => unknown) : () => func(...args));
}

/**
 * Runs a function once, as a task of its own, after a time.
 *
 * @param ti - Centiseconds (1/100 s), a whole number. 0 or less: as soon as the messages queued so far are handled.
 * @param func - Plain or a generator.
 * @returns the task, for {@link killthread}; nothing else cancels it.
 * @throws RangeError when `ti` is not a whole number.
 */
export function timeout(ti: number, func: () => unknown): Task {
  const context = currentContext("skynet.timeout");
  const ticks = wholeTicks(ti, "skynet.timeout");
  const task = new Task(context, "timer", NO_SESSION, -1);
  task.begin = func;
  if (context.rare.timerOrigins) task.origin = `TIMER ${context.kernel.now()}+${ticks} : ${userStack()}`;
  const op = new Op(OpKind.timer);
  op.task = task;
  op.ticks = ticks;
  task.waiting = op;
  context.addTimer(op, ticks);
  return task;
}

/**
 * Suspends the running task for a time, or until somebody wakes it.
 *
 * The task goes on at the first message turn after the time has passed; a busy service goes on later. With 0 it lets the messages queued
 * so far go first.
 *
 * @param ti - How long, in centiseconds (1/100 s), a whole number. 0 or less: as soon as possible.
 * @param token - What {@link wakeup} will be given: any value, compared by identity. Default: the running task.
 * @returns `"BREAK"` when woken before the time was over, otherwise `undefined`.
 * @throws SkynetError `TOKEN_DUPLICATIVE` when another task sleeps on the same token, `NOT_IN_SERVICE` when no task is running.
 * @throws RangeError when `ti` is not a whole number.
 *
 * @example Wait for a flag, one second at most
 * ```ts
 * const flag = {}; // somebody else: skynet.wakeup(flag)
 * const woke = yield* skynet.sleep(100, flag);
 * if (woke !== "BREAK") skynet.error("gave up");
 * ```
 *
 * @remarks Suspends.
 * @see semantics.md §10
 */
export function sleep(ti: number, token?: unknown): Made<"BREAK" | undefined> {
  const op = new Op(OpKind.sleep);
  op.ticks = wholeTicks(ti, "skynet.sleep");
  op.argument = token;
  return op as Made<unknown> as Made<"BREAK" | undefined>;
}

/** `sleep(0)`: lets the messages queued so far go first. @remarks Suspends. */
function yieldNow(): Made<"BREAK" | undefined> {
  return sleep(0);
}
export { yieldNow as yield };

/**
 * Suspends the running task until {@link wakeup} is given the token.
 *
 * @param token - Any value, compared by identity. Default: the running task.
 * @throws SkynetError `TOKEN_DUPLICATIVE` when another task sleeps on the same token.
 * @remarks Suspends.
 */
export function wait(token?: unknown): Made<void> {
  const op = new Op(OpKind.wait);
  op.argument = token;
  return op as Made<unknown> as Made<void>;
}

/**
 * Marks a sleeping or waiting task to be woken; it runs when the current task suspends or ends, in the order of the wake-ups.
 *
 * @returns `true` when somebody sleeps on the token; otherwise `undefined`, and nothing is remembered.
 */
export function wakeup(token: unknown): true | undefined {
  return currentContext("skynet.wakeup").wakeup(token) ? true : undefined;
}

/**
 * Ends another task of this service: a fork that has not begun is removed; a suspended one is closed (its `finally` blocks run), its
 * requester gets an error, and what it waited for is swallowed.
 *
 * @param thread - The task, or a part of its printed name.
 * @returns the task, or `undefined` when none matches.
 */
export function killthread(thread: Task | string): Task | undefined {
  const context = currentContext("skynet.killthread");
  if (typeof thread !== "string" && context.unfork(thread)) return thread;
  const op = context.pendingTasks().find((o) => (typeof thread === "string" ? o.task!.toString().includes(thread) : o.task === thread));
  const task = op?.task;
  if (task === undefined) return undefined;
  if (task === turn.task) throw new SkynetError("ARGUMENT", "a task cannot kill itself: return, or throw");
  context.killTask(task);
  return task;
}

/** The running task; Skynet's `coroutine.running()`. */
export function running(): Task {
  const { task } = turn;
  if (task === undefined) throw new SkynetError("NOT_IN_SERVICE", "no task is running");
  return task;
}

/**
 * Waits for a promise of the host: a fetch, a timer of the page, a native library.
 *
 * @returns what the promise is fulfilled with; throws what it is rejected with.
 *
 * @example
 * ```ts
 * const response = yield* skynet.await(fetch("https://example.org/"));
 * ```
 *
 * @remarks Suspends. Makes a run depend on the host: in a simulation use ports instead.
 */
function awaitPromise<T>(promise: PromiseLike<T>): Made<T> {
  const op = new Op(OpKind.promise);
  op.argument = promise;
  return op as Made<unknown> as Made<T>;
}
export { awaitPromise as await };

/**
 * Wraps a function for native callbacks: each call runs it as a new task of this service.
 *
 * @example
 * ```ts
 * document.addEventListener(
 *   "click",
 *   skynet.bind(function* (event: MouseEvent) {
 *     yield* skynet.call(".game", "lua", "click", event.x, event.y);
 *   }),
 * );
 * ```
 */
export function bind<A extends readonly unknown[]>(func: (...args: A) => unknown): (...args: A) => void {
  const context = currentContext("skynet.bind");
  return (...args) => {
    if (context.ended) return;
    const op = new Op(OpKind.timer);
    op.task = new Task(context, "timer", NO_SESSION, -1);
    op.task.begin = () => func(...args);
    op.task.waiting = op;
    context.kernel.enter(() => context.addTimer(op, 0));
  };
}

function wholeTicks(ti: number | string, what: string): number {
  const n = typeof ti === "string" && ti.trim() !== "" ? Number(ti) : ti;
  if (typeof n !== "number" || !Number.isInteger(n))
    throw new RangeError(`${what} needs a whole number of centiseconds, not ${String(ti)}`);
  return n > 0x7fffffff ? 0x7fffffff : n;
}
