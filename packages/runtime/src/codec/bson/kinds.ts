/**
 * The kinds of BSON, and how those that Lua has no type for are carried: as byte strings that begin with 0 and the kind.
 *
 * Source: wire.md §11.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";

/** Kinds as they stand in a document. */
export const Kind = {
  double: 1,
  string: 2,
  document: 3,
  array: 4,
  binary: 5,
  objectid: 7,
  boolean: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbpointer: 12,
  jscode: 13,
  symbol: 14,
  codews: 15,
  int32: 16,
  timestamp: 17,
  int64: 18,
  maxkey: 127,
  minkey: 255,
} as const;

/** Documents nested deeper than this below the outermost are refused. */
export const MAX_DEPTH = 128;

/** Seconds of a date become milliseconds in a document. */
export const SECOND_MS = 1000n;

/** A tagged byte string. */
export function tagged(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(2 + parts.reduce((sum, part) => sum + part.length, 0));
  bytes[1] = kind;
  let at = 2;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Little-endian bytes of whole numbers; each is cut to its width. */
export function littleEndian(...numbers: readonly (readonly [bits: 32 | 64, value: bigint])[]): Uint8Array {
  const bytes = new Uint8Array(numbers.reduce((sum, [bits]) => sum + bits / 8, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [bits, value] of numbers) {
    if (bits === 32) view.setInt32(at, Number(BigInt.asIntN(32, value)), true);
    else view.setBigInt64(at, BigInt.asIntN(64, value), true);
    at += bits / 8;
  }
  return bytes;
}

/** An int64 as a number where that is exact. */
export function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Where the options of a regex begin in its tagged content `pattern 0 options 0`; 0 when it is none. */
export function regexOptions(content: Uint8Array): number {
  return content.length < 2 ? 0 : content.lastIndexOf(0, content.length - 2) + 1;
}

export function bsonError(text: string): SkynetError {
  return new SkynetError("BSON", text);
}

/** Lua's idea of UTF-8, as Skynet checks it: at most four bytes, none longer than needed, up to U+10FFFF; halves of surrogate pairs pass. */
export function isLuaUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i]!;
    if (first < 0x80) {
      i++;
      continue;
    }
    const more = first >= 0xf8 ? -1 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : -1;
    if (more < 0 || i + more >= bytes.length) return false;
    let code = first & (0x3f >> more);
    for (let j = 1; j <= more; j++) {
      const byte = bytes[i + j]!;
      if ((byte & 0xc0) !== 0x80) return false;
      code = (code << 6) | (byte & 0x3f);
    }
    if (code <= [0, 0x7f, 0x7ff, 0xffff][more]! || code > 0x10ffff) return false;
    i += more + 1;
  }
  return true;
}
