/**
 * Definitions of snax services: the init function, its methods, and the numbers these have on the wire.
 *
 * Knows no running services. Source: lualib/snax/interface.lua; api.md §5, style.md §3.
 *
 * @module
 */
import { claimRealm } from "../../core/realm.ts";
import { SkynetError } from "../../errors/error.ts";
import type { SnaxDefine, SnaxMethod, SnaxTable } from "./types.ts";

/** Numbers of what every snax service has. */
export const SYSTEM: Readonly<Record<"init" | "exit" | "hotfix" | "profile", number>> = { init: 1, exit: 2, hotfix: 3, profile: 4 };
/** Number of the first method. */
export const FIRST_METHOD = 5;

const DEFINITION: unique symbol = Symbol("skyloom.snax");

/** The groups of methods. */
export type SnaxGroup = "accept" | "response";
const GROUPS: ReadonlySet<string> = new Set(["accept", "response"]);
const KEYS: ReadonlySet<string> = new Set(["accept", "response", "exit", "hotfix", "state"]);

/** A method that was found in a table. */
export interface FoundMethod {
  readonly group: SnaxGroup;
  readonly name: string;
  readonly func: SnaxMethod;
}

/** {@link SnaxDefinition} as this library sees it. */
export interface Definition {
  readonly [DEFINITION]: true;
  readonly init: (...args: never) => unknown;
  readonly methods: ((state: never) => unknown) | undefined;
  /** Shared with newer versions of the same service, so that a number never changes its meaning. */
  ids: MethodIds;
  readonly order: readonly string[] | undefined;
}

/** Numbers of methods by `group.name`. */
export class MethodIds {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];
  /** The methods of an instance have been seen, or an order was given. */
  complete = false;
  /** The next instance may bring methods that have no number yet: none has been seen of the newest code. */
  open = true;

  get(key: string): number | undefined {
    return this.#ids.get(key);
  }

  /** `group.name` of a number. */
  nameOf(id: number): string | undefined {
    return this.#names[id - FIRST_METHOD];
  }

  add(key: string): number {
    const id = this.#names.push(key) + FIRST_METHOD - 1;
    this.#ids.set(key, id);
    return id;
  }

  /** All of them, in the order of their numbers. */
  get names(): readonly string[] {
    return this.#names;
  }
}

/**
 * Defines a snax service. Its init function, plain or a generator, gets what `snax.newservice` was given and returns the methods, which may
 * use its variables; or, with the option `methods`, the state that `methods` makes them for, so that they can be replaced while it runs.
 *
 * @throws SkynetError `SNAX` for an order that names something twice, or that is no `accept.x` or `response.x`.
 *
 * @example
 * ```ts
 * import { skynet } from "@skyloom/runtime";
 * import { snax } from "@skyloom/runtime/snax";
 *
 * export const pinger = snax.define((hello: string) => {
 *   let seen = 0;
 *   return {
 *     response: { *ping(text: string) { yield* skynet.sleep(1); seen++; return { text, hello }; } },
 *     accept: { forget(by: number) { seen -= by; } },
 *     exit: () => skynet.error("bye"),
 *   };
 * });
 *
 * export const counter = snax.define((start: number) => ({ n: start }), {
 *   methods: (state) => ({ response: { get: () => state.n }, accept: { add(by: number) { state.n += by; } } }),
 * });
 * ```
 */
export const define: SnaxDefine = ((
  init: (...args: never) => unknown,
  options: { readonly order?: readonly string[]; readonly methods?: (state: never) => unknown } = {},
): Definition => {
  claimRealm();
  if (typeof init !== "function") throw new SkynetError("SNAX", `snax.define needs an init function, not ${typeof init}`);
  const { order, methods } = options;
  const ids = new MethodIds();
  if (order !== undefined) {
    for (const key of order) {
      const [group, name] = splitKey(key);
      if (group === undefined) throw new SkynetError("SNAX", `order: "${key}" must be accept.name or response.name`);
      checkName(group, name);
      if (ids.get(key) !== undefined) throw new SkynetError("SNAX", `${key} duplicate definition: order names it twice`);
      ids.add(key);
    }
    ids.complete = true;
    ids.open = false;
  }
  return { [DEFINITION]: true, init, methods, ids, order };
}) as unknown as SnaxDefine;

/** Is it what {@link define} makes? */
export function isSnaxDefinition(value: unknown): value is Definition {
  return typeof value === "object" && value !== null && (value as Partial<Definition>)[DEFINITION] === true;
}

/** Group and name of `group.name`. */
export function splitKey(key: string): readonly [group: SnaxGroup, name: string] | readonly [undefined, undefined] {
  const dot = key.indexOf(".");
  const group = key.slice(0, dot);
  return dot > 0 && GROUPS.has(group) ? [group as SnaxGroup, key.slice(dot + 1)] : [undefined, undefined];
}

function checkName(group: string, name: string): void {
  // Objects put such names before all others, so that the order would not be the one that is written.
  if (name === "" || /^\d+$/.test(name))
    throw new SkynetError("SNAX", `${group} method only support string: "${name}" cannot be the name of a method; begin it with a letter`);
}

/**
 * The methods in a table, in the order in which they are written.
 *
 * @param what - Names the table in errors.
 * @throws SkynetError `SNAX`.
 */
export function methodsIn(table: unknown, what: string): FoundMethod[] {
  if (typeof table !== "object" || table === null)
    throw new SkynetError("SNAX", `${what} must be an object with response and accept, not ${table === null ? "null" : typeof table}`);
  const found: FoundMethod[] = [];
  for (const [group, methods] of Object.entries(table)) {
    if (!KEYS.has(group))
      throw new SkynetError(
        "SNAX",
        `${what} has "${group}"; there can be response, accept, exit, hotfix and state: put methods into response or accept`,
      );
    if (group === "exit" || group === "hotfix") {
      if (methods !== undefined && typeof methods !== "function") throw new SkynetError("SNAX", `${group} must be a function`);
    } else if (GROUPS.has(group) && methods !== undefined) {
      if (typeof methods !== "object" || methods === null)
        throw new SkynetError("SNAX", `${what}: ${group} must be an object of functions`);
      for (const [name, func] of Object.entries(methods as object)) {
        checkName(group, name);
        if (typeof func !== "function") throw new SkynetError("SNAX", `${group}.${name} must be function, not ${typeof func}`);
        found.push({ group: group as SnaxGroup, name, func: func as SnaxMethod });
      }
    }
  }
  return found;
}

/** The `exit` or `hotfix` of a table. */
export function systemFunction(table: unknown, name: "exit" | "hotfix"): SnaxMethod | undefined {
  return (table as SnaxTable)[name];
}

/**
 * Gives the methods of an instance their numbers, or makes sure that they have the known ones.
 *
 * @throws SkynetError `SNAX` when other methods are there than in the order, or in an earlier instance.
 */
export function numberMethods(definition: Definition, found: readonly FoundMethod[], what: string): void {
  const { ids } = definition;
  const keys = new Set(found.map(keyOf));
  if (ids.open) {
    for (const key of keys) if (ids.get(key) === undefined) ids.add(key);
    ids.complete = true;
    ids.open = false;
    return;
  }
  const extra = [...keys].filter((key) => ids.get(key) === undefined);
  const missing = definition.order === undefined ? [] : ids.names.filter((key) => !keys.has(key));
  if (extra.length > 0 || missing.length > 0)
    throw new SkynetError(
      "SNAX",
      `${what} has other methods than ${definition.order === undefined ? "its first instance" : "its order"}: ` +
        [extra.length > 0 ? `${extra.join(", ")} without a number` : "", missing.length > 0 ? `${missing.join(", ")} not there` : ""]
          .filter((s) => s !== "")
          .join("; "),
    );
}

/** `group.name`. */
export function keyOf(method: { readonly group: string; readonly name: string }): string {
  return `${method.group}.${method.name}`;
}

/** Makes a newer version of a service use the numbers of the older one. @throws SkynetError `SNAX` when the orders contradict. */
export function inheritIds(older: Definition, newer: Definition, name: string): void {
  if (newer.ids === older.ids) return;
  if (newer.order !== undefined || older.order !== undefined) {
    const same = newer.ids.names.join() === older.ids.names.join();
    if (!same) throw new SkynetError("SNAX", `the order of snax service ${name} has changed, and with it the numbers of its methods`);
  }
  newer.ids = older.ids;
  newer.ids.open = older.order === undefined;
}
