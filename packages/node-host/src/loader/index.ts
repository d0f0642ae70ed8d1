/**
 * Loading service code from files.
 *
 * @module
 */
export { LoadError } from "./load-error.ts";
export { nodeModules } from "./modules.ts";
export type { LoadedFile, NodeModules, NodeModulesOptions } from "./modules.ts";
