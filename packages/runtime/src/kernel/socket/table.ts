/**
 * Socket ids: 65536 slots, given out in turn so that an id comes back as late as possible.
 *
 * Source: socket_server.c (reserve_id).
 *
 * @module
 */

/** How many sockets can be open at once. */
export const MAX_SOCKETS = 65_536;
const SLOT_MASK = MAX_SOCKETS - 1;
const ID_MASK = 0x7fffffff;

/** Entries by id. */
export class SocketTable<E extends { readonly id: number }> {
  readonly #slots: (E | undefined)[] = [undefined];
  #last: number;
  #count = 0;

  /** @param last - The id before the first one. Tests start close to the wrap. */
  constructor(last = 0) {
    this.#last = last;
  }

  /** How many there are. */
  get size(): number {
    return this.#count;
  }

  /** A positive id whose slot is free; 0 when all are taken. It is taken by {@link set}. */
  reserve(): number {
    if (this.#count === MAX_SOCKETS) return 0;
    for (;;) {
      const id = (this.#last = (this.#last + 1) & ID_MASK);
      if (id !== 0 && this.#slots[id & SLOT_MASK] === undefined) return id;
    }
  }

  get(id: number): E | undefined {
    const entry = this.#slots[id & SLOT_MASK];
    return entry !== undefined && entry.id === id ? entry : undefined;
  }

  set(entry: E): void {
    const slot = entry.id & SLOT_MASK;
    while (this.#slots.length <= slot) this.#slots.push(undefined);
    this.#slots[slot] = entry;
    this.#count++;
  }

  delete(entry: E): void {
    const slot = entry.id & SLOT_MASK;
    if (this.#slots[slot] !== entry) return;
    this.#slots[slot] = undefined;
    this.#count--;
  }

  /** All entries, by slot. */
  *[Symbol.iterator](): Iterator<E> {
    for (const entry of this.#slots) if (entry !== undefined) yield entry;
  }
}
