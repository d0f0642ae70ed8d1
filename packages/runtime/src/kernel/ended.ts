/**
 * How the latest services ended, for people who ask after one that is gone. Knows nothing of what ran in them.
 *
 * @module
 */

/** The end of a service. */
export interface EndedService {
  /** Milliseconds since the node started. */
  readonly atMs: number;
  /** Who ended it: its own handle when it ended itself, 0 when the node did. */
  readonly by: number;
  /** Why, where the one who ended it said so. */
  readonly reason: string | undefined;
}

/** Ends that are kept; the oldest is forgotten first. */
const KEPT = 1024;

/** The latest ends by handle. */
export class EndedServices {
  readonly #ends = new Map<number, EndedService>();

  note(handle: number, end: EndedService): void {
    if (this.#ends.size >= KEPT) this.#ends.delete(this.#ends.keys().next().value!);
    this.#ends.set(handle, end);
  }

  of(handle: number): EndedService | undefined {
    return this.#ends.get(handle);
  }
}
