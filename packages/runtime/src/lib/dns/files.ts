/**
 * The two files that every system keeps for name look-ups: which names have addresses of their own, and which server is asked for the rest.
 *
 * Formats as hosts(5) and resolv.conf(5) say. Knows no files port: texts come in.
 *
 * @module
 */

/** Addresses by name in lower case. */
export interface Hosts {
  readonly ipv4: ReadonlyMap<string, readonly string[]>;
  readonly ipv6: ReadonlyMap<string, readonly string[]>;
}

/** What a text looks like, as Skynet decides it: digits and dots are IPv4, a colon makes IPv6. */
export function kindOf(name: string): "ipv4" | "ipv6" | "hostname" {
  if (/^[\d.]+$/.test(name)) return "ipv4";
  return name.includes(":") ? "ipv6" : "hostname";
}

/** Reads a hosts file. Lines that are none are left out. */
export function readHosts(text: string): Hosts {
  const hosts = { ipv4: new Map<string, string[]>(), ipv6: new Map<string, string[]>() };
  for (const line of text.split("\n")) {
    const [, address = "", names = ""] = /^\s*([[\]\da-fA-F.:]+)\s+([^#;]+)/.exec(line) ?? [];
    const kind = kindOf(address);
    if (kind === "hostname" || address === "") continue;
    for (const name of names.trim().split(/\s+/)) {
      const list = hosts[kind].get(name.toLowerCase());
      if (list === undefined) hosts[kind].set(name.toLowerCase(), [address]);
      else list.push(address);
    }
  }
  return hosts;
}

/** The first name server of a resolv.conf. */
export function readNameServer(text: string): string | undefined {
  return /^[^\S\n]*nameserver[^\S\n]+([^#;\s]+)/m.exec(text)?.[1];
}
