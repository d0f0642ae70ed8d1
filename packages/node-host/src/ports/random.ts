/**
 * Secure random bytes.
 *
 * @module
 */
import { randomFillSync } from "node:crypto";

/** Fills `bytes` from the system's generator. */
export function nodeRandom(bytes: Uint8Array): void {
  randomFillSync(bytes);
}
