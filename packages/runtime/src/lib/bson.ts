/**
 * `bson`: documents as Skynet's drivers encode and decode them.
 *
 * Values that JavaScript has no plain form for are byte strings that begin with 0 and their kind; the functions here make them and
 * {@link bson.type} takes them apart. Source: lualib-src/lua-bson.c; api.md §13, wire.md §11.
 *
 * @module
 */
import { tobytes, totext } from "../codec/convert.ts";
import { hexEncode } from "../codec/crypt/text.ts";
import { decodeDocument, indexDocument, MAXKEY, NULL, type FixedField } from "../codec/bson/decode.ts";
import { encodeDocument, encodeOrdered, fixedBytes, type Encoded } from "../codec/bson/encode.ts";
import { bsonError, exact, Kind, littleEndian, regexOptions, SECOND_MS, tagged } from "../codec/bson/kinds.ts";
import { decodeText, encodeText } from "../codec/text.ts";
import { perNode } from "../core/per-node.ts";
import { turn } from "../core/task.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { SkynetError } from "../errors/error.ts";

type Bytes = Uint8Array | string;

/**
 * An encoded document. Once {@link makeindex} was called, a field of fixed size (number, boolean, date, timestamp, object id) is overwritten
 * by assigning to its name, which costs no new encoding.
 *
 * @example
 * ```ts
 * import { bson, type BsonDocument } from "@skyloom/runtime/bson";
 *
 * const doc: BsonDocument & Record<string, unknown> = bson.encode({ id: 1, score: 0.5 }).makeindex();
 * doc["id"] = 2;
 * ```
 */
export interface BsonDocument extends Encoded {
  /** The document; assignments change these very bytes. */
  readonly bytes: Uint8Array;
  /** How many bytes it has. */
  readonly length: number;
  /** As {@link bson.decode}. */
  decode(): unknown;
  /** Finds the fields that can be overwritten. @returns the same document. @throws SkynetError `BSON` when it holds an unknown kind. */
  makeindex(): BsonDocument & Record<string, unknown>;
}

/** Documents by what stands for them in programs. */
const documents = new WeakMap<object, BsonDocument>();

function document(bytes: Uint8Array): BsonDocument {
  let index: Map<string, FixedField> | undefined;
  const plain = {
    bytes,
    length: bytes.length,
    decode: () => decodeDocument(bytes),
    makeindex: () => {
      index = indexDocument(bytes);
      return proxy as BsonDocument & Record<string, unknown>;
    },
  };
  const proxy: BsonDocument = new Proxy(plain, {
    set(_target, key, value) {
      if (index === undefined) throw bsonError("call makeindex first: fields of a document can be overwritten after that");
      const field = index.get(String(key));
      if (field === undefined)
        throw bsonError(`Can't replace key : ${String(key)}: the document has no field of fixed size with that name`);
      bytes.set(replacement(field.kind, value, String(key)), field.at);
      return true;
    },
  });
  documents.set(proxy, plain);
  return proxy;
}

/** The bytes of a new value for a field of that kind. */
function replacement(kind: number, value: unknown, key: string): Uint8Array {
  switch (kind) {
    case Kind.boolean:
      return Uint8Array.of(value === undefined || value === null || value === false ? 0 : 1);
    case Kind.double:
      if (typeof value === "number") return fixedBytes(kind, value);
      throw bsonError(`field ${key} must be a number, not ${typeof value}`);
    case Kind.int32:
      if (typeof value === "number" && (value | 0) === value) return fixedBytes(kind, value);
      throw bsonError(`${String(value)} must be a 32bit integer: field ${key} is one`);
    case Kind.int64:
      if (typeof value === "bigint" || Number.isInteger(value)) return fixedBytes(kind, value as number | bigint);
      throw bsonError(`${String(value)} must be a 64bit integer: field ${key} is one`);
    default: {
      const bytes = typeof value === "string" || value instanceof Uint8Array ? tobytes(value) : new Uint8Array(0);
      const length = kind === Kind.objectid ? 14 : kind === Kind.timestamp ? 10 : 6;
      if (bytes[0] !== 0 || bytes[1] !== kind || bytes.length !== length)
        throw bsonError(`Type mismatch, need bson type ${kind} for field ${key}`);
      const content = bytes.subarray(2);
      return kind === Kind.date ? littleEndian([64, BigInt(u32(content, 0)) * SECOND_MS]) : content;
    }
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

const isEncoded = (value: object): Encoded | undefined => documents.get(value);

/**
 * Encodes an object or a Map with text keys.
 *
 * Whole numbers become 32-bit or 64-bit integers, others doubles, as `skynet.float(x)` does; arrays, and Maps that have a key 1, arrays;
 * `null` null; documents that are encoded already documents within. Fields that are `undefined` are left out, in an array they are refused.
 * Text and bytes that begin with 0 must be what `bson.date` and the others make.
 *
 * @throws SkynetError `BSON` naming the field that cannot be encoded.
 */
function encode(table: object): BsonDocument {
  const known = documents.get(table);
  if (known !== undefined) return table as BsonDocument;
  return document(encodeDocument(table, isEncoded));
}

/** Encodes keys and values in that order: for commands, where the first key counts. @throws SkynetError `BSON` also for an odd number of them. */
function encode_order(...list: readonly unknown[]): BsonDocument {
  return document(encodeOrdered(list, isEncoded));
}

/**
 * Decodes a document, or bytes that begin with one.
 *
 * @returns what {@link bson.encode} was given, as near as the format can tell; nothing for nothing.
 * @throws SkynetError `BSON` for anything that is no document: cut short, lengths that cannot be, unknown kinds, more than 128 levels.
 */
function decode<T = unknown>(doc: BsonDocument | Uint8Array | undefined): T {
  if (doc === undefined) return undefined as T;
  return decodeDocument(doc instanceof Uint8Array ? doc : doc.bytes) as T;
}

function whole(value: number | bigint, what: string): bigint {
  if (typeof value === "bigint" || Number.isInteger(value)) return BigInt(value);
  throw new SkynetError("ARGUMENT", `${what} must be a whole number: ${String(value)} has no integer representation`);
}

/** A date. @param sec - Seconds since 1970; 32 bits of them are kept, and read as unsigned when encoded. */
function date(sec: number | bigint): Uint8Array {
  return tagged(Kind.date, littleEndian([32, whole(sec, "the seconds of a date")]));
}

/**
 * A timestamp.
 *
 * @param sec - Seconds since 1970.
 * @param inc - Tells those of one second apart; default: one more than the last time, for each node.
 * @throws SkynetError `NOT_IN_SERVICE` without `inc` outside of services.
 */
function timestamp(sec: number | bigint, inc?: number | bigint): Uint8Array {
  const count = inc === undefined ? identity().timestamps++ : whole(inc, "the increment of a timestamp");
  return tagged(Kind.timestamp, littleEndian([32, BigInt(count)], [32, whole(sec, "the seconds of a timestamp")]));
}

/** A regular expression. @throws SkynetError `BSON` for a byte 0 in it. */
function regex(pattern: Bytes, options: Bytes = ""): Uint8Array {
  const parts = [tobytes(pattern), tobytes(options)];
  if (parts.some((part) => part.includes(0))) throw bsonError("Invalid regex: pattern and options cannot have a byte 0");
  const end = Uint8Array.of(0);
  return tagged(Kind.regex, parts[0]!, end, parts[1]!, end);
}

/** Any bytes, with subtype 0. */
function binary(bytes: Bytes): Uint8Array {
  return tagged(Kind.binary, Uint8Array.of(0), tobytes(bytes));
}

/** A whole number that is written as 64 bits although 32 would do. */
function int64(n: number | bigint): Uint8Array {
  return tagged(Kind.int64, littleEndian([64, whole(n, "an int64")]));
}

/**
 * An object id.
 *
 * @param text - 24 hexadecimal digits; anything else counts as a digit 0, as in Skynet. Absent: a new one, of the node's time, what tells
 * the node from others, and a count.
 * @throws SkynetError `BSON` unless there are 24; `NOT_IN_SERVICE` without `text` outside of services.
 */
function objectid(text?: Bytes): Uint8Array {
  if (text === undefined) return newObjectid();
  const digits = tobytes(text);
  if (digits.length !== 24)
    throw bsonError(`Invalid objectid ${totext(text)}: it has ${digits.length} characters, 24 hexadecimal digits are needed`);
  return tagged(
    Kind.objectid,
    Uint8Array.from({ length: 12 }, (_, i) => (hexDigit(digits[i * 2]!) << 4) | hexDigit(digits[i * 2 + 1]!)),
  );
}

/** As the real program reads a digit: letters beyond f count on. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a && byte >= 0x41 ? lower - 0x57 : 0;
}

interface Identity {
  /** Tells this node from others. */
  readonly node: Uint8Array;
  readonly kernel: Kernel;
  ids: number;
  timestamps: number;
}

const nodeIdentity = perNode((kernel): Identity => {
  const bytes = new Uint8Array(8);
  kernel.ports.random(bytes);
  return { node: bytes.slice(0, 5), kernel, ids: (bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!, timestamps: 0 };
});

function identity(): Identity {
  if (turn.context === undefined)
    throw new SkynetError(
      "NOT_IN_SERVICE",
      "bson.objectid() and bson.timestamp(sec) make something new only in a service: give them all their arguments here",
    );
  return nodeIdentity();
}

function newObjectid(): Uint8Array {
  const id = identity();
  const count = id.ids++;
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(id.kernel.ports.clock.wall() / 1000));
  bytes.set(id.node, 4);
  bytes[9] = count >> 16;
  bytes[10] = count >> 8;
  bytes[11] = count;
  return tagged(Kind.objectid, bytes);
}

/** What {@link bson.type} says of a value: its name, then what it is made of. */
export type BsonType =
  | readonly [name: "number", value: number | bigint]
  | readonly [name: "boolean", value: boolean]
  | readonly [name: "table", value: object]
  | readonly [name: "string", value: string | Uint8Array]
  | readonly [name: "nil" | "minkey" | "maxkey"]
  | readonly [name: "binary", bytes: Uint8Array, subtype: number]
  | readonly [name: "objectid", digits: string]
  | readonly [name: "date", sec: number]
  | readonly [name: "timestamp", sec: number, inc: number]
  | readonly [name: "regex", pattern: string | Uint8Array, options: string | Uint8Array]
  | readonly [name: "int64", value: number | bigint]
  | readonly [name: "unsupported", content: Uint8Array];

/**
 * Tells what a decoded value is and takes it apart.
 *
 * @throws SkynetError `BSON` for bytes or text that begin with 0 and a kind they are not; `Invalid type` for a function or a symbol.
 *
 * @example
 * ```ts
 * import { bson } from "@skyloom/runtime/bson";
 *
 * const doc = bson.decode<{ _id: Uint8Array }>(bytes);
 * const [name, digits] = bson.type(doc._id);   // "objectid", "000102030405060708090a0b"
 * ```
 */
function type(value: unknown): BsonType {
  switch (typeof value) {
    case "number":
    case "bigint":
      return ["number", value];
    case "boolean":
      return ["boolean", value];
    case "undefined":
      return ["nil"];
    case "string":
      return value.length > 1 && value.charCodeAt(0) === 0 ? contentOf(encodeText(value)) : ["string", value];
    case "object":
      if (value === null) return ["nil"];
      if (value instanceof Uint8Array) return value.length > 1 && value[0] === 0 ? contentOf(value) : ["string", value];
      return ["table", value];
    default:
      throw bsonError(`Invalid type ${typeof value}`);
  }
}

function contentOf(bytes: Uint8Array): BsonType {
  const kind = bytes[1]!;
  const content = bytes.slice(2);
  const exactly = (length: number, what: string): void => {
    if (content.length !== length) throw bsonError(`Invalid ${what}: it has ${content.length} bytes, ${length} are needed`);
  };
  switch (kind) {
    case Kind.binary:
      if (content.length === 0) throw bsonError("Invalid binary: its subtype is missing");
      return ["binary", content.slice(1), content[0]!];
    case Kind.objectid:
      exactly(12, "object id");
      return ["objectid", hexEncode(content)];
    case Kind.date:
      exactly(4, "date");
      return ["date", u32(content, 0) | 0];
    case Kind.timestamp:
      exactly(8, "timestamp");
      return ["timestamp", u32(content, 4), u32(content, 0)];
    case Kind.int64:
      exactly(8, "int64");
      return ["int64", exact(new DataView(content.buffer).getBigInt64(0, true))];
    case Kind.regex: {
      const options = regexOptions(content);
      if (options === 0) throw bsonError("Invalid regex");
      const text = (from: number, to: number): string | Uint8Array => decodeText(content, from, to) ?? content.slice(from, to);
      return ["regex", text(0, options - 1), text(options, content.length - 1)];
    }
    case Kind.null:
      return ["nil"];
    case Kind.minkey:
      return ["minkey"];
    case Kind.maxkey:
      return ["maxkey"];
    case Kind.dbpointer:
    case Kind.jscode:
    case Kind.symbol:
    case Kind.codews:
      return ["unsupported", content];
    default:
      throw bsonError(`Invalid subtype ${kind}`);
  }
}

/** The document itself: there are no pointers here. */
function to_lightuserdata(doc: BsonDocument): BsonDocument {
  return doc;
}

/** The functions and constants of `bson`. */
export const bson: {
  readonly encode: typeof encode;
  readonly encode_order: typeof encode_order;
  readonly decode: typeof decode;
  readonly date: typeof date;
  readonly timestamp: typeof timestamp;
  readonly regex: typeof regex;
  readonly binary: typeof binary;
  readonly objectid: typeof objectid;
  readonly int64: typeof int64;
  readonly type: typeof type;
  readonly to_lightuserdata: typeof to_lightuserdata;
  /** Null: a text, so that it is equal to itself wherever it was copied. */
  readonly null: string;
  /** Below all values. */
  readonly minkey: Uint8Array;
  /** Above all values. */
  readonly maxkey: string;
} = {
  encode,
  encode_order,
  decode,
  date,
  timestamp,
  regex,
  binary,
  objectid,
  int64,
  type,
  to_lightuserdata,
  null: NULL,
  minkey: tagged(Kind.minkey),
  maxkey: MAXKEY,
};
