/**
 * The types that join snax services to their callers: definitions, objects, the registry of names.
 *
 * Types only. Source: style.md §3; api.md §5.
 *
 * @module
 */
import type { CommandsIn, CommandTable } from "../../core/define.ts";
import type { Made, Operation } from "../../core/operation.ts";
import type { AllReplies, CommandArgs, FirstReply } from "../../core/types.ts";

/** A method as a service writes it: plain or a generator. */
// oxlint-disable-next-line typescript/no-explicit-any -- matches every method; its callers are checked by the type of the definition
export type SnaxMethod = (...args: any[]) => unknown;

/** What the init function of a snax service returns, or its `methods` function. */
export interface SnaxTable {
  /** Methods that are requested; what they return is the reply. */
  readonly response?: object;
  /** Methods that are posted; what they return is dropped. */
  readonly accept?: object;
  /** Runs when the service is told to end, with what `snax.kill` was given. */
  readonly exit?: SnaxMethod;
  /** Runs when this table is put into a running service; see `snax.hotfix`. */
  readonly hotfix?: SnaxMethod;
  /** What a patch is given, when the definition has no `methods`. */
  readonly state?: unknown;
}

/** `M` as a service may write it: each method returns its value or an operation that gives it. */
export type SnaxTableOf<M> = Omit<SnaxTable, "response" | "accept"> & {
  readonly [G in keyof M & ("response" | "accept")]: CommandTable<M[G]>;
};

/** What `snax.define` makes; export it as default or under the service's name. */
export interface SnaxDefinition<M, A extends readonly unknown[]> {
  readonly init: (...args: A) => unknown;
  /** The methods, for types only. */
  readonly methodsOf?: M;
}

/**
 * The snax services of your project, by name; extend it where names are joined to types.
 *
 * @example
 * ```ts
 * declare module "@skyloom/runtime/snax" {
 *   interface SnaxServices { pinger: { methods: { response: { ping(text: string): string } }; args: [hello: string] } }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-empty-interface -- filled by declaration merging
export interface SnaxServices {}

/** The names in {@link SnaxServices}. */
export type KnownSnax = Extract<keyof SnaxServices, string>;

/** A name that is not in {@link SnaxServices}: nothing about it can be checked. */
export type UncheckedSnax<N extends string> = N extends keyof SnaxServices ? never : N;

/** The methods of an entry of {@link SnaxServices}. */
export type SnaxMethodsOf<S> = S extends SnaxDefinition<infer M, never> ? M : S extends { methods: infer M } ? M : unknown;

/** The init arguments of an entry of {@link SnaxServices}. */
export type SnaxArgsOf<S> =
  S extends SnaxDefinition<unknown, infer A> ? A : S extends { args: infer A extends readonly unknown[] } ? A : unknown[];

/** Methods that are requested: an operation each, with the first value of the reply. */
export type SnaxRequests<G> = {
  readonly [K in keyof G]: G[K] extends SnaxMethod ? (...args: CommandArgs<G[K]>) => Made<FirstReply<G[K]>> : never;
};

/** {@link SnaxRequests} that give all values of the reply. */
export type SnaxAllRequests<G> = {
  readonly [K in keyof G]: G[K] extends SnaxMethod ? (...args: CommandArgs<G[K]>) => Made<AllReplies<G[K]>> : never;
};

/** Methods that are posted. */
export type SnaxPosts<G> = { readonly [K in keyof G]: G[K] extends SnaxMethod ? (...args: CommandArgs<G[K]>) => void : never };

// oxlint-disable-next-line typescript/no-explicit-any -- nothing is known of the methods of a name that is not registered
type Unknown = any;
type GroupOf<M, G extends string> = M extends { readonly [K in G]: infer T } ? T : object;

/** A snax service, as its callers see it. */
export interface SnaxObject<M = unknown> {
  /** `yield* object.req.method(…)`: the first value of the reply. */
  readonly req: unknown extends M ? Unknown : SnaxRequests<GroupOf<M, "response">>;
  /** {@link req} that gives all values of the reply as an array. */
  readonly reqall: unknown extends M ? Unknown : SnaxAllRequests<GroupOf<M, "response">>;
  /** `object.post.method(…)`: one-way. */
  readonly post: unknown extends M ? Unknown : SnaxPosts<GroupOf<M, "accept">>;
  /** The service's name. */
  readonly type: string;
  readonly handle: number;
  /** `[name:handle]`, the handle in hexadecimal digits. */
  toString(): string;
}

/** Names and numbers of the methods of a service. */
export interface SnaxInterface {
  readonly name: string;
  readonly accept: Readonly<Record<string, number>>;
  readonly response: Readonly<Record<string, number>>;
  readonly system: Readonly<Record<string, number>>;
}

/** Calls and time of one method. */
export interface SnaxProfile {
  count: number;
  /** Seconds, suspensions excluded. */
  time: number;
}

/** Settings of `snax.define`. */
export interface SnaxDefineOptions {
  /** All methods as `group.name`, in the order of a Lua source: their numbers follow it. */
  readonly order?: readonly string[];
}

/** Settings of `snax.define` for a service whose state and methods are apart. */
export interface SnaxSplitOptions<S, T> extends SnaxDefineOptions {
  /** Makes the methods for the state that init gave. Runs again with the same state when the service is hot-fixed; must do nothing else. */
  readonly methods: (state: S) => T;
}

/** `snax.define`. */
export interface SnaxDefine {
  <A extends readonly unknown[], S, T extends SnaxTable>(
    init: (...args: A) => S,
    options: SnaxSplitOptions<CommandsIn<S>, T>,
  ): SnaxDefinition<T, A>;
  <M = never, A extends readonly unknown[] = [], R = [M] extends [never] ? unknown : SnaxTableOf<M> | Operation<SnaxTableOf<M>>>(
    init: (...args: A) => R,
    options?: SnaxDefineOptions,
  ): SnaxDefinition<[M] extends [never] ? CommandsIn<R> : M, A>;
}
