/**
 * The texts of a recorded channel: each once, numbered from 0.
 *
 * @module
 */
import type { StringAdditions } from "@skyloom/runtime/inspect";

/** See the file's comment. */
export class Texts {
  readonly #ids = new Map<string, number>();
  readonly #values: string[] = [];
  #told = 0;

  /** The number of a text. */
  id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#values.push(text) - 1;
      this.#ids.set(text, id);
    }
    return id;
  }

  /** All texts so far, for the first frame: whoever reads it forgets those of before. */
  additions(): StringAdditions {
    this.#told = this.#values.length;
    return { first: 0, values: this.#values.slice() };
  }

  /** Texts that have come since, for a later frame. */
  more(): StringAdditions | undefined {
    if (this.#told === this.#values.length) return undefined;
    const first = this.#told;
    this.#told = this.#values.length;
    return { first, values: this.#values.slice(first) };
  }
}
