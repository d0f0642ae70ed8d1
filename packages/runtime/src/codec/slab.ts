/**
 * Cutting short results from a common ArrayBuffer.
 *
 * An ArrayBuffer of its own costs V8 about 600 ns beyond 64 bytes, a view of one that exists about 50 ns. Encoders that make many
 * short byte arrays take them from here, as Node does for its Buffers.
 *
 * @module
 */

const SLAB_BYTES = 8192;
/** Longer results get a buffer of their own, so that one of them cannot keep a slab of others alive for long. */
const LONGEST = 2048;
/** Up to here V8 keeps the bytes inside the object, which is cheapest. */
const INLINE = 64;
/** Up to here a loop copies faster than a call. */
const LOOP = 16;

let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/** Zeroed bytes, perhaps in an ArrayBuffer together with others. */
export function newBytes(length: number): Uint8Array {
  if (length <= INLINE || length > LONGEST) return new Uint8Array(length);
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const cut = new Uint8Array(slab.buffer, used, length);
  used += length;
  return cut;
}

/** A copy of `bytes[start, end)`, perhaps in an ArrayBuffer together with others. */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  const copy = newBytes(length);
  if (length <= LOOP) for (let i = 0; i < length; i++) copy[i] = bytes[start + i]!;
  else copy.set(bytes.subarray(start, end));
  return copy;
}
