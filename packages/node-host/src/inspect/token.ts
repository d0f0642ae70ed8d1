/**
 * Tokens of the inspector endpoint: made once per start, compared in constant time, never logged.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Shortest token that is taken: 22 base64url characters are 132 bits. */
export const MIN_TOKEN_LENGTH = 22;

/** A new token of 192 bits from the system's secure random, as base64url. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Makes the judge of a token. Both sides are hashed first, so neither content nor length shows in the time it takes. */
export function tokenCheck(token: string): (offered: string) => boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const expected = digest(token);
  return (offered) => timingSafeEqual(digest(offered), expected);
}
