/**
 * Service code from files: the module port of Node.
 *
 * Source: lualib/loader.lua; design D21, D22.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { ModuleExports, ModuleFound, ModulePort } from "@skyloom/runtime/ports";
import { sharedState } from "../scan/shared-state.ts";
import type { Bundle } from "./bundle.ts";
import { importModule } from "./import-module.ts";
import { candidates, isFile } from "./patterns.ts";

/** What {@link nodeModules} lets a caller change. */
export interface NodeModulesOptions {
  /** Folder that relative patterns start from, and in which `.skyloom/cache` is kept. Default: the working directory. */
  readonly base?: string;
  /** Gets one line for what is suspicious in a service's files. Default: standard error. */
  readonly warn?: (line: string) => void;
}

/**
 * Finds services on disk and loads them: TypeScript or JavaScript, each service type bundled with its helper files and loaded once.
 *
 * A file that failed to load is read again the next time.
 *
 * @example
 * ```ts
 * import { createNode } from "@skyloom/runtime";
 * import { nodeModules, nodePorts } from "@skyloom/node-host";
 *
 * const node = await createNode({ ports: { ...nodePorts(), modules: nodeModules() }, config: { start: "main" } });
 * ```
 */
export function nodeModules(options: NodeModulesOptions = {}): ModulePort {
  const { base = process.cwd(), warn = (line) => void process.stderr.write(`${line}\n`) } = options;
  const loaded = new Map<string, ModuleExports | Promise<ModuleExports>>();
  const warned = new Set<string>();

  const inspect = (bundle: Bundle): void => {
    for (const line of [...bundle.warnings, ...bundle.inputs.flatMap(sharedStateOf)]) {
      if (warned.has(line)) continue;
      warned.add(line);
      warn(line);
    }
  };

  const load = (path: string): ModuleExports | Promise<ModuleExports> => {
    const known = loaded.get(path);
    if (known !== undefined) return known;
    const loading = importModule(path, base, inspect).then(
      (module) => {
        loaded.set(path, module);
        return module;
      },
      (error: unknown) => {
        loaded.delete(path);
        throw error;
      },
    );
    loaded.set(path, loading);
    return loading;
  };

  return {
    find(name, patterns): ModuleFound {
      const places = candidates(name, patterns, base);
      const found = places.find((place) => isFile(place.path));
      if (found !== undefined)
        return {
          path: found.shown,
          // Data is read again; services go on with the code they have.
          load: (fresh) => (fresh === true ? importModule(found.path, base, inspect) : load(found.path)),
        };
      return { tried: places.map((place) => place.shown).concat(luaFiles(name, patterns, base)) };
    },
  };
}

/** Lua files that are there and cannot be run: whoever asks should hear of them. */
function luaFiles(name: string, patterns: readonly string[], base: string): string[] {
  return patterns
    .filter((pattern) => pattern.endsWith(".lua"))
    .map((pattern) => pattern.replaceAll("?", () => name))
    .filter((shown) => isFile(resolve(base, shown)))
    .map((shown) => `${shown} (is Lua, which this runtime does not run: port it to ${shown.slice(0, -3)}ts)`);
}

/** Lines about variables that all instances of a service would share. */
export function sharedStateOf(path: string): string[] {
  if (!/\.[cm]?[jt]s$/.test(path) || /[\\/]node_modules[\\/]/.test(path)) return [];
  const shown = relative(process.cwd(), path);
  return sharedState(readFileSync(path, "utf8")).map(
    ({ keyword, name, line }) => `${shown}:${line}: top-level ${keyword} ${name} is shared by all instances`,
  );
}
