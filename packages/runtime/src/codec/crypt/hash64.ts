/**
 * The 64-bit functions of Skynet's login: a text hash, two message codes made of MD5's rounds, and Diffie-Hellman modulo 2^64 - 59.
 *
 * They are short enough to be broken by anybody who wants to; peers speak them, so they are here. Source: wire.md §8.
 *
 * @module
 */
import { md5 } from "@noble/hashes/legacy.js";
import { SkynetError } from "../../errors/error.ts";

/** Two 32-bit halves, lower one first, as 8 little-endian bytes. */
function qword(low: number, high: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, low >>> 0, true);
  view.setUint32(4, high >>> 0, true);
  return bytes;
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

/** The hash of a text: 32 bits of djb2, then 32 bits of a shifting one. */
export function hash64(text: Uint8Array): Uint8Array {
  let djb = 5381;
  let js = 1315423911;
  for (const byte of text) {
    djb = (djb + (djb << 5) + byte) | 0;
    js ^= ((js << 5) + byte + (js >>> 2)) | 0;
  }
  return qword(djb, js);
}

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

/** MD5's 64 steps on one block of sixteen words, from its initial state; that state is not added at the end. */
function rounds(w: readonly number[]): readonly [number, number, number, number] {
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  for (let i = 0; i < 64; i++) {
    const round = i >> 4;
    const f = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
    const g = round === 0 ? i : round === 1 ? 5 * i + 1 : round === 2 ? 3 * i + 5 : 7 * i;
    const sum = (a + f + SINES[i]! + w[g & 15]!) | 0;
    const shift = SHIFTS[round * 4 + (i & 3)]!;
    [a, b, c, d] = [d, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0, b, c];
  }
  return [a, b, c, d];
}

/** The message code of two 8-byte values: unfinished MD5 of both, four times over, folded to 8 bytes. */
export function hmac64(x: Uint8Array, y: Uint8Array): Uint8Array {
  const four = [u32(x, 4), u32(x, 0), u32(y, 4), u32(y, 0)];
  const [a, b, c, d] = rounds([...four, ...four, ...four, ...four]);
  return qword(c ^ d, a ^ b);
}

/** The same idea with MD5 as it is: of both three times over, one half xor the other. */
export function hmac64Md5(x: Uint8Array, y: Uint8Array): Uint8Array {
  const sum = md5(Uint8Array.of(...x, ...y, ...x, ...y, ...x, ...y));
  return sum.slice(0, 8).map((byte, i) => byte ^ sum[i + 8]!);
}

const PRIME = 0xffffffffffffffc5n;

/**
 * `base ^ exponent` modulo the prime; numbers are 8 little-endian bytes.
 *
 * @throws SkynetError `ARGUMENT` `Can't be 0` for either of them 0.
 */
export function powerModP(base: Uint8Array, exponent: Uint8Array): Uint8Array {
  let b = u64(base);
  let e = u64(exponent);
  if (b === 0n || e === 0n) throw new SkynetError("ARGUMENT", "Can't be 0");
  // The prime itself counts as a number below it here, as in Skynet, so that its first power is itself.
  if (b > PRIME) b %= PRIME;
  if (e === 1n) return fromU64(b);
  let result = 1n;
  for (; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % PRIME;
    b = (b * b) % PRIME;
  }
  return fromU64(result);
}

function u64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
}

function fromU64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
