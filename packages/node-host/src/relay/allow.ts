/**
 * What a relay's tabs may reach, and where they may listen: lists of `host:port`, and nothing that is not in them.
 *
 * Names are compared as names and addresses as addresses: a name is never resolved to find out whether it is allowed, so nobody gets an
 * address by a name of his own that points there. Knows no sockets.
 *
 * @module
 */
import { BlockList, isIP } from "node:net";
import { SkynetError } from "@skyloom/runtime";

/** Whether a host and a port are in a list. */
export type Allowed = (host: string, port: number) => boolean;

interface Entry {
  readonly host: (host: string) => boolean;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads a list. An entry is `host:port`; the host a name, `*.suffix`, an address, `[v6]`, `address/prefix` or `*`, the port a number, a
 * range `from-to` or `*`, which is every port but 0. Port 0, a free one, has to be named.
 *
 * @param what - What the list is for, for texts, e.g. `--allow`.
 * @throws {@link SkynetError} `ARGUMENT` for an entry that is none.
 *
 * @example
 * ```ts
 * const allowed = allowList(["127.0.0.1:6379", "*.example.com:443", "10.1.0.0/16:7000-7010"], "destinations");
 * allowed("10.1.2.3", 7001); // true
 * allowed("localhost", 6379); // false: it is another word than 127.0.0.1
 * ```
 */
export function allowList(entries: readonly string[], what: string): Allowed {
  const list = entries.map((text) => entry(text, what));
  return (host, port) => list.some((e) => port >= e.from && port <= e.to && e.host(host));
}

function entry(text: string, what: string): Entry {
  const bad = (why: string): SkynetError =>
    new SkynetError(
      "ARGUMENT",
      `${what}: ${JSON.stringify(text)} is no entry: ${why}; expected e.g. 127.0.0.1:8888, *.example.com:443 or 10.0.0.0/8:7000-7010`,
    );
  const parts = /^(?:\[([^\]]+)\](\/\d+)?|([^:[\]]+)):([^:]+)$/.exec(text.trim());
  if (parts === null) throw bad("it is not host:port");
  const [, v6, prefix = "", plain, ports] = parts;
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports!);
  if (range === null && ports !== "*") throw bad(`its port is neither a number, a range nor *`);
  const from = range === null ? 1 : Number(range[1]);
  const to = range === null ? 65_535 : Number(range[2] ?? range[1]);
  if (from > to || to > 65_535) throw bad("ports go from 0 to 65535, upwards");
  const host = hostRule(v6 === undefined ? plain! : `${v6}${prefix}`, v6 !== undefined);
  if (typeof host === "string") throw bad(host);
  return { host, from, to };
}

/** @returns the rule, or what is wrong. */
function hostRule(text: string, mustBeV6: boolean): Entry["host"] | string {
  if (text === "*") return () => true;
  const [base = "", bits] = text.split("/", 2);
  const version = isIP(base);
  if (version === 0) {
    if (mustBeV6 || bits !== undefined) return "what stands in brackets or before a / must be an address";
    const name = base.toLowerCase();
    if (!/^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(name) || /^[\d.]+$/.test(name))
      return "its host is neither a name nor an address";
    return name.startsWith("*.")
      ? (host) => isName(host) && host.toLowerCase().endsWith(name.slice(1))
      : (host) => host.toLowerCase() === name;
  }
  const family = version === 6 ? "ipv6" : "ipv4";
  const most = version === 6 ? 128 : 32;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return `its prefix must be from 0 to ${most}`;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(base, family);
  else list.addSubnet(base, Number(bits), family);
  return (host) => {
    const is = isIP(host);
    // A zone says where a link-local address leads; no list can.
    return is !== 0 && !host.includes("%") && list.check(host, is === 6 ? "ipv6" : "ipv4");
  };
}

/** A name of letters; what looks like an odd spelling of an address, as 127.1 or 0x7f000001, is none. */
function isName(host: string): boolean {
  return isIP(host) === 0 && /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(host);
}
