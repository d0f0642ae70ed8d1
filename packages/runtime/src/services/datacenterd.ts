/**
 * `DATACENTER`: a tree of values that all services of a network share.
 *
 * Source: service/datacenterd.lua; services.md §5, api.md §9.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { skynet } from "../core/skynet.ts";
import type { Responder } from "../core/reply.ts";

type Key = string | number | boolean;

/** What {@link update} makes; tables that were stored whole stay what they are. */
class Branch extends Map<Key, unknown> {}

/** Waiters below a key: a list for a leaf that is waited for, a map for a branch. */
type Waiters = Map<Key, Waiters | Responder[]>;

/** File body of datacenterd. */
export default function datacenterd(): void {
  const root = new Branch();
  const waiters: Waiters = new Map();

  function query(path: readonly unknown[]): unknown {
    const keys = keysOf(path);
    if (keys.length === 0) return undefined;
    let value: unknown = root;
    for (const key of keys) {
      if (value === undefined) return undefined;
      value = child(value, key, keys);
    }
    return asTable(value);
  }

  function update(path: readonly unknown[]): unknown {
    if (path.length < 2) throw new SkynetError("ARGUMENT", "datacenter set needs at least one key and a value");
    const keys = path.slice(0, -1) as Key[];
    const value = path.at(-1);
    for (const key of keys) checkKey(key);
    let branch = root;
    for (const key of keys.slice(0, -1)) {
      let next = branch.get(key);
      if (next === undefined) {
        next = new Branch();
        branch.set(key, next);
      }
      branch = asBranch(next, keys);
      if (branch !== next) replace(root, keys, branch);
    }
    const last = keys.at(-1)!;
    const before = branch.get(last);
    if (value === undefined || value === null) branch.delete(last);
    else branch.set(last, value);
    if (before === undefined && value !== undefined && value !== null) for (const reply of wake(keys)) reply(true, value);
    return asTable(before);
  }

  /** Takes the waiters of exactly this leaf; waiters on a key above it fail. A branch that nobody waits below any more is forgotten. */
  function wake(keys: readonly Key[], level = waiters): Responder[] {
    const [key, ...below] = keys;
    const found = key === undefined ? undefined : level.get(key);
    if (key === undefined || found === undefined) return [];
    if (Array.isArray(found)) {
      level.delete(key);
      if (below.length === 0) return found;
      for (const reply of found) reply(false);
      return [];
    }
    const woken = wake(below, found);
    if (found.size === 0) level.delete(key);
    return woken;
  }

  function waitFor(keys: readonly Key[]): void {
    let level = waiters;
    for (const key of keys.slice(0, -1)) {
      const found = level.get(key) ?? new Map();
      if (Array.isArray(found)) throw new SkynetError("ARGUMENT", `datacenter wait: somebody waits for ${String(key)} as a leaf`);
      level.set(key, found);
      level = found;
    }
    const last = keys.at(-1);
    if (last === undefined) throw new SkynetError("ARGUMENT", "datacenter wait needs at least one key");
    const found = level.get(last);
    if (found !== undefined && !Array.isArray(found))
      throw new SkynetError("ARGUMENT", `datacenter wait: ${String(last)} is a branch that somebody waits below`);
    const reply = skynet.response();
    if (found === undefined) level.set(last, [reply]);
    else found.push(reply);
  }

  skynet.dispatch("lua", (_session: number, _source: number, command: string, ...keys: unknown[]) => {
    switch (command) {
      case "QUERY":
        skynet.retpack(query(keys));
        return;
      case "UPDATE":
        skynet.retpack(update(keys));
        return;
      case "WAIT": {
        const value = query(keys);
        if (value === undefined) waitFor(keysOf(keys));
        else skynet.retpack(value);
        return;
      }
      default:
        throw new SkynetError("ARGUMENT", `datacenterd has no command "${command}"; it has QUERY, UPDATE, WAIT`);
    }
  });
  skynet.start(() => undefined);
}

/** A path ends at its first nil, and one that begins with it leads nowhere, as in Skynet. */
function keysOf(path: readonly unknown[]): readonly Key[] {
  const end = path.findIndex((key) => key === undefined || key === null);
  return (end < 0 ? path : path.slice(0, end)) as readonly Key[];
}

function checkKey(key: unknown): void {
  if (typeof key !== "string" && typeof key !== "number" && typeof key !== "boolean")
    throw new SkynetError("ARGUMENT", `datacenter: a key must be text, a number or a boolean, not ${key === null ? "null" : typeof key}`);
}

/** A branch as the table a decoder would make of it; other values as they are. */
function asTable(value: unknown): unknown {
  if (!(value instanceof Branch)) return value;
  const entries = [...value].map(([key, item]) => [key, asTable(item)] as const);
  if (entries.every(([key]) => typeof key === "string")) return Object.fromEntries(entries);
  if (entries.every(([key], i) => key === i + 1)) return entries.map(([, item]) => item);
  return new Map(entries);
}

function child(value: unknown, key: Key, keys: readonly Key[]): unknown {
  if (value instanceof Map) return value.get(key) as unknown;
  if (Array.isArray(value)) return typeof key === "number" ? (value[key - 1] as unknown) : undefined;
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array))
    return Object.hasOwn(value, key as string) ? (value as Record<string, unknown>)[key as string] : undefined;
  throw new SkynetError("ARGUMENT", `datacenter: ${keys.map(String).join(".")} goes below a value that is no table`);
}

/** A table that somebody stored whole becomes a branch when a key below it is written. */
function asBranch(value: unknown, keys: readonly Key[]): Branch {
  if (value instanceof Branch) return value;
  if (value instanceof Map) return new Branch(value as Map<Key, unknown>);
  if (Array.isArray(value)) return new Branch(value.map((v, i) => [i + 1, v as unknown]));
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) return new Branch(Object.entries(value));
  throw new SkynetError("ARGUMENT", `datacenter: ${keys.map(String).join(".")} goes below a value that is no table`);
}

function replace(root: Branch, keys: readonly Key[], branch: Branch): void {
  let at = root;
  for (const key of keys.slice(0, -1)) {
    const next = at.get(key);
    if (next instanceof Branch) {
      at = next;
      continue;
    }
    at.set(key, branch);
    return;
  }
}
