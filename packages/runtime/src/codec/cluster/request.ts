/**
 * Requests from one node of a cluster to another. Knows bytes, no connections. Format: wire.md §3.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { encodeText } from "../text.ts";
import { badPacket, CONTENT, newFrame, partsOf, PART, readText, readU32, writeU32 } from "./bytes.ts";

const MOST_SESSION = 0x7fffffff;
const MOST_NAME = 255;
/** A longer tag of a trace is refused, as by Skynet. */
const MOST_TAG = 0x8000;

const Kind = { request: 0x00, begin: 0x01, part: 0x02, last: 0x03, trace: 0x04, push: 0x40, named: 0x80 } as const;

/** A request, ready to be written to a connection. */
export interface PackedRequest {
  readonly packet: Uint8Array;
  /** Written after the packet, where the body goes in parts. Other packets may come between. */
  readonly parts: readonly Uint8Array[] | undefined;
  /** The session of the next request. */
  readonly next: number;
}

/**
 * Makes a request, or a push: a request without an answer.
 *
 * @param address - A handle of the other node, 0 to ask for a name, or a name of 1 to 255 bytes.
 * @param session - From 1 to 2³¹ − 1.
 * @param body - lua-seri of the arguments.
 * @throws SkynetError `CLUSTER` for a session or a name that cannot be sent.
 */
export function packRequest(address: number | string, session: number, body: Uint8Array, push: boolean): PackedRequest {
  if (!Number.isInteger(session) || session <= 0 || session > MOST_SESSION) throw badPacket(`Invalid request session ${session}`);
  const next = session === MOST_SESSION ? 1 : session + 1;
  const whole = body.length < PART;
  const packet = head(
    address,
    push && whole ? 0 : session,
    whole ? body.length : 4,
    (push && !whole ? Kind.push : 0) | (whole ? 0 : Kind.begin),
  );
  if (whole) {
    packet.set(body, packet.length - body.length);
    return { packet, parts: undefined, next };
  }
  writeU32(packet, packet.length - 4, body.length);
  const parts = Array.from(partsOf(body), ([bytes, last]) => {
    const frame = newFrame(5 + bytes.length);
    frame[CONTENT] = last ? Kind.last : Kind.part;
    writeU32(frame, CONTENT + 1, session);
    frame.set(bytes, CONTENT + 5);
    return frame;
  });
  return { packet, parts, next };
}

/** Kind, address and session, and room for what follows. */
function head(address: number | string, session: number, room: number, kind: number): Uint8Array {
  if (typeof address === "number") {
    const frame = newFrame(9 + room);
    frame[CONTENT] = kind;
    writeU32(frame, CONTENT + 1, address);
    writeU32(frame, CONTENT + 5, session);
    return frame;
  }
  const name = encodeText(address);
  if (name.length < 1 || name.length > MOST_NAME)
    throw new SkynetError("CLUSTER", `name length is invalid, must be between 1 and 255 characters: ${address.slice(0, 64)}`);
  const frame = newFrame(6 + name.length + room);
  frame[CONTENT] = kind | Kind.named;
  frame[CONTENT + 1] = name.length;
  frame.set(name, CONTENT + 2);
  writeU32(frame, CONTENT + 2 + name.length, session);
  return frame;
}

/** Makes the packet that gives the next request on its connection a tag of `skynet.trace`. @throws SkynetError `CLUSTER` when it is too long. */
export function packTrace(tag: string): Uint8Array {
  const text = encodeText(tag);
  if (text.length > MOST_TAG) throw badPacket(`trace tag is too long : ${text.length}`);
  const frame = newFrame(1 + text.length);
  frame[CONTENT] = Kind.trace;
  frame.set(text, CONTENT + 1);
  return frame;
}

/** What one packet of a request says. */
export type RequestPacket =
  /** A request with its whole body; a push has session 0. */
  | {
      readonly kind: "request";
      readonly address: number | string;
      readonly session: number;
      readonly body: Uint8Array;
      readonly push: boolean;
    }
  /** The body follows in parts, of `size` bytes together. */
  | { readonly kind: "begin"; readonly address: number | string; readonly session: number; readonly size: number; readonly push: boolean }
  | { readonly kind: "part"; readonly session: number; readonly body: Uint8Array; readonly last: boolean }
  | { readonly kind: "trace"; readonly tag: string };

/**
 * Reads one packet.
 *
 * @param frame - The content of a frame, without its length. Bodies are views of it.
 * @throws SkynetError `CLUSTER` for what is no packet.
 */
export function unpackRequest(frame: Uint8Array): RequestPacket {
  const { length } = frame;
  if (length === 0) throw badPacket("Invalid req package. size == 0");
  const kind = frame[0]!;
  switch (kind) {
    case Kind.request: {
      if (length < 9) throw badPacket(`Invalid cluster message (size=${length})`);
      return request(readU32(frame, 1), readU32(frame, 5), frame.subarray(9));
    }
    case Kind.begin:
    case Kind.begin | Kind.push:
      if (length !== 13) throw badPacket(`Invalid cluster message size ${length} (multi req must be 13)`);
      return { kind: "begin", address: readU32(frame, 1), session: readU32(frame, 5), size: readU32(frame, 9), push: kind !== Kind.begin };
    case Kind.part:
    case Kind.last:
      if (length < 5) throw badPacket("Invalid cluster multi part message");
      return { kind: "part", session: readU32(frame, 1), body: frame.subarray(5), last: kind === Kind.last };
    case Kind.trace:
      return { kind: "trace", tag: readText(frame.subarray(1)) };
    case Kind.named | Kind.request:
    case Kind.named | Kind.begin:
    case Kind.named | Kind.begin | Kind.push:
      return named(kind, frame);
    default:
      throw badPacket(`Invalid req package type ${(kind << 24) >> 24}`);
  }
}

function named(kind: number, frame: Uint8Array): RequestPacket {
  const { length } = frame;
  const after = length < 2 ? Infinity : 2 + frame[1]!;
  const whole = kind === Kind.named;
  if (length < after + (whole ? 4 : 8)) throw badPacket(`Invalid cluster message (size=${length})`);
  const address = readText(frame.subarray(2, after));
  const session = readU32(frame, after);
  if (whole) return request(address, session, frame.subarray(after + 4));
  return { kind: "begin", address, session, size: readU32(frame, after + 4), push: (kind & Kind.push) !== 0 };
}

const request = (address: number | string, session: number, body: Uint8Array): RequestPacket => ({
  kind: "request",
  address,
  session,
  body,
  push: session === 0,
});
