/**
 * `sproto.core`: the raw operations below the `sproto` module, for code that was written against them.
 *
 * @module
 */
import { decode, defaults, encode, readBundle } from "../codec/sproto/index.ts";
import { describeSchema } from "../codec/sproto/describe.ts";
import { SkynetError } from "../errors/error.ts";
import { nodeSlots } from "./sprotoloader.ts";
import { sproto, type SprotoInput, type SprotoSchema, type SprotoType, type SprotoValue } from "./sproto.ts";

/** Nothing to do: a schema lives as long as somebody has it. */
function deleteproto(_schema: SprotoSchema): void {}

function querytype(schema: SprotoSchema, name: string): SprotoType | undefined {
  return schema.types.get(name);
}

/** The tag of a name or the name of a tag, and the structs; `response` null for `response nil`. Nothing when there is no such protocol. */
function protocol(
  schema: SprotoSchema,
  name: string | number,
): readonly [other: number | string, request: SprotoType | undefined, response: SprotoType | null | undefined] | undefined {
  const found = typeof name === "number" ? schema.byTag.get(name) : schema.protocols.get(name);
  if (found === undefined) return undefined;
  return [typeof name === "number" ? found.name : found.tag, found.request, found.response ?? (found.confirm ? null : undefined)];
}

/** As {@link Sproto.encode}; with the type null (`response nil`) only nil can be encoded, to nothing. */
function coreEncode(type: SprotoType | null, value: SprotoInput): Uint8Array {
  if (type !== null) return encode(type, value);
  if (value !== undefined) throw new SkynetError("SPROTO", `bad argument #2 to 'encode' (nil expected, got ${typeof value})`);
  return new Uint8Array(0);
}

function coreDecode(type: SprotoType | null, bytes: Uint8Array): readonly [value: SprotoValue, used: number] | undefined {
  return type === null ? undefined : decode(type, bytes);
}

/**
 * Skynet's `sproto.core`. `saveproto` and `loadproto` use the slots of the node whose service is running, as `sprotoloader` does; `dumpproto`
 * gives the text that C prints.
 */
export const core: {
  readonly newproto: (bundle: Uint8Array) => SprotoSchema;
  readonly deleteproto: typeof deleteproto;
  /** Puts a schema into a slot, default 0. @throws SkynetError `SPROTO` for an index that is not 0 to 15. */
  readonly saveproto: (schema: SprotoSchema, index?: number) => void;
  /** The schema in a slot, default 0. @throws SkynetError `SPROTO` for an empty slot. */
  readonly loadproto: (index?: number) => SprotoSchema;
  readonly querytype: typeof querytype;
  readonly protocol: typeof protocol;
  readonly encode: typeof coreEncode;
  readonly decode: typeof coreDecode;
  readonly default: (type: SprotoType) => SprotoValue;
  readonly pack: typeof sproto.pack;
  readonly unpack: typeof sproto.unpack;
  readonly dumpproto: (schema: SprotoSchema) => string;
} = {
  newproto: readBundle,
  deleteproto,
  saveproto: (schema, index = 0) => nodeSlots().set(index, schema),
  loadproto: (index = 0) => nodeSlots().get(index),
  querytype,
  protocol,
  encode: coreEncode,
  decode: coreDecode,
  default: defaults,
  pack: sproto.pack,
  unpack: sproto.unpack,
  dumpproto: describeSchema,
};
