/**
 * UTF-8 in both directions, fast for the short texts that messages are made of.
 *
 * Knows bytes and strings, no format. Decoding is strict: what is not valid UTF-8 is not a text, and the caller keeps the bytes.
 * Encoding writes U+FFFD for half a surrogate pair, as the web's TextEncoder does.
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const char = String.fromCharCode;

/** Up to this many UTF-16 units a loop here beats the call into the host's encoder (measured on Node 20). */
const LOOP_UNITS = 28;
/** Up to this many bytes the same holds for decoding. */
const LOOP_BYTES = 40;

/** The UTF-8 bytes of a text, in an array of their own. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Writes a text as UTF-8.
 *
 * @param target - Must have room for `3 * text.length` bytes from `at` on.
 * @returns the position after the last byte written.
 */
export function writeText(target: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length > LOOP_UNITS) return at + encoder.encodeInto(text, target.subarray(at)).written;
  let i = 0;
  for (; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return writeWide(target, at, text, i);
    target[at++] = unit;
  }
  return at;
}

/** The rest of a short text from its first unit beyond ASCII on. */
function writeWide(target: Uint8Array, at: number, text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      target[at++] = code;
      continue;
    }
    if (code < 0x800) {
      target[at++] = 0xc0 | (code >> 6);
      target[at++] = 0x80 | (code & 0x3f);
      continue;
    }
    if (code >= 0xd800 && code < 0xe000) {
      const low = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
        target[at++] = 0xf0 | (code >> 18);
        target[at++] = 0x80 | ((code >> 12) & 0x3f);
        target[at++] = 0x80 | ((code >> 6) & 0x3f);
        target[at++] = 0x80 | (code & 0x3f);
        continue;
      }
      code = 0xfffd;
    }
    target[at++] = 0xe0 | (code >> 12);
    target[at++] = 0x80 | ((code >> 6) & 0x3f);
    target[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

/** The text in `bytes[start, end)`, or `undefined` when that is not valid UTF-8. A byte order mark is part of the text. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= LOOP_BYTES) {
    const text = asciiText(bytes, start, end);
    if (text !== undefined) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** The text of bytes that are all ASCII; `undefined` at the first one that is not. */
function asciiText(bytes: Uint8Array, at: number, end: number): string | undefined {
  let text = "";
  for (; end - at >= 8; at += 8) {
    const a = bytes[at]!;
    const b = bytes[at + 1]!;
    const c = bytes[at + 2]!;
    const d = bytes[at + 3]!;
    const e = bytes[at + 4]!;
    const f = bytes[at + 5]!;
    const g = bytes[at + 6]!;
    const h = bytes[at + 7]!;
    if ((a | b | c | d | e | f | g | h) > 0x7f) return undefined;
    text += char(a, b, c, d, e, f, g, h);
  }
  if (end - at >= 4) {
    const a = bytes[at]!;
    const b = bytes[at + 1]!;
    const c = bytes[at + 2]!;
    const d = bytes[at + 3]!;
    if ((a | b | c | d) > 0x7f) return undefined;
    text += char(a, b, c, d);
    at += 4;
  }
  switch (end - at) {
    case 3: {
      const a = bytes[at]!;
      const b = bytes[at + 1]!;
      const c = bytes[at + 2]!;
      return (a | b | c) > 0x7f ? undefined : text + char(a, b, c);
    }
    case 2: {
      const a = bytes[at]!;
      const b = bytes[at + 1]!;
      return (a | b) > 0x7f ? undefined : text + char(a, b);
    }
    case 1: {
      const a = bytes[at]!;
      return a > 0x7f ? undefined : text + char(a);
    }
    default:
      return text;
  }
}

/**
 * A bounded memory of short ASCII texts seen in byte streams, so that a field name met a million times is one string.
 *
 * One entry per slot; a text that hashes to a taken slot takes it over, so hostile input can make it useless but not large.
 */
export class TextCache {
  readonly #slots: (string | undefined)[];
  readonly #mask: number;
  readonly #intern: boolean;

  /**
   * @param bits - log2 of the number of slots.
   * @param intern - Make texts ready for use as property names; costs a little more at the first sight of one.
   */
  constructor(bits: number, intern: boolean) {
    this.#slots = Array.from({ length: 1 << bits }, () => undefined);
    this.#mask = (1 << bits) - 1;
    this.#intern = intern;
  }

  /** As {@link decodeText}. */
  read(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    let hash = length;
    let seen = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      seen |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (seen > 0x7f) return decodeText(bytes, start, end);
    const slot = (hash ^ (hash >>> 13)) & this.#mask;
    const known = this.#slots[slot];
    if (known !== undefined && known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    let text = decodeText(bytes, start, end)!;
    if (this.#intern) text = Object.keys({ [text]: 0 })[0]!;
    this.#slots[slot] = text;
    return text;
  }
}
