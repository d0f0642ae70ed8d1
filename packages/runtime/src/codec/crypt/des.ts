/**
 * DES in ECB mode with the paddings that login servers and their clients use.
 *
 * The blocks are des.js's; what is ours is the padding. Knows no protocol. Source: wire.md §8.
 *
 * @module
 */
// oxlint-disable-next-line typescript/triple-slash-reference -- the package has no types, and whoever compiles this file from source needs them
/// <reference path="./des-js.d.ts" />
import des from "des.js";
import { SkynetError } from "../../errors/error.ts";

const BLOCK = 8;

/** How the last block is filled up. Both always add at least one byte. */
export const padding: { readonly iso7816_4: 0; readonly pkcs7: 1 } = { iso7816_4: 0, pkcs7: 1 };

/**
 * Pads and encrypts.
 *
 * @param mode - One of {@link padding}.
 * @throws SkynetError `ARGUMENT` for a key that is not 8 bytes or an unknown padding.
 */
export function desEncrypt(key: Uint8Array, text: Uint8Array, mode: number): Uint8Array {
  checkKey(key);
  checkMode(mode);
  const whole = text.length - (text.length % BLOCK);
  const padded = new Uint8Array(whole + BLOCK);
  padded.set(text);
  const left = padded.length - text.length;
  if (mode === padding.pkcs7) padded.fill(left, text.length);
  else padded[text.length] = 0x80;
  return Uint8Array.from(des.DES.create({ type: "encrypt", key, padding: false }).update(padded));
}

/**
 * Decrypts and takes the padding off.
 *
 * @throws SkynetError `ARGUMENT` for a key that is not 8 bytes, an unknown padding, a length that is no multiple of 8, or bytes that do not
 * end with that padding, as those of another key nearly never do.
 */
export function desDecrypt(key: Uint8Array, bytes: Uint8Array, mode: number): Uint8Array {
  checkKey(key);
  if (bytes.length === 0 || bytes.length % BLOCK !== 0)
    throw new SkynetError("ARGUMENT", `Invalid des crypt text length ${bytes.length}: it must be a multiple of 8 above 0`);
  checkMode(mode);
  const cipher = des.DES.create({ type: "decrypt", key, padding: false });
  const plain = new Uint8Array(bytes.length);
  const first = cipher.update(bytes);
  plain.set(first);
  plain.set(cipher.final(), first.length);
  const padded = mode === padding.pkcs7 ? pkcs7Length(plain) : isoLength(plain);
  if (padded === 0) throw new SkynetError("ARGUMENT", "Invalid des crypt text: it was encrypted with another key or another padding");
  return plain.slice(0, plain.length - padded);
}

function isoLength(plain: Uint8Array): number {
  for (let n = 1; n <= BLOCK; n++) {
    const byte = plain[plain.length - n];
    if (byte === 0x80) return n;
    if (byte !== 0) return 0;
  }
  return 0;
}

function pkcs7Length(plain: Uint8Array): number {
  const n = plain.at(-1)!;
  if (n < 1 || n > BLOCK) return 0;
  return plain.subarray(plain.length - n).every((byte) => byte === n) ? n : 0;
}

function checkKey(key: Uint8Array): void {
  if (key.length !== BLOCK) throw new SkynetError("ARGUMENT", `Invalid key size ${key.length}, need 8 bytes`);
}

function checkMode(mode: number): void {
  if (mode !== padding.iso7816_4 && mode !== padding.pkcs7)
    throw new SkynetError("ARGUMENT", `Invalid padding mode ${mode}: 0 is crypt.padding.iso7816_4, 1 is crypt.padding.pkcs7`);
}
