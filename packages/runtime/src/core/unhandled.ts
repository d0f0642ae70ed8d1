/**
 * What happens to messages that no function of a service takes: errors for its calls, and requests and replies that nobody knows.
 *
 * Source: lualib/skynet.lua (_error_dispatch, unknown_request, unknown_response); semantics.md §6, §7.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { Body, Failure } from "../kernel/message.ts";
import { bodyPreview } from "./body.ts";
import { NO_SESSION, turn } from "./task.ts";

/**
 * What "error" messages do, as `skynet.dispatch("error")` gives it: fails the call of that session or, with session 0, all calls to the
 * sender. It runs without a task of its own unless a service puts its own function in front.
 */
export function errorDispatch(session: number, source: number, body?: Body): void {
  const { context, task } = turn;
  if (task !== undefined) task.session = NO_SESSION;
  context!.peerFailed(session, source, isFailure(body) ? body : undefined);
}

/** Whether the body of an error message says why. */
export function isFailure(body: unknown): body is Failure {
  return typeof body === "object" && body !== null && !Array.isArray(body) && "reason" in body;
}

/** A request of a type that has no dispatch function, unless the service has said what to do. */
export function defaultUnknownRequest(session: number, source: number, body: Body, type: number | string): void {
  turn.context!.kernel.log(turn.context!.handle, `Unknown request (${type}): ${bodyPreview(body)}`);
  throw new SkynetError("NO_SESSION", `Unknown session : ${session} from ${source.toString(16)}`);
}

/** A reply to a session that nobody waits for, unless the service has said what to do. */
export function defaultUnknownResponse(session: number, source: number, body: Body): void {
  turn.context!.kernel.log(turn.context!.handle, `Response message : ${bodyPreview(body)}`);
  throw new SkynetError("NO_SESSION", `Unknown session : ${session} from ${source.toString(16)}`);
}
