/**
 * lua-seri bytes to values. The bytes may come from anybody.
 *
 * Byte order, errors and oddities as in Skynet; the mapping to JavaScript values is design decision D10.
 * Format: wire.md §1. Source of the behaviour: lualib-src/lua-seri.c.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { decodeText, TextCache } from "../text.ts";

/** How texts are given back. */
export interface UnpackOptions {
  /** `"bytes"`: every string value is a Uint8Array. Keys of tables stay text where they are text. Default: text where it is valid UTF-8. */
  readonly strings?: "bytes";
}

/** No packer writes more than 33 levels; anything beyond this is an attack on our stack. */
const DEEPEST = 500;
/** Texts of at most this many bytes are looked up among those seen before. */
const CACHED_VALUE = 16;

const keys = new TextCache(12, true);
const texts = new TextCache(10, false);

const nothing = new Uint8Array(0);
// The state of the running call; unpack calls nothing that could call it again.
let source: Uint8Array = nothing;
let at = 0;
let asBytes = false;

const realView = new DataView(new ArrayBuffer(8));
const realBytes = new Uint8Array(realView.buffer);

/**
 * Unpacks the values in `bytes`.
 *
 * Integers beyond 2^53 become bigint, strings that are not valid UTF-8 become Uint8Array. A table with nothing in it becomes `[]`, one with an
 * array part only an array (nil inside it: `undefined`), one with text keys only a plain object, any other a Map with keys 1..n for its array part.
 * As that depends on content, use {@link totext}, {@link tobytes}, {@link tolist}, {@link tomap}, {@link torecord} where the sender is not known.
 *
 * @param bytes - Not kept: strings and byte arrays in the result are copies.
 * @throws {@link SkynetError} `PACK` with Skynet's `Invalid serialize stream N`, N being the number of bytes left.
 *
 * @example
 * ```ts
 * const [command, key, value] = unpack(bytes);
 * ```
 *
 * @see wire.md §1
 */
export function unpack(bytes: Uint8Array, options?: UnpackOptions): unknown[] {
  source = bytes;
  at = 0;
  asBytes = options?.strings === "bytes";
  try {
    const values: unknown[] = [];
    while (at < bytes.length) values.push(readValue(bytes[at++]!, 0));
    return values;
  } finally {
    source = nothing;
  }
}

function invalid(what: string): never {
  throw new SkynetError(
    "PACK",
    `Invalid serialize stream ${source.length - at}: ${what} at byte ${at} of ${source.length}; these are not the bytes of a "lua" message, or part of them is missing`,
  );
}

function readValue(head: number, depth: number): unknown {
  const cookie = head >> 3;
  switch (head & 7) {
    case 0:
      return undefined;
    case 1:
      return cookie !== 0;
    case 2:
      return cookie === 8 ? readReal() : readInteger(cookie);
    case 3:
      return invalid("a pointer, which means nothing outside the process that wrote it,");
    case 4:
      return readString(cookie);
    case 5:
      return readString(readLength(cookie));
    case 6:
      return readTable(cookie, depth + 1);
    default:
      return invalid("unknown type 7");
  }
}

function readHead(): number {
  if (at >= source.length) invalid("a value is missing");
  return source[at++]!;
}

function need(length: number, what: string): void {
  if (source.length - at < length) invalid(`${what} cut off`);
}

function readInteger(cookie: number): number | bigint {
  const from = source;
  switch (cookie) {
    case 0:
      return 0;
    case 1:
      need(1, "integer");
      return from[at++]!;
    case 2:
      need(2, "integer");
      at += 2;
      return from[at - 2]! | (from[at - 1]! << 8);
    case 4:
      need(4, "integer");
      return readHalf();
    case 6: {
      need(8, "integer");
      const low = readHalf() >>> 0;
      const high = readHalf();
      const value = high * 0x100000000 + low;
      return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
    }
    default:
      return invalid(`unknown number form ${cookie}`);
  }
}

function readHalf(): number {
  const from = source;
  const p = at;
  at = p + 4;
  return from[p]! | (from[p + 1]! << 8) | (from[p + 2]! << 16) | (from[p + 3]! << 24);
}

function readReal(): number {
  need(8, "float");
  for (let i = 0; i < 8; i++) realBytes[i] = source[at + i]!;
  at += 8;
  return realView.getFloat64(0, true);
}

function readLength(cookie: number): number {
  if (cookie === 2) {
    need(2, "length");
    at += 2;
    return source[at - 2]! | (source[at - 1]! << 8);
  }
  if (cookie !== 4) invalid(`unknown string form ${cookie}`);
  need(4, "length");
  return readHalf() >>> 0;
}

function readString(length: number): string | Uint8Array {
  const start = at;
  const end = start + length;
  if (end > source.length) invalid(`string of ${length} bytes cut off`);
  at = end;
  if (asBytes) return copyOf(start, end);
  const text = length <= CACHED_VALUE ? texts.read(source, start, end) : decodeText(source, start, end);
  return text ?? copyOf(start, end);
}

/** `slice` of a Node Buffer would be a view. */
function copyOf(start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(source, start, end);
}

/** @param depth - How many tables the content lies in. */
function readTable(cookie: number, depth: number): unknown {
  if (depth > DEEPEST) invalid(`more than ${DEEPEST} tables inside each other`);
  const list = cookie === 0 ? undefined : readArrayPart(cookie, depth);
  let head = readHead();
  if ((head & 7) === 0) return list ?? [];
  if (list !== undefined && list.length > 0) return readMap(fromList(list), head, depth);

  const record: Record<string, unknown> = {};
  let dropped = false;
  do {
    const key = (head & 7) === 4 ? readKey(head >> 3) : readLongKey(head, depth);
    if (typeof key !== "string") {
      const map = new Map<unknown, unknown>(Object.entries(record));
      store(map, key, readValue(readHead(), depth));
      head = readHead();
      return (head & 7) === 0 ? finished(map) : readMap(map, head, depth);
    }
    const value = readValue(readHead(), depth);
    if (value === undefined) {
      delete record[key];
      dropped = true;
    } else if (key === "__proto__") {
      Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
    } else {
      record[key] = value;
    }
    head = readHead();
  } while ((head & 7) !== 0);
  return dropped && Object.keys(record).length === 0 ? [] : record;
}

function readArrayPart(cookie: number, depth: number): unknown[] {
  let length = cookie;
  if (cookie === 31) {
    const head = readHead();
    if ((head & 7) !== 2 || head >> 3 === 8) invalid("the length of an array is not an integer");
    // Skynet keeps the low 32 bits and takes a negative length as none.
    const counted = readInteger(head >> 3);
    length = typeof counted === "bigint" ? Number(BigInt.asIntN(32, counted)) : counted | 0;
  }
  const list: unknown[] = [];
  for (let i = 0; i < length; i++) list.push(readValue(readHead(), depth));
  return list;
}

function readKey(length: number): string | Uint8Array {
  const start = at;
  const end = start + length;
  if (end > source.length) invalid(`string of ${length} bytes cut off`);
  at = end;
  return keys.read(source, start, end) ?? copyOf(start, end);
}

/** A key that is not a short string; a long one is still text. */
function readLongKey(head: number, depth: number): unknown {
  if ((head & 7) !== 5) return readValue(head, depth);
  const length = readLength(head >> 3);
  const start = at;
  if (start + length > source.length) invalid(`string of ${length} bytes cut off`);
  at = start + length;
  return decodeText(source, start, at) ?? copyOf(start, at);
}

function fromList(list: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < list.length; i++) if (list[i] !== undefined) map.set(i + 1, list[i]);
  return map;
}

function readMap(map: Map<unknown, unknown>, head: number, depth: number): unknown {
  do {
    const kind = head & 7;
    const key = kind === 4 ? readKey(head >> 3) : readLongKey(head, depth);
    store(map, key, readValue(readHead(), depth));
    head = readHead();
  } while ((head & 7) !== 0);
  return finished(map);
}

function store(map: Map<unknown, unknown>, key: unknown, value: unknown): void {
  if (Number.isNaN(key)) invalid("table index is NaN");
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

/** Pairs whose value is nil do not exist: what is left may be empty, or have text keys only. */
function finished(map: Map<unknown, unknown>): unknown {
  if (map.size === 0) return [];
  for (const key of map.keys()) if (typeof key !== "string") return map;
  return Object.fromEntries(map);
}
