/**
 * `@skyloom/node-host`: runs nodes in Node.js.
 *
 * @module
 */
<<<<<<< HEAD
export { nodeClock, nodeFiles, nodeLog, nodePorts, nodeRandom, nodeTcp } from "./ports/index.ts";
export type { LogOutput, NodePortsOptions } from "./ports/index.ts";
=======
export * from "./inspect/index.ts";
>>>>>>> inspect
