/**
 * The keys of a configuration that mean something to a node: which values they take, and which of Skynet's have nothing to act on here.
 *
 * Knows no file formats: it judges values and asks for an error at their place.
 * Source: semantics.md §16 (config keys), design D15.
 *
 * @module
 */
import type { Assigned } from "./lua.ts";
import type { ConfigError } from "./error.ts";

/** A configuration's values, as the environment of a node takes them. */
export type ConfigValues = Readonly<Record<string, string | number | boolean>>;

const MAX_THREADS = 1024;

/** Keys that hold a `;` list of patterns, which files with lists may give as a list. */
const LISTS: ReadonlySet<string> = new Set(["luaservice", "lua_path", "lua_cpath", "cpath", "snax"]);

const TEXTS: ReadonlySet<string> = new Set([
  ...LISTS,
  "start",
  "bootstrap",
  "logservice",
  "logger",
  "logpath",
  "daemon",
  "lualoader",
  "preload",
  "cluster",
  "standalone",
  "master",
  "address",
  "certfile",
  "keyfile",
]);

/** Keys of Skynet that have nothing to act on: the value that changes nothing, and why. */
const IGNORED: Readonly<Record<string, readonly [unchanged: RegExp, why: string]>> = {
  thread: [/^8$/, "a node runs its services on one thread"],
  cpath: [/^(\.\/)?cservice\/\?\.so$/, "there are no native services"],
  lua_cpath: [/^(\.\/)?luaclib\/\?\.so$/, "there are no native Lua libraries"],
  lua_path: [/^(\.\/)?lualib\/\?\.lua;(\.\/)?lualib\/\?\/init\.lua$/, "services import their modules by relative path or package name"],
  lualoader: [/^(\.\/)?lualib\/loader\.lua$/, "services are found by luaservice"],
  preload: [/^$/, "import the module in each service that needs it"],
  snax_interface_g: [/^$/, "a snax service is what snax.define makes, wherever it is imported"],
  snax_loader: [/^$/, "snax services are found by snax, or else by luaservice"],
};

const NO_HARBOR = "the harbor network is not available in this runtime yet: set harbor = 0, and join nodes with cluster";

/** What {@link judgeValues} found. */
export interface Judged {
  readonly values: ConfigValues;
  /** One line for each value that is accepted and changes nothing, although it would in Skynet. */
  readonly warnings: readonly string[];
}

/**
 * Checks every value and fills in what a configuration file means when it is silent.
 *
 * @param assigned - What the file says.
 * @param whole - An error about the file as a whole.
 * @throws {@link ConfigError} at the first value that cannot be used.
 */
export function judgeValues(assigned: ReadonlyMap<string, Assigned>, whole: (text: string) => ConfigError): Judged {
  const values: [string, string | number | boolean][] = [];
  const warnings: string[] = [];
  for (const [key, { value: given, fail }] of assigned) {
    const value = asValue(key, given, fail);
    if (value === undefined) continue;
    if (TEXTS.has(key) && typeof value !== "string") throw fail(`${key} must be text, not ${describe(value)}`);
    if (key === "thread") inRange(key, value, 1, MAX_THREADS, fail);
    if (key === "harbor" && inRange(key, value, 0, 255, fail) !== 0) throw fail(`harbor = ${value}: ${NO_HARBOR}`);
    if (key === "profile" && !["true", "false", "full"].includes(String(value)))
      throw fail(`profile must be true, false or "full", not ${describe(value)}`);
    const ignored = Object.hasOwn(IGNORED, key) ? IGNORED[key] : undefined;
    if (ignored !== undefined && !ignored[0].test(String(value))) warnings.push(`${key} = ${describe(value)} is ignored: ${ignored[1]}`);
    values.push([key, value]);
  }
  const has = (key: string): boolean => values.some(([k]) => k === key);
  if (!has("harbor")) throw whole(`harbor is not set, which means 1, as in Skynet. But ${NO_HARBOR}`);
  if (has("standalone"))
    throw assigned
      .get("standalone")!
      .fail("standalone is the address of a harbor network's master and must not be set when harbor = 0: remove it");
  return { values: Object.fromEntries(values), warnings };
}

function asValue(key: string, given: unknown, fail: Assigned["fail"]): string | number | boolean | undefined {
  if (key === "" || /\s/.test(key)) throw fail(`a key must not be empty or contain blanks, as ${JSON.stringify(key)} does`);
  if (given === undefined || given === null) return undefined;
  if (typeof given === "string" || typeof given === "boolean") return given;
  if (typeof given === "number" && Number.isFinite(given)) return given;
  if (LISTS.has(key) && Array.isArray(given) && given.every((p) => typeof p === "string")) return given.join(";");
  throw fail(`${key} must be text, a number or a boolean${LISTS.has(key) ? ", or a list of texts" : ""}, not ${describe(given)}`);
}

function inRange(key: string, value: string | number | boolean, low: number, high: number, fail: Assigned["fail"]): number {
  const n = typeof value === "string" && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof n === "number" && Number.isInteger(n) && n >= low && n <= high) return n;
  throw fail(`${key} must be a whole number from ${low} to ${high}, not ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  return typeof value === "object" ? "a table" : `a ${typeof value}`;
}
