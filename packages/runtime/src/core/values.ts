/**
 * Values to lua-seri bytes and back, for what the API hands out as bytes.
 *
 * @module
 */
export { pack as packValues } from "../codec/luaseri/index.ts";
export { unpackValues } from "./protocol.ts";
