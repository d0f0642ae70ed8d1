/**
 * Addresses as people type them on the command line.
 *
 * @module
 */
import { CommandError } from "./command-error.ts";

/** Where to connect or listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `[v6]:port`, `host`, `:port`, `port` or nothing; what is missing comes from `fallback`.
 *
 * @param what - What the address is for, e.g. `--inspect`.
 * @throws CommandError when it is none.
 */
export function readAddress(text: string, fallback: Address, what: string): Address {
  if (text === "") return fallback;
  if (/^\d+$/.test(text)) return { host: fallback.host, port: portOf(text, text, what) };
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(.*))?$/.exec(text);
  if (parts === null || (text.endsWith(":") && parts[3] === "")) throw bad(text, what);
  const host = parts[1] ?? parts[2] ?? "";
  return { host: host === "" ? fallback.host : host, port: parts[3] === undefined ? fallback.port : portOf(parts[3], text, what) };
}

function portOf(port: string, text: string, what: string): number {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw bad(text, what);
  return Number(port);
}

function bad(text: string, what: string): CommandError {
  return new CommandError(`${what} ${JSON.stringify(text)} is no address: expected host:port, [v6 address]:port or a port from 0 to 65535`);
}
