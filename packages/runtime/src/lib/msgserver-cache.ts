/**
 * The answers that a message server keeps for one user: by session, until enough newer requests have come.
 *
 * Knows no sockets: a connection is a number. Source: wire.md §10.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";

/** A request and, once there is one, its answer. */
export interface KeptAnswer {
  /** The connection that waits for it; `undefined` once it is finished. */
  fd: number | undefined;
  frame: Uint8Array | undefined;
  /** The connection's index when it was last asked for or finished. */
  version: number | undefined;
  /** The user's counter at that time. */
  index: number;
}

/** Kept answers of one user. */
export class AnswerCache {
  readonly #expired: number;
  readonly #answers: Map<number, KeptAnswer> = new Map();
  #index = 0;
  #open = 0;

  /** @param expired - Requests after which an answer may go. */
  constructor(expired: number) {
    this.#expired = expired;
  }

  /** Answers kept, and requests under way. */
  get size(): number {
    return this.#answers.size;
  }

  /** Requests under way. */
  get open(): number {
    return this.#open;
  }

  /**
   * What is known of a session: the same request, asked again. From now on its answer goes to `fd`. A finished session of the same
   * connection is free to be used again, and is not known any more.
   *
   * @throws SkynetError `ARGUMENT` `Conflict session` when one that is under way is asked for again and again on one connection.
   */
  find(session: number, fd: number, version: number): KeptAnswer | undefined {
    const known = this.#answers.get(session);
    if (known === undefined) return undefined;
    if (known.version === version) {
      this.#answers.delete(session);
      if (known.frame === undefined) throw new SkynetError("ARGUMENT", `Conflict session ${session}: its request is still under way`);
      return undefined;
    }
    if (known.frame === undefined) known.fd = fd;
    known.version = version;
    known.index = this.#index;
    return known;
  }

  /** A request begins. */
  begin(session: number, fd: number): KeptAnswer {
    const entry: KeptAnswer = { fd, frame: undefined, version: undefined, index: this.#index };
    this.#answers.set(session, entry);
    this.#open++;
    return entry;
  }

  /** A request has its answer. @returns the connection that waits for it. */
  finish(entry: KeptAnswer, frame: Uint8Array, version: number): number {
    const fd = entry.fd!;
    this.#open--;
    entry.fd = undefined;
    entry.frame = frame;
    entry.version = version;
    entry.index = this.#index;
    return fd;
  }

  /** One more answer was given: every now and then the old ones go. */
  counted(): void {
    this.#index++;
    if (this.#index < this.#expired * 2) return;
    let newest = 0;
    for (const [session, entry] of this.#answers) {
      if (entry.frame === undefined) continue;
      if (entry.index < this.#expired) this.#answers.delete(session);
      else {
        entry.index -= this.#expired;
        newest = Math.max(newest, entry.index);
      }
    }
    this.#index = newest + 1;
  }
}
