/**
 * Yields that are not the runtime's: those of user coroutines, and those that lack a star.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { isSteps } from "./operation.ts";
import type { Made, Suspension } from "./operation.ts";
import { currentTask } from "./task.ts";

/** What `coroutine.yield` makes: hands values to the `coroutine.resume` around it, and gives what the next resume passes in. Runs once. */
export class UserYield implements Made<readonly unknown[]> {
  readonly values: readonly unknown[];
  /** Set by the resume that continues. */
  answer: readonly unknown[] | undefined = undefined;

  constructor(values: readonly unknown[]) {
    this.values = values;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Suspension, readonly unknown[]> {
    if (this.answer !== undefined) return { done: true, value: this.answer };
    currentTask("yield* coroutine.yield");
    // Not a suspension: `coroutine.resume` takes it out, and the task system refuses it.
    return { done: false, value: this as unknown as Suspension };
  }

  /** Where the task system refuses it, the error belongs to the line that yielded. */
  throw(error: unknown): never {
    throw error;
  }
}

/** The error for something yielded that cannot suspend a task. */
export function strayYield(value: unknown): SkynetError {
  if (value instanceof UserYield) return new SkynetError("ARGUMENT", "Call skynet.coroutine.yield out of skynet.coroutine.resume");
  return new SkynetError(
    "ARGUMENT",
    `a task yielded ${isSteps(value) ? "an operation" : typeof value}: write yield* (with the star) before an operation`,
  );
}
