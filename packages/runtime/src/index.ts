/**
 * `@skyloom/runtime`: Skynet's API for services, and the node that runs them.
 *
 * @module
 */
export type { Ports } from "./ports/index.ts";
