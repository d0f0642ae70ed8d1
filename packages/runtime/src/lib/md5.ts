/**
 * `md5`: sums, keyed sums, and the toy cipher that comes with Lua's module of that name.
 *
 * Arguments may be text, which stands for its UTF-8 bytes, or bytes. Source: lualib/md5.lua, 3rd/lua-md5; api.md §10.
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { md5 as sum16 } from "@noble/hashes/legacy.js";
import { tobytes } from "../codec/convert.ts";
import { hexEncode } from "../codec/crypt/text.ts";
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";

type Bytes = Uint8Array | string;

/** MD5, 16 bytes. */
function sum(k: Bytes): Uint8Array {
  return sum16(tobytes(k));
}

/** MD5, 32 hexadecimal digits. */
function sumhexa(k: Bytes): string {
  return hexEncode(sum(k));
}

/** HMAC-MD5, 32 hexadecimal digits. Mind the order of the arguments. */
function hmacmd5(data: Bytes, key: Bytes): string {
  return hexEncode(hmac(sum16, tobytes(key), tobytes(data)));
}

/** One byte string xor another. @throws SkynetError `ARGUMENT` unless they are of one length. */
function exor(a: Bytes, b: Bytes): Uint8Array {
  const [x, y] = [tobytes(a), tobytes(b)];
  if (x.length !== y.length)
    throw new SkynetError("ARGUMENT", `lengths must be equal: md5.exor was given ${x.length} bytes and ${y.length} bytes`);
  return x.map((byte, i) => byte ^ y[i]!);
}

const BLOCK = 16;
const MAX_KEY = 256;

/** Runs the cipher's stream: each block is xor'ed with the sum of the block of cipher text before it and the key. */
function stream(text: Uint8Array, key: Uint8Array, seed: Uint8Array, decrypting: boolean): Uint8Array {
  if (key.length > MAX_KEY) throw new SkynetError("ARGUMENT", `key too long (> ${MAX_KEY}): it has ${key.length} bytes`);
  const state = new Uint8Array(BLOCK + key.length);
  state.set(seed);
  state.set(key, BLOCK);
  const out = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += BLOCK) {
    const code = sum16(state);
    const end = Math.min(at + BLOCK, text.length);
    for (let i = at; i < end; i++) out[i] = text[i]! ^ code[i - at]!;
    state.set((decrypting ? text : out).subarray(at, end));
  }
  return out;
}

/**
 * Encrypts with the module's toy cipher.
 *
 * @param seed - At most 16 bytes, which begin the result; default: the node's time in seconds, 8 bytes.
 * @throws SkynetError `ARGUMENT` for a key above 256 bytes or a seed above 16.
 */
function crypt(message: Bytes, key: Bytes, seed?: Bytes): Uint8Array {
  const start = seed === undefined ? timeSeed() : tobytes(seed);
  if (start.length > BLOCK) throw new SkynetError("ARGUMENT", `seed too long (> ${BLOCK}): it has ${start.length} bytes`);
  return Uint8Array.of(start.length, ...start, ...stream(tobytes(message), tobytes(key), start, false));
}

/** @throws SkynetError `ARGUMENT` `invalid cyphered string` when it cannot be one of {@link crypt}'s. */
function decrypt(cyphertext: Bytes, key: Bytes): Uint8Array {
  const bytes = tobytes(cyphertext);
  const length = bytes[0] ?? BLOCK + 1;
  if (length > BLOCK || bytes.length < length + 1)
    throw new SkynetError("ARGUMENT", "invalid cyphered string: it does not begin with a seed and its length");
  return stream(bytes.subarray(length + 1), tobytes(key), bytes.subarray(1, length + 1), true);
}

function timeSeed(): Uint8Array {
  const bytes = new Uint8Array(8);
  const seconds = Math.floor(currentContext("md5.crypt without a seed").kernel.ports.clock.wall() / 1000);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(seconds), true);
  return bytes;
}

/** The functions of `md5`. */
export const md5: {
  readonly sum: typeof sum;
  readonly sumhexa: typeof sumhexa;
  readonly hmacmd5: typeof hmacmd5;
  readonly exor: typeof exor;
  readonly crypt: typeof crypt;
  readonly decrypt: typeof decrypt;
} = { sum, sumhexa, hmacmd5, exor, crypt, decrypt };
