/**
 * Conversions between what Lua tables and strings may decode to.
 *
 * Source: design D10.
 *
 * @module
 */
export { tobytes, tolist, tomap, torecord, totext } from "../../codec/convert.ts";
export { float } from "../../codec/float.ts";
