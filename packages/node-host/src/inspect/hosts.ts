/**
 * Who may talk to the endpoint from a browser: decides over `Host` and `Origin` headers.
 *
 * A page of a foreign site can make its visitors' browsers call 127.0.0.1, also under a name of its own that it lets point there. So only
 * addresses written as numbers, `localhost` and what was configured count as ours. Knows nothing of tokens, which are asked for in any case.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Port of the endpoint when none is given. */
export const DEFAULT_INSPECT_PORT = 7400;

/** Whether an address only reaches this machine. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}

/** Writes an address as a URL wants it: IPv6 in brackets. */
export function urlHost(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

/** The rules of one endpoint. */
export interface HostRules {
  /** Whether a request with this `Host` header may be answered. */
  host(header: string | undefined): boolean;
  /** Whether a page of this origin may connect; `host` is the request's own `Host` header. */
  origin(origin: string | undefined, host: string | undefined): boolean;
}

/**
 * @param address - What the endpoint is bound to.
 * @param origins - Further origins that are allowed, e.g. `https://inspect.example.com` behind a proxy.
 */
export function hostRules(address: string, origins: readonly string[]): HostRules {
  const allowed = new Set(origins.map((o) => o.replace(/\/$/, "").toLowerCase()));
  const names = new Set([...allowed].map((o) => o.replace(/^[a-z]+:\/\//, "")));
  const known = (header: string): boolean => {
    const name = header.toLowerCase();
    if (names.has(name)) return true;
    const bare = name.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
    if (bare === "localhost" || bare === address.toLowerCase()) return true;
    if (isIP(bare) === 0) return false;
    return !isLoopback(address) || isLoopback(bare);
  };
  return {
    host: (header) => header !== undefined && known(header),
    origin: (origin, host) => {
      // Programs that are no browsers send none; they still need the token.
      if (origin === undefined) return isLoopback(address);
      const o = origin.toLowerCase();
      return allowed.has(o) || (host !== undefined && known(host) && o === `http://${host.toLowerCase()}`);
    },
  };
}

/** A WebSocket endpoint, as far as its refusals speak of it. */
export interface UpgradeEndpoint {
  /** For people, e.g. `the relay's endpoint`. */
  readonly name: string;
  readonly path: string;
  /** The sub-protocol a client should offer, for people. */
  readonly protocol: string;
  /** Whether an offered sub-protocol will do. */
  speaks(offered: string): boolean;
  /** What allows further origins, for people. */
  readonly option: string;
}

/** Why an upgrade is refused: status and text; `undefined` when it is not. */
export function judgeUpgrade(request: IncomingMessage, rules: HostRules, endpoint: UpgradeEndpoint): readonly [number, string] | undefined {
  const { host, origin } = request.headers;
  const path = (request.url ?? "").replace(/\?.*$/s, "");
  if (path !== endpoint.path) return [404, `${endpoint.name} is ${endpoint.path}, not ${JSON.stringify(path.slice(0, 80))}`];
  if (!rules.host(host)) return [421, `this host does not answer to the name ${JSON.stringify(host ?? "")}`];
  if (!rules.origin(origin, host))
    return [
      403,
      `pages of ${origin === undefined ? "no origin" : JSON.stringify(origin)} may not connect; allow it with ${endpoint.option}`,
    ];
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((p) => p.trim());
  if (!offered.some((p) => endpoint.speaks(p))) return [400, `the client does not offer the sub-protocol ${endpoint.protocol}`];
  return undefined;
}
