/**
 * `@skyloom/node-host`: runs nodes in Node.js.
 *
 * @module
 */
export { nodeClock, nodeFiles, nodeLog, nodePorts, nodeRandom, nodeTcp } from "./ports/index.ts";
export type { LogOutput, NodePortsOptions } from "./ports/index.ts";
export { ConfigError, findConfig, loadConfig } from "./config/index.ts";
export type { ConfigValues, LoadedConfig } from "./config/index.ts";
export * from "./inspect/index.ts";
export { LoadError, nodeModules } from "./loader/index.ts";
export type { NodeModulesOptions } from "./loader/index.ts";
export * from "./metrics/index.ts";
export * from "./relay/index.ts";
