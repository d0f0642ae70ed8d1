/**
 * Where the file of a service may lie: the `luaservice` patterns, and which services they reach.
 *
 * Source: lualib/loader.lua; semantics.md §16, design D21.
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";

/** A place to look: absolute, and as the user would write it. */
export interface Candidate {
  readonly path: string;
  readonly shown: string;
}

/** Splits a `luaservice` value. */
export function splitPatterns(luaservice: string): string[] {
  return luaservice
    .split(";")
    .map((p) => p.trim())
    .filter((p) => p !== "");
}

/** A pattern for Lua files also finds their ports to TypeScript and JavaScript, in this order. */
export function withPorts(pattern: string): string[] {
  return pattern.endsWith(".lua") ? [`${pattern.slice(0, -3)}ts`, `${pattern.slice(0, -3)}js`] : [pattern];
}

/** Every place the file of a service may lie, in order. */
export function candidates(name: string, patterns: readonly string[], base: string): Candidate[] {
  return patterns.flatMap(withPorts).map((pattern) => {
    const shown = pattern.replaceAll("?", () => name);
    return { path: resolve(base, shown), shown };
  });
}

/** Is there such a file? Names that no file can have are none. */
export function isFile(path: string): boolean {
  if (path.includes("\0")) return false;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // A part of the path is a file, or the name is too long, or the folder is closed to us.
    return false;
  }
}

/**
 * The names of services whose files the patterns reach: entries of the folder in which the first `?` stands, not of folders below.
 *
 * @returns each name with its first candidate, sorted.
 */
export function servicesIn(patterns: readonly string[], base: string): { readonly name: string; readonly path: string }[] {
  const found = new Map<string, string>();
  for (const pattern of patterns.flatMap(withPorts)) {
    const parts = /^(.*?)([^/]*)\?([^/?]*)(\/.*)?$/.exec(pattern);
    if (parts === null) continue;
    const [, folder = "", before = "", after = ""] = parts;
    for (const entry of entriesOf(resolve(base, folder || "."))) {
      if (!entry.startsWith(before) || !entry.endsWith(after) || entry.length <= before.length + after.length) continue;
      const name = entry.slice(before.length, entry.length - after.length);
      const path = resolve(
        base,
        pattern.replaceAll("?", () => name),
      );
      if (!found.has(name) && !/\.(d|test)$/.test(name) && isFile(path)) found.set(name, path);
    }
  }
  return [...found].map(([name, path]) => ({ name, path })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
