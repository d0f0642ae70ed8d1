/**
 * `skynet.dns`: addresses of names, from the hosts file, from answers that are still good, or from a name server.
 *
 * Source: lualib/skynet/dns.lua; api.md §10.
 *
 * @module
 */
import { fork } from "../core/api/tasks.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { currentContext } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { addressBytes, addressText } from "../kernel/socket/index.ts";
import { DnsClient } from "./dns/client.ts";
import { kindOf, readHosts, readNameServer } from "./dns/files.ts";
import type { Hosts } from "./dns/files.ts";

/** The first address and all of them; the list is absent for a name that is an address itself. */
export type Resolved = readonly [ip: string, list: readonly string[] | undefined] | readonly [ip: undefined, err: "illegal name"];

/** The first address and all of them, or why there are none. */
export type ResolvedInTime = Resolved | readonly [ip: undefined, err: "timeout"];

/** Takes what {@link Dns.resolve} finds: address and list, or nothing and the text of the error. */
export type DnsCallback = (ip: string | undefined, list: readonly string[] | string | undefined) => unknown;

const PORT = 53;
const LONGEST_NAME = 1024;
const LONGEST_LABEL = 63;

interface State {
  hostsFile: string;
  configFile: string;
  hosts: Hosts | undefined;
  readonly client: DnsClient;
}

const state = perService((): State => ({
  hostsFile: "/etc/hosts",
  configFile: "/etc/resolv.conf",
  hosts: undefined,
  client: new DnsClient(() => readNameServer(textOf(state().configFile))),
}));

function textOf(path: string): string {
  return path === "" ? "" : (currentContext("dns").kernel.ports.files?.readText(path) ?? "");
}

/**
 * Chooses the name server of this service.
 *
 * @param address - Default: the first one of {@link Dns.DEFAULT_RESOLV_CONF}.
 * @param port - Default 53.
 */
function server(address?: string, port: number = PORT): void {
  state().client.use(address === undefined ? undefined : { address, port });
}

/** A name as it is asked for; `undefined` when it cannot be one. */
function nameOf(text: string): string | undefined {
  if (text.length > LONGEST_NAME || !/^[_a-z\d\-.]+$/.test(text)) return undefined;
  const labels = text.split(".").filter((label) => label !== "");
  return labels.length === 0 || labels.some((label) => label.length > LONGEST_LABEL) ? undefined : labels.join(".");
}

function* find(text: string, ipv6: boolean, limit?: number): Operation<ResolvedInTime> {
  const lower = text.toLowerCase();
  if (kindOf(lower) !== "hostname") return [lower, undefined];
  const name = nameOf(lower);
  if (name === undefined) return [undefined, "illegal name"];
  const mine = state();
  mine.hosts ??= readHosts(textOf(mine.hostsFile));
  const own = mine.hosts[ipv6 ? "ipv6" : "ipv4"].get(name);
  const list = own ?? (yield* mine.client.resolve(name, ipv6 ? "AAAA" : "A", limit));
  return list === undefined ? [undefined, "timeout"] : [list[0]!, list];
}

const resolveName = operation("dns.resolve", function* (name: string, ipv6: boolean = false): Operation<Resolved> {
  return (yield* find(name, ipv6)) as Resolved;
});

/**
 * Finds the addresses of a name. A literal address is its own answer.
 *
 * @param ipv6 - Asks for IPv6 addresses instead of IPv4 ones.
 * @returns `[first, all]`; `[undefined, "illegal name"]` for a text that cannot be a name.
 * @throws SkynetError `DNS`: `timeout or no answer`, with the name and the reason, when the server says nothing for 30 s or knows no address;
 * an answer that was good once is given instead, if there is one. `UNSUPPORTED` on a host without UDP.
 * @remarks Suspends. With a function as second argument it does not: that is called with address and list, or with nothing and a text.
 *
 * @example
 * ```ts
 * import { dns } from "@skyloom/runtime/dns";
 *
 * dns.server("127.0.0.1", 5353);
 * const [ip, all] = yield* dns.resolve("game.example");
 * ```
 */
function resolve(name: string, callback: DnsCallback): undefined;
function resolve(name: string, ipv6?: boolean): Operation<Resolved>;
function resolve(name: string, second?: boolean | DnsCallback): Operation<Resolved> | undefined {
  if (typeof second !== "function") return resolveName(name, second ?? false);
  fork(function* () {
    let found: readonly [string | undefined, readonly string[] | string | undefined];
    try {
      found = yield* find(name, false);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      found = [undefined, error.message];
    }
    return second(...found);
  });
  return undefined;
}

/**
 * {@link resolve} with a limit of its own.
 *
 * @param limit - Centiseconds to wait at most.
 * @returns `[undefined, "timeout"]` when they are over; the answer may still come, and the next call finds it.
 * @remarks Suspends.
 */
function* resolve_sync(name: string, limit: number): Operation<ResolvedInTime> {
  return yield* find(name, false, Math.max(0, limit));
}

/** Forgets all answers of this service. */
function flush(): void {
  state().client.flush();
}

/**
 * An address as text.
 *
 * @param ip - 4 or 16 bytes, or an IPv4 address as a number whose highest byte comes first.
 * @throws SkynetError `ARGUMENT` for anything else.
 */
function ip_to_str(ip: Uint8Array | number): string {
  if (typeof ip === "number" && Number.isInteger(ip) && ip >= 0 && ip <= 0xffffffff)
    return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join(".");
  if (ip instanceof Uint8Array && (ip.length === 4 || ip.length === 16)) return addressText(ip);
  throw new SkynetError(
    "ARGUMENT",
    `dns.ip_to_str takes 4 or 16 bytes or a 32-bit number, not ${ip instanceof Uint8Array ? `${ip.length} bytes` : String(ip)}`,
  );
}

/** The 4 or 16 bytes of an address; `undefined` when the text is none. */
function str_to_ip(text: string): Uint8Array | undefined {
  return addressBytes(text);
}

/** What `require "skynet.dns"` gives. */
export interface Dns {
  readonly server: typeof server;
  readonly resolve: typeof resolve;
  readonly resolve_sync: (name: string, limit: number) => Operation<ResolvedInTime>;
  readonly flush: typeof flush;
  readonly ip_to_str: typeof ip_to_str;
  readonly str_to_ip: typeof str_to_ip;
  /** File of names with addresses of their own, for this service; read once. Empty for none. */
  DEFAULT_HOSTS: string;
  /** File that names the server, for this service. Empty for none. */
  DEFAULT_RESOLV_CONF: string;
}

/** Addresses of names. */
export const dns: Dns = {
  server,
  resolve,
  resolve_sync: operation("dns.resolve_sync", resolve_sync),
  flush,
  ip_to_str,
  str_to_ip,
  get DEFAULT_HOSTS() {
    return state().hostsFile;
  },
  set DEFAULT_HOSTS(path: string) {
    const mine = state();
    mine.hostsFile = path;
    mine.hosts = undefined;
  },
  get DEFAULT_RESOLV_CONF() {
    return state().configFile;
  },
  set DEFAULT_RESOLV_CONF(path: string) {
    state().configFile = path;
  },
};
