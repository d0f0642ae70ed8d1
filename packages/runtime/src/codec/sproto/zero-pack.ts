/**
 * 0-packing: eight bytes become a tag byte and those of them that are not zero.
 *
 * Knows bytes only. Format: wire.md §6.3.
 *
 * @module
 */
import { copyBytes } from "../slab.ts";
import { fail } from "./fail.ts";

const RUN = 0xff;
const LONGEST_RUN = 256;
const KEEP_BYTES = 1 << 20;

/** The work buffer; nothing here calls anything that could pack again. */
let work = new Uint8Array(4096);

function reserve(length: number, used: number): void {
  if (length <= work.length) return;
  const larger = new Uint8Array(Math.max(length, work.length * 2));
  larger.set(work.subarray(0, used));
  work = larger;
}

function release(): void {
  if (work.length > KEEP_BYTES) work = new Uint8Array(4096);
}

/**
 * 0-packs bytes; a length that is not a multiple of 8 is filled with zeros.
 *
 * @param start - First byte, default 0.
 * @param end - After the last byte, default all.
 */
export function zeroPack(bytes: Uint8Array, start: number = 0, end: number = bytes.length): Uint8Array {
  reserve(end - start + (((end - start) >> 11) + 1) * 2 + 10, 0);
  const out = work;
  let at = 0;
  let runAt = 0;
  let run = 0;
  for (let p = start; p < end; p += 8) {
    const whole = end - p;
    const a = bytes[p]!;
    const b = whole > 1 ? bytes[p + 1]! : 0;
    const c = whole > 2 ? bytes[p + 2]! : 0;
    const d = whole > 3 ? bytes[p + 3]! : 0;
    const e = whole > 4 ? bytes[p + 4]! : 0;
    const f = whole > 5 ? bytes[p + 5]! : 0;
    const g = whole > 6 ? bytes[p + 6]! : 0;
    const h = whole > 7 ? bytes[p + 7]! : 0;
    // Written where a group without a run has them; a run moves them one place on or back.
    let next = at + 1;
    let tag = 0;
    if (a !== 0) {
      out[next++] = a;
      tag |= 1;
    }
    if (b !== 0) {
      out[next++] = b;
      tag |= 2;
    }
    if (c !== 0) {
      out[next++] = c;
      tag |= 4;
    }
    if (d !== 0) {
      out[next++] = d;
      tag |= 8;
    }
    if (e !== 0) {
      out[next++] = e;
      tag |= 16;
    }
    if (f !== 0) {
      out[next++] = f;
      tag |= 32;
    }
    if (g !== 0) {
      out[next++] = g;
      tag |= 64;
    }
    if (h !== 0) {
      out[next++] = h;
      tag |= 128;
    }
    const present = next - at - 1;
    if (run > 0 ? present < 6 : present < 8) {
      if (run > 0) out[runAt + 1] = run - 1;
      run = 0;
      out[at] = tag;
      at = next;
      continue;
    }
    if (run === 0) {
      out[at] = RUN;
      runAt = at;
      at += 2;
    }
    out[at] = a;
    out[at + 1] = b;
    out[at + 2] = c;
    out[at + 3] = d;
    out[at + 4] = e;
    out[at + 5] = f;
    out[at + 6] = g;
    out[at + 7] = h;
    at += 8;
    if (++run === LONGEST_RUN) {
      out[runAt + 1] = LONGEST_RUN - 1;
      run = 0;
    }
  }
  if (run > 0) out[runAt + 1] = run - 1;
  const packed = copyBytes(out, 0, at);
  release();
  return packed;
}

/**
 * Undoes {@link zeroPack}; the result is a multiple of 8 bytes long, at most 8 times its input.
 *
 * @throws {@link SkynetError} `SPROTO` `Invalid unpack stream` when the input is cut off.
 */
export function zeroUnpack(bytes: Uint8Array): Uint8Array {
  const length = unpackInto(bytes);
  const result = copyBytes(work, 0, length);
  release();
  return result;
}

/**
 * As {@link zeroUnpack}, but gives `use` the work buffer itself; it must not keep it or pack anything.
 */
export function withUnpacked<T>(bytes: Uint8Array, use: (unpacked: Uint8Array, length: number) => T): T {
  const length = unpackInto(bytes);
  try {
    return use(work, length);
  } finally {
    release();
  }
}

function unpackInto(bytes: Uint8Array): number {
  const end = bytes.length;
  let at = 0;
  let p = 0;
  while (p < end) {
    const tag = bytes[p++]!;
    if (at + 8 > work.length) reserve(at + 8, at);
    if (tag === RUN) {
      const length = p < end ? (bytes[p++]! + 1) * 8 : Infinity;
      if (end - p < length) cut(bytes);
      if (at + length > work.length) reserve(at + length, at);
      work.set(bytes.subarray(p, p + length), at);
      p += length;
      at += length;
      continue;
    }
    const out = work;
    if (end - p < 8 && p + ones(tag) > end) cut(bytes);
    out[at] = tag & 1 ? bytes[p++]! : 0;
    out[at + 1] = tag & 2 ? bytes[p++]! : 0;
    out[at + 2] = tag & 4 ? bytes[p++]! : 0;
    out[at + 3] = tag & 8 ? bytes[p++]! : 0;
    out[at + 4] = tag & 16 ? bytes[p++]! : 0;
    out[at + 5] = tag & 32 ? bytes[p++]! : 0;
    out[at + 6] = tag & 64 ? bytes[p++]! : 0;
    out[at + 7] = tag & 128 ? bytes[p++]! : 0;
    at += 8;
  }
  return at;
}

function ones(tag: number): number {
  let count = 0;
  for (let rest = tag; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function cut(bytes: Uint8Array): never {
  fail(`Invalid unpack stream: these ${bytes.length} bytes are not 0-packed, or their end is missing`);
}
