/**
 * Sending, calling and redirecting: `skynet.send`, `skynet.call` and their kin.
 *
 * Source: lualib/skynet.lua; api.md §2, semantics.md §2, §6.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { PTYPE_DEBUG } from "../../kernel/message.ts";
import type { Body } from "../../kernel/message.ts";
import { bodyBytes, packedBytes } from "../body.ts";
import { TRACED } from "../context.ts";
import { Op, OpKind } from "../op.ts";
import type { OpKind as OpKindType } from "../op.ts";
import type { Made, Operation } from "../operation.ts";
import type { Dispatch, ProtocolClass } from "../protocol.ts";
import { packValues, unpackValues } from "../values.ts";
import { registrationSite } from "../site.ts";
import { currentContext } from "../task.ts";
import type { Address, AllReplies, AnyAddress, CommandArgs, FirstReply, Handle } from "../types.ts";

/**
 * Adds a message type to this service.
 *
 * @param protocol - Name, number (0–255), and what packs, unpacks and dispatches it. Without `pack` and `unpack` a type above the
 * system's (9 and up) works as "lua" does, and one of the system's carries raw bodies.
 * @throws SkynetError `PROTOCOL_TAKEN` when the name or the number is taken, `ARGUMENT` when one of them is not valid.
 * @see semantics.md §2
 */
export function register_protocol(protocol: ProtocolClass): void {
  const context = currentContext("skynet.register_protocol");
  const valuesByDefault = protocol.pack === undefined && protocol.unpack === undefined && protocol.id >= PTYPE_DEBUG;
  const asLua = protocol.pack === pack && protocol.unpack === unpack;
  context.protocols.add(protocol, valuesByDefault || asLua).site = registrationSite(context.sites, protocol.name);
}

/**
 * Sets the function that handles messages of one type, or reads it.
 *
 * @param typename - The protocol's name.
 * @param func - Called as `func(session, source, ...arguments)`; plain or a generator. Absent: nothing is set.
 * @returns the function there was before (set), or the one there is (read).
 * @throws SkynetError `UNKNOWN_TYPE` when setting a type that is not registered.
 */
export function dispatch(typename: string, func?: Dispatch): Dispatch | undefined {
  const { protocols, sites } = currentContext("skynet.dispatch");
  if (func === undefined) return protocols.byName(typename)?.dispatch;
  const protocol = protocols.own(typename);
  const before = protocol.dispatch;
  protocol.dispatch = func;
  protocol.direct = undefined;
  protocol.replies = "request";
  protocol.site = registrationSite(sites, typename);
  return before;
}

/**
 * Posts a one-way message.
 *
 * @param addr - Handle, `:hex`, `.local` or global name.
 * @param typename - Message type, e.g. `"lua"`.
 * @param args - Copied before the call returns.
 * @returns 0, or `undefined` when there is no such service on this node. A global name is always accepted; the message waits until
 * somebody has it.
 * @throws SkynetError `INVALID_ADDRESS` for handle 0, `UNKNOWN_TYPE`, `PACK` when a value cannot be sent.
 */
export function send<C, K extends keyof C & string>(
  addr: Handle<C>,
  typename: "lua",
  command: K,
  ...args: CommandArgs<C[K]>
): 0 | undefined;
export function send(addr: Address, typename: string, ...args: unknown[]): 0 | undefined;
export function send(addr: AnyAddress, typename: string, ...args: unknown[]): 0 | undefined {
  const context = currentContext("skynet.send");
  const protocol = context.protocols.require(typename);
  const body = protocol.packArgs(args);
  return context.send(addr, protocol.id, 0, context.handle, body, packedBytes(body)) === undefined ? undefined : 0;
}

/** {@link send} of a body that is packed already; it must not be used afterwards. */
export function rawsend(addr: AnyAddress, typename: string, body: Body): 0 | undefined {
  const context = currentContext("skynet.rawsend");
  return context.send(addr, context.protocols.require(typename).id, 0, context.handle, body, bodyBytes(body)) === undefined ? undefined : 0;
}

function makeCall(kind: OpKindType, addr: AnyAddress, typename: string, argument: unknown): Op {
  const context = currentContext(kind === OpKind.callRaw ? "skynet.rawcall" : "skynet.call");
  const op = new Op(kind);
  op.address = addr;
  op.protocol = context.protocols.require(typename);
  op.argument = argument;
  return op;
}

/**
 * Sends a request and waits for the reply.
 *
 * @param addr - Handle, `:hex`, `.local` or global name.
 * @param typename - Message type, e.g. `"lua"`.
 * @param args - Copied when the operation runs.
 * @returns the first value of the reply. There is no time limit: see {@link request}.
 * @throws SkynetError `INVALID_ADDRESS` when there is no such service; {@link CallError} when the request fails.
 *
 * @example
 * ```ts
 * const value = yield* skynet.call<string>(".simpledb", "lua", "get", "hello");
 * ```
 *
 * @remarks Suspends. Skynet returns all values of the reply: that is {@link callall}.
 */
export function call<C, K extends keyof C & string>(
  addr: Handle<C>,
  typename: "lua",
  command: K,
  ...args: CommandArgs<C[K]>
): Made<FirstReply<C[K]>>;
export function call<T = unknown>(addr: Address, typename: string, ...args: unknown[]): Made<NoInfer<T>>;
export function call(addr: AnyAddress, typename: string, ...args: unknown[]): Made<unknown> {
  return makeCall(OpKind.callFirst, addr, typename, args);
}

/** {@link call} that gives all values of the reply as an array. */
export function callall<C, K extends keyof C & string>(
  addr: Handle<C>,
  typename: "lua",
  command: K,
  ...args: CommandArgs<C[K]>
): Made<AllReplies<C[K]>>;
export function callall<T extends readonly unknown[] = readonly unknown[]>(
  addr: Address,
  typename: string,
  ...args: unknown[]
): Made<NoInfer<T>>;
export function callall(addr: AnyAddress, typename: string, ...args: unknown[]): Made<unknown> {
  return makeCall(OpKind.callAll, addr, typename, args);
}

/**
 * {@link call} with a packed body and a packed reply.
 *
 * @throws SkynetError `INVALID_ADDRESS` with the text `call to invalid address`.
 */
export function rawcall(addr: AnyAddress, typename: string, body: Body): Made<Body> {
  return makeCall(OpKind.callRaw, addr, typename, body) as Made<unknown> as Made<Body>;
}

/** {@link rawcall} under an explicit trace tag. */
export function* tracecall(tag: string, addr: AnyAddress, typename: string, body: Body): Operation<Body> {
  const context = currentContext("skynet.tracecall");
  context.traceLog(tag, "tracecall begin", undefined);
  context.announce(tag, addr);
  const call = makeCall(OpKind.callRaw, addr, typename, body);
  call.reason = TRACED;
  const reply = yield* call as Made<unknown> as Made<Body>;
  context.traceLog(tag, "tracecall end", undefined);
  return reply;
}

/**
 * Sends as if from another service: replies go there.
 *
 * @param session - Session of the message; 0 for one that needs no reply.
 * @returns the session, or `undefined` when there is no such service.
 */
export function redirect(dest: AnyAddress, source: number, typename: string, session: number, body: Body): number | undefined {
  const context = currentContext("skynet.redirect");
  return context.send(dest, context.protocols.require(typename).id, session, source, body, bodyBytes(body)) === undefined
    ? undefined
    : session;
}

/** A session number that nothing else in this service uses while it is pending. */
export function genid(): number {
  return currentContext("skynet.genid").newSession();
}

/** Replaces what happens to one-way messages of a type this service does not dispatch. Returns what there was before. */
export function dispatch_unknown_request(
  unknown: (session: number, source: number, body: Body, type: number | string) => void,
): ((session: number, source: number, body: Body, type: number | string) => void) | undefined {
  const context = currentContext("skynet.dispatch_unknown_request");
  const before = context.rare.unknownRequest;
  context.rare.unknownRequest = unknown;
  return before;
}

/** Replaces what happens to replies that nobody waits for. Returns what there was before. */
export function dispatch_unknown_response(
  unknown: (session: number, source: number, body: Body) => void,
): ((session: number, source: number, body: Body) => void) | undefined {
  const context = currentContext("skynet.dispatch_unknown_response");
  const before = context.rare.unknownResponse;
  context.rare.unknownResponse = unknown;
  return before;
}

/** Treats a service as dead: every pending call to it fails, response closures for it are dropped. */
export function term(service: number): void {
  currentContext("skynet.term").peerFailed(0, service, undefined);
}

/**
 * The raw entry point: handles a message as if it came from the mailbox. For `forward_type` and `filter`.
 *
 * @internal
 */
export function dispatch_message(type: number, session: number, source: number, body: Body): void {
  currentContext("skynet.dispatch_message").dispatchMessage(type, session, source, body);
}

/**
 * lua-seri encoding of all values.
 *
 * @throws SkynetError `PACK` naming the value that cannot be encoded.
 */
export function pack(...values: unknown[]): Uint8Array {
  return packValues(values);
}

/** The same as {@link pack}: bytes are the string of this language. */
export function packstring(...values: unknown[]): Uint8Array {
  return packValues(values);
}

/** The values of a body: lua-seri bytes are decoded, values are taken as they are. Nothing gives an empty list. */
export function unpack(body: Body): unknown[] {
  return unpackValues(body);
}

/** Raw bytes of a body; `undefined` for none. Text is encoded as UTF-8. */
export function tostring(body: Body): Uint8Array | undefined {
  if (body === undefined) return undefined;
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body.slice();
  if (Array.isArray(body)) return packValues(body);
  throw new SkynetError("PACK", "this message holds memory of another realm; only a service of that realm can read it");
}

/** Frees a body that came raw; nothing to do for bytes and values. @throws SkynetError `ARGUMENT` for nothing or a number. */
export function trash(body: Body): void {
  if (body === undefined || typeof body === "number") throw new SkynetError("ARGUMENT", "skynet.trash needs a message body");
  if (typeof body === "object" && "free" in body) body.free();
}
