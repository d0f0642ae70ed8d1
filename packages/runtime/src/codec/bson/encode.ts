/**
 * Values to BSON documents, byte for byte as Skynet's bson module writes them.
 *
 * Source: lualib-src/lua-bson.c; wire.md §11.
 *
 * @module
 */
import { LuaFloat } from "../float.ts";
import { kindOf } from "../plain.ts";
import { encodeText } from "../text.ts";
import { bsonError, isLuaUtf8, Kind, littleEndian, MAX_DEPTH, regexOptions, SECOND_MS } from "./kinds.ts";

/** An encoded document, which as a field becomes a document within. */
export interface Encoded {
  readonly bytes: Uint8Array;
}

/** Bytes that grow. */
class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  #room(more: number): number {
    const at = this.length;
    this.length += more;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#view.setInt32(at, value, true);
  }

  int64(value: bigint): void {
    const at = this.#room(8);
    this.#view.setBigInt64(at, value, true);
  }

  double(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Writes the number of bytes since `from`, itself included, at `from`. */
  close(from: number): void {
    this.#view.setInt32(from, this.length - from, true);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}

/**
 * Encodes a table as a document.
 *
 * Fields that are `undefined` are left out. Keys must be text, as in Skynet.
 *
 * @param isEncoded - Tells documents that are encoded already from other objects.
 * @throws SkynetError `BSON` naming the path to what cannot be encoded.
 */
export function encodeDocument(table: unknown, isEncoded: (value: object) => Encoded | undefined): Uint8Array {
  const encoder = new Encoder(isEncoded);
  encoder.document(fieldsOf(table, undefined, []), 0);
  return encoder.out.finish();
}

/** Encodes keys and values in the order given. @throws SkynetError `BSON` as {@link encodeDocument}. */
export function encodeOrdered(list: readonly unknown[], isEncoded: (value: object) => Encoded | undefined): Uint8Array {
  if (list.length % 2 !== 0)
    throw bsonError(`Invalid ordered dict: encode_order takes keys and values in turn, and was given ${list.length}`);
  const fields: [string | Uint8Array, unknown][] = [];
  for (let i = 0; i < list.length; i += 2) {
    const key = list[i];
    const text = typeof key === "number" || typeof key === "bigint" ? String(key) : key;
    if (typeof text !== "string" && !(text instanceof Uint8Array)) throw bsonError(`Argument ${i + 1} need a string: it is ${typeof key}`);
    if (list[i + 1] === undefined) throw hole(`argument ${i + 2}`);
    fields.push([text, list[i + 1]]);
  }
  const encoder = new Encoder(isEncoded);
  encoder.document(fields, 0);
  return encoder.out.finish();
}

function hole(where: string): Error {
  return bsonError(`Bson array has a hole (nil), Use bson.null instead: ${where} is undefined`);
}

/** The fields of a table that is written as a document. */
function fieldsOf(table: unknown, kind: string | undefined, path: readonly string[]): (readonly [string | Uint8Array, unknown])[] {
  const known = kind ?? (typeof table === "object" && table !== null ? kindOf(table) : "other");
  if (known === "record") return Object.entries(table as Record<string, unknown>);
  if (known === "map") {
    return [...(table as Map<unknown, unknown>)].map(([key, value]) => {
      if (typeof key === "number" || typeof key === "bigint") throw numberKey(path, key);
      if (typeof key !== "string" && !(key instanceof Uint8Array)) throw bsonError(`Invalid key type : ${typeof key}${at(path)}`);
      return [key, value];
    });
  }
  if (known === "array") {
    if ((table as unknown[]).length > 0) throw numberKey(path, 1);
    return [];
  }
  throw bsonError(`a document is made of an object or a Map, not of ${table === null ? "null" : typeof table}`);
}

function numberKey(path: readonly string[], key: number | bigint): Error {
  return bsonError(`Bson dictionary's key can't be number: ${key}${at(path)}`);
}

function at(path: readonly string[]): string {
  return path.length === 0 ? "" : ` in ${path.join(".")}`;
}

class Encoder {
  readonly out: Writer = new Writer();
  readonly #isEncoded: (value: object) => Encoded | undefined;
  readonly #path: string[] = [];

  constructor(isEncoded: (value: object) => Encoded | undefined) {
    this.#isEncoded = isEncoded;
  }

  document(fields: Iterable<readonly [string | Uint8Array, unknown]>, depth: number): void {
    const { out } = this;
    const start = out.length;
    out.int32(0);
    for (const [key, value] of fields) {
      if (value === undefined) continue;
      const name = typeof key === "string" ? encodeText(key) : key;
      this.#path.push(typeof key === "string" ? key : "?");
      this.#checkText(name, "key");
      if (name.includes(0)) throw this.#fail("Invalid key: it has a byte 0, which would end it");
      this.#field(name, value, depth);
      this.#path.pop();
    }
    out.byte(0);
    out.close(start);
  }

  #array(list: readonly unknown[], depth: number): void {
    const { out } = this;
    const start = out.length;
    out.int32(0);
    for (let i = 0; i < list.length; i++) {
      this.#path.push(String(i + 1));
      if (list[i] === undefined) throw hole(this.#path.join("."));
      this.#field(encodeText(String(i)), list[i], depth);
      this.#path.pop();
    }
    out.byte(0);
    out.close(start);
  }

  #head(kind: number, name: Uint8Array): void {
    this.out.byte(kind);
    this.out.raw(name);
    this.out.byte(0);
  }

  #field(name: Uint8Array, value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        if (value.length > 1 && value.charCodeAt(0) === 0) this.#tagged(name, encodeText(value));
        else this.#string(name, encodeText(value));
        return;
      case "number":
        if (Number.isInteger(value) && !Object.is(value, -0) && value >= -(2 ** 63) && value < 2 ** 63) this.#integer(name, value);
        else this.#double(name, value);
        return;
      case "bigint":
        if (BigInt.asIntN(64, value) !== value) throw this.#fail(`${value} does not fit into 64 bits`);
        this.#integer(name, value);
        return;
      case "boolean":
        this.#head(Kind.boolean, name);
        this.out.byte(value ? 1 : 0);
        return;
      case "object":
        if (value === null) this.#head(Kind.null, name);
        else this.#object(name, value, depth);
        return;
      default:
        throw this.#fail(`Invalid value type : ${typeof value}`);
    }
  }

  #integer(name: Uint8Array, value: number | bigint): void {
    if (value >= -0x80000000 && value <= 0x7fffffff) {
      this.#head(Kind.int32, name);
      this.out.int32(Number(value));
    } else {
      this.#head(Kind.int64, name);
      this.out.int64(BigInt(value));
    }
  }

  #double(name: Uint8Array, value: number): void {
    this.#head(Kind.double, name);
    this.out.double(value);
  }

  #object(name: Uint8Array, value: object, depth: number): void {
    const encoded = this.#isEncoded(value);
    if (encoded !== undefined) {
      this.#head(Kind.document, name);
      this.out.raw(encoded.bytes);
      return;
    }
    if (value instanceof LuaFloat) return this.#double(name, value.value);
    const kind = kindOf(value);
    if (kind === "bytes") {
      const bytes = value as Uint8Array;
      if (bytes.length > 1 && bytes[0] === 0) this.#tagged(name, bytes);
      else this.#string(name, bytes);
      return;
    }
    if (kind === "other") throw this.#fail("Invalid value type : an instance of a class");
    if (depth + 1 > MAX_DEPTH)
      throw this.#fail(`Too depth while encoding bson: more than ${MAX_DEPTH} levels, or a table that holds itself`);
    if (kind === "array" || (kind === "map" && (value as Map<unknown, unknown>).has(1))) {
      this.#head(Kind.array, name);
      this.#array(kind === "array" ? (value as unknown[]) : slots(value as Map<unknown, unknown>), depth + 1);
    } else {
      const fields = fieldsOf(value, kind, this.#path);
      this.#head(Kind.document, name);
      this.document(fields, depth + 1);
    }
  }

  #string(name: Uint8Array, text: Uint8Array): void {
    this.#checkText(text, "string");
    this.#head(Kind.string, name);
    this.out.int32(text.length + 1);
    this.out.raw(text);
    this.out.byte(0);
  }

  #checkText(bytes: Uint8Array, what: string): void {
    if (!isLuaUtf8(bytes)) throw this.#fail(`Invalid utf8 string: the ${what} is no UTF-8; bson.binary takes any bytes`);
  }

  /** A byte string that carries its kind. */
  #tagged(name: Uint8Array, bytes: Uint8Array): void {
    const { out } = this;
    const kind = bytes[1]!;
    const content = bytes.subarray(2);
    switch (kind) {
      case Kind.binary:
        if (content.length === 0) throw this.#fail("Invalid binary: its subtype is missing");
        this.#head(kind, name);
        out.int32(content.length - 1);
        out.raw(content);
        return;
      case Kind.regex: {
        const options = regexOptions(content);
        if (options === 0 || content.at(-1) !== 0) throw this.#fail("Invalid regex: it must be pattern, 0, options, 0");
        this.#checkText(content, "regex");
        if (content.indexOf(0) !== options - 1) throw this.#fail("Invalid regex: its pattern has a byte 0, which would end it");
        this.#head(kind, name);
        out.raw(content);
        return;
      }
      case Kind.date: {
        this.#exactly(content, 4, "date");
        this.#head(kind, name);
        out.int64(BigInt(new DataView(content.buffer, content.byteOffset).getUint32(0, true)) * SECOND_MS);
        return;
      }
      case Kind.objectid:
        this.#exactly(content, 12, "object id");
        break;
      case Kind.timestamp:
        this.#exactly(content, 8, "timestamp");
        break;
      case Kind.int64:
        this.#exactly(content, 8, "int64");
        break;
      case Kind.null:
      case Kind.minkey:
      case Kind.maxkey:
        this.#head(kind, name);
        return;
      case Kind.dbpointer:
      case Kind.jscode:
      case Kind.symbol:
      case Kind.codews:
        break;
      default:
        throw this.#fail(
          `Invalid subtype ${kind}: a text or byte string that begins with 0 carries a kind of BSON; bson.binary takes any bytes`,
        );
    }
    this.#head(kind, name);
    out.raw(content);
  }

  #exactly(content: Uint8Array, length: number, what: string): void {
    if (content.length !== length) throw this.#fail(`Invalid ${what}: it has ${content.length} bytes, ${length} are needed`);
  }

  #fail(text: string): Error {
    return bsonError(`${text} (at ${this.#path.join(".")})`);
  }
}

/** The values at 1, 2, 3 … of a Map, up to the first gap; what else it holds is not written, as in Skynet. */
function slots(map: ReadonlyMap<unknown, unknown>): unknown[] {
  const list: unknown[] = [];
  for (let i = 1; map.get(i) !== undefined; i++) list.push(map.get(i));
  return list;
}

/** Bytes of an int32, an int64 or a double, for replacing a field in place. */
export function fixedBytes(kind: number, value: number | bigint): Uint8Array {
  if (kind === Kind.double) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, Number(value), true);
    return bytes;
  }
  return littleEndian([kind === Kind.int32 ? 32 : 64, BigInt(value)]);
}
