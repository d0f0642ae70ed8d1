/**
 * Global names as one node knows them, and the messages that wait for a name to appear.
 *
 * Source: service-src/service_harbor.c; semantics.md §1, §2.
 *
 * @module
 */
import type { Body } from "./message.ts";

/** A message for a name that nobody has yet. */
export interface Parked {
  readonly type: number;
  readonly session: number;
  readonly source: number;
  readonly body: Body;
  readonly size: number;
}

const NONE: readonly string[] = [];

/** Name table of the harbor network; on a single node it is all there is. */
export class GlobalNames {
  /** Names given so far, as {@link LocalNames.changes}. */
  changes = 0;
  readonly #names = new Map<string, number>();
  readonly #byHandle = new Map<number, string[]>();
  readonly #parked = new Map<string, Parked[]>();
  readonly #deliver: (handle: number, message: Parked) => void;

  /** @param deliver - Sends a parked message on, once its name is known. */
  constructor(deliver: (handle: number, message: Parked) => void) {
    this.#deliver = deliver;
  }

  find(name: string): number | undefined {
    return this.#names.get(name);
  }

  /** Keeps a message until {@link define} gives the name a handle. */
  park(name: string, message: Parked): void {
    const queue = this.#parked.get(name);
    if (queue === undefined) this.#parked.set(name, [message]);
    else queue.push(message);
  }

  /** Gives a name its handle and sends on what waited for it. */
  define(name: string, handle: number): void {
    this.changes++;
    this.#names.set(name, handle);
    const names = this.#byHandle.get(handle);
    if (names === undefined) this.#byHandle.set(handle, [name]);
    else names.push(name);
    const queue = this.#parked.get(name);
    if (queue === undefined) return;
    this.#parked.delete(name);
    for (const message of queue) this.#deliver(handle, message);
  }

  /** The global names of a handle. */
  of(handle: number): readonly string[] {
    return this.#byHandle.get(handle) ?? NONE;
  }
}
