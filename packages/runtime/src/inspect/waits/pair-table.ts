/**
 * A table from pairs of 32-bit numbers to small numbers, kept in typed arrays: filled and asked ten thousand times a second without garbage.
 *
 * Knows nothing of what the numbers mean.
 *
 * @module
 */

const SMALLEST = 64;

/** Pairs may be in it several times; each has its own value. */
export class PairTable {
  #first = new Int32Array(SMALLEST);
  #second = new Int32Array(SMALLEST);
  #values = new Int32Array(SMALLEST).fill(-1);
  #mask = SMALLEST - 1;
  #count = 0;

  /** Empties it and makes room for about `expected` pairs. */
  clear(expected: number): void {
    let size = SMALLEST;
    while (size < expected * 2) size *= 2;
    if (size > this.#mask + 1 || size * 8 < this.#mask + 1) this.#resize(size);
    else if (this.#count > 0) this.#values.fill(-1);
    this.#count = 0;
  }

  /** Adds a pair. `value` is 0 or more. */
  add(first: number, second: number, value: number): void {
    if (++this.#count * 2 > this.#mask + 1) this.#grow();
    this.#put(first | 0, second | 0, value);
  }

  /** The first slot with this pair, or -1. Ask {@link value} what is there, and {@link next} for another. */
  find(first: number, second: number): number {
    return this.#from(hash(first | 0, second | 0) & this.#mask, first | 0, second | 0);
  }

  /** The next slot with the same pair, or -1. */
  next(slot: number): number {
    return this.#from((slot + 1) & this.#mask, this.#first[slot]!, this.#second[slot]!);
  }

  /** What is in a slot. */
  value(slot: number): number {
    return this.#values[slot]!;
  }

  #from(start: number, first: number, second: number): number {
    for (let at = start; this.#values[at]! >= 0; at = (at + 1) & this.#mask)
      if (this.#second[at] === second && this.#first[at] === first) return at;
    return -1;
  }

  #put(first: number, second: number, value: number): void {
    let at = hash(first, second) & this.#mask;
    while (this.#values[at]! >= 0) at = (at + 1) & this.#mask;
    this.#first[at] = first;
    this.#second[at] = second;
    this.#values[at] = value;
  }

  #resize(size: number): void {
    this.#first = new Int32Array(size);
    this.#second = new Int32Array(size);
    this.#values = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
  }

  #grow(): void {
    const first = this.#first;
    const second = this.#second;
    const values = this.#values;
    this.#resize((this.#mask + 1) * 2);
    for (let i = 0; i < values.length; i++) if (values[i]! >= 0) this.#put(first[i]!, second[i]!, values[i]!);
  }
}

function hash(first: number, second: number): number {
  let h = Math.imul(first, 0x9e3779b1) + second;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}
