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

/** A service file that was loaded, or is being loaded. */
export interface LoadedFile {
  /** Absolute. */
  readonly path: string;
  /** The services that were found in it. */
  readonly names: ReadonlySet<string>;
  /** Absolute paths of the local files it is made of. */
  inputs: readonly string[];
  /** When it was read, in milliseconds since 1970: what was written to its files from then on may not be in it. */
  readAt: number;
  /** What new instances get; absent while it is loaded for the first time. */
  module: ModuleExports | undefined;
}

/** The module port of Node, and what it has loaded. */
export interface NodeModules extends ModulePort {
  /** By absolute path. */
  readonly files: ReadonlyMap<string, LoadedFile>;
  /**
   * Reads a file again; what it exports now is its module from then on, and the same object as before when nothing in it has changed.
   *
   * @throws LoadError with the place of each fault, or whatever the file throws: its module stays as it is.
   */
  reload(file: LoadedFile): Promise<ModuleExports>;
  /** Is told when a file has been loaded for the first time; call what it returns to stop. */
  onLoad(listen: () => void): () => void;
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
export function nodeModules(options: NodeModulesOptions = {}): NodeModules {
  const { base = process.cwd(), warn = (line) => void process.stderr.write(`${line}\n`) } = options;
  const loading = new Map<string, Promise<ModuleExports>>();
  const files = new Map<string, LoadedFile & { readonly names: Set<string> }>();
  const listeners = new Set<() => void>();
  const warned = new Set<string>();

  const inspect = (bundle: Bundle): void => {
    for (const line of [...bundle.warnings, ...bundle.inputs.flatMap(sharedStateOf)]) {
      if (warned.has(line)) continue;
      warned.add(line);
      warn(line);
    }
  };

  const read = async (file: LoadedFile): Promise<ModuleExports> => {
    const readAt = Date.now();
    let inputs = file.inputs;
    const module = await importModule(file.path, base, (bundle) => {
      inputs = bundle.inputs;
      inspect(bundle);
    });
    file.inputs = inputs;
    file.readAt = readAt;
    file.module = module;
    return module;
  };

  const load = (path: string, name: string): ModuleExports | Promise<ModuleExports> => {
    const known = files.get(path);
    known?.names.add(name);
    if (known?.module !== undefined) return known.module;
    const begun = loading.get(path);
    if (begun !== undefined) return begun;
    const file = { path, names: new Set([name]), inputs: [], readAt: 0, module: undefined };
    const promise = read(file)
      .then((module) => {
        files.set(path, file);
        for (const listen of listeners) listen();
        return module;
      })
      .finally(() => loading.delete(path));
    loading.set(path, promise);
    return promise;
  };

  return {
    files,
    reload: read,
    onLoad(listen) {
      listeners.add(listen);
      return () => void listeners.delete(listen);
    },
    find(name, patterns): ModuleFound {
      const places = candidates(name, patterns, base);
      const found = places.find((place) => isFile(place.path));
      if (found !== undefined)
        return {
          path: found.shown,
          // Data is read again; services go on with the code they have.
          load: (fresh) => (fresh === true ? importModule(found.path, base, inspect) : load(found.path, name)),
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
