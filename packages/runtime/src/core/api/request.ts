/**
 * Batches of requests answered as the replies come in, with an optional time limit: `skynet.request`.
 *
 * Source: lualib/skynet.lua (request, select); api.md §2.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { PTYPE_TRACE } from "../../kernel/message.ts";
import { packedBytes } from "../body.ts";
import type { ServiceContext } from "../context.ts";
import { ALTERNATIVES, Op, OpKind, Outcome } from "../op.ts";
import type { WithAlternatives } from "../op.ts";
import type { Operation } from "../operation.ts";
import { currentTask } from "../task.ts";
import type { Task } from "../task.ts";
import { operation } from "../tracked.ts";
import type { AnyAddress } from "../types.ts";
import { wait } from "./tasks.ts";

/** One request of a batch: address, message type, arguments. */
export type BatchRequest = readonly [addr: AnyAddress, typename: string, ...args: unknown[]];

/** One answer of a batch: `values` is `false` when the request failed and `undefined` when the address was not valid. */
export interface BatchReply<R extends BatchRequest = BatchRequest> {
  readonly request: R;
  readonly values: readonly unknown[] | false | undefined;
}

/** Answers in the order they arrive; those with an address that is not valid come first. */
export interface BatchReplies<R extends BatchRequest = BatchRequest> {
  /** The next answer; `undefined` when all have come or the time is over. @remarks Suspends. */
  next(): Operation<BatchReply<R> | undefined>;
  /** True once the time limit has passed. */
  readonly timeout: boolean;
  /** Drops the answers that have not come. Safe to call at any time; leaving a loop early should do it. */
  close(): void;
}

/** Requests to be sent together. */
export class RequestBatch<R extends BatchRequest = BatchRequest> {
  readonly #requests: R[] = [];
  #selected = false;

  /** Adds a request. @throws SkynetError `ARGUMENT` after {@link select}, or when it is no list. */
  add(request: R): this {
    if (!Array.isArray(request)) throw new SkynetError("ARGUMENT", "a request of a batch is a list: [address, type, …arguments]");
    if (this.#selected) throw new SkynetError("ARGUMENT", "this batch was sent already: make a new one with skynet.request");
    this.#requests.push(request);
    return this;
  }

  /**
   * Sends all requests.
   *
   * @param timeout - Centiseconds after which the loop ends; absent: no limit.
   * @example
   * ```ts
   * const replies = skynet.request([a, "lua", "get"]).add([b, "lua", "get"]).select(300);
   * for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next()) skynet.error(r.values);
   * if (replies.timeout) skynet.error("somebody did not answer");
   * ```
   */
  select(timeout?: number): BatchReplies<R> {
    if (this.#selected) throw new SkynetError("ARGUMENT", "this batch was sent already: make a new one with skynet.request");
    this.#selected = true;
    return new Replies(currentTask("skynet.request").context, this.#requests, timeout);
  }
}

class Replies<R extends BatchRequest> implements BatchReplies<R>, WithAlternatives {
  timeout = false;
  readonly #context: ServiceContext;
  readonly #invalid: R[] = [];
  readonly #ready: BatchReply<R>[] = [];
  readonly #pending = new Map<number, Op>();
  #limit: Op | undefined = undefined;

  constructor(context: ServiceContext, requests: readonly R[], timeout: number | undefined) {
    this.#context = context;
    const task = currentTask("skynet.request");
    for (const request of requests) this.#send(task, request);
    if (timeout !== undefined) {
      const limit = new Op(OpKind.limit);
      limit.task = task;
      limit.ticks = timeout;
      limit.receiver = () => {
        this.#limit = undefined;
        this.timeout = true;
        context.wakeup(this);
      };
      this.#limit = limit;
      context.addTimer(limit, timeout);
    }
  }

  #send(task: Task, request: R): void {
    const context = this.#context;
    const [addr, typename, ...args] = request;
    const protocol = context.protocols.require(typename);
    if (!protocol.readable)
      throw new SkynetError("UNKNOWN_TYPE", `protocol "${typename}" has no unpack function, so its replies cannot be read`);
    if (typeof task.tag === "string") {
      context.traceLog(task.tag, "call", task.site);
      context.send(addr, PTYPE_TRACE, 0, context.handle, task.tag, task.tag.length);
    }
    const op = new Op(OpKind.batch);
    op.address = addr;
    op.protocol = protocol;
    op.argument = args;
    op.task = task;
    op.session = context.newSession();
    op.since = context.kernel.coarseMs;
    const body = protocol.packArgs(args);
    const target = context.send(addr, protocol.id, op.session, context.handle, body, packedBytes(body));
    if (target === undefined) {
      this.#invalid.push(request);
      return;
    }
    op.target = target;
    op.receiver = () => {
      this.#pending.delete(op.session);
      this.#ready.push({ request, values: op.outcome === Outcome.reply ? protocol.unpackBody(op.body) : false });
      context.wakeup(this);
    };
    context.sessions.put(op);
    this.#pending.set(op.session, op);
  }

  readonly next: BatchReplies<R>["next"] = operation("replies.next", () => this.#next());

  *#next(): Operation<BatchReply<R> | undefined> {
    // Skynet takes them from the end of its list.
    const invalid = this.#invalid.pop();
    if (invalid !== undefined) return { request: invalid, values: undefined };
    if (this.#ready.length === 0) {
      if (this.#pending.size === 0 || this.timeout) {
        this.close();
        return undefined;
      }
      const op = wait(this) as unknown as Op;
      op.reason = `select ${this.#pending.size} replies`;
      let ended = true;
      try {
        yield* op;
        ended = false;
      } finally {
        // The waiting task was killed: nobody will ask for the rest.
        if (ended) this.close();
      }
      if (this.timeout) {
        this.close();
        return undefined;
      }
    }
    return this.#ready.shift();
  }

  /** Any answer lets {@link next} go on, and so does the time limit. */
  [ALTERNATIVES](): readonly Op[] | undefined {
    return this.#limit === undefined ? [...this.#pending.values()] : undefined;
  }

  close(): void {
    for (const op of this.#pending.values()) op.broken = true;
    this.#pending.clear();
    this.#ready.length = 0;
    if (this.#limit !== undefined) this.#limit.broken = true;
    this.#limit = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Begins a batch of requests; see {@link RequestBatch.select}. Name the shape of the requests, `request<…>`, to get it back with the answers. */
export function request<R extends BatchRequest = BatchRequest>(first?: NoInfer<R>): RequestBatch<R> {
  const batch = new RequestBatch<R>();
  return first === undefined ? batch : batch.add(first);
}
