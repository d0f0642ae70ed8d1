/**
 * The seeded dice of a simulated network. Knows nothing of what they decide.
 *
 * @module
 */

/**
 * Makes a generator of numbers in [0, 1). The same seed gives the same numbers on every host (mulberry32, integer arithmetic only).
 *
 * @param seed - Any number; its lower 32 bits count.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
