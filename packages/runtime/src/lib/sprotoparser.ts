/**
 * `sprotoparser`: schema text to compiled schema.
 *
 * @module
 */
import { parseSchema, typeText } from "../codec/sproto/index.ts";

/**
 * A hex dump of a compiled schema, 16 bytes a line with a dash in the middle.
 *
 * Skynet prints it; here it is returned, for `skynet.error` or a file.
 */
function dump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const hex = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
    lines.push(hex.slice(0, 8).join(" ") + (hex.length > 8 ? ` - ${hex.slice(8).join(" ")}` : ""));
  }
  return lines.join("\n");
}

/** Skynet's `sprotoparser` module. */
export const sprotoparser: {
  /**
   * Compiles a schema.
   *
   * @param name - Named in syntax errors. Default `=text`.
   * @throws SkynetError `SPROTO` with what is wrong and where.
   */
  readonly parse: (text: string, name?: string) => Uint8Array;
  readonly dump: (bytes: Uint8Array) => string;
  /**
   * The text of a `.d.ts` file with the types of a schema, for `sproto.parse<Schema>`; `skyloom sproto types` writes it.
   *
   * @param name - The schema's file. Default `=text`.
   * @throws SkynetError `SPROTO` as {@link parse} does.
   */
  readonly types: (text: string, name?: string) => string;
} = { parse: parseSchema, dump, types: (text, name = "=text") => typeText(text, name) };
