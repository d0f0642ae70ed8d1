/**
 * Answers from one node of a cluster to another. Knows bytes, no connections. Format: wire.md §3.
 *
 * @module
 */
import { encodeText } from "../text.ts";
import { CONTENT, newFrame, partsOf, PART, readU32, writeU32 } from "./bytes.ts";

const Kind = { error: 0, ok: 1, begin: 2, part: 3, last: 4 } as const;

function frameOf(session: number, kind: number, body: Uint8Array): Uint8Array {
  const frame = newFrame(5 + body.length);
  writeU32(frame, CONTENT, session);
  frame[CONTENT + 4] = kind;
  frame.set(body, CONTENT + 5);
  return frame;
}

/** Makes an answer. @returns its packets: one, unless the body is longer than 32768 bytes. Other packets may come between. */
export function packResponse(session: number, body: Uint8Array): readonly [Uint8Array, ...Uint8Array[]] {
  if (body.length <= PART) return [frameOf(session, Kind.ok, body)];
  const size = new Uint8Array(4);
  writeU32(size, 0, body.length);
  return [
    frameOf(session, Kind.begin, size),
    ...Array.from(partsOf(body), ([bytes, last]) => frameOf(session, last ? Kind.last : Kind.part, bytes)),
  ];
}

/** Makes the answer of a request that failed. @param text - Why; cut after 32768 bytes. */
export function packErrorResponse(session: number, text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === "string" ? encodeText(text) : text;
  return frameOf(session, Kind.error, bytes.subarray(0, PART));
}

/** What one packet of an answer says. */
export type ResponsePacket =
  | { readonly kind: "error"; readonly session: number; readonly body: Uint8Array }
  | { readonly kind: "ok"; readonly session: number; readonly body: Uint8Array }
  /** The body follows in parts, of `size` bytes together. */
  | { readonly kind: "begin"; readonly session: number; readonly size: number }
  | { readonly kind: "part"; readonly session: number; readonly body: Uint8Array; readonly last: boolean };

/**
 * Reads one packet.
 *
 * @param frame - The content of a frame, without its length. Bodies are views of it.
 * @returns `undefined` for what is no packet.
 */
export function unpackResponse(frame: Uint8Array): ResponsePacket | undefined {
  if (frame.length < 5) return undefined;
  const session = readU32(frame, 0);
  const body = frame.subarray(5);
  switch (frame[4]) {
    case Kind.error:
      return { kind: "error", session, body };
    case Kind.ok:
      return { kind: "ok", session, body };
    case Kind.begin:
      return body.length === 4 ? { kind: "begin", session, size: readU32(body, 0) } : undefined;
    case Kind.part:
    case Kind.last:
      return { kind: "part", session, body, last: frame[4] === Kind.last };
    default:
      return undefined;
  }
}
