/**
 * Socket addresses as Skynet writes them: `host:port` in one text, IPv6 in brackets.
 *
 * Source: lua-socket.c (address_port); rules in api.md §8.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { SocketAddress } from "../../ports/tcp.ts";

/**
 * Splits an address.
 *
 * @param address - A host when `port` is given; else `host:port` or `[v6]:port`.
 * @throws {@link SkynetError} `ARGUMENT`: `Invalid address X.` when there is no port in it, `Invalid port in address X.` when it is none.
 *
 * @example
 * ```ts
 * parseAddress("[::1]:8888"); // { host: "::1", port: 8888 }
 * ```
 */
export function parseAddress(address: string, port?: number): SocketAddress {
  if (port !== undefined) return { host: address, port };
  const found = /^\[([^\]]*)\]:(.*)$/.exec(address) ?? /^([^:[]*):(.*)$/.exec(address);
  if (found === null)
    throw new SkynetError("ARGUMENT", `Invalid address ${address}. Write host:port or [ipv6]:port, or give the port separately`);
  const number = /^\d{1,5}$/.test(found[2]!) ? Number(found[2]) : NaN;
  if (!(number <= 65535)) throw new SkynetError("ARGUMENT", `Invalid port in address ${address}. It must be a number from 0 to 65535`);
  return { host: found[1]!, port: number };
}

/** How Skynet prints one: `ip:port`, without brackets for IPv6. */
export function formatAddress(address: SocketAddress | undefined): string {
  return address === undefined ? "" : `${address.host}:${address.port}`;
}
