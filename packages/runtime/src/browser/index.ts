/**
 * `@skyloom/runtime/browser`: the ports of a browser tab (window or worker).
 *
 * @module
 */
export { browserPorts } from "./ports.ts";
export type { BrowserPorts, BrowserPortsOptions } from "./ports.ts";
