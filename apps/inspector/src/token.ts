/**
 * Takes a token out of the address and keeps it for this tab, before anything else runs (INS-URL-3).
 *
 * `#k=<token>` may be followed by other parameters, e.g. `#k=…&c=ws://…`; they stay in the address.
 *
 * @module
 */
import { formatRoute, homeRoute } from "@skyloom/devtools";

const KEY = "skyloom.token ";

/** Splits an address's hash into its token and the hash that remains; `undefined` when there is no token in it. */
export function splitToken(hash: string): { readonly token: string; readonly c: string | undefined; readonly hash: string } | undefined {
  if (!hash.startsWith("#k=")) return undefined;
  const parameters = new URLSearchParams(hash.slice(1));
  const token = parameters.get("k") ?? "";
  parameters.delete("k");
  const rest = Object.fromEntries(parameters);
  return { token, c: rest["c"], hash: formatRoute({ ...homeRoute, rest }) };
}

/** Moves a token from the address into the session, and cleans the address. */
export function takeToken(): void {
  const found = splitToken(location.hash);
  if (found === undefined) return;
  history.replaceState(null, "", found.hash);
  if (found.token === "") return;
  try {
    sessionStorage.setItem(KEY + (found.c ?? ""), found.token);
  } catch {
    // Without storage the token lasts until the next reload: the page that follows reads it from here.
    forgetful.set(found.c ?? "", found.token);
  }
}

const forgetful = new Map<string, string>();

/** The token for a connection, if one was handed over in this tab. */
export function tokenFor(c: string | undefined): string | undefined {
  try {
    return sessionStorage.getItem(KEY + (c ?? "")) ?? forgetful.get(c ?? "");
  } catch {
    return forgetful.get(c ?? "");
  }
}
