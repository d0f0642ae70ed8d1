/**
 * Handles: the 32-bit numbers services are known by, and the table that finds a service by its handle.
 *
 * Source: skynet-src/skynet_handle.c; semantics.md §1.
 *
 * @module
 */

const INDEX_MASK = 0xffffff;

/** Index kept for the host's own end: promises that wait outside of any service. Never handed to a service. */
const HOST_INDEX = 0xffffff;

/** Hash table of services by handle; sizes double, slot = handle mod size. */
export class HandleTable<T extends { readonly handle: number }> {
  /** The harbor id in the top byte of every handle. */
  readonly harborBits: number;
  /** The handle of the host's own end. */
  readonly hostHandle: number;
  #slots: (T | undefined)[];
  #mask = 3;
  #next = 1;
  #count = 0;

  constructor(harbor: number) {
    this.harborBits = (harbor << 24) >>> 0;
    this.hostHandle = (this.harborBits | HOST_INDEX) >>> 0;
    this.#slots = Array.from({ length: 4 }, () => undefined);
  }

  /** Services alive. */
  get count(): number {
    return this.#count;
  }

  /**
   * Chooses the next handle and stores what `make` makes of it: the first number at or above the counter whose slot is free.
   */
  register(make: (handle: number) => T): T {
    for (;;) {
      let index = this.#next;
      // Two more than there are slots: the step from the last index to 1 leaves two numbers out, and with them the slots they stand for.
      for (let i = 0; i <= this.#mask + 2; i++, index++) {
        if (index >= HOST_INDEX) index = 1;
        const slot = index & this.#mask;
        if (this.#slots[slot] === undefined) {
          this.#next = index + 1;
          const made = make((this.harborBits | index) >>> 0);
          this.#slots[slot] = made;
          this.#count++;
          return made;
        }
      }
      this.#grow();
    }
  }

  /** Goes on behind `index`; for tests of the wrap-around. */
  continueAfter(index: number): void {
    this.#next = index + 1;
  }

  /** Frees a handle; false when nobody has it. */
  retire(handle: number): boolean {
    if (this.find(handle) === undefined) return false;
    this.#slots[handle & this.#mask] = undefined;
    this.#count--;
    return true;
  }

  /** The service with this handle. */
  find(handle: number): T | undefined {
    const found = this.#slots[handle & this.#mask];
    return found !== undefined && found.handle === handle ? found : undefined;
  }

  /** All services, in no order. */
  snapshot(): T[] {
    const list: T[] = [];
    for (const s of this.#slots) if (s !== undefined) list.push(s);
    return list;
  }

  /** All services, smallest handle first. */
  all(): T[] {
    return this.snapshot().sort((a, b) => a.handle - b.handle);
  }

  #grow(): void {
    const size = (this.#mask + 1) * 2;
    if (size > INDEX_MASK) throw new RangeError("no handle is free: 16,777,214 services are alive");
    const grown: (T | undefined)[] = Array.from({ length: size }, () => undefined);
    for (const s of this.#slots) if (s !== undefined) grown[s.handle & (size - 1)] = s;
    this.#slots = grown;
    this.#mask = size - 1;
  }
}

/** A handle as Skynet prints it: `:0000000a`. */
export function handleText(handle: number): string {
  return `:${handle.toString(16).padStart(8, "0")}`;
}
