/**
 * `skynet.datacenter`: a tree of values that all services of a network share, kept by one service of it.
 *
 * `set`, `get` and `wait` are Skynet's; `call`, `acall` and `map` are the seed's. Source: lualib/skynet/datacenter.lua; api.md §9.
 *
 * @module
 */
import { kindOf } from "../codec/plain.ts";
import { tomap } from "../codec/convert.ts";
import { runToEnd } from "../core/api/services.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";

const DATACENTER = "DATACENTER";

/** One step of a path in the tree. */
export type DatacenterKey = string | number | boolean;

/**
 * The value at a path, or a copy of the branch there; `undefined` when there is none.
 *
 * @throws CallError when the path goes below a value that is no table.
 * @remarks Suspends.
 */
function* get<T = unknown>(...keys: DatacenterKey[]): Operation<T | undefined> {
  return yield* skynet.call<T | undefined>(DATACENTER, "lua", "QUERY", ...keys);
}

/**
 * Writes the last argument at the path the others make; `undefined` removes what is there.
 *
 * @returns what was there before.
 * @throws CallError when the path goes below a value that is no table, or there is no key.
 * @remarks Suspends.
 *
 * @example
 * ```ts
 * import { datacenter } from "@skyloom/runtime/datacenter";
 *
 * function* announce(room: number): Operation<void> {
 *   yield* datacenter.set("rooms", "lobby", room);
 * }
 * ```
 */
function* set<T = unknown>(...keysAndValue: [key: DatacenterKey, ...rest: unknown[]]): Operation<T | undefined> {
  return yield* skynet.call<T | undefined>(DATACENTER, "lua", "UPDATE", ...keysAndValue);
}

/**
 * As {@link get}, but waits while there is nothing. The path must end at a value, not at a branch.
 *
 * @throws CallError when others wait below this path, or as soon as somebody writes below it.
 * @remarks Suspends.
 */
function* wait<T = unknown>(...keys: DatacenterKey[]): Operation<T> {
  return yield* skynet.call<T>(DATACENTER, "lua", "WAIT", ...keys);
}

/**
 * Calls the service whose handle stands at `name`; waits until one does.
 *
 * @returns the first value of its reply.
 * @throws SkynetError `ARGUMENT` when no handle stands there; CallError as `skynet.call` does.
 * @remarks Suspends.
 */
function* call<T = unknown>(name: DatacenterKey, ...args: unknown[]): Operation<T> {
  return yield* skynet.call<T>(yield* handleAt(name), "lua", ...args);
}

/** As {@link call}, but nobody waits: the message is sent by a task of its own, as soon as a handle stands there. What fails is logged. */
function acall(name: DatacenterKey, ...args: unknown[]): void {
  skynet.fork(function* () {
    skynet.send(yield* handleAt(name), "lua", ...args);
  });
}

function* handleAt(name: DatacenterKey): Operation<number> {
  const handle = yield* wait(name);
  if (typeof handle !== "number" || !Number.isInteger(handle))
    throw new SkynetError("ARGUMENT", `datacenter entry "${String(name)}" is no handle: it is ${handle === null ? "null" : typeof handle}`);
  return handle;
}

/**
 * Runs a function for each entry of the branch at `name`, in the order of the keys' texts, one after the other.
 *
 * @param func - Plain or a generator; gets key and value.
 * @returns what it returned, in that order; nothing for no branch.
 * @throws SkynetError `ARGUMENT` when a value stands there that is no table.
 * @remarks Suspends.
 */
function map<R>(name: DatacenterKey, func: (key: DatacenterKey, value: unknown) => Operation<R>): Operation<R[]>;
function map<R>(name: DatacenterKey, func: (key: DatacenterKey, value: unknown) => R): Operation<R[]>;
function* map(name: DatacenterKey, func: (key: DatacenterKey, value: unknown) => unknown): Operation<unknown[]> {
  const branch = yield* get(name);
  if (branch === undefined) return [];
  if (typeof branch !== "object" || branch === null || !["array", "record", "map"].includes(kindOf(branch)))
    throw new SkynetError("ARGUMENT", `datacenter.map needs a branch, and "${String(name)}" is ${typeof branch}`);
  const entries = [...tomap(branch)].map(([key, value]) => [String(key), key as DatacenterKey, value] as const);
  entries.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const results: unknown[] = [];
  for (const [, key, value] of entries) results.push(yield* runToEnd(func(key, value)));
  return results;
}

/** The functions of `skynet.datacenter`. */
export const datacenter: {
  readonly get: typeof get;
  readonly set: typeof set;
  readonly wait: typeof wait;
  readonly call: typeof call;
  readonly acall: typeof acall;
  readonly map: typeof map;
} = {
  get: operation("datacenter.get", get),
  set: operation("datacenter.set", set),
  wait: operation("datacenter.wait", wait),
  call: operation("datacenter.call", call),
  acall,
  map: operation("datacenter.map", map),
};
