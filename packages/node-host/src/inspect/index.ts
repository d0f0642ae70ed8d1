/**
 * The inspector's endpoint and page, loaded when they are asked for: a node without them must not pay for them at start.
 *
 * @module
 */
import type { InspectServer, InspectServerOptions } from "./server.ts";

export { DEFAULT_INSPECT_PORT } from "./hosts.ts";
export type { InspectServer, InspectServerOptions } from "./server.ts";

/**
 * Starts the endpoint; see {@link InspectServerOptions}.
 *
 * @throws SkynetError `ARGUMENT` for an address that needs a token, or a token that is too short; `SOCKET` when the port cannot be had.
 *
 * @example
 * ```ts
 * import { startInspectServer } from "@skyloom/node-host";
 *
 * const inspector = await startInspectServer({ agent, staticDir: "apps/inspector/dist" });
 * console.log(`inspector: ${inspector.url}`);
 * ```
 */
export async function startInspectServer(options: InspectServerOptions): Promise<InspectServer> {
  const server = await import("./server.ts");
  return server.startInspectServer(options);
}
export { processMemory } from "./process-memory.ts";
