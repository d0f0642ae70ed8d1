/**
 * `skynet.sharedata`: tables that one service publishes and all services of the node read, always in their newest version.
 *
 * A table exists once, and all services of the node read the same object. Source: lualib/skynet/sharedata.lua; api.md §12.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { perNode } from "../core/per-node.ts";
import { skynet } from "../core/skynet.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { LiveStore } from "./live-store.ts";
import { thawed } from "./shared-view.ts";

/** The tables of the running node. @internal */
export const sharedTables: () => LiveStore = perNode(() => new LiveStore());

const daemon = (): Operation<number> => skynet.uniqueservice("sharedatad");

/**
 * The view of a table: a read-only object that always shows the newest version. What it shows never changes while a task runs, only while it
 * waits. Fields, Maps and the methods of arrays cost what they cost in a plain frozen object; `list[i]` costs some 0.1 µs.
 *
 * @returns the same object for the same name. Fields, length and iteration work as in the table itself; arrays count from 0.
 * @throws CallError for an unknown name. The view throws when it is written to, and a part of it once its key is gone:
 * `The key [a.b] doesn't exist after update`.
 * @remarks Suspends.
 *
 * @example
 * ```ts
 * import { sharedata } from "@skyloom/runtime/sharedata";
 *
 * interface Prices { readonly sword: number }
 *
 * function* price(): Operation<number> {
 *   const prices = yield* sharedata.query<Prices>("prices");
 *   return prices.sword;
 * }
 * ```
 */
function* query<T extends object = Readonly<Record<string, unknown>>>(name: string): Operation<T> {
  const known = sharedTables().known(name);
  if (known !== undefined) return known as T;
  yield* skynet.call(yield* daemon(), "lua", "query", name);
  return sharedTables().read(name) as T;
}

/**
 * Publishes a table under a new name.
 *
 * @param value - A table; text of JSON or of Lua data; `@` and the name of a file with such text, or of a module; nothing: an empty table.
 * @param args - Arguments for the text (`...`) or for the module's function.
 * @throws CallError when the name is taken, or the value is none of these.
 * @remarks Suspends.
 */
function* newData(name: string, value?: unknown, ...args: unknown[]): Operation<void> {
  yield* skynet.call(yield* daemon(), "lua", "new", name, value, ...args);
}

/** As {@link newData}, but replaces what there is; every view shows the new version. @throws CallError. @remarks Suspends. */
function* update(name: string, value?: unknown, ...args: unknown[]): Operation<void> {
  yield* skynet.call(yield* daemon(), "lua", "update", name, value, ...args);
}

/** Removes a table; views of it keep the last value. @throws CallError for an unknown name. @remarks Suspends. */
function* remove(name: string): Operation<void> {
  yield* skynet.call(yield* daemon(), "lua", "delete", name);
}

/**
 * A copy of a table, or of what lies at a path in it, that belongs to the caller.
 *
 * @param keys - Fields, indexes of arrays from 0, keys of Maps.
 * @returns `undefined` when there is nothing at the path.
 * @throws CallError for an unknown name.
 * @remarks Suspends.
 */
function* deepcopy<T = unknown>(name: string, ...keys: (string | number)[]): Operation<T | undefined> {
  if (!sharedTables().has(name)) yield* skynet.call(yield* daemon(), "lua", "query", name);
  let value = sharedTables().value(name) as unknown;
  for (const key of keys) {
    if (typeof value !== "object" || value === null) {
      if (value === undefined) return undefined;
      throw new SkynetError("ARGUMENT", `sharedata.deepcopy: ${name}.${keys.join(".")} goes below a value that is no table`);
    }
    if (value instanceof Map) value = value.get(key) as unknown;
    else value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return thawed(value) as T | undefined;
}

/** Updates are never pending here: views show the newest version by themselves. */
function flush(): void {}

/** The functions of `skynet.sharedata`. */
export const sharedata: {
  readonly query: typeof query;
  readonly new: typeof newData;
  readonly update: typeof update;
  readonly delete: typeof remove;
  readonly deepcopy: typeof deepcopy;
  readonly flush: typeof flush;
} = {
  query: operation("sharedata.query", query),
  new: operation("sharedata.new", newData),
  update: operation("sharedata.update", update),
  delete: operation("sharedata.delete", remove),
  deepcopy: operation("sharedata.deepcopy", deepcopy),
  flush,
};
