/**
 * Loading service code from files.
 *
 * @module
 */
export { LoadError } from "./load-error.ts";
export { nodeModules } from "./modules.ts";
export type { NodeModulesOptions } from "./modules.ts";
