/**
 * `@skyloom/node-host`: runs nodes in Node.js.
 *
 * @module
 */
export { nodeClock, nodeFiles, nodeLog, nodePorts, nodeRandom, nodeTcp } from "./ports/index.ts";
export type { LogOutput, NodePortsOptions } from "./ports/index.ts";
export * from "./inspect/index.ts";
