/**
 * `@skyloom/runtime/browser`: the ports of a browser tab (window or worker), and a network inside the page.
 *
 * @module
 */
export { browserPorts } from "./ports.ts";
export type { BrowserPorts, BrowserPortsOptions } from "./ports.ts";
export { relayTcp } from "./relay.ts";
export type { RelayOptions } from "./relay.ts";
export type { RelayState, RelayTcp } from "../relay/index.ts";
export { createSimNet } from "../simnet/index.ts";
export type { SimHost, SimNet, SimNetOptions } from "../simnet/index.ts";
