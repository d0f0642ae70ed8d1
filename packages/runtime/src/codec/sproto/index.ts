/**
 * sproto: schema text and bundles, encoding and decoding by schema, 0-packing.
 *
 * @module
 */
import { writeBundle } from "./bundle.ts";
import { parseText } from "./parser.ts";

export { readBundle } from "./bundle.ts";
export { decode } from "./decode.ts";
export { defaults } from "./defaults.ts";
export { encode, encodePair } from "./encode.ts";
export type { SprotoField, SprotoProtocol, SprotoSchema, SprotoType } from "./schema.ts";
export { typeText } from "./type-text.ts";
export { withUnpacked, zeroPack, zeroUnpack } from "./zero-pack.ts";

/**
 * Schema text to bundle bytes.
 *
 * @param name - Named in syntax errors. Default `=text`.
 * @throws {@link SkynetError} `SPROTO` with what is wrong and where.
 */
export function parseSchema(text: string, name = "=text"): Uint8Array {
  return writeBundle(parseText(text, name));
}
