/**
 * `skynet.crypt`: what login and message servers need of cryptography, and the encodings around it.
 *
 * Arguments may be text, which stands for its UTF-8 bytes, or bytes. Results are bytes, those of the encodings text. Nothing here keeps a
 * secret from anybody who wants it: DES and 64-bit keys are what existing peers speak. Random numbers come from the node's host.
 * Source: lualib-src/lua-crypt.c; api.md §10, wire.md §8.
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { md5 as md5Sum, sha1 as sha1Sum } from "@noble/hashes/legacy.js";
import { tobytes } from "../codec/convert.ts";
import { desDecrypt, desEncrypt, padding } from "../codec/crypt/des.ts";
import { hash64, hmac64 as mac64, hmac64Md5, powerModP } from "../codec/crypt/hash64.ts";
import { base64Decode, base64Encode, hexDecode, hexEncode } from "../codec/crypt/text.ts";
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";

/** Text stands for its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

function eight(value: Bytes, what: string): Uint8Array {
  const bytes = tobytes(value);
  if (bytes.length !== 8) throw new SkynetError("ARGUMENT", `Invalid ${what}: it has ${bytes.length} bytes, 8 are needed`);
  return bytes;
}

/** Lower-case hexadecimal digits of `s`. */
function hexencode(s: Bytes): string {
  return hexEncode(tobytes(s));
}

/** @throws SkynetError `ARGUMENT` for an odd length or anything but `0-9a-f`; upper-case digits are refused too. */
function hexdecode(s: Bytes): Uint8Array {
  return hexDecode(tobytes(s));
}

/** Base64 of `s`, with padding. */
function base64encode(s: Bytes): string {
  return base64Encode(tobytes(s));
}

/** Skips what is no base64 character; padding may be missing. @throws SkynetError `ARGUMENT` `Invalid base64 text`. */
function base64decode(s: Bytes): Uint8Array {
  return base64Decode(tobytes(s));
}

/** `s` xor `key`, which is repeated as often as it takes. @throws SkynetError `ARGUMENT` for an empty key. */
function xor_str(s: Bytes, key: Bytes): Uint8Array {
  const by = tobytes(key);
  if (by.length === 0) throw new SkynetError("ARGUMENT", "Can't xor empty string: the key has no bytes");
  return Uint8Array.from(tobytes(s), (byte, i) => byte ^ by[i % by.length]!);
}

const GENERATOR = Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0);

/** The public half for an 8-byte secret: `5^x mod 2^64 - 59`. @throws SkynetError `ARGUMENT` when it is not 8 bytes, or all zero. */
function dhexchange(x: Bytes): Uint8Array {
  return powerModP(GENERATOR, eight(x, "dh uint64 key"));
}

/**
 * What two sides have in common, from the other's public half and one's own secret.
 *
 * @throws SkynetError `ARGUMENT` when one is not 8 bytes, or all zero.
 *
 * @example
 * ```ts
 * import { crypt } from "@skyloom/runtime/crypt";
 *
 * const mine = crypt.randomkey();
 * const theirs = crypt.randomkey();
 * const secret = crypt.dhsecret(crypt.dhexchange(theirs), mine); // the same as dhsecret(dhexchange(mine), theirs)
 * ```
 */
function dhsecret(exchange: Bytes, secret: Bytes): Uint8Array {
  return powerModP(eight(exchange, "uint64 x"), eight(secret, "uint64 y"));
}

/** The 64-bit hash of a text. */
function hashkey(text: Bytes): Uint8Array {
  return hash64(tobytes(text));
}

/** Skynet's own 64-bit message code of two 8-byte values. @throws SkynetError `ARGUMENT` when one is not 8 bytes. */
function hmac64(x: Bytes, y: Bytes): Uint8Array {
  return mac64(eight(x, "uint64 x"), eight(y, "uint64 y"));
}

/** The same made with MD5 as others know it. @throws SkynetError `ARGUMENT` when one is not 8 bytes. */
function hmac64_md5(x: Bytes, y: Bytes): Uint8Array {
  return hmac64Md5(eight(x, "uint64 x"), eight(y, "uint64 y"));
}

/** `hmac64(hashkey(text), key)`. @throws SkynetError `ARGUMENT` when the key is not 8 bytes. */
function hmac_hash(key: Bytes, text: Bytes): Uint8Array {
  return mac64(hash64(tobytes(text)), eight(key, "uint64 key"));
}

/** HMAC-SHA1, 20 bytes. */
function hmac_sha1(key: Bytes, text: Bytes): Uint8Array {
  return hmac(sha1Sum, tobytes(key), tobytes(text));
}

/** SHA-1, 20 bytes. */
function sha1(s: Bytes): Uint8Array {
  return sha1Sum(tobytes(s));
}

/** MD5, 16 bytes: the seed's name for `md5.sum`. */
function md5hash(s: Bytes): Uint8Array {
  return md5Sum(tobytes(s));
}

/**
 * DES-ECB.
 *
 * @param key - 8 bytes.
 * @param mode - `crypt.padding.iso7816_4` (default) or `crypt.padding.pkcs7`.
 * @throws SkynetError `ARGUMENT` `Invalid key size N, need 8 bytes`, or for an unknown padding.
 */
function desencode(key: Bytes, s: Bytes, mode: number = padding.iso7816_4): Uint8Array {
  return desEncrypt(tobytes(key), tobytes(s), mode);
}

/**
 * The opposite of {@link desencode}.
 *
 * @throws SkynetError `ARGUMENT` also for a length that is no multiple of 8 and for what does not end with the padding, such as bytes of
 * another key.
 */
function desdecode(key: Bytes, s: Bytes, mode: number = padding.iso7816_4): Uint8Array {
  return desDecrypt(tobytes(key), tobytes(s), mode);
}

/**
 * 8 random bytes, never all zero.
 *
 * @param fill - What fills them, for programs outside of services, such as clients. Default: the host of the running service's node.
 * @throws SkynetError `NOT_IN_SERVICE` outside of services, without `fill`.
 */
function randomkey(fill?: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(8);
  if (fill !== undefined) fill(bytes);
  else currentContext("crypt.randomkey").kernel.ports.random(bytes);
  if (bytes.every((byte) => byte === 0)) bytes[0] = 1;
  return bytes;
}

/** The functions of `skynet.crypt`. */
export const crypt: {
  readonly hexencode: typeof hexencode;
  readonly hexdecode: typeof hexdecode;
  readonly base64encode: typeof base64encode;
  readonly base64decode: typeof base64decode;
  readonly xor_str: typeof xor_str;
  readonly dhexchange: typeof dhexchange;
  readonly dhsecret: typeof dhsecret;
  readonly hashkey: typeof hashkey;
  readonly hmac64: typeof hmac64;
  readonly hmac64_md5: typeof hmac64_md5;
  readonly hmac_hash: typeof hmac_hash;
  readonly hmac_sha1: typeof hmac_sha1;
  readonly sha1: typeof sha1;
  readonly md5hash: typeof md5hash;
  readonly desencode: typeof desencode;
  readonly desdecode: typeof desdecode;
  readonly randomkey: typeof randomkey;
  readonly padding: typeof padding;
} = {
  hexencode,
  hexdecode,
  base64encode,
  base64decode,
  xor_str,
  dhexchange,
  dhsecret,
  hashkey,
  hmac64,
  hmac64_md5,
  hmac_hash,
  hmac_sha1,
  sha1,
  md5hash,
  desencode,
  desdecode,
  randomkey,
  padding,
};
