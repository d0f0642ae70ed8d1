/**
 * Where service code comes from when it was not given to `createNode` as an object.
 *
 * @module
 */

/** A loaded module: its exports by name. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/** What was found for a name. `load(true)` reads a module again that has changed since it was loaded, where the host can. */
export type ModuleFound =
  | { readonly path: string; readonly load: (fresh?: boolean) => ModuleExports | Promise<ModuleExports> }
  | { readonly tried: readonly string[] };

/** Finds service modules. */
export interface ModulePort {
  /**
   * Looks for a service.
   *
   * @param name - The service's name, e.g. `agent` or `game/room`.
   * @param patterns - The `luaservice` patterns in order; `?` stands for the name.
   */
  find(name: string, patterns: readonly string[]): ModuleFound;
}

/** Services that come with the runtime, by name: what `@skyloom/runtime/stock` exports. */
export type StockServices = Readonly<Record<string, object>>;
