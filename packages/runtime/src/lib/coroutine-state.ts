/**
 * A user coroutine and the operation that resumes it.
 *
 * The operation is an iterator by hand, not a generator: what the runtime's operations yield must pass through unchanged. Knows nothing of
 * the names of the API.
 *
 * @module
 */
import { ExitSignal } from "../core/failures.ts";
import { awaitIfPromise } from "../core/op.ts";
import { isSteps, SUSPENDED } from "../core/operation.ts";
import type { Made, Steps, Suspension } from "../core/operation.ts";
import { MultipleValues } from "../core/reply.ts";
import { Stopwatch } from "../core/stopwatch.ts";
import { currentTask, turn } from "../core/task.ts";
import type { Task } from "../core/task.ts";
import { strayYield, UserYield } from "../core/user-yield.ts";
import { SkynetError } from "../errors/error.ts";

/** The function of a coroutine. */
// oxlint-disable-next-line typescript/no-explicit-any -- it names the types of what it is resumed with; nothing can check them here
export type CoroutineBody = (...args: any[]) => unknown;

/** What a coroutine does at the moment. */
export type CoroutineStatus = "suspended" | "running" | "normal" | "blocked" | "dead";

/** What a resume gives. */
export type Resumed = readonly [ok: true, ...values: unknown[]] | readonly [ok: false, error: unknown];

let lastCoroutine = 0;

/** A function that can stop in the middle and go on later. */
export class Coroutine {
  readonly id: number = ++lastCoroutine;
  state: CoroutineStatus = "suspended";
  /** The task it runs in, or ran in last. */
  thread: Task | undefined = undefined;
  stopwatch: Stopwatch | undefined = undefined;
  #begin: CoroutineBody | undefined;
  #steps: Steps | undefined = undefined;
  /** The yield it stands at. */
  #at: UserYield | undefined = undefined;
  #failure: { readonly error: unknown } | undefined = undefined;

  constructor(begin: CoroutineBody) {
    this.#begin = begin;
  }

  toString(): string {
    return `coroutine: 0x${this.id.toString(16).padStart(8, "0")}`;
  }

  /** Gives the values of a resume to the yield it stands at, or to the function. */
  feed(args: readonly unknown[]): void {
    if (this.#at !== undefined) {
      this.#at.answer = args;
      this.#at = undefined;
    } else {
      const begin = this.#begin!;
      this.#begin = () => begin(...args);
    }
  }

  /** One slice: until it suspends ({@link SUSPENDED}), yields or returns (the values). Throws what it throws, and is dead then. */
  run(): typeof SUSPENDED | readonly unknown[] {
    try {
      let result: IteratorResult<unknown, unknown>;
      if (this.#steps === undefined) {
        const begin = this.#begin!;
        this.#begin = undefined;
        result = { done: true, value: awaitIfPromise(begin()) };
      } else result = this.#steps.next();
      for (;;) {
        if (result === SUSPENDED) return SUSPENDED;
        if (result.done === true) {
          if (!isSteps(result.value)) {
            this.#over();
            return result.value === undefined ? [] : result.value instanceof MultipleValues ? result.value.values : [result.value];
          }
          this.#steps = result.value;
          result = this.#steps.next();
        } else if (result.value instanceof UserYield) {
          this.#at = result.value;
          return result.value.values;
        } else {
          const stray = strayYield(result.value);
          if (this.#steps!.throw === undefined) throw stray;
          result = this.#steps!.throw(stray);
        }
      }
    } catch (error) {
      this.#failure = { error };
      this.#over();
      throw error;
    }
  }

  /** Ends it where it stands; its `finally` blocks run and cannot suspend. */
  close(): readonly [ok: true] | readonly [ok: false, error: unknown] {
    const steps = this.#steps;
    const failure = this.#failure;
    this.#failure = undefined;
    this.#over();
    if (failure !== undefined) return [false, failure.error];
    if (steps?.return === undefined) return [true];
    const before = turn.task;
    turn.task = undefined;
    try {
      if (steps.return().done !== true)
        return [false, new SkynetError("NOT_IN_SERVICE", "a finally block of a coroutine that is being closed yielded: it cannot")];
      return [true];
    } catch (error) {
      if (error instanceof ExitSignal) throw error;
      return [false, error];
    } finally {
      turn.task = before;
    }
  }

  #over(): void {
    this.state = "dead";
    this.#begin = undefined;
    this.#steps = undefined;
    this.#at = undefined;
  }
}

/** The operation `coroutine.resume` makes. */
export class Resuming implements Made<Resumed> {
  readonly #target: Coroutine | Task;
  readonly #args: readonly unknown[];
  /** The coroutine, once it runs. */
  #co: Coroutine | undefined = undefined;

  constructor(target: Coroutine | Task, args: readonly unknown[]) {
    this.#target = target;
    this.#args = args;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Suspension, Resumed> {
    const task = currentTask("yield* coroutine.resume");
    let co = this.#co;
    if (co === undefined) {
      const refusal = refuse(this.#target);
      if (refusal !== undefined) return { done: true, value: [false, new SkynetError("ARGUMENT", refusal)] };
      co = this.#target as Coroutine;
      this.#co = co;
      co.thread = task;
      co.feed(this.#args);
    } else if (co.state !== "blocked") {
      // It was closed while it waited. What it waited for has come to this task, and nobody takes it.
      task.waiting = undefined;
      task.extra?.stopwatch?.resume(task.context.kernel.elapsedMs());
      return { done: true, value: [false, new SkynetError("ARGUMENT", DEAD)] };
    }
    return this.#slice(task, co);
  }

  #slice(task: Task, co: Coroutine): IteratorResult<Suspension, Resumed> {
    const extra = (task.extra ??= {});
    const outer = extra.coroutine as Coroutine | undefined;
    if (outer !== undefined) outer.state = "normal";
    extra.coroutine = co;
    co.state = "running";
    co.stopwatch?.resume(task.context.kernel.elapsedMs());
    try {
      const values = co.run();
      if (values === SUSPENDED) {
        co.state = "blocked";
        return SUSPENDED;
      }
      if (co.state === "running") co.state = "suspended";
      return { done: true, value: [true, ...(values as readonly unknown[])] };
    } catch (error) {
      if (error instanceof ExitSignal) throw error;
      return { done: true, value: [false, error] };
    } finally {
      co.stopwatch?.pause(task.context.kernel.elapsedMs());
      extra.coroutine = outer;
      if (outer !== undefined) outer.state = "running";
    }
  }

  /** The task is closed while the coroutine waits in an operation: both end. */
  return(): IteratorResult<Suspension, Resumed> {
    const closed: Resumed = this.#co?.state === "blocked" ? this.#co.close() : [true];
    if (!closed[0]) throw closed[1];
    return { done: true, value: closed };
  }
}

const DEAD = "cannot resume dead coroutine";

function refuse(co: Coroutine | Task): string | undefined {
  if (!(co instanceof Coroutine)) return "cannot resume none skynet coroutine";
  switch (co.state) {
    case "blocked":
      return "cannot resume a skynet coroutine suspend by skynet framework";
    case "dead":
      return DEAD;
    case "running":
    case "normal":
      return "cannot resume non-suspended coroutine";
    default:
      return undefined;
  }
}
