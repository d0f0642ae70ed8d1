/**
 * The types that join services to their callers: addresses, handles that know their commands, the registry of services.
 *
 * Types only. Source: design D3.
 *
 * @module
 */
import type { Operation, Suspension } from "./operation.ts";
import type { MultipleValues } from "./reply.ts";

declare const commandsOf: unique symbol;

/** The handle of a service whose commands are known: calls through it are checked. At run time a plain number. */
export type Handle<C> = number & { readonly [commandsOf]: C };

/** Where a message can go when the commands are not known: a handle, `:hex`, `.local` or a global name. Typed handles are not among them. */
export type Address = string | (number & { readonly [commandsOf]?: never });

/** Any address, for what does not depend on commands. */
export type AnyAddress = string | number;

/**
 * The services of your project, by name; extend it where names are joined to types.
 *
 * @example
 * ```ts
 * export interface Agent { kick(reason: string): boolean }
 * declare module "@skyloom/runtime" { interface Services { agent: { commands: Agent; args: [id: number] } } }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-empty-interface -- filled by declaration merging
export interface Services {}

/** What `defineService` makes; see there. */
export interface ServiceDefinition<C, A extends readonly unknown[]> {
  readonly start: (...args: A) => unknown;
  readonly commands?: C;
}

/** The commands of an entry of {@link Services}. */
export type CommandsOf<S> = S extends ServiceDefinition<infer C, never> ? C : S extends { commands: infer C } ? C : unknown;

/** The start arguments of an entry of {@link Services}. */
export type ArgsOf<S> =
  S extends ServiceDefinition<unknown, infer A> ? A : S extends { args: infer A extends readonly unknown[] } ? A : unknown[];

/** The service names in {@link Services}. */
export type KnownService = Extract<keyof Services, string>;

/** A service name that is not in {@link Services}: nothing about it can be checked. */
export type Unchecked<N extends string> = N extends keyof Services ? never : N;

/** The arguments of a command. */
export type CommandArgs<F> = F extends (...args: infer A) => unknown ? A : never;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** What a handler's return value is for its caller. */
export type Replied<R> =
  IsAny<R> extends true
    ? unknown
    : R extends readonly unknown[] | string
      ? R
      : R extends MultipleValues<infer V>
        ? V
        : R extends Iterator<Suspension, infer T, never>
          ? Replied<T>
          : R extends Operation<infer T>
            ? Replied<T>
            : R extends PromiseLike<infer T>
              ? T
              : R;

type ResultOf<F> = F extends (...args: never) => infer R ? R : unknown;
type MultipleOf<R> =
  R extends MultipleValues<infer V>
    ? V
    : R extends Iterator<Suspension, infer T, never>
      ? MultipleOf<T>
      : R extends Operation<infer T>
        ? MultipleOf<T>
        : never;

/** The first value of a command's reply. */
export type FirstReply<F> = [MultipleOf<ResultOf<F>>] extends [never] ? Replied<ResultOf<F>> : MultipleOf<ResultOf<F>>[0];

/** All values of a command's reply. */
export type AllReplies<F> = [MultipleOf<ResultOf<F>>] extends [never] ? readonly [Replied<ResultOf<F>>] : MultipleOf<ResultOf<F>>;
