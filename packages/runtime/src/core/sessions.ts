/**
 * The table of sessions a service waits for, indexed by `session & mask`: consecutive numbers make that several times faster than a Map.
 *
 * Source: semantics.md §3, design D6.
 *
 * @module
 */

const MOST_SLOTS = 1024;

/** Session numbers are positive 32-bit integers; after this one they start over at 1. */
export const LAST_SESSION = 0x7fffffff;

/** Pending sessions of one service. */
export class SessionTable<T extends { readonly session: number }> {
  /** One slot to begin with: most services never wait for two things at once. */
  #slots: (T | undefined)[] = [undefined];
  #mask = 0;
  #overflow: Map<number, T> | undefined = undefined;
  #last = 0;

  /** A number that no pending session has. */
  next(): number {
    do {
      this.#last = this.#last === LAST_SESSION ? 1 : this.#last + 1;
    } while (this.get(this.#last) !== undefined);
    return this.#last;
  }

  /** Starts over behind `session`; for tests of the wrap-around. */
  continueAfter(session: number): void {
    this.#last = session;
  }

  get(session: number): T | undefined {
    const found = this.#slots[session & this.#mask];
    if (found !== undefined && found.session === session) return found;
    return this.#overflow === undefined ? undefined : this.#overflow.get(session);
  }

  put(entry: T): void {
    let slot = entry.session & this.#mask;
    while (this.#slots[slot] !== undefined) {
      if (this.#mask + 1 >= MOST_SLOTS) {
        // The one that has waited longer moves out; it is the less likely to be asked for soon.
        const old = this.#slots[slot]!;
        (this.#overflow ??= new Map()).set(old.session, old);
        break;
      }
      this.#double();
      slot = entry.session & this.#mask;
    }
    this.#slots[slot] = entry;
  }

  /** Removes a session; the entry it had. */
  take(session: number): T | undefined {
    const slot = session & this.#mask;
    const found = this.#slots[slot];
    if (found !== undefined && found.session === session) {
      this.#slots[slot] = undefined;
      return found;
    }
    if (this.#overflow === undefined) return undefined;
    const old = this.#overflow.get(session);
    if (old !== undefined) this.#overflow.delete(session);
    return old;
  }

  /** Looks at every pending entry, in no order. */
  each(look: (entry: T) => void): void {
    for (const e of this.#slots) if (e !== undefined) look(e);
    if (this.#overflow !== undefined) this.#overflow.forEach(look);
  }

  /** All pending entries, smallest session first. */
  all(): T[] {
    const list = this.#slots.filter((e) => e !== undefined);
    if (this.#overflow !== undefined) list.push(...this.#overflow.values());
    return list.sort((a, b) => a.session - b.session);
  }

  #double(): void {
    const size = (this.#mask + 1) * 2;
    const slots: (T | undefined)[] = Array.from({ length: size }, () => undefined);
    // Entries in one half never share a slot in the doubled table.
    for (const e of this.#slots) if (e !== undefined) slots[e.session & (size - 1)] = e;
    this.#slots = slots;
    this.#mask = size - 1;
  }
}
