/**
 * `sproto`: messages by schema, and request and response over any byte channel.
 *
 * A dress over codec/sproto in the form of Skynet's module; knows no sockets and no services. api.md §6, packets in wire.md §6.4.
 *
 * @module
 */
import {
  decode,
  defaults,
  encode,
  encodePair,
  parseSchema,
  readBundle,
  withUnpacked,
  zeroPack,
  zeroUnpack,
} from "../codec/sproto/index.ts";
import type { SprotoSchema, SprotoType } from "../codec/sproto/index.ts";
import { encodeText } from "../codec/text.ts";
import { SkynetError } from "../errors/error.ts";
import type { SprotoTypes, TypedSproto } from "./sproto-types.ts";

export type { SprotoSchema, SprotoType } from "../codec/sproto/index.ts";
export type * from "./sproto-types.ts";

/** A decoded struct. Keyed arrays and maps in it are Maps. */
export type SprotoValue = Record<string, unknown>;
/** What is encoded: a plain object or a Map with text keys; nothing for a protocol without that struct. */
export type SprotoInput = object | undefined;
/** Number of a request; the answer carries it. */
export type SprotoSession = number | bigint;

/** A protocol as {@link Sproto.queryproto} gives it. */
export interface SprotoProtocolInfo {
  readonly name: string;
  readonly tag: number;
  readonly request: SprotoType | undefined;
  readonly response: SprotoType | undefined;
  /** `response nil`: answered, but without content. */
  readonly confirm: boolean;
}

/** Makes the packed answer to one request. */
export type SprotoResponder = (args?: SprotoInput, ud?: unknown) => Uint8Array;

/** What arrived: a request (`response` undefined when none is awaited) or the answer to one of ours. */
export type SprotoDispatched =
  | readonly [kind: "REQUEST", name: string, args: SprotoValue | undefined, response: SprotoResponder | undefined, ud: unknown]
  | readonly [kind: "RESPONSE", session: SprotoSession, result: SprotoValue | undefined, ud: unknown];

/** Makes a packed request; with a session, an answer is awaited. */
export type SprotoRequester = (name: string | number, args?: SprotoInput, session?: SprotoSession, ud?: unknown) => Uint8Array;

function fail(text: string): never {
  throw new SkynetError("SPROTO", text);
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === "string" ? encodeText(content) : content;
}

/**
 * Schema text to an object.
 *
 * @throws {@link SkynetError} `SPROTO`, e.g. `syntax error at [=text] line (3)`.
 *
 * @example
 * ```ts
 * import { sproto } from "@skyloom/runtime/sproto";
 *
 * const sp = sproto.parse(".Person { name 0 : string age 1 : integer }");
 * const bytes = sp.encode("Person", { name: "Alice", age: 13 });
 * const [person] = sp.decode("Person", bytes);
 * ```
 */
function parse(text: string): Sproto {
  return create(parseSchema(text));
}

/**
 * A compiled schema (from sprotoparser.parse, or a file) to an object.
 *
 * @throws {@link SkynetError} `SPROTO` when the bytes are no schema.
 */
function create(bundle: Uint8Array): Sproto {
  return new Sproto(readBundle(bundle));
}

/** An object for a schema that is loaded already, as {@link Sproto.schema} or the loader gives it. */
function sharenew(schema: SprotoSchema): Sproto {
  return new Sproto(schema);
}

/** One schema: encoding and decoding by its types, looking up its protocols. Make it with {@link sproto}. */
export class Sproto {
  /** What {@link sproto.sharenew} takes. */
  readonly schema: SprotoSchema;

  constructor(schema: SprotoSchema) {
    this.schema = schema;
  }

  /**
   * An rpc endpoint that understands the packets of this schema's protocols.
   *
   * @param packagename - The type of the packet header. Default `package`.
   * @throws {@link SkynetError} `SPROTO` `type package not found` when the schema has no such type.
   */
  host(packagename = "package"): SprotoHost {
    const header = this.schema.types.get(packagename);
    if (header === undefined)
      fail(
        `type package not found: the schema has no type "${packagename}" for the header of its packets; add .package { type 0 : integer session 1 : integer }`,
      );
    return new SprotoHost(this, header);
  }

  #type(typename: string): SprotoType {
    return this.schema.types.get(typename) ?? fail(`type not found: the schema has no type "${typename}"`);
  }

  /** Whether there is a type of this (full) name. */
  exist_type(typename: string): boolean {
    return this.schema.types.has(typename);
  }

  /**
   * Encodes. Fields not in the schema are ignored, missing ones omitted.
   *
   * @throws {@link SkynetError} `SPROTO`: unknown type, a value of the wrong kind (named), more than 64 levels, more than 16 MiB.
   */
  encode(typename: string, value: SprotoInput): Uint8Array {
    return encode(this.#type(typename), value);
  }

  /**
   * Decodes. Fields of unknown tags are skipped.
   *
   * @param into - Receives the fields, default a new object.
   * @returns the value and the bytes it took; there may be more.
   * @throws {@link SkynetError} `SPROTO` `decode error` for damaged bytes.
   */
  decode(typename: string, bytes: Uint8Array | string, into?: SprotoValue): readonly [value: SprotoValue, used: number] {
    return merged(decode(this.#type(typename), bytesOf(bytes)), into);
  }

  /** {@link encode}, then 0-pack. */
  pencode(typename: string, value: SprotoInput): Uint8Array {
    return encodePair([this.#type(typename), value], undefined, zeroPack);
  }

  /** 0-unpack, then {@link decode}; `used` counts unpacked bytes. */
  pdecode(typename: string, bytes: Uint8Array | string, into?: SprotoValue): readonly [value: SprotoValue, used: number] {
    const type = this.#type(typename);
    return merged(
      withUnpacked(bytesOf(bytes), (unpacked, length) => decode(type, unpacked, 0, length)),
      into,
    );
  }

  /**
   * The protocol of a name or tag.
   *
   * @throws {@link SkynetError} `SPROTO` `X not found`.
   */
  queryproto(pname: string | number): SprotoProtocolInfo {
    const found = typeof pname === "number" ? this.schema.byTag.get(pname) : this.schema.protocols.get(pname);
    return found ?? fail(`${pname} not found: the schema has no protocol ${typeof pname === "number" ? "with that tag" : "of that name"}`);
  }

  /** Whether there is a protocol of this name or tag. */
  exist_proto(pname: string | number): boolean {
    return typeof pname === "number" ? this.schema.byTag.has(pname) : this.schema.protocols.has(pname);
  }

  /** The bytes of a request's content (none when the protocol has no request type), and the protocol's tag. */
  request_encode(protoname: string | number, value?: SprotoInput): readonly [bytes: Uint8Array, tag: number] {
    const { request, tag } = this.queryproto(protoname);
    return [request === undefined ? new Uint8Array(0) : encode(request, value), tag];
  }

  /** The bytes of a response's content; none when the protocol has no response type. For `response nil` only nil will do. */
  response_encode(protoname: string | number, value?: SprotoInput): Uint8Array {
    const { response, confirm } = this.queryproto(protoname);
    if (response !== undefined) return encode(response, value);
    if (confirm) onlyNil(value);
    return new Uint8Array(0);
  }

  /** A request's content (`undefined` when the protocol has no request type), and the protocol's name. */
  request_decode(protoname: string | number, bytes: Uint8Array | string): readonly [value: SprotoValue | undefined, name: string] {
    const { request, name } = this.queryproto(protoname);
    return [request === undefined ? undefined : decode(request, bytesOf(bytes))[0], name];
  }

  /** A response's content; `undefined` when the protocol has no response type. */
  response_decode(protoname: string | number, bytes: Uint8Array | string): SprotoValue | undefined {
    const { response } = this.queryproto(protoname);
    return response === undefined ? undefined : decode(response, bytesOf(bytes))[0];
  }

  /**
   * The defaults of a type's fields, or of a protocol's request or response (`undefined` when it has none).
   *
   * @throws {@link SkynetError} `SPROTO` `Invalid type` for another second argument.
   */
  default(typename: string): SprotoValue;
  default(protoname: string | number, type: "REQUEST" | "RESPONSE"): SprotoValue | undefined;
  default(name: string | number, type?: string): SprotoValue | undefined {
    if (type === undefined) return defaults(this.#type(String(name)));
    const protocol = this.queryproto(name);
    if (type !== "REQUEST" && type !== "RESPONSE") fail(`Invalid type: "${type}" is neither "REQUEST" nor "RESPONSE"`);
    const found = type === "REQUEST" ? protocol.request : protocol.response;
    return found === undefined ? undefined : defaults(found);
  }
}

/** Fields are defined, not assigned: a setter of the caller's must not run, and `__proto__` is a field like any other. */
function merged(decoded: readonly [SprotoValue, number], into: SprotoValue | undefined): readonly [SprotoValue, number] {
  if (into === undefined) return decoded;
  return [Object.defineProperties(into, Object.getOwnPropertyDescriptors(decoded[0])), decoded[1]];
}

function onlyNil(value: unknown): void {
  if (value === undefined || value === null) return;
  const got = typeof value === "object" ? "table" : typeof value;
  fail(`bad argument #2 to 'encode' (nil expected, got ${got}): this protocol says "response nil"`);
}

/** An rpc endpoint: reads packets, and remembers which requests of ours wait for an answer. */
export class SprotoHost {
  readonly #sproto: Sproto;
  readonly #header: SprotoType;
  readonly #sessions: Map<SprotoSession, SprotoType | undefined> = new Map();

  constructor(own: Sproto, header: SprotoType) {
    this.#sproto = own;
    this.#header = header;
  }

  /** Requests of ours that have no answer yet. */
  get pending(): number {
    return this.#sessions.size;
  }

  /**
   * Reads a packet.
   *
   * @throws {@link SkynetError} `SPROTO`: damaged bytes, `N not found` (a protocol the schema has not), `session not found` (a response
   * without session), `Unknown session` (nothing of ours waits for it).
   *
   * @example
   * ```ts
   * import { sproto } from "@skyloom/runtime/sproto";
   *
   * const host = sproto.parse(".package { type 0 : integer session 1 : integer }").host("package");
   * const what = host.dispatch(bytes);
   * if (what[0] === "REQUEST") {
   *   const [, name, args, response, ud] = what;
   * }
   * ```
   */
  dispatch(packet: Uint8Array | string): SprotoDispatched {
    return withUnpacked(bytesOf(packet), (bytes, length) => this.#read(bytes, length));
  }

  #read(bytes: Uint8Array, length: number): SprotoDispatched {
    const [header, used] = decode(this.#header, bytes, 0, length);
    const { type: tag, session, ud } = header as { type?: number; session?: SprotoSession; ud?: unknown };
    if (tag !== undefined) {
      const protocol = this.#sproto.queryproto(tag);
      const args = protocol.request === undefined ? undefined : decode(protocol.request, bytes, used, length)[0];
      return ["REQUEST", protocol.name, args, session === undefined ? undefined : this.#responder(protocol, session), ud];
    }
    if (session === undefined) fail("session not found: the packet is neither a request nor the answer to one");
    if (!this.#sessions.has(session)) fail(`Unknown session ${session}: no request of this host waits for an answer to it`);
    const response = this.#sessions.get(session);
    this.#sessions.delete(session);
    return ["RESPONSE", session, response === undefined ? undefined : decode(response, bytes, used, length)[0], ud];
  }

  #responder({ response, confirm }: SprotoProtocolInfo, session: SprotoSession): SprotoResponder {
    return (args, ud) => {
      if (confirm && response === undefined) onlyNil(args);
      return encodePair([this.#header, { session, ud }], response && [response, args], zeroPack);
    };
  }

  /**
   * Makes requests of the other side's schema; their answers are read by this host's {@link dispatch}.
   *
   * @returns a function `(name, args, session, ud)` that gives the packet. Without a session no answer is awaited.
   */
  attach(sp: Sproto): SprotoRequester {
    return (name, args, session, ud) => {
      const { tag, request, response } = sp.queryproto(name);
      const packet = encodePair([this.#header, { type: tag, session, ud }], request && [request, args], zeroPack);
      if (session !== undefined) this.#sessions.set(session, response);
      return packet;
    };
  }
}

/** Makes an object; with the types that `skyloom sproto types` writes, a typed one: `sproto.parse<Schema>(text)`. */
export interface MakeSproto<From> {
  // Taken only where the types are named: without them nothing can be given for `from`.
  <T extends SprotoTypes = never>(from: [T] extends [never] ? never : From): TypedSproto<T>;
  (from: From): Sproto;
}

/** Skynet's `sproto` module. */
export const sproto: {
  readonly new: MakeSproto<Uint8Array>;
  readonly parse: MakeSproto<string>;
  readonly sharenew: MakeSproto<SprotoSchema>;
  /** 0-packs bytes. */
  readonly pack: (bytes: Uint8Array | string) => Uint8Array;
  /** Undoes {@link pack}; `SPROTO` `Invalid unpack stream` when the input is cut off. */
  readonly unpack: (bytes: Uint8Array | string) => Uint8Array;
} = {
  new: create as MakeSproto<Uint8Array>,
  parse: parse as MakeSproto<string>,
  sharenew: sharenew as MakeSproto<SprotoSchema>,
  pack: (bytes) => zeroPack(bytesOf(bytes)),
  unpack: (bytes) => zeroUnpack(bytesOf(bytes)),
};
