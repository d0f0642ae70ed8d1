/**
 * Bundles a user's file and imports the result.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import type { ModuleExports } from "@skyloom/runtime/ports";
import type { Bundle } from "./bundle.ts";
import { cacheFolder, keep } from "./cache.ts";

/**
 * Loads a TypeScript or JavaScript file, whatever Node itself could make of it.
 *
 * @param path - Absolute path.
 * @param base - Folder the cache lies in.
 * @param seen - Is shown the bundle before it runs.
 * @throws LoadError with the place of each fault; whatever the module throws while it loads.
 */
export async function importModule(path: string, base: string, seen?: (bundle: Bundle) => void): Promise<ModuleExports> {
  const folder = cacheFolder(base);
  // The bundler is loaded with the first file: a node that gets its services as objects starts without it.
  const { bundle } = await import("./bundle.ts");
  const made = await bundle(path, folder);
  seen?.(made);
  // Stacks then name lines of the user's files.
  process.setSourceMapsEnabled(true);
  const url = pathToFileURL(keep(folder, path, made.code)).href;
  return (await import(/* @vite-ignore */ url)) as ModuleExports;
}
