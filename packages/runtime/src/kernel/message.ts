/**
 * Messages: what one is, its types and its body. Knows no services.
 *
 * Source: skynet-src/skynet.h and skynet_mq.h; semantics.md §2.
 *
 * @module
 */

/** Message types as numbers, as in Skynet. */
export const PTYPE_TEXT = 0;
export const PTYPE_RESPONSE = 1;
export const PTYPE_MULTICAST = 2;
export const PTYPE_CLIENT = 3;
export const PTYPE_SYSTEM = 4;
export const PTYPE_HARBOR = 5;
export const PTYPE_SOCKET = 6;
export const PTYPE_ERROR = 7;
export const PTYPE_QUEUE = 8;
export const PTYPE_DEBUG = 9;
export const PTYPE_LUA = 10;
export const PTYPE_SNAX = 11;
export const PTYPE_TRACE = 12;

declare const valuesBrand: unique symbol;

/** Isolated values on their way. Opaque: pass it on, unpack it or drop it. */
export interface Values {
  readonly [valuesBrand]: true;
}

/** Memory of another realm, e.g. a Lua state. The kernel frees what it drops. */
export interface Foreign {
  readonly realm: object;
  readonly pointer: unknown;
  /** Bytes. */
  readonly length: number;
  free(): void;
}

/** Why a request failed, carried by PTYPE_ERROR inside one realm; a border drops it. */
export interface Failure {
  readonly reason: FailureReason;
  readonly cause: unknown;
}

/** The far side's part in a failed call; `cancelled`: none, somebody gave the call up from outside, and its answer may still come. */
export type FailureReason = "handler-error" | "no-dispatch" | "exited" | "killed" | "dead-letter" | "failed-reply" | "cancelled";

/** What a message carries; Skynet's `msg, sz`. */
export type Body = Uint8Array | Values | Foreign | Failure | string | undefined;

/** One message in a mailbox. The mailbox is a list linked through `next`. */
export class Message {
  next: Message | undefined = undefined;
  readonly type: number;
  readonly session: number;
  readonly source: number;
  readonly body: Body;
  /** Bytes: exact for bytes, an estimate for values. */
  readonly size: number;

  constructor(type: number, session: number, source: number, body: Body, size: number) {
    this.type = type;
    this.session = session;
    this.source = source;
    this.body = body;
    this.size = size;
  }
}

/** Frees a body that nobody will read. */
export function dropBody(body: Body): void {
  if (isForeign(body)) body.free();
}

/** Tells memory of another realm from the other bodies. */
function isForeign(body: Body): body is Foreign {
  return typeof body === "object" && !Array.isArray(body) && typeof (body as Partial<Foreign>).free === "function";
}
