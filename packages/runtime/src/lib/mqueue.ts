/**
 * `mqueue`: messages handled strictly one after the other, over PTYPE_QUEUE. Deprecated in Skynet in favour of {@link skynet.queue}.
 *
 * Source: lualib/skynet/mqueue.lua; api.md §4.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import { ExitSignal } from "../core/failures.ts";
import { inspectValue } from "../core/inspect-value.ts";
import { awaitIfPromise } from "../core/op.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { MultipleValues } from "../core/reply.ts";
import { skynet } from "../core/skynet.ts";
import { operation } from "../core/tracked.ts";
import type { Address } from "../core/types.ts";
import { SkynetError } from "../errors/error.ts";

interface Queued {
  readonly session: number;
  readonly source: number;
  readonly args: readonly unknown[];
}

// oxlint-disable-next-line typescript/no-explicit-any -- the function names the types of the messages it is sent
type Handler = (...args: any[]) => unknown;

/** This service's backlog. Made at the first use of the module, which registers the protocol: do that in the file body. */
const backlog = perService(() => {
  const state = { line: [] as Queued[], idle: undefined as object | undefined, registered: false };
  skynet.register_protocol({
    name: "queue",
    id: skynet.PTYPE_QUEUE,
    pack: skynet.pack,
    unpack: skynet.unpack,
    dispatch(session: number, source: number, ...args: unknown[]) {
      // Answered by the loop, which has a task of its own.
      skynet.ignoreret();
      state.line.push({ session, source, args });
      const { idle } = state;
      state.idle = undefined;
      if (idle !== undefined) skynet.wakeup(idle);
    },
  });
  return state;
});

function valuesOf(result: unknown): readonly unknown[] {
  if (result instanceof MultipleValues) return result.values;
  return result === undefined ? [] : [result];
}

/** Handles messages for ever. A one-way message that goes wrong ends it and a fresh one takes over, so that the error is logged. */
function* dispatchAll(func: Handler): Operation<void> {
  const state = backlog();
  for (;;) {
    const message = state.line.shift();
    if (message === undefined) {
      state.idle = {};
      yield* skynet.wait(state.idle);
      continue;
    }
    const { session, source, args } = message;
    let answer: readonly unknown[];
    let failure: { readonly error: unknown } | undefined;
    try {
      answer = [true, ...valuesOf(yield* runToEnd(awaitIfPromise(func(...args))))];
    } catch (error) {
      if (error instanceof ExitSignal) throw error;
      failure = { error };
      answer = [false, error instanceof Error ? error.message : inspectValue(error)];
    }
    if (session !== 0) skynet.redirect(source, skynet.self(), "response", session, skynet.pack(...answer));
    else if (answer.length > 1) {
      skynet.fork(dispatchAll, func);
      const complaint = failure === undefined ? "return something" : `throw an error : ${String(answer[1])}`;
      throw new SkynetError("ARGUMENT", `[:${source.toString(16)}] send a message to [:${skynet.self().toString(16)}] ${complaint}`, {
        cause: failure?.error,
      });
    }
  }
}

/**
 * Handles the messages of type "queue" with `func`, one at a time: the next one waits until it has returned, suspensions included.
 *
 * @param func - Gets the message's values; what it returns is the reply of a call.
 * @throws SkynetError `ARGUMENT` when a function was registered before.
 */
function register(func: Handler): void {
  const state = backlog();
  if (state.registered) throw new SkynetError("ARGUMENT", "mqueue.register was called before: a service has one function for its queue");
  state.registered = true;
  skynet.fork(dispatchAll, func);
}

/**
 * Calls the function another service registered.
 *
 * @returns the first value it returns.
 * @throws SkynetError `CALL_FAILED` with the far error's text; {@link CallError} when the service is gone.
 * @remarks Suspends.
 */
function* call<T = unknown>(addr: Address, ...args: unknown[]): Operation<NoInfer<T>> {
  backlog();
  const [ok, value] = yield* skynet.callall(addr, "queue", ...args);
  if (ok !== true) throw new SkynetError("CALL_FAILED", inspectValue(value));
  return value as T;
}

/** One-way {@link call}. @returns 0, or `undefined` when there is no such service. */
function send(addr: Address, ...args: unknown[]): 0 | undefined {
  backlog();
  return skynet.send(addr, "queue", ...args);
}

/** Messages waiting for their turn. */
function size(): number {
  return backlog().line.length;
}

/** Messages handled one after the other. */
export const mqueue: {
  readonly register: typeof register;
  readonly call: typeof call;
  readonly send: typeof send;
  readonly size: typeof size;
} = { register, call: operation("mqueue.call", call), send, size };
