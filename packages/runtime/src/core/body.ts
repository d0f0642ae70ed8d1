/**
 * Looking at message bodies without unpacking them.
 *
 * @module
 */
import { copiedBytes, estimate } from "../codec/copy.ts";
import type { Body } from "../kernel/message.ts";
import { packValues } from "./values.ts";

/** Bytes of a body: exact for bytes and foreign memory, an estimate for values. */
export function bodyBytes(body: Body): number {
  if (body === undefined) return 0;
  if (Array.isArray(body)) return estimate(body);
  if (typeof body === "string" || body instanceof Uint8Array) return body.length;
  return "length" in body ? body.length : 0;
}

/** {@link bodyBytes} of a body that was packed just now: the copier has counted already. */
export function packedBytes(body: Body): number {
  return Array.isArray(body) ? copiedBytes() : bodyBytes(body);
}

/** What a log line shows of a body. */
export function bodyPreview(body: Body): string {
  if (body === undefined) return "";
  if (typeof body === "string") return body.slice(0, 256);
  if (Array.isArray(body))
    return body
      .map((v) => (typeof v === "object" ? JSON.stringify(v, (_k, x: unknown) => (typeof x === "bigint" ? `${x}` : x)) : String(v)))
      .join(" ")
      .slice(0, 256);
  if (body instanceof Uint8Array) return new TextDecoder().decode(body.subarray(0, 256));
  return "";
}

/** A body as bytes, for other nodes: values are encoded as "lua" does. */
export function packBody(body: Body): Body {
  return Array.isArray(body) ? packValues(body) : body;
}
