/**
 * Counts how often each of some keys occurs, in all and lately. Knows nothing of messages; time is handed in.
 *
 * @module
 */

/** Moments kept: with one a second, "lately" is ten seconds. */
const MARKS = 10;
/** Keys told apart by one tally; what comes under further ones is counted together. */
const MOST_KEYS = 1_000;

/** The moments of several tallies that are counted side by side. */
export class Marks {
  readonly #times = new Float64Array(MARKS);
  readonly #startUs: number;
  #count = 0;

  constructor(nowUs: number) {
    this.#startUs = nowUs;
  }

  get startUs(): number {
    return this.#startUs;
  }

  /** The moment of the last mark. */
  get lastUs(): number {
    return this.#count === 0 ? this.#startUs : this.#times[(this.#count - 1) % MARKS]!;
  }

  /** The place of the oldest mark that is kept, which the next one will take; -1 while the count began later than that. */
  get oldest(): number {
    return this.#count < MARKS ? -1 : this.#count % MARKS;
  }

  /** Since when "lately" is. */
  get sinceUs(): number {
    return this.oldest < 0 ? this.#startUs : this.#times[this.oldest]!;
  }

  /** Sets a mark. Each tally must be told of its place. @returns the place. */
  set(nowUs: number): number {
    const place = this.#count++ % MARKS;
    this.#times[place] = nowUs;
    return place;
  }
}

/** How often one key occurred. */
class Count {
  total = 0;
  /** The total at each mark. */
  readonly at = new Float64Array(MARKS);
}

/** A key with its figures. */
export interface Ranked<K> {
  readonly key: K;
  readonly total: number;
  /** Occurrences since {@link Marks.sinceUs}. */
  readonly lately: number;
}

/** See the file's comment. */
export class Tally<K> {
  readonly #counts = new Map<K, Count>();
  /** Keys told apart. */
  get size(): number {
    return this.#counts.size;
  }
  /** Occurrences of keys for which there was no place any more. */
  others = 0;

  add(key: K): void {
    let count = this.#counts.get(key);
    if (count === undefined) {
      if (this.#counts.size >= MOST_KEYS) {
        this.others++;
        return;
      }
      this.#counts.set(key, (count = new Count()));
    }
    count.total++;
  }

  /** Notes the totals at a mark. Keys that did not occur lately make place where there is none left. */
  mark(place: number, oldest: number): void {
    const full = this.#counts.size >= MOST_KEYS;
    for (const [key, count] of this.#counts) {
      if (full && oldest >= 0 && count.at[oldest] === count.total) {
        this.#counts.delete(key);
        this.others += count.total;
      } else count.at[place] = count.total;
    }
  }

  /** The keys that occurred most lately, and of equal ones those that occurred most in all. */
  top(oldest: number, most: number): Ranked<K>[] {
    return [...this.#counts]
      .map(([key, { total, at }]) => ({ key, total, lately: total - (oldest < 0 ? 0 : at[oldest]!) }))
      .sort((a, b) => b.lately - a.lately || b.total - a.total)
      .slice(0, most);
  }
}
