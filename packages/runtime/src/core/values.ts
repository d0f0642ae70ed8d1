/**
 * Values to lua-seri bytes and back, for what the API hands out as bytes.
 *
 * @module
 */
import { pack } from "../codec/luaseri/index.ts";

export { unpackValues } from "./protocol.ts";

/** lua-seri encoding of a list of values. */
export function packValues(values: readonly unknown[]): Uint8Array {
  return pack(values);
}
