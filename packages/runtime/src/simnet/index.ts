/**
 * The simulated network, as `browser/` and `testing/` hand it out.
 *
 * @module
 */
export { createSimNet } from "./net.ts";
export type { SimNet, SimNetOptions } from "./net.ts";
export type { PathOptions } from "./path.ts";
export { SimHost } from "./host.ts";
export { seededRandom } from "./random.ts";
