/**
 * Replies that are given later, and replies of several values.
 *
 * Source: lualib/skynet.lua (response); api.md §2.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { PTYPE_ERROR, PTYPE_RESPONSE } from "../kernel/message.ts";
import type { Body } from "../kernel/message.ts";
import { packedBytes } from "./body.ts";
import type { ServiceContext } from "./context.ts";
import { ExitSignal } from "./failures.ts";
import { NO_SESSION, turn } from "./task.ts";
import type { Task } from "./task.ts";

/** Several reply values; made by `skynet.values`. */
export class MultipleValues<T extends readonly unknown[] = readonly unknown[]> {
  readonly values: T;
  constructor(values: T) {
    this.values = values;
  }
}

/**
 * A detached reply. `responder(true, …values)` answers, `responder(false)` fails the request, `responder("TEST")` asks whether an answer
 * is still wanted.
 */
export interface Responder {
  (ok: boolean | "TEST", ...values: unknown[]): boolean | undefined;
}

/** A reply that was taken away from its task and not given yet. */
export interface OwedReply {
  /** Who waits for it, and under which session. */
  readonly source: number;
  readonly session: number;
  /** What it depends on, when the service has said so with {@link explainReply}. */
  reason: string | undefined;
  /** The task that has to get on before it can be given. */
  holder: (() => Task | undefined) | undefined;
}

/**
 * Says what a detached reply waits for, for people and for the search for deadlocks.
 *
 * @param reason - In a few words.
 * @param holder - The task whose progress brings the reply; `undefined` when at the moment there is none.
 */
export function explainReply(context: ServiceContext, responder: Responder, reason: string, holder: () => Task | undefined): void {
  const owed = context.responders?.get(responder);
  if (owed === undefined) return;
  owed.reason = reason;
  owed.holder = holder;
}

/**
 * Takes the reply away from a task.
 *
 * @param pack - Turns the values into a message body.
 * @throws SkynetError `NO_SESSION` when the task owes no reply.
 */
export function detachReply(context: ServiceContext, task: Task, pack: (values: readonly unknown[]) => Body): Responder {
  const { session, source } = task;
  if (session === NO_SESSION)
    throw new SkynetError("NO_SESSION", "no session: this task owes no reply (it replied already, or it serves no request)");
  task.session = NO_SESSION;
  if (session === 0) return () => undefined;
  let used = false;
  const responder: Responder = (ok, ...values) => {
    const wanted = context.responders?.has(responder) === true;
    if (ok === "TEST") return wanted;
    if (context.ended && !wanted) {
      // A task of the ended service must unwind; a caller from elsewhere is told that nobody waits any more.
      if (turn.context === context) throw new ExitSignal();
      return false;
    }
    if (used) throw new SkynetError("NO_SESSION", "Can't response more than once");
    if (!wanted) {
      used = true;
      return false;
    }
    // Packed before anything is given up: when that throws, the reply is still owed.
    const body: Body = ok ? pack(values) : { reason: "failed-reply" as const, cause: values[0] instanceof Error ? values[0] : undefined };
    used = true;
    context.responders!.delete(responder);
    if (ok && task.tag) context.probe?.replied(task, source, session, packedBytes(body));
    return context.kernel.post(source, ok ? PTYPE_RESPONSE : PTYPE_ERROR, session, context.handle, body, packedBytes(body));
  };
  (context.responders ??= new Map()).set(responder, { source, session, reason: undefined, holder: undefined });
  return responder;
}
