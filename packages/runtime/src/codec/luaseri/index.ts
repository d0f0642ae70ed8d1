/**
 * lua-seri, the bytes of "lua" messages at every border: cluster, harbor, threads.
 *
 * @module
 */
export { pack } from "./pack.ts";
export { unpack, type UnpackOptions } from "./unpack.ts";
