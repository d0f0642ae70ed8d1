/**
 * Takes tokens out of the address and keeps them for this tab, before anything else runs (INS-URL-3).
 *
 * `#k=<token>` may be followed by other parameters, e.g. `#k=…&c=ws://…`; they stay in the address. Each token belongs to one connection and is
 * sent to no other: with several connections the tokens come in the same order.
 *
 * @module
 */
import { formatRoute, homeRoute } from "@skyloom/devtools";
import { readConnections, writeConnections } from "./addresses.ts";

const KEY = "skyloom.token ";

/** What an address hands over. */
export interface Handed {
  /** By connection; empty for the host that served the page. */
  readonly tokens: ReadonlyMap<string, string>;
  /** The hash without them. */
  readonly hash: string;
}

/** Splits an address's hash into its tokens and the hash that remains; `undefined` when there is no token in it. */
export function splitToken(hash: string): Handed | undefined {
  if (!hash.startsWith("#k=")) return undefined;
  const parameters = new URLSearchParams(hash.slice(1));
  const given = parameters.getAll("k");
  const written = parameters.getAll("c");
  const keys = readConnections(written.length === 0 ? undefined : written.join(","));
  parameters.delete("k");
  parameters.delete("c");
  // One `k` for several hosts lists their tokens; for one host it is the token, whatever is in it.
  const tokens = given.length === 1 && keys.length > 1 ? given[0]!.split(",") : given;
  const c = writeConnections(keys);
  const rest = { ...Object.fromEntries(parameters), ...(c === undefined ? {} : { c }) };
  return {
    tokens: new Map(keys.flatMap((key, i) => (tokens[i] === undefined || tokens[i] === "" ? [] : [[key, tokens[i]] as const]))),
    hash: formatRoute({ ...homeRoute, rest }),
  };
}

/** Moves tokens from the address into the session, and cleans the address. */
export function takeToken(): void {
  const found = splitToken(location.hash);
  if (found === undefined) return;
  history.replaceState(null, "", found.hash);
  for (const [key, token] of found.tokens) keepToken(key, token);
}

/** Keeps the token of a connection for this tab. */
export function keepToken(key: string, token: string): void {
  try {
    sessionStorage.setItem(KEY + key, token);
  } catch {
    // Without storage the token lasts until the next reload: the page that follows reads it from here.
    forgetful.set(key, token);
  }
}

const forgetful = new Map<string, string>();

/** The token for a connection, if one was handed over in this tab. */
export function tokenFor(key: string): string | undefined {
  try {
    return sessionStorage.getItem(KEY + key) ?? forgetful.get(key);
  } catch {
    return forgetful.get(key);
  }
}
