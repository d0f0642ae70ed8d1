/**
 * Typed views of sproto objects: what is known of encoding, decoding and rpc once the schema's types are.
 *
 * Types only; `skyloom sproto types` and `sprotoparser.types` write those of a schema. At run time they are the objects of `sproto.ts`.
 *
 * @module
 */
import type { Sproto, SprotoSchema, SprotoSession } from "./sproto.ts";

/** What `skyloom sproto types` writes of a schema. */
export interface SprotoTypes {
  /** Types by their full name, as they are decoded. */
  readonly types: object;
  /** Protocols by name, `{ tag, request, response }` each; `response` is null for `response nil`. */
  readonly protocols: object;
}

/** What may be encoded where `T` is decoded: bytes for text and text for bytes, bigint for numbers, lists and objects for Maps. */
export type SprotoInputOf<T> = T extends string | Uint8Array
  ? string | Uint8Array
  : T extends number
    ? number | bigint
    : T extends boolean
      ? boolean
      : T extends Map<infer K, infer V>
        ? ReadonlyMap<SprotoInputOf<K>, SprotoInputOf<V>> | Readonly<Record<string, SprotoInputOf<V>>> | readonly SprotoInputOf<V>[]
        : T extends readonly (infer E)[]
          ? readonly SprotoInputOf<E>[]
          : { readonly [K in keyof T]?: SprotoInputOf<Exclude<T[K], undefined>> | undefined };

type Name<G> = keyof G & string;
type Part<P, N extends keyof P, S extends string> = P[N] extends { readonly [K in S]: infer T } ? T : never;
type RequestOf<T extends SprotoTypes, N extends keyof T["protocols"]> = Part<T["protocols"], N, "request">;
type ResponseOf<T extends SprotoTypes, N extends keyof T["protocols"]> = Part<T["protocols"], N, "response">;
/** Arguments for content: none where the protocol has no such struct. */
type Content<C> = C extends object ? SprotoInputOf<C> : undefined;
type Rest<C, R extends readonly unknown[]> = C extends object ? [args: SprotoInputOf<C>, ...R] : [args?: undefined, ...R];
type Decoded<C> = C extends object ? C : undefined;
type Bytes = Uint8Array | string;

/** Makes the packed answer to one request of the protocol `N`. */
export type TypedResponder<T extends SprotoTypes, N extends keyof T["protocols"]> = (
  ...rest: Rest<ResponseOf<T, N>, [ud?: unknown]>
) => Uint8Array;

/** What arrived; told apart by its first two elements. */
export type TypedDispatched<T extends SprotoTypes> =
  | {
      [N in Name<T["protocols"]>]: readonly [
        kind: "REQUEST",
        name: N,
        args: Decoded<RequestOf<T, N>>,
        response: TypedResponder<T, N> | undefined,
        ud: unknown,
      ];
    }[Name<T["protocols"]>]
  | readonly [
      kind: "RESPONSE",
      session: SprotoSession,
      result: { [N in Name<T["protocols"]>]: Decoded<ResponseOf<T, N>> }[Name<T["protocols"]>] | undefined,
      ud: unknown,
    ];

/** Makes a packed request; with a session, an answer is awaited. */
export type TypedRequester<T extends SprotoTypes> = <N extends Name<T["protocols"]>>(
  name: N,
  ...rest: Rest<RequestOf<T, N>, [session?: SprotoSession, ud?: unknown]>
) => Uint8Array;

/** See `SprotoHost`. */
export interface TypedHost<T extends SprotoTypes> {
  readonly pending: number;
  dispatch(packet: Bytes): TypedDispatched<T>;
  attach<R extends SprotoTypes>(sp: TypedSproto<R>): TypedRequester<R>;
}

/**
 * See `Sproto`. Text that is not UTF-8 is decoded to bytes whatever the type says, and an integer beyond 2^53 to a bigint: declare `binary`
 * what may be no text.
 */
export interface TypedSproto<T extends SprotoTypes> extends Pick<Sproto, "exist_type" | "exist_proto" | "queryproto" | "default"> {
  readonly schema: SprotoSchema;
  host(packagename?: Name<T["types"]>): TypedHost<T>;
  encode<N extends Name<T["types"]>>(typename: N, value: SprotoInputOf<T["types"][N]>): Uint8Array;
  decode<N extends Name<T["types"]>>(typename: N, bytes: Bytes, into?: object): readonly [value: T["types"][N], used: number];
  pencode<N extends Name<T["types"]>>(typename: N, value: SprotoInputOf<T["types"][N]>): Uint8Array;
  pdecode<N extends Name<T["types"]>>(typename: N, bytes: Bytes, into?: object): readonly [value: T["types"][N], used: number];
  request_encode<N extends Name<T["protocols"]>>(
    protoname: N,
    ...rest: Rest<RequestOf<T, N>, []>
  ): readonly [bytes: Uint8Array, tag: number];
  response_encode<N extends Name<T["protocols"]>>(protoname: N, ...rest: Rest<ResponseOf<T, N>, []>): Uint8Array;
  request_decode<N extends Name<T["protocols"]>>(protoname: N, bytes: Bytes): readonly [value: Decoded<RequestOf<T, N>>, name: N];
  response_decode<N extends Name<T["protocols"]>>(protoname: N, bytes: Bytes): Decoded<ResponseOf<T, N>>;
}

/** The content of a protocol, for functions that make it: `RequestInput<Schema, "get">`. */
export type RequestInput<T extends SprotoTypes, N extends keyof T["protocols"]> = Content<RequestOf<T, N>>;
/** {@link RequestInput} of the answer. */
export type ResponseInput<T extends SprotoTypes, N extends keyof T["protocols"]> = Content<ResponseOf<T, N>>;
