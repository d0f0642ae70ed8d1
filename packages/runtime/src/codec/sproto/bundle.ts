/**
 * The compiled schema: definitions to bundle bytes, bundle bytes to a schema in memory. A bundle is itself sproto.
 *
 * Bundles may come from anybody (a file, a peer): reading checks everything the encoder and decoder rely on. Format: wire.md §6.5.
 *
 * @module
 */
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { fail } from "./fail.ts";
import { BUILTIN, type Definitions, type FieldDefinition, type ProtocolDefinition } from "./parser.ts";
import { makeField, makeSchema, makeType, Op } from "./schema.ts";
import type { FieldParts, SprotoField, SprotoProtocol, SprotoSchema, SprotoType } from "./schema.ts";

const INTEGER = 0;
const BOOLEAN = 1;
const STRING = 2;
const STRUCT = 4;
const LAST_TAG = 32766;

function struct(name: string, ...fields: (readonly [FieldParts, SprotoType?])[]): SprotoType {
  return makeType(name, fields.map(([parts, type]) => Object.assign(makeField(parts), { type }))); // prettier-ignore
}

const fieldType = struct(
  "field",
  [{ name: "name", tag: 0, kind: STRING }],
  [{ name: "buildin", tag: 1, kind: INTEGER }],
  [{ name: "type", tag: 2, kind: INTEGER }],
  [{ name: "tag", tag: 3, kind: INTEGER }],
  [{ name: "array", tag: 4, kind: BOOLEAN }],
  [{ name: "key", tag: 5, kind: INTEGER }],
  [{ name: "map", tag: 6, kind: BOOLEAN }],
);
const typeType = struct(
  "type",
  [{ name: "name", tag: 0, kind: STRING }],
  [{ name: "fields", tag: 1, kind: STRUCT, array: true }, fieldType],
);
const protocolType = struct(
  "protocol",
  [{ name: "name", tag: 0, kind: STRING }],
  [{ name: "tag", tag: 1, kind: INTEGER }],
  [{ name: "request", tag: 2, kind: INTEGER }],
  [{ name: "response", tag: 3, kind: INTEGER }],
  [{ name: "confirm", tag: 4, kind: BOOLEAN }],
);
// Protocols are made as bytes of their own: see protocolRecord.
const groupOut = struct(
  "group",
  [{ name: "type", tag: 0, kind: STRUCT, array: true }, typeType],
  [{ name: "protocol", tag: 1, kind: STRING, array: true, extra: 1 }],
);
const groupIn = struct(
  "group",
  [{ name: "type", tag: 0, kind: STRUCT, array: true }, typeType],
  [{ name: "protocol", tag: 1, kind: STRUCT, array: true }, protocolType],
);

/** Compiles definitions. Types are sorted by name, protocols by tag. */
export function writeBundle(definitions: Definitions): Uint8Array {
  const names = [...definitions.types.keys()].sort();
  const indices = new Map(names.map((name, i) => [name, i]));
  if (names.length > LAST_TAG) fail(`${names.length} types are more than the ${LAST_TAG} a schema can hold`);
  const protocols = [...definitions.protocols.values()].sort((a, b) => a.tag - b.tag);
  return encode(groupOut, {
    type: names.length === 0 ? undefined : names.map((name) => typeRecord(name, definitions, indices)),
    protocol: protocols.length === 0 ? undefined : protocols.map((p) => protocolRecord(p, indices)),
  });
}

function typeRecord(name: string, definitions: Definitions, indices: ReadonlyMap<string, number>): object {
  const fields = definitions.types.get(name)!.map((field) => ({
    name: field.name,
    buildin: BUILTIN.get(field.type),
    type: BUILTIN.has(field.type) ? (field.type === "binary" ? 1 : field.decimal) : indices.get(field.type),
    tag: field.tag,
    array: field.array || undefined,
    ...keyOf(field, definitions),
  }));
  return { name, fields: fields.length === 0 ? undefined : fields };
}

function keyOf(field: FieldDefinition, definitions: Definitions): { key?: number; map?: true } {
  if (field.key === undefined) return {};
  const fields = definitions.types.get(field.type)!;
  const map = field.key === "";
  if (map && fields.length !== 2) fail(`Invalid map definition: ${field.name}, must only have two fields`);
  const key = map ? fields[0]! : fields.find((f) => f.name === field.key);
  if (key === undefined || !BUILTIN.has(key.type)) fail(`Invalid map index :${key?.name ?? field.key}`);
  return map ? { key: key.tag, map } : { key: key.tag };
}

/**
 * Peers find the parts of a protocol by counting records, not tags, so each missing part needs a record of its own where the encoder would
 * write one for both.
 */
function protocolRecord(protocol: ProtocolDefinition, indices: ReadonlyMap<string, number>): Uint8Array {
  const part = (name: string | undefined): number => (name === undefined ? 1 : (indices.get(name)! + 1) * 2);
  const records = [0, (protocol.tag + 1) * 2];
  if (protocol.request !== undefined || protocol.response !== undefined || protocol.confirm === true) records.push(part(protocol.request));
  if (protocol.response !== undefined || protocol.confirm === true) records.push(part(protocol.response));
  if (protocol.response === undefined && protocol.confirm === true) records.push(4);
  const name = new TextEncoder().encode(protocol.name);
  const bytes = new Uint8Array(2 + records.length * 2 + 4 + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, records.length, true);
  records.forEach((record, i) => view.setUint16(2 + i * 2, record, true));
  view.setUint32(2 + records.length * 2, name.length, true);
  bytes.set(name, bytes.length - name.length);
  return bytes;
}

interface RawField {
  readonly name?: unknown;
  readonly buildin?: number;
  readonly type?: number;
  readonly tag?: number;
  readonly array?: boolean;
  readonly key?: number;
  readonly map?: boolean;
}
interface RawType {
  readonly name?: unknown;
  readonly fields?: readonly RawField[];
}
interface RawProtocol {
  readonly name?: unknown;
  readonly tag?: number;
  readonly request?: number;
  readonly response?: number;
  readonly confirm?: boolean;
}

/**
 * Reads a bundle.
 *
 * @throws {@link SkynetError} `SPROTO` naming what is wrong in it.
 */
export function readBundle(bytes: Uint8Array): SprotoSchema {
  const [raw] = decode(groupIn, bytes) as unknown as readonly [{ type?: readonly RawType[]; protocol?: readonly RawProtocol[] }];
  const rawTypes = raw.type ?? [];
  const types = rawTypes.map(readType);
  // Only now can fields refer to types, also to later ones.
  rawTypes.forEach((rawType, i) =>
    rawType.fields?.forEach((rawField, j) => {
      const field = types[i]!.fields[j]!;
      if (rawField.buildin === undefined) bind(types[i]!, field, rawField, types);
    }),
  );
  const protocols = (raw.protocol ?? []).map((p) => readProtocol(p, types));
  return makeSchema(types, protocols);
}

function damaged(what: string): never {
  fail(`Invalid sproto schema: ${what}; a schema is made by sprotoparser.parse`);
}

function readType(raw: RawType): SprotoType {
  if (typeof raw.name !== "string") damaged("a type without a name");
  const name = raw.name;
  let last = -1;
  return makeType(
    name,
    (raw.fields ?? []).map((field) => {
      if (typeof field.name !== "string") damaged(`a field of ${name} without a name`);
      const tag = inRange(field.tag, LAST_TAG, `the tag of ${name}.${field.name}`);
      if (tag <= last) damaged(`the tag of ${name}.${field.name} is out of order`);
      last = tag;
      const kind = field.buildin ?? STRUCT;
      if (field.buildin !== undefined && (!Number.isInteger(kind) || kind < 0 || kind >= STRUCT))
        damaged(`${name}.${field.name} has no known type`);
      // A type number beside a builtin that takes none.
      if (kind !== INTEGER && kind !== STRING && field.buildin !== undefined && field.type !== undefined)
        damaged(`${name}.${field.name} has two types`);
      return makeField({ name: field.name, tag, kind, extra: field.type, array: field.array, key: field.key, map: field.map });
    }),
  );
}

function bind(owner: SprotoType, field: SprotoField, raw: RawField, types: readonly SprotoType[]): void {
  const name = `${owner.name}.${field.name}`;
  const type = types[inRange(raw.type, types.length - 1, `the type of ${name}`)]!;
  field.type = type;
  if (field.op === Op.map && type.fields.length !== 2) damaged(`${name} is a map of ${type.name}, which has not two fields`);
  if (field.key >= 0 && !type.fields.some((f) => f.tag === field.key)) damaged(`${name} has a main key that ${type.name} has not`);
}

function readProtocol(raw: RawProtocol, types: readonly SprotoType[]): SprotoProtocol {
  if (typeof raw.name !== "string") damaged("a protocol without a name");
  const name = raw.name;
  const typeAt = (index: number | undefined, part: string): SprotoType | undefined =>
    index === undefined ? undefined : types[inRange(index, types.length - 1, `the ${part} of protocol ${name}`)];
  return {
    name,
    tag: inRange(raw.tag, 0xffff, `the tag of protocol ${name}`),
    request: typeAt(raw.request, "request"),
    response: typeAt(raw.response, "response"),
    confirm: raw.confirm === true,
  };
}

function inRange(value: number | undefined, largest: number, what: string): number {
  if (typeof value !== "number" || value < 0 || value > largest) damaged(`${what} is ${value === undefined ? "missing" : "out of range"}`);
  return value;
}
