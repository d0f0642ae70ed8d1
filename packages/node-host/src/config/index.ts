/**
 * Configuration files.
 *
 * @module
 */
export { ConfigError } from "./error.ts";
export { CONFIG_NAMES, findConfig } from "./find.ts";
export type { ConfigValues } from "./keys.ts";
export { loadConfig } from "./load.ts";
export type { LoadedConfig } from "./load.ts";
