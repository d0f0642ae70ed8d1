/**
 * Bodies that come in parts, put together again. Knows bytes, no connections.
 *
 * @module
 */

/** What a body and a part of it take beside their bytes, about: a peer must not fill the memory with empty ones. */
const OVERHEAD = 256;

interface Open<T> {
  readonly about: T;
  readonly size: number;
  parts: Uint8Array[];
  have: number;
  /** What it takes. */
  cost: number;
  /** It cannot become what was announced, or is too much: nothing of it is kept. */
  spoiled: boolean;
}

/**
 * The bodies that are under way on one connection, by session. Their memory grows with what has come, not with what was announced.
 *
 * @typeParam T - What is kept with a body until it is whole.
 */
export class LargeBodies<T> {
  readonly #most: number;
  readonly #open = new Map<number, Open<T>>();
  #cost = 0;

  /** @param most - Bytes that may be held for all of them together. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bodies under way. */
  get count(): number {
    return this.#open.size;
  }

  /** Begins a body; one of the same session is forgotten. @returns false when so many are under way that their connection should be closed. */
  begin(session: number, size: number, about: T): boolean {
    this.forget(session);
    const open = { about, size, parts: [], have: 0, cost: 0, spoiled: size > this.#most };
    this.#open.set(session, open);
    this.#charge(open, OVERHEAD);
    return this.#cost <= this.#most + OVERHEAD;
  }

  /**
   * Takes a part.
   *
   * @returns nothing while more parts are to come. Else what was kept with the body, and the body: `undefined` when it is not what was
   * announced, or larger than all may be.
   */
  add(
    session: number,
    part: Uint8Array,
    last: boolean,
  ): { readonly about: T | undefined; readonly body: Uint8Array | undefined } | undefined {
    const open = this.#open.get(session);
    if (open === undefined) return last ? { about: undefined, body: undefined } : undefined;
    open.have += part.length;
    if (!open.spoiled && part.length > 0) {
      open.parts.push(part);
      this.#charge(open, OVERHEAD + part.length);
      if (open.have > open.size || this.#cost > this.#most) this.#spoil(open);
    }
    if (!last) return undefined;
    this.forget(session);
    return { about: open.about, body: open.spoiled || open.have !== open.size ? undefined : joined(open.parts, open.size) };
  }

  forget(session: number): void {
    const open = this.#open.get(session);
    if (open === undefined) return;
    this.#cost -= open.cost;
    this.#open.delete(session);
  }

  #charge(open: Open<T>, cost: number): void {
    open.cost += cost;
    this.#cost += cost;
  }

  #spoil(open: Open<T>): void {
    open.spoiled = true;
    open.parts = [];
    this.#charge(open, OVERHEAD - open.cost);
  }
}

/** Parts in one piece. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
