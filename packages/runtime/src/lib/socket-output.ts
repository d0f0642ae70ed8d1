/**
 * What services may send on a socket, and the bytes it stands for.
 *
 * Knows no sockets.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";

/** Any bytes or text to send; a list is sent in order, as one. */
export type Output = string | Uint8Array | readonly (string | Uint8Array)[];

const encoder = new TextEncoder();

/**
 * What is to be sent, as one array of bytes.
 *
 * @throws SkynetError `ARGUMENT` for anything that is neither bytes nor text nor a list of them.
 */
export function joinOutput(data: Output): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data === "string") return encoder.encode(data);
  if (!Array.isArray(data))
    throw refused(data === undefined || data === null ? String(data) : `${typeof data === "object" ? "an" : "a"} ${typeof data}`);
  const parts = (data as readonly (string | Uint8Array)[]).map((part) => {
    if (part instanceof Uint8Array) return part;
    if (typeof part === "string") return encoder.encode(part);
    throw refused(`a list with ${typeof part} in it`);
  });
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function refused(what: string): SkynetError {
  return new SkynetError("ARGUMENT", `a socket sends bytes, text or a list of them, not ${what}`);
}
