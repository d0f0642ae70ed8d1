/**
 * A method of a running snax service: its function, how often it ran and how long it worked.
 *
 * Knows neither messages nor replies. Time is what passes between suspensions, as in the profile library.
 * Source: service/snaxd.lua; api.md §5.
 *
 * @module
 */
import { awaitIfPromise } from "../../core/op.ts";
import { isSteps } from "../../core/operation.ts";
import type { Steps, Suspension } from "../../core/operation.ts";
import type { SnaxGroup } from "./define.ts";
import type { SnaxMethod, SnaxProfile } from "./types.ts";

/** So many calls of a method are all timed; from then on one in {@link SAMPLE}, which counts for as many. */
const EXACT = 64;
/** A prime, so that it does not beat with a pattern of calls. */
const SAMPLE = 17;

/** Gives milliseconds. */
export type Clock = () => number;

/** See the file's comment. */
export class Method {
  readonly id: number;
  readonly group: SnaxGroup;
  readonly name: string;
  readonly figures: SnaxProfile;
  readonly #clock: Clock;
  /** The function now, and what `this` is in it. */
  func: SnaxMethod;
  readonly self: object;

  constructor(id: number, group: SnaxGroup, name: string, func: SnaxMethod, self: object, figures: SnaxProfile, clock: Clock) {
    this.id = id;
    this.group = group;
    this.name = name;
    this.func = func;
    this.self = self;
    this.figures = figures;
    this.#clock = clock;
  }

  /**
   * Runs it with the arguments of a message, of which the first is its number.
   *
   * @returns what it returned, or an operation that gives that.
   */
  run(list: unknown[]): unknown {
    const { count } = this.figures;
    if (count >= EXACT && count % SAMPLE !== 0) return this.#call(list, 0);
    return this.#call(list, count >= EXACT ? SAMPLE : 1);
  }

  #call(list: unknown[], weight: number): unknown {
    const from = weight === 0 ? 0 : this.#clock();
    let result: unknown;
    try {
      const { func, self } = this;
      switch (list.length) {
        case 1:
          result = func.call(self);
          break;
        case 2:
          result = func.call(self, list[1]);
          break;
        case 3:
          result = func.call(self, list[1], list[2]);
          break;
        default:
          result = func.apply(self, list.slice(1));
      }
    } catch (error) {
      this.ended(weight === 0 ? 0 : (this.#clock() - from) * weight);
      throw error;
    }
    if (typeof result === "object" && result !== null) {
      const steps = awaitIfPromise(result);
      if (isSteps(steps)) return new Timed(this, steps, weight, this.#clock, weight === 0 ? 0 : this.#clock() - from);
    }
    this.ended(weight === 0 ? 0 : (this.#clock() - from) * weight);
    return this.group === "accept" ? undefined : result;
  }

  /** One call is over. @param ms - What to add to its time. */
  ended(ms: number): void {
    this.figures.count++;
    this.figures.time += ms / 1000;
  }
}

/** The steps of a method that suspends. */
class Timed implements Steps {
  readonly #method: Method;
  readonly #steps: Steps;
  readonly #weight: number;
  readonly #clock: Clock;
  #ms: number;
  #over = false;

  constructor(method: Method, steps: Steps, weight: number, clock: Clock, ms: number) {
    this.#method = method;
    this.#steps = steps;
    this.#weight = weight;
    this.#clock = clock;
    this.#ms = ms;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Suspension, unknown> {
    // Most calls are not timed: they get along without a closure.
    if (this.#weight !== 0) return this.#timed(() => this.#steps.next());
    let result: IteratorResult<Suspension, unknown>;
    try {
      result = this.#steps.next();
    } catch (error) {
      this.#end();
      throw error;
    }
    return result.done === true ? this.#done(result) : result;
  }

  return(value?: unknown): IteratorResult<Suspension, unknown> {
    return this.#timed(() => this.#steps.return?.(value) ?? { done: true, value });
  }

  throw(error: unknown): IteratorResult<Suspension, unknown> {
    return this.#timed(() => {
      if (this.#steps.throw !== undefined) return this.#steps.throw(error);
      throw error;
    });
  }

  #timed(step: () => IteratorResult<Suspension, unknown>): IteratorResult<Suspension, unknown> {
    const from = this.#weight === 0 ? 0 : this.#clock();
    let result: IteratorResult<Suspension, unknown> | undefined;
    try {
      result = step();
    } finally {
      if (this.#weight !== 0) this.#ms += this.#clock() - from;
      if (result === undefined) this.#end();
    }
    return result.done === true ? this.#done(result) : result;
  }

  #done(result: IteratorReturnResult<unknown>): IteratorResult<Suspension, unknown> {
    this.#end();
    // What a posted method returns is dropped, unless it is an operation that is still to be run.
    return this.#method.group === "accept" && !isSteps(result.value) ? { done: true, value: undefined } : result;
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#method.ended(this.#ms * this.#weight);
  }
}
