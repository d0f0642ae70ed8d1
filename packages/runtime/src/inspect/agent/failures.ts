/**
 * Counts wrong tokens per peer, so that guessing is slow. Knows nothing of tokens.
 *
 * @module
 */
import { limits } from "./limits.ts";

/** Remembers the times of recent failures; bounded in peers and in times. */
export class Failures {
  readonly #times = new Map<string, number[]>();

  /** Counts a failure at `now` (milliseconds). */
  add(peer: string, now: number): void {
    const times = this.#recent(peer, now);
    times.push(now);
    // Last in the map = latest: when there are too many peers, the one that has been quiet longest is forgotten.
    this.#times.delete(peer);
    this.#times.set(peer, times);
    if (this.#times.size > limits.peers) this.#times.delete(this.#times.keys().next().value!);
  }

  /** Milliseconds until the peer may try again; 0 when it may now. */
  blockedMs(peer: string, now: number): number {
    const times = this.#recent(peer, now);
    return times.length < limits.failures ? 0 : times[times.length - limits.failures]! + limits.failureWindowMs - now;
  }

  #recent(peer: string, now: number): number[] {
    const times = this.#times.get(peer);
    if (times === undefined) return [];
    while (times.length > 0 && now - times[0]! >= limits.failureWindowMs) times.shift();
    if (times.length === 0) this.#times.delete(peer);
    return times;
  }
}
