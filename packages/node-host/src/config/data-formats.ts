/**
 * Configurations that are plain data: TOML and JSON.
 *
 * @module
 */
import { transformSync } from "esbuild";
import { parse as parseTomlText, TomlError } from "smol-toml";
import { ConfigError, FILE_START, type Position } from "./error.ts";
import type { Assigned } from "./lua.ts";

/** Reads a TOML file. @throws ConfigError with the place TOML names. */
export function readToml(path: string, text: string): Map<string, Assigned> {
  try {
    return assignments(path, text, parseTomlText(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
    throw new ConfigError(path, error, `${what} (expected TOML, e.g. start = "main")`, { cause: error });
  }
}

/** Reads a JSON file: one object. @throws ConfigError with the place of the first fault. */
export function readJson(path: string, text: string): Map<string, Assigned> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const [at, what] = jsonFault(text, error as Error);
    throw new ConfigError(path, at, `${what} (expected JSON, e.g. { "start": "main" })`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ConfigError(path, FILE_START, 'expected one object, e.g. { "start": "main", "harbor": 0 }');
  return assignments(path, text, value);
}

/** The engine names the place of a fault only sometimes, and in words that change; esbuild's parser always does. */
function jsonFault(text: string, error: Error): [Position, string] {
  try {
    transformSync(text, { loader: "json", logLevel: "silent" });
  } catch (failure) {
    const first = (failure as { errors?: { text: string; location: { line: number; column: number } | null }[] }).errors?.[0];
    if (first !== undefined && first.location !== null)
      return [{ line: first.location.line, column: first.location.column + 1 }, first.text];
  }
  return [FILE_START, error.message];
}

/** The entries of an object, each with its place in the text: the first line that has its key before `=` or `:`. */
export function assignments(path: string, text: string, values: object): Map<string, Assigned> {
  return new Map(
    Object.entries(values).map(([key, value]: [string, unknown]) => [
      key,
      { value, fail: (what) => new ConfigError(path, placeOfKey(text, key), what) },
    ]),
  );
}

function placeOfKey(text: string, key: string): Position {
  const quoted = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`(?<![\\w.-])(["']?)${quoted}\\1\\s*[=:\\].]`).exec(text);
  if (found === null) return FILE_START;
  const before = text.slice(0, found.index);
  return { line: before.split("\n").length, column: found.index - before.lastIndexOf("\n") };
}
