/**
 * Tokens of the inspector endpoint: made once per start, compared in constant time, never logged.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { SkynetError } from "@skyloom/runtime";
import { isLoopback } from "./hosts.ts";

/** Shortest token that is taken: 22 base64url characters are 132 bits. */
export const MIN_TOKEN_LENGTH = 22;

/**
 * The token of an endpoint: the one given, or a new one.
 *
 * @param what - The endpoint in messages, e.g. `the relay`.
 * @throws SkynetError `ARGUMENT` for one that is too short, and without one where others than this machine can reach the address.
 */
export function tokenFor(what: string, address: string, token: string | undefined): string {
  if (token === undefined && !isLoopback(address))
    throw new SkynetError(
      "ARGUMENT",
      `${what} would be open to the network on ${address}: give it a token of your own, or bind it to 127.0.0.1`,
    );
  if (token !== undefined && token.length < MIN_TOKEN_LENGTH)
    throw new SkynetError("ARGUMENT", `${what}'s token has ${token.length} characters; it needs at least ${MIN_TOKEN_LENGTH} random ones`);
  return token ?? newToken();
}

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
