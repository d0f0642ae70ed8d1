/**
 * Looking at message bodies without unpacking them.
 *
 * @module
 */
import { estimateBytes } from "../codec/copy.ts";
import type { Body } from "../kernel/message.ts";

/** Bytes of a body: exact for bytes and foreign memory, an estimate for values. */
export function bodyBytes(body: Body): number {
  if (body === undefined) return 0;
  if (Array.isArray(body)) return estimateBytes(body);
  if (typeof body === "string" || body instanceof Uint8Array) return body.length;
  return "length" in body ? body.length : 0;
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
