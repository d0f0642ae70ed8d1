/**
 * A schema in memory: types, fields and protocols, ready for the encoder and the decoder.
 *
 * Knows what a schema is, not how its text or its bundle looks.
 *
 * @module
 */

/** What the encoder and the decoder switch on. Arrays are their element's number plus 8. */
export const Op = {
  integer: 0,
  boolean: 1,
  string: 2,
  double: 3,
  struct: 4,
  decimal: 5,
  array: 8,
  integers: 8,
  booleans: 9,
  strings: 10,
  doubles: 11,
  structs: 12,
  decimals: 13,
  /** `*T(key)` */
  keyed: 14,
  /** `*T()` */
  map: 15,
} as const;

/** Structs may lie in each other this deep. */
export const DEEPEST = 64;

/** A field of a type. */
export interface SprotoField {
  readonly name: string;
  readonly tag: number;
  readonly op: number;
  /** `binary` decodes to bytes always. */
  readonly binary: boolean;
  /** 10^d of a fixed-point integer, else 0. */
  readonly scale: number;
  /** The struct of a struct field or array; set when all types are known. */
  type: SprotoType | undefined;
  /** The tag of the main key of a keyed array, else -1. */
  readonly key: number;
  /** A plain object inherits something of this name, so it must be asked whether it has its own. */
  readonly inherited: boolean;
}

/** A type: its fields in ascending order of their tags. */
export interface SprotoType {
  readonly name: string;
  readonly fields: readonly SprotoField[];
  /** The most field records a value needs, with those for gaps between tags. */
  readonly records: number;
}

/** A protocol: a request, and perhaps a response. */
export interface SprotoProtocol {
  readonly name: string;
  readonly tag: number;
  readonly request: SprotoType | undefined;
  readonly response: SprotoType | undefined;
  /** `response nil`: an answer without content is expected. */
  readonly confirm: boolean;
}

/** All types and protocols of one schema. */
export interface SprotoSchema {
  readonly types: ReadonlyMap<string, SprotoType>;
  readonly protocols: ReadonlyMap<string, SprotoProtocol>;
  readonly byTag: ReadonlyMap<number, SprotoProtocol>;
}

/** What a field is made of; {@link makeField} derives the rest. */
export interface FieldParts {
  readonly name: string;
  readonly tag: number;
  /** 0 integer, 1 boolean, 2 string, 3 double, 4 struct. */
  readonly kind: number;
  /** Decimal digits of an integer; 1 for a binary string. */
  readonly extra?: number | undefined;
  readonly array?: boolean | undefined;
  readonly key?: number | undefined;
  readonly map?: boolean | undefined;
}

export function makeField(parts: FieldParts): SprotoField {
  const scale = parts.kind === Op.integer && parts.extra !== undefined ? power(parts.extra) : 0;
  const single = scale !== 0 ? Op.decimal : parts.kind;
  const keyed = parts.array === true && parts.kind === Op.struct && parts.key !== undefined;
  return {
    name: parts.name,
    tag: parts.tag,
    op: keyed ? (parts.map === true ? Op.map : Op.keyed) : parts.array === true ? single + Op.array : single,
    binary: parts.kind === Op.string && parts.extra === 1,
    scale,
    type: undefined,
    key: keyed ? parts.key! : -1,
    inherited: parts.name in Object.prototype,
  };
}

/** 10^digits in 32-bit arithmetic, which is what peers compute with. */
function power(digits: number): number {
  let result = 1;
  for (let i = 0; i < Math.min(digits, 32); i++) result = Math.imul(result, 10);
  return result;
}

export function makeType(name: string, fields: readonly SprotoField[]): SprotoType {
  let records = fields.length;
  let last = -1;
  for (const field of fields) {
    if (field.tag > last + 1) records++;
    last = field.tag;
  }
  return { name, fields, records };
}

export function makeSchema(types: readonly SprotoType[], protocols: readonly SprotoProtocol[]): SprotoSchema {
  return { types: firstBy(types, (t) => t.name), protocols: firstBy(protocols, (p) => p.name), byTag: firstBy(protocols, (p) => p.tag) };
}

/** Of two with the same key the first is found. */
function firstBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T> {
  const map = new Map<K, T>();
  for (const item of items) if (!map.has(keyOf(item))) map.set(keyOf(item), item);
  return map;
}
