/**
 * Answering requests: `skynet.ret`, `skynet.response` and their kin.
 *
 * Source: lualib/skynet.lua; api.md §2, semantics.md §6.
 *
 * @module
 */
import type { Body } from "../../kernel/message.ts";
import { bodyBytes } from "../body.ts";
import { detachReply, MultipleValues } from "../reply.ts";
import type { Responder } from "../reply.ts";
import { currentTask, NO_SESSION } from "../task.ts";

/**
 * Answers the request this task serves with a packed body.
 *
 * @param body - What {@link pack} made, or a body passed on; default: an empty reply.
 * @returns `true`; `false` when the request was a send or the requester is gone.
 * @throws SkynetError `NO_SESSION` when the task owes no reply.
 */
export function ret(body?: Body): boolean {
  const task = currentTask("skynet.ret");
  return task.context.reply(task, body, bodyBytes(body));
}

/** {@link ret} of values. @throws SkynetError `PACK` when a value cannot be sent; the reply is then still owed. */
export function retpack(...values: unknown[]): boolean {
  const task = currentTask("skynet.retpack");
  return task.context.replyValues(task, values);
}

/**
 * Several values as one result: `return skynet.values(a, b)` in a handler replies both.
 *
 * @returns something only good for returning.
 */
export function values<T extends readonly unknown[]>(...list: T): MultipleValues<T> {
  return new MultipleValues(list);
}

/**
 * Takes the reply away from this task, to be given later from any task of the service.
 *
 * @param pack - Packs the values; default: the values themselves.
 * @returns `responder(true, …values)` replies, `responder(false)` fails the request; both give whether the requester still lives.
 * `responder("TEST")` tells whether a reply is still wanted. For a send it does nothing.
 * @throws SkynetError `NO_SESSION` when the task owes no reply; the responder throws it when used twice.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the packer names the types of the values it packs
export function response(pack?: (...values: any[]) => Body): Responder {
  const task = currentTask("skynet.response");
  const { context } = task;
  return detachReply(context, task, pack === undefined ? (list) => context.protocols.lua.packArgs([...list]) : (list) => pack(...list));
}

/** Declares that this request gets no reply (its session means something else): no warning, and a later `ret` throws. */
export function ignoreret(): void {
  currentTask("skynet.ignoreret").session = NO_SESSION;
}

/**
 * Session and sender of the request this task serves.
 *
 * @returns `[session, source]`; the session is `undefined` once replied, both are `undefined` outside of a request.
 */
export function context(): readonly [session: number | undefined, source: number | undefined] {
  const task = currentTask("skynet.context");
  return [task.session === NO_SESSION ? undefined : task.session, task.source < 0 ? undefined : task.source];
}
