/**
 * `@skyloom/node-host`: runs nodes in Node.js.
 *
 * @module
 */
export * from "./inspect/index.ts";
