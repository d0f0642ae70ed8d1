/**
 * BSON documents to values. The bytes may come from anybody.
 *
 * Source: lualib-src/lua-bson.c; wire.md §11.
 *
 * @module
 */
import { decodeText } from "../text.ts";
import { bsonError, exact, Kind, littleEndian, MAX_DEPTH, SECOND_MS, tagged } from "./kinds.ts";

/** Lua's nil in a document, as text, so that it stays equal to itself when it is copied. */
export const NULL = "\0\n";
/** The value above all others. */
export const MAXKEY = "\0\x7f";

/** What no document is smaller than: a length and the end. */
const SMALLEST = 5;

/**
 * Decodes a document.
 *
 * Kinds that JavaScript has no plain value for become byte strings that begin with 0 and the kind, null and the largest key the same as text.
 *
 * @param bytes - Begins with the document; what follows it is not looked at. Nothing of it is kept.
 * @throws SkynetError `BSON` saying what is wrong; more than 128 documents within each other are refused.
 */
export function decodeDocument(bytes: Uint8Array): unknown {
  return new Reader(bytes, 0, bytes.length).table(false, 0);
}

/** A field of fixed size: where its value lies. */
export interface FixedField {
  readonly kind: number;
  readonly at: number;
}

/** Where the values of fixed size lie in a document; those within other documents are not looked at. @throws SkynetError `BSON`. */
export function indexDocument(bytes: Uint8Array): Map<string, FixedField> {
  const reader = new Reader(bytes, 4, bytes.length - 1);
  const fields = new Map<string, FixedField>();
  while (reader.left > 0) {
    const kind = reader.byte();
    const name = reader.cstring();
    const { at } = reader;
    reader.skip(kind);
    const text = decodeText(name, 0, name.length);
    if (text !== undefined && FIXED.has(kind)) fields.set(text, { kind, at });
  }
  return fields;
}

const FIXED: ReadonlySet<number> = new Set([Kind.int64, Kind.timestamp, Kind.date, Kind.double, Kind.boolean, Kind.objectid, Kind.int32]);

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.at;
  }

  /** Where the next `length` bytes begin. */
  #take(length: number): number {
    if (length < 0 || length > this.left)
      throw bsonError(`Invalid bson block (${this.left}:${length}): bytes that are left, bytes that are needed`);
    const { at } = this;
    this.at += length;
    return at;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  slice(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  cstring(): Uint8Array {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.#end) throw bsonError(`Invalid bson block : cstring without an end at byte ${this.at}`);
    const text = this.#bytes.subarray(this.at, end);
    this.at = end + 1;
    return text;
  }

  string(): string | Uint8Array {
    const length = this.int32();
    if (length <= 0) throw bsonError(`Invalid bson string , length = ${length}`);
    const at = this.#take(length);
    return decodeText(this.#bytes, at, at + length - 1) ?? this.#bytes.slice(at, at + length - 1);
  }

  /** Goes over a value. */
  skip(kind: number): void {
    switch (kind) {
      case Kind.string:
      case Kind.jscode:
      case Kind.symbol:
        this.#take(this.int32());
        return;
      case Kind.codews:
      case Kind.array:
      case Kind.document:
        this.#take(this.int32() - 4);
        return;
      default:
        this.value(kind, 0);
    }
  }

  /** A document or an array, from its length to its end. */
  table(array: boolean, depth: number): unknown {
    const start = this.at;
    const length = this.int32();
    if (length < SMALLEST) throw bsonError(`Invalid bson block (${length - SMALLEST}:1): the length of a document is at least ${SMALLEST}`);
    if (depth > MAX_DEPTH) throw bsonError(`Invalid bson block: more than ${MAX_DEPTH} documents within each other`);
    this.#take(length - SMALLEST);
    if (this.byte() !== 0) throw bsonError("Invalid document end");
    const inner = new Reader(this.#bytes, start + 4, this.at - 1);
    return array ? inner.#array(depth) : inner.#document(depth);
  }

  #document(depth: number): unknown {
    const record: Record<string, unknown> = {};
    let odd: Map<unknown, unknown> | undefined;
    while (this.left > 0) {
      const kind = this.byte();
      const name = this.cstring();
      const value = this.value(kind, depth);
      const key = decodeText(name, 0, name.length);
      // A key that is no text cannot be one of a record.
      if (key === undefined) (odd ??= new Map()).set(name.slice(), value);
      else if (key === "__proto__") Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
      else record[key] = value;
    }
    return odd === undefined ? record : new Map<unknown, unknown>([...Object.entries(record), ...odd]);
  }

  /** Keys are what counts, not their order; a list with gaps, or one that does not begin at the beginning, is a Map. */
  #array(depth: number): unknown {
    const list: unknown[] = [];
    let slots: Map<number, unknown> | undefined;
    while (this.left > 0) {
      const kind = this.byte();
      const index = arrayIndex(this.cstring());
      const value = this.value(kind, depth);
      if (slots !== undefined) slots.set(index + 1, value);
      else if (index === list.length) list.push(value);
      else {
        slots = new Map(list.map((v, i) => [i + 1, v]));
        slots.set(index + 1, value);
      }
    }
    if (slots === undefined) return list;
    const inOrder: unknown[] = [];
    for (let i = 1; slots.has(i); i++) inOrder.push(slots.get(i));
    return inOrder.length === slots.size ? inOrder : slots;
  }

  value(kind: number, depth: number): unknown {
    switch (kind) {
      case Kind.double:
        return this.#view.getFloat64(this.#take(8), true);
      case Kind.string:
        return this.string();
      case Kind.document:
        return this.table(false, depth + 1);
      case Kind.array:
        return this.table(true, depth + 1);
      case Kind.boolean:
        return this.byte() !== 0;
      case Kind.int32:
        return this.int32();
      case Kind.int64:
        return exact(this.int64());
      case Kind.null:
        return NULL;
      case Kind.maxkey:
        return MAXKEY;
      case Kind.minkey:
        return tagged(kind);
      case Kind.objectid:
        return tagged(kind, this.slice(12));
      case Kind.timestamp:
        return tagged(kind, this.slice(8));
      case Kind.date:
        return tagged(kind, littleEndian([32, this.int64() / SECOND_MS]));
      case Kind.binary: {
        const length = this.int32();
        if (length < 0) throw bsonError(`Invalid bson block (${this.left}:${length}): the length of a binary`);
        return tagged(kind, this.slice(length + 1));
      }
      case Kind.regex: {
        const { at } = this;
        this.cstring();
        this.cstring();
        return tagged(kind, this.#bytes.slice(at, this.at));
      }
      case Kind.dbpointer:
        return this.#raw(kind, 4 + 12);
      case Kind.jscode:
      case Kind.symbol:
        return this.#raw(kind, 4);
      case Kind.codews:
        return this.#raw(kind, 0);
      default:
        throw bsonError(`Invalid bson type : ${kind}`);
    }
  }

  /** A value that begins with a length and is kept as it is. @param more - Bytes that the length does not count. */
  #raw(kind: number, more: number): Uint8Array {
    const length = this.#view.getInt32(this.#take(4), true);
    this.at -= 4;
    if (length + more < 4) throw bsonError(`Invalid bson block (${this.left}:${length})`);
    return tagged(kind, this.slice(length + more));
  }
}

/** The number a key of an array begins with; 0 for one that begins with none, as C reads it. */
function arrayIndex(key: Uint8Array): number {
  const text = decodeText(key, 0, Math.min(key.length, 32)) ?? "";
  return Number.parseInt(text, 10) | 0;
}
