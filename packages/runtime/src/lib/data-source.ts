/**
 * Where shared data comes from: a table, text, or a file. What comes out is frozen and belongs to nobody else.
 *
 * Source: service/sharedatad.lua, lualib/skynet/sharetable.lua; api.md §12.
 *
 * @module
 */
import { copyValue } from "../codec/copy.ts";
import { kindOf, markShared } from "../codec/plain.ts";
import { readLuaData } from "../codec/lua-data.ts";
import { runToEnd } from "../core/api/services.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";

const MODULE = /\.[cm]?[jt]s$/;

/**
 * Freezes a table.
 *
 * @param value - Given up by the caller: from a message, or made from text.
 * @param foreign - It belongs to a module, and is copied. Functions in it are kept: that they use nothing of their service is the module's word.
 * @throws SkynetError `PACK` for what cannot be shared, `ARGUMENT` for what is no table.
 */
export function frozenTable(value: unknown, what: string, foreign = false): object {
  if (typeof value !== "object" || value === null || !["array", "record", "map"].includes(kindOf(value)))
    throw new SkynetError("ARGUMENT", `${what} is ${value === null ? "null" : typeof value}: shared data is an object, an array or a Map`);
  return markShared(foreign ? copyWithFunctions(value, 0) : value);
}

function copyWithFunctions<T>(value: T, depth: number): T {
  if (typeof value !== "object" || value === null || depth > 32) return typeof value === "function" ? value : copyValue(value);
  const inner = (item: unknown): unknown => copyWithFunctions(item, depth + 1);
  switch (kindOf(value)) {
    case "array":
      return (value as unknown as unknown[]).map(inner) as unknown as T;
    case "record":
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)])) as T;
    case "map":
      return new Map([...(value as unknown as Map<unknown, unknown>)].map(([key, item]) => [inner(key), inner(item)])) as T;
    default:
      return copyValue(value);
  }
}

/**
 * The table a text stands for: JSON, a table of Lua with `return` before it or without, or assignments, whose names become keys.
 *
 * @param strict - A text that says neither is refused; else it is an empty table.
 * @throws SkynetError `ARGUMENT` or `UNSUPPORTED` with the place.
 */
export function tableOfText(text: string, name: string, args: readonly unknown[], strict = false): object {
  const bare = /^\s*[{[]/.test(text);
  if (bare) {
    const json = parseJson(text);
    if (json !== undefined) return frozenTable(json, name);
  }
  const { returned, assigned } = readLuaData(bare ? `return ${text}` : text, name, args);
  if (strict && typeof returned !== "object" && (returned !== undefined || Object.keys(assigned).length === 0))
    throw new SkynetError(
      "ARGUMENT",
      `${name} must return a table, and it returns ${returned === undefined ? "nothing" : typeof returned}`,
    );
  return frozenTable(typeof returned === "object" && returned !== null ? returned : assigned, name);
}

/** Nothing for what is no JSON. Fields that are null are not there, as nil in a table is not. */
function parseJson(text: string): object | undefined {
  try {
    return JSON.parse(text, (_key, value: unknown) => (value === null ? undefined : value)) as object;
  } catch {
    return undefined;
  }
}

/**
 * The table in a file: a module (`.ts`, `.js`), whose default export is it, or a function that makes it of the arguments; else text as
 * {@link tableOfText}.
 *
 * @throws SkynetError `ARGUMENT` when there is no such file, `UNSUPPORTED` where the host has none.
 * @remarks Suspends for modules.
 */
export function* tableOfFile(path: string, args: readonly unknown[], strict = false): Operation<object> {
  const { files, modules } = currentContext("shared data").kernel.ports;
  if (MODULE.test(path)) {
    if (modules === undefined)
      throw new SkynetError("UNSUPPORTED", `${path}: this host loads no modules; import the table and give it itself`);
    const found = modules.find(path, ["?"]);
    if (!("load" in found)) throw new SkynetError("ARGUMENT", `cannot open ${path}; tried: ${found.tried.join(", ")}`);
    const module = found.load(true);
    const { default: made } = module instanceof Promise ? yield* skynet.await(module) : module;
    const value = typeof made === "function" ? yield* runToEnd((made as (...list: readonly unknown[]) => unknown)(...args)) : made;
    return frozenTable(value, `the default export of ${path}`, true);
  }
  if (files === undefined) throw new SkynetError("UNSUPPORTED", `${path}: this host has no files; give the table itself`);
  const text = files.readText(path);
  if (text === undefined) throw new SkynetError("ARGUMENT", `cannot open ${path}: there is no such file`);
  return tableOfText(text, path, args, strict);
}
