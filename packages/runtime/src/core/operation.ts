/**
 * Operations: everything that suspends, run with `yield*`.
 *
 * An operation is an iterator the task system steps. It yields one marker, {@link SUSPENDED}, whenever the task must wait; what it waits
 * for is kept by the operation itself. Knows no tasks.
 *
 * @module
 */

/**
 * Something that takes time, with a result of type `T`. Run it with `yield*` inside a generator; making one has no effect.
 *
 * Annotate generators with it: `function* load(id: string): Operation<User>`.
 */
export interface Operation<T> {
  [Symbol.iterator](): Iterator<Suspension, T, void>;
  /** Never there. It makes `await operation` a compile error: inside a service write `yield*`. */
  readonly then?: (useYieldStar: never) => never;
}

/** What an operation of the runtime is: an {@link Operation} that runs once. */
export interface Made<T> extends Operation<T>, Iterator<Suspension, T, void> {
  [Symbol.iterator](): Made<T>;
}

declare const suspensionBrand: unique symbol;

/** The marker that operations yield. User code never sees or makes one. */
export interface Suspension {
  readonly [suspensionBrand]: true;
}

/** The one iterator result that means "wait"; told by identity, since `yield*` passes it on unchanged. */
export const SUSPENDED: IteratorYieldResult<Suspension> = Object.freeze({ done: false, value: Object.freeze({}) as Suspension });

/** Steps of an operation, as the task system drives them. */
export interface Steps {
  next(): IteratorResult<Suspension, unknown>;
  return?(value?: unknown): IteratorResult<Suspension, unknown>;
  throw?(error: unknown): IteratorResult<Suspension, unknown>;
}

/** Tells an operation or a running generator from the values a function may return. */
export function isSteps(value: unknown): value is Steps {
  return typeof value === "object" && value !== null && typeof (value as Partial<Steps>).next === "function";
}
