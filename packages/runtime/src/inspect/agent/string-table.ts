/**
 * The agent's side of a connection's string table: each text travels once and is an id from then on.
 *
 * Knows nothing of rows. Ids are dense from 0, so that the client keeps an array.
 *
 * @module
 */
import type { StringAdditions } from "../frames.ts";

/** Gives ids to texts and remembers which of them the client has not been told yet. */
export class StringTable {
  readonly #ids = new Map<string, number>();
  #fresh: string[] = [];
  #first = 0;

  /** Texts in the table. */
  get size(): number {
    return this.#ids.size;
  }

  /** The id of a text; a new one joins the table. */
  id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(text, id);
      this.#fresh.push(text);
    }
    return id;
  }

  /** What the client must be told with the next frame. */
  take(): StringAdditions | undefined {
    if (this.#fresh.length === 0) return undefined;
    const additions = { first: this.#first, values: this.#fresh };
    this.#first += this.#fresh.length;
    this.#fresh = [];
    return additions;
  }

  /** Forgets everything: the next additions begin at 0, which tells the client to do the same. */
  reset(): void {
    this.#ids.clear();
    this.#fresh = [];
    this.#first = 0;
  }
}
