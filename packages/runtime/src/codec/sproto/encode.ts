/**
 * Values to sproto bytes, guided by a type.
 *
 * Knows schemas and bytes; nothing of schema texts, rpc or 0-packing. Format: wire.md §6.1.
 *
 * @module
 */
import { copyBytes } from "../slab.ts";
import { writeText } from "../text.ts";
import { fail, luaTypeName } from "./fail.ts";
import { luaInteger, luaNumber, roundAway } from "./number.ts";
import { DEEPEST, Op, type SprotoField, type SprotoType } from "./schema.ts";

const LARGEST = 0x1000000;
const START_BYTES = 4096;
const KEEP_BYTES = 1 << 20;

/** The work buffer all calls share; a call within a call (from a getter) gets its own. */
let out = new Uint8Array(START_BYTES);
let busy = false;

const realView = new DataView(new ArrayBuffer(8));
const realBytes = new Uint8Array(realView.buffer);

/**
 * Encodes a value.
 *
 * @param value - A plain object or a Map with text keys. Fields not in the type are ignored, absent and nil ones omitted.
 * @throws {@link SkynetError} `SPROTO` naming type, field and index of a value of the wrong kind.
 */
export function encode(type: SprotoType, value: unknown): Uint8Array {
  return encodeWith((at) => writeStruct(type, value, at, 0), copyBytes);
}

/** Encodes two structs one after the other and hands the bytes to `finish`, which must copy what it needs. */
export function encodePair(
  first: readonly [SprotoType, unknown],
  second: readonly [SprotoType, unknown] | undefined,
  finish: (bytes: Uint8Array, start: number, end: number) => Uint8Array,
): Uint8Array {
  return encodeWith((at) => {
    const middle = writeStruct(first[0], first[1], at, 0);
    return second === undefined ? middle : writeStruct(second[0], second[1], middle, 0);
  }, finish);
}

function encodeWith(write: (at: number) => number, finish: (bytes: Uint8Array, start: number, end: number) => Uint8Array): Uint8Array {
  const outer = out;
  const nested = busy;
  if (nested) out = new Uint8Array(START_BYTES);
  busy = true;
  try {
    const end = write(0);
    if (end > LARGEST) tooLarge();
    return finish(out, 0, end);
  } finally {
    busy = nested;
    if (nested) out = outer;
    else if (out.length > KEEP_BYTES) out = new Uint8Array(START_BYTES);
  }
}

function tooLarge(): never {
  fail(`object is too large (>${LARGEST}); send it in parts`);
}

function room(at: number, more: number): void {
  if (at + more <= out.length) return;
  if (at > LARGEST) tooLarge();
  const larger = new Uint8Array(Math.max(out.length * 2, at + more));
  larger.set(out.subarray(0, at));
  out = larger;
}

function writeStruct(type: SprotoType, value: unknown, start: number, depth: number): number {
  const record = asRecord(type, value);
  const fields = type.fields;
  if (depth >= DEEPEST && fields.length > 0) fail(`The table is too deep: more than ${DEEPEST} structs inside each other at ${type.name}`);
  const header = start + 2;
  const body = header + type.records * 2;
  room(body, 16);
  let data = body;
  let index = 0;
  let last = -1;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    const item = field.inherited && !Object.hasOwn(record, field.name) ? undefined : record[field.name];
    if (item === undefined || item === null) continue;
    let inline = 0;
    switch (field.op) {
      case Op.integer: {
        const int = typeof item === "number" ? item | 0 : -1;
        if (int === item && int >= 0 && int < 0x7fff) inline = (int + 1) * 2;
        else {
          const exact = toInteger(item, type, field, 0);
          inline = inlineOf(exact);
          if (inline === 0) data = writeInteger(exact, data);
        }
        break;
      }
      case Op.boolean:
        if (typeof item !== "boolean") wrong(type, field, 0, "boolean", item);
        inline = item ? 4 : 2;
        break;
      case Op.string:
        data = writeString(item, data, type, field, 0);
        break;
      case Op.double:
        room(data, 12);
        writeLength(data, 8);
        writeReal(luaNumber(item), data + 4);
        data += 12;
        break;
      case Op.decimal: {
        const scaled = toDecimal(item, field);
        inline = inlineOf(scaled);
        if (inline === 0) data = writeInteger(scaled, data);
        break;
      }
      case Op.struct: {
        room(data, 4);
        const end = writeStruct(field.type!, item, data + 4, depth + 1);
        writeLength(data, end - data - 4);
        data = end;
        break;
      }
      default: {
        room(data, 5);
        const end = writeArray(item, data + 4, type, field, depth);
        writeLength(data, end - data - 4);
        data = end;
      }
    }
    const gap = field.tag - last - 1;
    let at = header + index * 2;
    if (gap > 0) {
      const skip = gap * 2 - 1;
      out[at] = skip;
      out[at + 1] = skip >> 8;
      at += 2;
      index++;
    }
    out[at] = inline;
    out[at + 1] = inline >> 8;
    index++;
    last = field.tag;
  }
  out[start] = index;
  out[start + 1] = index >> 8;
  const slack = (type.records - index) * 2;
  if (slack > 0) {
    if (data > body) out.copyWithin(body - slack, body, data);
    data -= slack;
  }
  return data;
}

const nothing: Record<string, unknown> = {};

/** The value as an object to read fields from. An empty array is an empty table to Lua. */
function asRecord(type: SprotoType, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array)
    fail(`attempt to index a ${luaTypeName(value)} value: ${type.name} needs an object with its fields`);
  if (Array.isArray(value)) return nothing;
  if (value instanceof Map) return Object.fromEntries([...(value as Map<unknown, unknown>)].filter(([key]) => typeof key === "string"));
  return value as Record<string, unknown>;
}

function wrong(type: SprotoType, field: SprotoField, index: number, wanted: string, value: unknown): never {
  fail(`${type.name}.${field.name}[${index}] is not ${wanted === "integer" ? "an" : "a"} ${wanted} (Is a ${luaTypeName(value)})`);
}

function toInteger(item: unknown, type: SprotoType, field: SprotoField, index: number): number | bigint {
  return luaInteger(item) ?? wrong(type, field, index, "integer", item);
}

function toDecimal(item: unknown, field: SprotoField): number | bigint {
  const scaled = roundAway(luaNumber(item) * field.scale);
  // What the hardware of every peer gives for a float outside int64.
  return Math.abs(scaled) < 0x8000000000000000 ? scaled + 0 : -(2n ** 63n);
}

function inlineOf(value: number | bigint): number {
  return value >= 0 && value < 0x7fff ? (Number(value) + 1) * 2 : 0;
}

function is32(value: number | bigint): boolean {
  return value >= -0x80000000 && value <= 0x7fffffff;
}

function writeInteger(value: number | bigint, at: number): number {
  room(at, 12);
  if (is32(value)) {
    writeLength(at, 4);
    writeHalf(at + 4, Number(value));
    return at + 8;
  }
  writeLength(at, 8);
  writeWide(at + 4, value);
  return at + 12;
}

function writeHalf(at: number, int: number): void {
  const to = out;
  to[at] = int;
  to[at + 1] = int >> 8;
  to[at + 2] = int >> 16;
  to[at + 3] = int >> 24;
}

const writeLength = writeHalf;

function writeWide(at: number, value: number | bigint): void {
  if (typeof value === "bigint") {
    writeHalf(at, Number(BigInt.asIntN(32, value)));
    writeHalf(at + 4, Number(value >> 32n));
  } else {
    writeHalf(at, value | 0);
    writeHalf(at + 4, Math.floor(value / 0x100000000) | 0);
  }
}

function writeReal(value: number, at: number): void {
  realView.setFloat64(0, value, true);
  for (let i = 0; i < 8; i++) out[at + i] = realBytes[i]!;
}

/** Length and bytes. */
function writeString(item: unknown, at: number, type: SprotoType, field: SprotoField, index: number): number {
  if (typeof item === "string") {
    room(at, item.length * 3 + 4);
    const end = writeText(out, at + 4, item);
    writeLength(at, end - at - 4);
    return end;
  }
  if (!(item instanceof Uint8Array)) wrong(type, field, index, "string", item);
  room(at, item.length + 4);
  writeLength(at, item.length);
  out.set(item, at + 4);
  return at + 4 + item.length;
}

/** The content of an array's block. */
function writeArray(value: unknown, at: number, type: SprotoType, field: SprotoField, depth: number): number {
  if (typeof value !== "object" || value instanceof Uint8Array)
    fail(`${type.name}.${field.name}(1) should be a table or an userdata with metamethods (Is a ${luaTypeName(value)})`);
  if (field.op === Op.map) return writeMap(value!, at, field, depth);
  const list = field.op === Op.keyed ? anyValues(value!) : listOf(value!);
  switch (field.op) {
    case Op.integers:
    case Op.decimals:
      return writeIntegers(list, at, type, field);
    case Op.doubles:
      return writeDoubles(list, at);
    case Op.booleans:
      room(at, list.length);
      for (let i = 0; i < list.length; i++) {
        const item = list[i];
        if (item === undefined || item === null) break;
        if (typeof item !== "boolean") wrong(type, field, i + 1, "boolean", item);
        out[at++] = item ? 1 : 0;
      }
      return at;
    case Op.strings:
      for (let i = 0; i < list.length; i++) {
        const item = list[i];
        if (item === undefined || item === null) break;
        at = writeString(item, at, type, field, i + 1);
      }
      return at;
    default:
      for (let i = 0; i < list.length; i++) {
        const item = list[i];
        if (item === undefined || item === null) break;
        room(at, 4);
        const end = writeStruct(field.type!, item, at + 4, depth + 1);
        writeLength(at, end - at - 4);
        at = end;
      }
      return at;
  }
}

/** The slots 1..n of a table. A record has none. */
function listOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const list: unknown[] = [];
  if (value instanceof Map) for (let item: unknown = value.get(1); item !== undefined; item = value.get(list.length + 1)) list.push(item);
  return list;
}

function isThere(item: unknown): boolean {
  return item !== undefined && item !== null;
}

/** All values of a table, whatever their keys. */
function anyValues(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value.filter(isThere);
  return (value instanceof Map ? [...(value as Map<unknown, unknown>).values()] : Object.values(value)).filter(isThere);
}

function writeIntegers(list: readonly unknown[], at: number, type: SprotoType, field: SprotoField): number {
  let count = 0;
  let width = 4;
  const values: (number | bigint)[] = [];
  for (; count < list.length; count++) {
    const item = list[count];
    if (item === undefined || item === null) break;
    const value = field.scale !== 0 ? toDecimal(item, field) : toInteger(item, type, field, count + 1);
    if (!is32(value)) width = 8;
    values.push(value);
  }
  if (count === 0) return at;
  room(at, 1 + count * width);
  out[at++] = width;
  for (const value of values) {
    if (width === 4) writeHalf(at, Number(value));
    else writeWide(at, value);
    at += width;
  }
  return at;
}

function writeDoubles(list: readonly unknown[], at: number): number {
  room(at, 1 + list.length * 8);
  const start = at++;
  for (const item of list) {
    if (item === undefined || item === null) break;
    writeReal(luaNumber(item), at);
    at += 8;
  }
  if (at === start + 1) return start;
  out[start] = 8;
  return at;
}

/** The pairs of a table, each as a struct of key and value. */
function writeMap(value: object, at: number, field: SprotoField, depth: number): number {
  const type = field.type!;
  const key = type.fields[0]!.name;
  const content = type.fields[1]!.name;
  const pairs: Iterable<[unknown, unknown]> =
    value instanceof Map
      ? (value as Map<unknown, unknown>)
      : Array.isArray(value)
        ? value.map((item: unknown, i): [unknown, unknown] => [i + 1, item])
        : Object.entries(value);
  for (const [name, item] of pairs) {
    if (!isThere(item)) continue;
    room(at, 4);
    // Without a prototype any field name is just a field.
    const entry = Object.create(null) as Record<string, unknown>;
    entry[key] = name;
    entry[content] = item;
    const end = writeStruct(type, entry, at + 4, depth + 1);
    writeLength(at, end - at - 4);
    at = end;
  }
  return at;
}
