/**
 * Hexadecimal and base64 as Skynet reads and writes them, strictness included.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";

const DIGITS = "0123456789abcdef";

/** Lower-case hexadecimal digits. */
export function hexEncode(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte >> 4]! + DIGITS[byte & 15]!;
  return text;
}

/** @throws SkynetError `ARGUMENT` for an odd length or anything but `0-9a-f`; upper-case digits are none. */
export function hexDecode(text: Uint8Array): Uint8Array {
  if (text.length % 2 !== 0) throw new SkynetError("ARGUMENT", `Invalid hex text size ${text.length}: it must be even`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < text.length; i++) {
    const digit = hexDigit(text[i]!);
    if (digit < 0) throw new SkynetError("ARGUMENT", `Invalid hex text: byte ${text[i]} at ${i + 1} is no lower-case hexadecimal digit`);
    bytes[i >> 1] = (bytes[i >> 1]! << 4) | digit;
  }
  return bytes;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SKIP = -1;
const PAD = -2;
const sextets = new Int8Array(256).fill(SKIP);
for (let i = 0; i < ALPHABET.length; i++) sextets[ALPHABET.charCodeAt(i)] = i;
sextets[0x3d] = PAD;

/** The standard alphabet, with padding. */
export function base64Encode(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const v = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[v >> 18]! + ALPHABET[(v >> 12) & 63]!;
    text += (left > 1 ? ALPHABET[(v >> 6) & 63]! : "=") + (left > 2 ? ALPHABET[v & 63]! : "=");
  }
  return text;
}

/**
 * Unknown characters are skipped, missing padding is taken as there.
 *
 * @throws SkynetError `ARGUMENT` `Invalid base64 text` when a group of four cannot be: padding before its end, more than two of it (as what
 * is skipped after the last group gives), bits set that no byte takes.
 */
export function base64Decode(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3);
  let length = 0;
  for (let at = 0; at < text.length;) {
    const group: [number, number, number, number] = [PAD, PAD, PAD, PAD];
    let pads = 0;
    for (let j = 0; j < 4; at++) {
      const value = at < text.length ? sextets[text[at]!]! : PAD;
      if (value === SKIP) continue;
      if (value === PAD) pads++;
      group[j++] = value;
    }
    const [a, b, c, d] = group;
    const fits = pads === 0 || (pads === 1 && d === PAD && (c & 3) === 0) || (pads === 2 && d === PAD && c === PAD && (b & 15) === 0);
    if (!fits)
      throw new SkynetError("ARGUMENT", `Invalid base64 text: the group of four that ends at ${Math.min(at, text.length)} is impossible`);
    bytes[length++] = (a << 2) | (b >> 4);
    if (pads < 2) bytes[length++] = (b << 4) | (c >> 2);
    if (pads < 1) bytes[length++] = (c << 6) | d;
  }
  return bytes.slice(0, length);
}
