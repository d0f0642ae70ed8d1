/**
 * Bytes that come in pieces, as one array: as many pieces as you like cost no more than their bytes.
 *
 * @module
 */

/** Grows by doubling. */
export class ByteBuilder {
  #bytes: Uint8Array;
  #length = 0;

  /** @param expected - Bytes that will probably come; more is no error. */
  constructor(expected = 0) {
    this.#bytes = new Uint8Array(Math.min(expected, 64 * 1024));
  }

  get length(): number {
    return this.#length;
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2, 256));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  /** All of it. Nothing may be appended afterwards. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
