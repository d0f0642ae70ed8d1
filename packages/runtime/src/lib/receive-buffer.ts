/**
 * Bytes that arrived and were not read yet.
 *
 * @module
 */

const EMPTY = new Uint8Array(0);

/** A queue of chunks that can be read by size, by line or whole. */
export class ReceiveBuffer {
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that are read already. */
  #offset = 0;
  #length = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Gives bytes back that were read: they come first again. */
  unread(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#offset > 0) this.#chunks[0] = this.#chunks[0]!.subarray(this.#offset);
    this.#offset = 0;
    this.#chunks.unshift(chunk);
    this.#length += chunk.length;
  }

  /** Exactly `size` bytes, or `undefined` when there are fewer. */
  pop(size: number): Uint8Array | undefined {
    if (size > this.#length || size < 0) return undefined;
    if (size === 0) return EMPTY;
    const first = this.#chunks[0]!;
    if (first.length - this.#offset >= size) {
      const part = first.subarray(this.#offset, this.#offset + size);
      this.#skip(size);
      return part;
    }
    const whole = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const chunk = this.#chunks[0]!;
      const part = chunk.subarray(this.#offset, Math.min(chunk.length, this.#offset + size - at));
      whole.set(part, at);
      at += part.length;
      this.#skip(part.length);
    }
    return whole;
  }

  /** Everything; empty when there is nothing. */
  readall(): Uint8Array {
    return this.pop(this.#length)!;
  }

  /** Where `separator` begins, or -1. */
  find(separator: Uint8Array): number {
    let base = 0;
    for (let c = 0; c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c]!;
      const from = c === 0 ? this.#offset : 0;
      for (let i = chunk.indexOf(separator[0]!, from); i >= 0; i = chunk.indexOf(separator[0]!, i + 1))
        if (this.#matches(c, i, separator)) return base + i - from;
      base += chunk.length - from;
    }
    return -1;
  }

  /** Everything up to `separator`, which is dropped; `undefined` when it has not come. */
  readline(separator: Uint8Array): Uint8Array | undefined {
    const at = this.find(separator);
    if (at < 0) return undefined;
    const line = this.pop(at)!;
    this.pop(separator.length);
    return line;
  }

  #matches(chunk: number, index: number, separator: Uint8Array): boolean {
    let c = chunk;
    let i = index;
    for (const byte of separator) {
      while (c < this.#chunks.length && i >= this.#chunks[c]!.length) {
        c++;
        i = 0;
      }
      if (c >= this.#chunks.length || this.#chunks[c]![i] !== byte) return false;
      i++;
    }
    return true;
  }

  #skip(count: number): void {
    this.#length -= count;
    this.#offset += count;
    if (this.#offset < this.#chunks[0]!.length) return;
    this.#chunks.shift();
    this.#offset = 0;
  }
}
