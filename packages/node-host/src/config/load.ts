/**
 * Reading a configuration file of any kind into the values a node starts with.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { importModule } from "../loader/import-module.ts";
import { ConfigError, FILE_START } from "./error.ts";
import { type ConfigValues, judgeValues } from "./keys.ts";
import { MAX_CONFIG_BYTES } from "./lua-source.ts";
import type { Assigned } from "./lua.ts";

/** A configuration that was read. */
export interface LoadedConfig {
  /** For `createNode({ config })`. */
  readonly values: ConfigValues;
  /** Absolute path of the file. */
  readonly file: string;
  /** Folder that relative patterns of `luaservice` and other paths start from. */
  readonly base: string;
  /** One line for each value that is accepted and changes nothing here, although it would in Skynet. */
  readonly warnings: readonly string[];
}

const MODULES: ReadonlySet<string> = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);
/** Keys that name a file or folder. */
const PATHS: readonly string[] = ["logpath", "daemon", "cluster", "certfile", "keyfile"];

/**
 * Reads a configuration: Skynet's Lua syntax, or by its ending TOML, JSON, TypeScript or JavaScript.
 *
 * Relative paths in a Lua-syntax file start from the working directory, as in Skynet; in the other kinds from the file's folder.
 *
 * @param path - The file, relative to the working directory.
 * @param env - The environment variables `$NAME` stands for. Default: those of the process.
 * @throws {@link ConfigError} naming file, line and column, for a file that cannot be read or used.
 *
 * @example
 * ```ts
 * import { createNode } from "@skyloom/runtime";
 * import { loadConfig, nodeModules, nodePorts } from "@skyloom/node-host";
 *
 * const { values, base } = await loadConfig("examples/config");
 * const node = await createNode({ ports: { ...nodePorts(), modules: nodeModules({ base }) }, config: values });
 * ```
 */
export async function loadConfig(path: string, env: Readonly<Record<string, string | undefined>> = process.env): Promise<LoadedConfig> {
  const file = resolve(path);
  const extension = extname(path).toLowerCase();
  const isLua = extension !== ".toml" && extension !== ".json" && !MODULES.has(extension);
  // Each reader brings a parser along; only the one that is needed is loaded.
  const assigned = isLua ? (await import("./lua.ts")).evaluateLua(path, { read: readBytes, env }) : await readOther(path, extension);
  const { values, warnings } = judgeValues(assigned, (text) => new ConfigError(path, FILE_START, text));
  if (isLua) return { values, file, base: process.cwd(), warnings };
  const base = dirname(file);
  return { values: withPathsFrom(base, values), file, base, warnings };
}

async function readOther(path: string, extension: string): Promise<Map<string, Assigned>> {
  const { assignments, readJson, readToml } = await import("./data-formats.ts");
  if (extension === ".toml") return readToml(path, readText(path));
  if (extension === ".json") return readJson(path, readText(path));
  const text = readText(path);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await importModule(resolve(path), dirname(resolve(path)));
  } catch (error) {
    throw new ConfigError(path, FILE_START, `this configuration cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  const value = module["default"];
  if (typeof value !== "object" || value === null)
    throw new ConfigError(path, FILE_START, 'expected the configuration as default export: export default { start: "main", harbor: 0 }');
  return assignments(path, text, value);
}

function readText(path: string): string {
  try {
    return Buffer.from(readBytes(path)).toString("utf8");
  } catch (error) {
    throw new ConfigError(path, FILE_START, (error as Error).message, { cause: error });
  }
}

/** @throws Error with a text for people. */
function readBytes(path: string): Uint8Array {
  try {
    const found = statSync(path);
    if (!found.isFile())
      throw new Error(`${path} is ${found.isDirectory() ? "a folder" : "no regular file"}; expected a configuration file`);
    if (found.size > MAX_CONFIG_BYTES)
      throw new Error(`${path} has ${found.size} bytes; a configuration has at most ${MAX_CONFIG_BYTES}. Is this the right file?`);
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(
      `cannot read ${path}: ${code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "permission denied" : code}`,
      {
        cause: error,
      },
    );
  }
}

function withPathsFrom(base: string, values: ConfigValues): ConfigValues {
  const keys = values["logservice"] === undefined || values["logservice"] === "logger" ? [...PATHS, "logger"] : PATHS;
  const absolute = keys.flatMap((key) => {
    const value = values[key];
    return typeof value === "string" && value !== "" ? [[key, resolve(base, value)] as const] : [];
  });
  return { ...values, ...Object.fromEntries(absolute) };
}
