/**
 * The relay, loaded when it is asked for.
 *
 * @module
 */
import type { RelayServer, RelayServerOptions } from "./server.ts";

export { DEFAULT_RELAY_PORT } from "./defaults.ts";
export type { RelayServer, RelayServerOptions } from "./server.ts";
export type { RelayLimits } from "./session.ts";

/**
 * Lends the TCP of this host to browser tabs, which use it with `relayTcp` of `@skyloom/runtime/browser`.
 *
 * @throws SkynetError `ARGUMENT` for an address that needs a token, a token that is too short, a limit or an entry of a list that is
 * none; `SOCKET` when the port cannot be had.
 *
 * @example
 * ```ts
 * import { startRelay } from "@skyloom/node-host";
 *
 * const relay = await startRelay({ listen: ["127.0.0.1:8888"], origins: ["http://localhost:5173"] });
 * console.log(relay.url);
 * ```
 */
export async function startRelay(options: RelayServerOptions): Promise<RelayServer> {
  const server = await import("./server.ts");
  return server.startRelay(options);
}
