/**
 * `@skyloom/runtime`: Skynet's API for services, and the node that runs them.
 *
 * @module
 */
export { SkynetError } from "./errors/error.ts";
export type { SkynetErrorCode } from "./errors/error.ts";
export type { Ports } from "./ports/index.ts";
