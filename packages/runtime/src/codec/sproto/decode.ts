/**
 * sproto bytes to values, guided by a type. The bytes may come from anybody.
 *
 * Structs become plain objects, keyed arrays and maps become Maps, arrays of structs arrays. Fields the type does not know are skipped.
 * Format: wire.md §6.1.
 *
 * @module
 */
import { decodeText, TextCache } from "../text.ts";
import { fail } from "./fail.ts";
import { DEEPEST, Op, type SprotoField, type SprotoType } from "./schema.ts";

const CACHED_VALUE = 16;
const texts = new TextCache(10, false);

const nothing = new Uint8Array(0);
// The state of the running call; decoding calls nothing that could call it again.
let source: Uint8Array = nothing;
/** Where the struct read last ended. */
let stop = 0;

const realView = new DataView(new ArrayBuffer(8));

/**
 * Decodes a struct.
 *
 * @param bytes - Not kept: texts and byte arrays in the result are copies.
 * @param start - First byte, default 0.
 * @param end - After the last byte that may be read, default all. What lies behind the struct is not looked at.
 * @returns the value and the number of bytes it took.
 * @throws {@link SkynetError} `SPROTO` `decode error` when the bytes are no such struct.
 */
export function decode(
  type: SprotoType,
  bytes: Uint8Array,
  start: number = 0,
  end: number = bytes.length,
): readonly [value: Record<string, unknown>, used: number] {
  source = bytes;
  try {
    const value: Record<string, unknown> = {};
    readStruct(type, start, end, 0, value);
    return [value, stop - start];
  } finally {
    source = nothing;
  }
}

function corrupt(type: SprotoType, what: string): never {
  fail(`decode error: ${what} in ${type.name}; the bytes are damaged, or were made with another schema`);
}

function readLength(at: number): number {
  const from = source;
  return (from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24)) >>> 0;
}

/** @returns the value of the field whose tag is `key`; `undefined` for `key` -1. */
function readStruct(type: SprotoType, start: number, end: number, depth: number, into: Record<string, unknown>, key = -1): unknown {
  if (end - start < 2) corrupt(type, "a struct without its header");
  const first = start + 2;
  const body = first + (source[start]! | (source[start + 1]! << 8)) * 2;
  if (body > end) corrupt(type, "a header that is cut off");
  const fields = type.fields;
  let data = body;
  let tag = -1;
  let next = 0;
  let found: unknown;
  for (let at = first; at < body; at += 2) {
    tag++;
    const head = source[at]! | (source[at + 1]! << 8);
    if ((head & 1) !== 0) {
      tag += head >> 1;
      continue;
    }
    let block = 0;
    if (head === 0) {
      if (end - data < 4) corrupt(type, "a value without its length");
      block = data + 4;
      const length = readLength(data);
      if (length > end - block) corrupt(type, "a value that is cut off");
      data = block + length;
    }
    while (next < fields.length && fields[next]!.tag < tag) next++;
    if (next === fields.length) continue;
    const field = fields[next]!;
    if (field.tag !== tag) continue;
    if (depth >= DEEPEST) fail(`The table is too deep: more than ${DEEPEST} structs inside each other at ${type.name}`);
    const value = head === 0 ? readBlock(type, field, block, data, depth) : readInline(type, field, (head >> 1) - 1);
    if (tag === key) found = value;
    if (field.inherited) Object.defineProperty(into, field.name, { value, writable: true, enumerable: true, configurable: true });
    else into[field.name] = value;
  }
  stop = data;
  return found;
}

function readInline(type: SprotoType, field: SprotoField, value: number): unknown {
  switch (field.op) {
    case Op.integer:
      return value;
    case Op.boolean:
      return value !== 0;
    case Op.decimal:
      return value / field.scale;
    default:
      return corrupt(type, `a short value for ${field.name}, which cannot have one,`);
  }
}

function readBlock(type: SprotoType, field: SprotoField, at: number, end: number, depth: number): unknown {
  switch (field.op) {
    case Op.string:
      return readString(field, at, end);
    case Op.integer:
      return readInteger(type, at, end);
    case Op.decimal:
      return Number(readInteger(type, at, end)) / field.scale;
    case Op.double:
      return readDouble(type, at, end);
    case Op.struct:
      return readExact(field.type!, at, end, depth + 1);
    case Op.integers:
      return readNumbers(type, field, at, end);
    case Op.decimals:
      return readNumbers(type, field, at, end).map((value) => Number(value) / field.scale);
    case Op.doubles:
      return readNumbers(type, field, at, end);
    case Op.booleans: {
      const list: boolean[] = [];
      for (let i = at; i < end; i++) list.push(source[i] !== 0);
      return list;
    }
    case Op.strings:
    case Op.structs: {
      const list: unknown[] = [];
      while (at < end) {
        const item = at + 4;
        at = itemEnd(type, field, at, end);
        list.push(field.op === Op.strings ? readString(field, item, at) : readExact(field.type!, item, at, depth + 1));
      }
      return list;
    }
    case Op.keyed:
    case Op.map:
      return readKeyed(type, field, at, end, depth);
    default:
      return corrupt(type, `a long value for ${field.name}, which cannot have one,`);
  }
}

function readString(field: SprotoField, at: number, end: number): string | Uint8Array {
  if (!field.binary) {
    const text = end - at <= CACHED_VALUE ? texts.read(source, at, end) : decodeText(source, at, end);
    if (text !== undefined) return text;
  }
  // `slice` of a Node Buffer would be a view.
  return Uint8Array.prototype.slice.call(source, at, end);
}

function readInteger(type: SprotoType, at: number, end: number): number | bigint {
  if (end - at === 4) return readLength(at) | 0;
  if (end - at !== 8) corrupt(type, `an integer of ${end - at} bytes`);
  return readWide(at);
}

function readWide(at: number): number | bigint {
  const low = readLength(at);
  const high = readLength(at + 4) | 0;
  const value = high * 0x100000000 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}

function readDouble(type: SprotoType, at: number, end: number): number {
  if (end - at !== 8 && end - at !== 4) corrupt(type, `a double of ${end - at} bytes`);
  const low = readLength(at) | 0;
  // Four bytes are widened like an integer and then taken as the bits of the double, as the C library does.
  return bitsToDouble(low, end - at === 8 ? readLength(at + 4) | 0 : low >> 31);
}

function bitsToDouble(low: number, high: number): number {
  realView.setInt32(0, low, true);
  realView.setInt32(4, high, true);
  return realView.getFloat64(0, true);
}

/** The struct that fills the block to its end. */
function readExact(type: SprotoType, at: number, end: number, depth: number): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  readStruct(type, at, end, depth, value);
  if (stop !== end) corrupt(type, "bytes left over");
  return value;
}

function itemEnd(type: SprotoType, field: SprotoField, at: number, end: number): number {
  if (end - at < 4) corrupt(type, `an item of ${field.name} without its length`);
  const length = readLength(at);
  if (length > end - at - 4) corrupt(type, `an item of ${field.name} that is cut off`);
  return at + 4 + length;
}

function readNumbers(type: SprotoType, field: SprotoField, at: number, end: number): (number | bigint)[] {
  const list: (number | bigint)[] = [];
  // A width without values is an empty array too.
  if (end - at <= 1) return list;
  const width = source[at]!;
  if ((width !== 4 && width !== 8) || (end - at - 1) % width !== 0)
    corrupt(type, `an array ${field.name} of ${end - at - 1} bytes by ${width}`);
  const real = field.op === Op.doubles;
  for (let p = at + 1; p < end; p += width) {
    const low = readLength(p) | 0;
    if (real) list.push(bitsToDouble(low, width === 8 ? readLength(p + 4) | 0 : low >> 31));
    else list.push(width === 4 ? low : readWide(p));
  }
  return list;
}

function readKeyed(type: SprotoType, field: SprotoField, at: number, end: number, depth: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  const struct = field.type!;
  while (at < end) {
    const item = at + 4;
    at = itemEnd(type, field, at, end);
    const value: Record<string, unknown> = {};
    const found = readStruct(struct, item, at, depth + 1, value, field.key);
    if (stop !== at) corrupt(struct, "bytes left over");
    if (field.op === Op.keyed) {
      if (found === undefined) fail(`Can't find main index (tag=${field.key}) in [${field.name}]`);
      map.set(found, value);
      continue;
    }
    const [key, content] = [own(value, struct.fields[0]!.name), own(value, struct.fields[1]!.name)];
    if (key === undefined) fail(`Can't find key field in [${field.name}]`);
    if (content === undefined) fail(`Can't find value field in [${field.name}]`);
    map.set(key, content);
  }
  return map;
}

function own(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
