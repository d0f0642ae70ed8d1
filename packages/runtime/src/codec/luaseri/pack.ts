/**
 * Values to lua-seri bytes: the body of "lua" messages wherever they leave this realm.
 *
 * Byte-exact with Skynet for every value Lua can hold; what JavaScript adds is written as the nearest Lua value.
 * Format: wire.md §1. Source of the behaviour: lualib-src/lua-seri.c.
 *
 * @module
 */
import type { LuaFloat } from "../float.ts";
import { kindOf, MAX_DEPTH } from "../plain.ts";
import { explain, isInt64, Refusal } from "../refuse.ts";
import { copyBytes } from "../slab.ts";
import { writeText } from "../text.ts";

const NIL = 0;
const FALSE = 1;
const TRUE = 9;
const ZERO = 2;
const BYTE = 0x0a;
const WORD = 0x12;
const DWORD = 0x22;
const QWORD = 0x32;
const REAL = 0x42;
const LONG_WORD = 0x15;
const LONG_DWORD = 0x25;
const TABLE = 6;
const COUNTED = 0xfe;

/** What no single scalar exceeds. */
const SCALAR = 16;
const START_BYTES = 4096;
/** A work buffer larger than this is not kept for the next call. */
const KEEP_BYTES = 1 << 20;

/** The work buffer all calls share; a call within a call (from a getter of a message) gets its own. */
let buffer = new Uint8Array(START_BYTES);
let busy = false;

const realView = new DataView(new ArrayBuffer(8));
const realBytes = new Uint8Array(realView.buffer);

/**
 * Packs a list of values.
 *
 * An integral number becomes a Lua integer (within int64), any other and -0 a float; {@link float} forces a float. `undefined` and `null`
 * become nil, as a field of a record they are left out. Keys of plain objects are text; a Map keeps the type of its keys, and its keys 1..n
 * become the array part. Own enumerable text keys count, symbols and methods of prototypes do not.
 *
 * @param values - In order; a trailing `undefined` counts. No values give no bytes.
 * @returns new bytes. Short ones may lie in an ArrayBuffer together with others, as Node's Buffers do.
 * @throws {@link SkynetError} `PACK` naming the path to the value that cannot be sent.
 *
 * @example
 * ```ts
 * const bytes = pack(["set", "key", { x: 1 }]);
 * ```
 *
 * @see wire.md §1
 */
export function pack(values: readonly unknown[]): Uint8Array {
  const outer = buffer;
  const nested = busy;
  if (nested) buffer = new Uint8Array(START_BYTES);
  busy = true;
  try {
    let at = 0;
    for (let i = 0; i < values.length; i++) at = writeValue(values[i], at, 0);
    return copyBytes(buffer, 0, at);
  } catch (thrown) {
    throw explain(thrown, values);
  } finally {
    busy = nested;
    if (nested) buffer = outer;
    else if (buffer.length > KEEP_BYTES) buffer = new Uint8Array(START_BYTES);
  }
}

/** Makes room for `more` bytes at `at`. */
function grow(at: number, more: number): void {
  const larger = new Uint8Array(Math.max(buffer.length * 2, at + more));
  larger.set(buffer.subarray(0, at));
  buffer = larger;
}

function writeValue(value: unknown, at: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new Refusal();
  if (at + SCALAR > buffer.length) grow(at, SCALAR);
  switch (typeof value) {
    case "string":
      return writeString(value, at);
    case "number":
      return writeNumber(value, at);
    case "boolean":
      buffer[at] = value ? TRUE : FALSE;
      return at + 1;
    case "undefined":
      buffer[at] = NIL;
      return at + 1;
    case "object":
      if (value === null) {
        buffer[at] = NIL;
        return at + 1;
      }
      return writeObject(value, at, depth + 1);
    case "bigint":
      return writeBigint(value, at);
    default:
      throw new Refusal();
  }
}

function writeNumber(value: number, at: number): number {
  const out = buffer;
  const int = value | 0;
  if (int === value) {
    if (int > 0) {
      if (int < 0x100) {
        out[at] = BYTE;
        out[at + 1] = int;
        return at + 2;
      }
      if (int < 0x10000) {
        out[at] = WORD;
        out[at + 1] = int;
        out[at + 2] = int >> 8;
        return at + 3;
      }
    } else if (int === 0) {
      // -0 is a float to Lua and must keep its sign.
      if (1 / value < 0) return writeReal(value, at);
      out[at] = ZERO;
      return at + 1;
    }
    out[at] = DWORD;
    out[at + 1] = int;
    out[at + 2] = int >> 8;
    out[at + 3] = int >> 16;
    out[at + 4] = int >> 24;
    return at + 5;
  }
  if (Number.isInteger(value) && value >= -0x8000000000000000 && value < 0x8000000000000000) {
    out[at] = QWORD;
    writeHalf(at + 1, value | 0);
    writeHalf(at + 5, Math.floor(value / 0x100000000) | 0);
    return at + 9;
  }
  return writeReal(value, at);
}

function writeReal(value: number, at: number): number {
  realView.setFloat64(0, value, true);
  const out = buffer;
  out[at] = REAL;
  for (let i = 0; i < 8; i++) out[at + 1 + i] = realBytes[i]!;
  return at + 9;
}

function writeHalf(at: number, int: number): void {
  const out = buffer;
  out[at] = int;
  out[at + 1] = int >> 8;
  out[at + 2] = int >> 16;
  out[at + 3] = int >> 24;
}

function writeBigint(value: bigint, at: number): number {
  if (!isInt64(value)) throw new Refusal();
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(value >> 32n);
  if (high === low >> 31) return writeNumber(low, at);
  buffer[at] = QWORD;
  writeHalf(at + 1, low);
  writeHalf(at + 5, high);
  return at + 9;
}

function writeString(value: string, at: number): number {
  const units = value.length;
  if (at + units * 3 + 5 > buffer.length) grow(at, units * 3 + 5);
  const out = buffer;
  if (units < 32) {
    const end = writeText(out, at + 1, value);
    const length = end - at - 1;
    if (length < 32) {
      out[at] = 4 | (length << 3);
      return end;
    }
    out.copyWithin(at + 3, at + 1, end);
    writeLongHead(at, length);
    return end + 2;
  }
  const head = units >= 0x10000 ? 5 : 3;
  const end = writeText(out, at + head, value);
  const length = end - at - head;
  if (head === 3 && length >= 0x10000) {
    out.copyWithin(at + 5, at + 3, end);
    writeLongHead(at, length);
    return end + 2;
  }
  writeLongHead(at, length);
  return end;
}

function writeLongHead(at: number, length: number): void {
  if (length < 0x10000) {
    buffer[at] = LONG_WORD;
    buffer[at + 1] = length;
    buffer[at + 2] = length >> 8;
  } else {
    buffer[at] = LONG_DWORD;
    writeHalf(at + 1, length);
  }
}

function writeBytes(value: Uint8Array, at: number): number {
  const length = value.length;
  if (at + length + 5 > buffer.length) grow(at, length + 5);
  if (length < 32) {
    buffer[at] = 4 | (length << 3);
    at++;
  } else {
    writeLongHead(at, length);
    at += length < 0x10000 ? 3 : 5;
  }
  buffer.set(value, at);
  return at + length;
}

/** @param depth - Of what lies inside the object. */
function writeObject(value: object, at: number, depth: number): number {
  switch (kindOf(value)) {
    case "record":
      return writeRecord(value as Record<string, unknown>, at, depth);
    case "array":
      return writeArray(value as readonly unknown[], at, depth);
    case "map":
      return writeMap(value as Map<unknown, unknown>, at, depth);
    case "bytes":
      return writeBytes(value as Uint8Array, at);
    case "float":
      return writeReal((value as LuaFloat).value, at);
    default:
      throw new Refusal();
  }
}

function writeRecord(value: Record<string, unknown>, at: number, depth: number): number {
  buffer[at++] = TABLE;
  for (const key in value) {
    const item = value[key];
    if (item === undefined || item === null || !Object.hasOwn(value, key)) continue;
    if (depth > MAX_DEPTH) throw new Refusal();
    if (at + SCALAR > buffer.length) grow(at, SCALAR);
    at = writeString(key, at);
    at = writeValue(item, at, depth);
  }
  if (at >= buffer.length) grow(at, 1);
  buffer[at] = NIL;
  return at + 1;
}

function writeArray(value: readonly unknown[], at: number, depth: number): number {
  const length = value.length;
  at = writeTableHead(length, at);
  for (let i = 0; i < length; i++) at = writeValue(value[i], at, depth);
  if (at >= buffer.length) grow(at, 1);
  buffer[at] = NIL;
  return at + 1;
}

function writeTableHead(length: number, at: number): number {
  if (length < 31) {
    buffer[at] = TABLE | (length << 3);
    return at + 1;
  }
  buffer[at] = COUNTED;
  return writeNumber(length, at + 1);
}

function writeMap(value: Map<unknown, unknown>, at: number, depth: number): number {
  let length = 0;
  for (let item = value.get(1); item !== undefined && item !== null; item = value.get(length + 1)) length++;
  at = writeTableHead(length, at);
  for (let i = 1; i <= length; i++) at = writeValue(value.get(i), at, depth);
  for (const [key, item] of value) {
    if (item === undefined || item === null) continue;
    if (typeof key === "number" && key >= 1 && key <= length && Number.isInteger(key)) continue;
    if (key === undefined || key === null || Number.isNaN(key)) throw new Refusal();
    at = writeValue(key, at, depth);
    at = writeValue(item, at, depth);
  }
  if (at >= buffer.length) grow(at, 1);
  buffer[at] = NIL;
  return at + 1;
}
