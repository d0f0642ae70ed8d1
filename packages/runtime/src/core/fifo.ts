/**
 * A first-in, first-out queue that costs nothing until it is used.
 *
 * @module
 */

const COMPACT_AT = 64;

/** Array with a moving head. */
export class Queue<T> {
  #items: (T | undefined)[] | undefined = undefined;
  #head = 0;

  get length(): number {
    return this.#items === undefined ? 0 : this.#items.length - this.#head;
  }

  push(item: T): void {
    (this.#items ??= []).push(item);
  }

  shift(): T | undefined {
    const items = this.#items;
    if (items === undefined || this.#head === items.length) return undefined;
    const item = items[this.#head];
    items[this.#head++] = undefined;
    if (this.#head === items.length) {
      items.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 > items.length) {
      items.copyWithin(0, this.#head);
      items.length -= this.#head;
      this.#head = 0;
    }
    return item;
  }

  /** Takes one item out of the middle; false when it is not there. */
  remove(item: T): boolean {
    const at = this.#items?.indexOf(item, this.#head) ?? -1;
    if (at < 0) return false;
    this.#items!.splice(at, 1);
    return true;
  }

  clear(): void {
    this.#items = undefined;
    this.#head = 0;
  }

  /** What waits, oldest first. */
  toArray(): T[] {
    return (this.#items ?? []).slice(this.#head) as T[];
  }
}
