/**
 * Local names of services: one node, first registration wins.
 *
 * Source: skynet-src/skynet_handle.c (skynet_handle_namehandle); semantics.md §1.
 *
 * @module
 */

const NONE: readonly string[] = [];

/** Name table; names are kept without the leading dot. */
export class LocalNames {
  /** Names given so far: who remembers names can tell by it that there are others. */
  changes = 0;
  readonly #byName = new Map<string, number>();
  readonly #byHandle = new Map<number, string[]>();

  /** Gives `handle` a name; false, and nothing happens, when the name is taken. */
  register(name: string, handle: number): boolean {
    if (this.#byName.has(name)) return false;
    this.changes++;
    this.#byName.set(name, handle);
    const names = this.#byHandle.get(handle);
    if (names === undefined) this.#byHandle.set(handle, [name]);
    else names.push(name);
    return true;
  }

  find(name: string): number | undefined {
    return this.#byName.get(name);
  }

  /** The names of a service, oldest first. */
  of(handle: number): readonly string[] {
    return this.#byHandle.get(handle) ?? NONE;
  }

  /** Forgets all names of a service that ended. */
  retire(handle: number): void {
    for (const name of this.of(handle)) this.#byName.delete(name);
    this.#byHandle.delete(handle);
  }
}
