/**
 * Operations that are generators inside, as the functions of the API give them out: one that is made and never run is reported.
 *
 * Inside of the runtime the generators are used as they are. Knows no names of the API. Source: design D2.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { forget, MADE } from "./made.ts";
import type { Unrun } from "./made.ts";
import type { Operation, Steps, Suspension } from "./operation.ts";
import { userStack } from "./site.ts";
import { turn } from "./task.ts";
import type { Task } from "./task.ts";

const RUN = 1;

/** Characters of arguments, and of one text among them, that a report shows. */
const SHOWN = 64;
const SHOWN_TEXT = 32;

/** A function that makes operations. */
type Maker = (...args: unknown[]) => Operation<unknown>;

/**
 * An operation that has not begun. `yield*` gets the generator itself, so that the steps of it cost nothing more; the task system steps
 * this object when a function returned it.
 */
class Tracked implements Operation<unknown>, Steps, Unrun {
  state: number = MADE;
  madeBefore: Unrun | undefined = undefined;
  stack: string | undefined = undefined;
  readonly name: string;
  readonly begin: Maker;
  readonly args: unknown[];
  /** The task that made it, when one did. */
  readonly maker: Task | undefined;
  /** What is stepped, when the task system steps this. */
  steps: Steps | undefined = undefined;

  constructor(name: string, begin: Maker, args: unknown[]) {
    this.name = name;
    this.begin = begin;
    this.args = args;
    const { task } = turn;
    this.maker = task;
    if (task !== undefined) {
      this.madeBefore = task.made;
      task.made = this;
      if (task.context.stacks) this.stack = userStack();
    }
  }

  [Symbol.iterator](): Iterator<Suspension, unknown, void> {
    if (this.state !== MADE)
      throw new SkynetError("ARGUMENT", `${this.describe()} was run already: an operation runs once, make a new one`);
    this.state = RUN;
    const { maker, begin } = this;
    if (maker !== undefined && maker.made !== undefined) forget(maker, this);
    return begin(...this.args)[Symbol.iterator]();
  }

  next(): IteratorResult<Suspension, unknown> {
    return (this.steps ??= this[Symbol.iterator]()).next();
  }

  return(value?: unknown): IteratorResult<Suspension, unknown> {
    return this.steps?.return?.(value) ?? { done: true, value };
  }

  throw(error: unknown): IteratorResult<Suspension, unknown> {
    if (this.steps?.throw !== undefined) return this.steps.throw(error);
    this.return();
    throw error;
  }

  describe(): string {
    const shown: string[] = [];
    let length = 0;
    for (const arg of this.args) {
      const text = length < SHOWN ? literal(arg) : "…";
      shown.push(text);
      if (length >= SHOWN) break;
      length += text.length + 2;
    }
    return `${this.name}(${shown.join(", ")})`;
  }
}

/** A plain value as one would write it; `…` for everything else. */
function literal(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > SHOWN_TEXT ? `${value.slice(0, SHOWN_TEXT)}…` : value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : "…";
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    default:
      return "…";
  }
}

/**
 * A function of the API that gives operations, from the generator function that does the work: what it gives is reported when its task
 * ends and nobody has run it. The generator function is called when the operation is run.
 *
 * @param name - As users write it; the report says `name(arguments) was made but never run`.
 *
 * @example
 * ```ts
 * function* load(id: string): Operation<unknown> { return yield* skynet.call(".store", "lua", "load", id); }
 * export const store = { load: operation("store.load", load) };
 * ```
 */
export function operation<F extends (...args: never[]) => Operation<unknown>>(name: string, func: F): F {
  const begin = func as unknown as Maker;
  const make: Maker = (...args) => new Tracked(name, begin, args);
  return make as unknown as F;
}
