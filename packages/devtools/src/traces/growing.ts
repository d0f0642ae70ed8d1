/**
 * Columns of numbers that grow: typed arrays behind `push`. Knows nothing of what they hold.
 *
 * @module
 */

/** Whole numbers of 32 bits. */
export class Words {
  length = 0;
  #data = new Uint32Array(64);

  /** @returns the place it got. */
  push(value: number): number {
    if (this.length === this.#data.length) {
      const wider = new Uint32Array(2 * this.length);
      wider.set(this.#data);
      this.#data = wider;
    }
    this.#data[this.length] = value;
    return this.length++;
  }

  at(i: number): number {
    return this.#data[i]!;
  }

  /** The same bits as a signed number. */
  signedAt(i: number): number {
    return this.#data[i]! | 0;
  }

  set(i: number, value: number): void {
    this.#data[i] = value;
  }

  values(): Uint32Array {
    return this.#data.slice(0, this.length);
  }

  signed(): Int32Array {
    return new Int32Array(this.#data.slice(0, this.length).buffer);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#data.subarray(0, this.length));
  }
}

/** Numbers with fractions. */
export class Floats {
  length = 0;
  #data = new Float64Array(64);

  /** @returns the place it got. */
  push(value: number): number {
    if (this.length === this.#data.length) {
      const wider = new Float64Array(2 * this.length);
      wider.set(this.#data);
      this.#data = wider;
    }
    this.#data[this.length] = value;
    return this.length++;
  }

  at(i: number): number {
    return this.#data[i]!;
  }

  set(i: number, value: number): void {
    this.#data[i] = value;
  }

  values(): Float64Array {
    return this.#data.slice(0, this.length);
  }
}
