/**
 * The operations of the runtime itself: call, sleep, wait and await, as one class, so that the hot path sees one shape.
 *
 * An operation knows how to begin its wait and what to make of its end; the session table, the queues and the resuming are the
 * context's. Source: lualib/skynet.lua; semantics.md §5, §6, §10.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { handleText } from "../kernel/handles.ts";
import type { Body, Failure } from "../kernel/message.ts";
import { CallError } from "./failures.ts";
import { forget, MADE } from "./made.ts";
import type { Unrun } from "./made.ts";
import { SUSPENDED } from "./operation.ts";
import type { Made, Suspension } from "./operation.ts";
import type { Protocol } from "./protocol.ts";
import { userStack } from "./site.ts";
import { noTask, turn } from "./task.ts";
import type { Task } from "./task.ts";

/** What an operation waits for. */
export const OpKind = {
  /** A reply; gives the first value, all values or the body. */
  callFirst: 0,
  callAll: 1,
  callRaw: 2,
  /** A timer, or a wake-up. */
  sleep: 3,
  /** A wake-up. */
  wait: 4,
  /** A promise of the host. */
  promise: 5,
  /** No operation: the timer that starts a task. */
  timer: 6,
  /** One reply of a batch. */
  batch: 7,
  /** The time limit of a batch. */
  limit: 8,
} as const;
export type OpKind = (typeof OpKind)[keyof typeof OpKind];

/** Beginnings of {@link Op.reason} that readers tell waits apart by. */
export const WaitReason = { queue: "queue", start: "its start function", unique: "unique service", socket: "socket" } as const;

/** Names the method of {@link WithAlternatives}. */
export const ALTERNATIVES: unique symbol = Symbol("skyloom.alternatives");

/** A token that knows what wakes who waits on it. */
export interface WithAlternatives {
  /** Requests of which any answer wakes; `undefined` when it wakes by itself in time. */
  [ALTERNATIVES](): readonly Op[] | undefined;
}

const WAITING = 1;
const OVER = 2;

/** Ends that are always the same, so that most waits leave nothing behind. */
const NOTHING: IteratorResult<Suspension, undefined> = { done: true, value: undefined };
const BROKEN_SLEEP: IteratorResult<Suspension, string> = { done: true, value: "BREAK" };

/** How a wait ended. */
export const Outcome = { none: 0, reply: 1, failed: 2, woken: 3 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Called instead of resuming a task, for waits that no task stands behind. */
export type Receiver = (op: Op) => void;

/** One wait. Runs once. */
export class Op implements Made<unknown>, Unrun {
  readonly kind: OpKind;
  state: 0 | 1 | 2 = MADE;
  outcome: Outcome = Outcome.none;
  /** Woken or given up: what still arrives for the session is swallowed. */
  broken = false;
  session = 0;
  /** The task that made it; once it runs, the one that waits. */
  task: Task | undefined = undefined;
  /** Address as asked for: a handle or a name. */
  address: number | string = 0;
  /** Handle that was called. */
  target = 0;
  protocol: Protocol | undefined = undefined;
  /** Arguments, packed body, token or promise, by kind. */
  argument: unknown = undefined;
  /** Centiseconds to sleep. */
  ticks = 0;
  /** What came back. */
  body: Body = undefined;
  failure: Failure | undefined = undefined;
  /** Node time in milliseconds when the wait began; kept for calls. */
  since = 0;
  /** Older operation of the same task that was made and not run. */
  madeBefore: Unrun | undefined = undefined;
  /** What a wait is for, when a library knows better than `wait`. */
  reason: string | undefined = undefined;
  /** Where it was made, while stacks are captured. */
  stack: string | undefined = undefined;
  /** Whom a wait for a lock, a module or a start waits for. */
  holder: (() => Task | undefined) | undefined = undefined;
  receiver: Receiver | undefined = undefined;

  constructor(kind: OpKind) {
    this.kind = kind;
    const { task } = turn;
    if (task !== undefined && kind < OpKind.timer) {
      this.madeBefore = task.made;
      task.made = this;
      this.task = task;
      if (task.context.stacks) this.stack = userStack();
    }
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Suspension, unknown> {
    if (this.state === WAITING) return this.#end();
    if (this.state === OVER)
      throw new SkynetError("ARGUMENT", `${this.describe()} was run already: an operation runs once, make a new one`);
    this.state = WAITING;
    const { task } = turn;
    if (task === undefined || task.context.ended) throw noTask(`yield* ${OP_NAMES[this.kind]}`);
    const maker = this.task;
    if (maker !== undefined && maker.made !== undefined) forget(maker, this);
    this.task = task;
    const { context } = task;
    switch (this.kind) {
      case OpKind.callFirst:
      case OpKind.callAll:
      case OpKind.callRaw:
        context.beginCall(this, task);
        break;
      case OpKind.sleep:
        context.beginSleep(this, task);
        break;
      case OpKind.wait:
        context.beginWait(this, task);
        break;
      default:
        context.beginPromise(this, task);
    }
    task.waiting = this;
    if (task.extra !== undefined) task.extra.stopwatch?.pause(context.kernel.elapsedMs());
    return SUSPENDED;
  }

  #end(): IteratorResult<Suspension, unknown> {
    this.state = OVER;
    const task = this.task!;
    task.waiting = undefined;
    if (task.extra !== undefined) task.extra.stopwatch?.resume(task.context.kernel.elapsedMs());
    switch (this.kind) {
      case OpKind.callFirst: {
        if (this.outcome === Outcome.failed) throw this.#callError();
        const { body } = this;
        // Values are what a call between TypeScript services nearly always gets back.
        if (this.protocol!.native && Array.isArray(body)) return { done: true, value: body[0] };
        return { done: true, value: this.protocol!.unpackBody(body)[0] };
      }
      case OpKind.callAll:
        if (this.outcome === Outcome.failed) throw this.#callError();
        return { done: true, value: this.protocol!.unpackBody(this.body) };
      case OpKind.callRaw:
        if (this.outcome === Outcome.failed) throw this.#callError();
        return { done: true, value: this.body };
      case OpKind.sleep:
        return this.outcome === Outcome.woken ? BROKEN_SLEEP : NOTHING;
      case OpKind.wait:
        return NOTHING;
      default: {
        const settled = this.body as unknown as PromiseSettledResult<unknown>;
        if (settled.status === "rejected") throw settled.reason;
        return { done: true, value: settled.value };
      }
    }
  }

  #callError(): CallError {
    const { failure, target, session } = this;
    const { context } = this.task!;
    return new CallError(
      { address: target, service: context.nameOf(target), command: this.command(), session, reason: failure?.reason ?? "failed-reply" },
      failure?.cause,
    );
  }

  /** Protocol and command of a call, for people. */
  command(): string {
    const name = this.protocol?.name ?? "?";
    const command = this.commandName();
    return command === "" ? name : `${name} ${command}`;
  }

  /** First argument of a call where it looks like a command; else empty. */
  commandName(): string {
    const first = Array.isArray(this.argument) ? (this.argument[0] as unknown) : undefined;
    if (typeof first === "number") return this.protocol?.nameOf?.(first, this.target) ?? "";
    return typeof first === "string" && first.length <= 64 ? first : "";
  }

  /** What it is, as one would write it. */
  describe(): string {
    switch (this.kind) {
      case OpKind.callFirst:
      case OpKind.callAll:
      case OpKind.callRaw: {
        const to = typeof this.address === "number" ? handleText(this.address) : JSON.stringify(this.address);
        return `skynet.${OP_NAMES[this.kind]}(${to}, ${this.command()
          .split(" ")
          .map((w) => JSON.stringify(w))
          .join(", ")})`;
      }
      case OpKind.sleep:
        return `skynet.sleep(${this.ticks})`;
      default:
        return `skynet.${OP_NAMES[this.kind]}()`;
    }
  }
}

const OP_NAMES: Readonly<Record<OpKind, string>> = ["call", "callall", "rawcall", "sleep", "wait", "await", "timeout", "select", "select"];

/** A promise as the operation that waits for it; anything else as it is. */
export function awaitIfPromise(value: unknown): unknown {
  if (typeof value !== "object" || value === null || typeof (value as Partial<PromiseLike<unknown>>).then !== "function") return value;
  const op = new Op(OpKind.promise);
  op.argument = value;
  return op;
}
