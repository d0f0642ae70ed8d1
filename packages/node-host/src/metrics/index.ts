/**
 * Metrics for a monitoring system, loaded when they are asked for.
 *
 * @module
 */
import type { MetricsServer, MetricsServerOptions } from "./server.ts";

export { DEFAULT_METRICS_PORT } from "./port.ts";
export type { MetricsServer, MetricsServerOptions } from "./server.ts";

/**
 * Starts `/metrics`; see {@link MetricsServerOptions}.
 *
 * @throws SkynetError `ARGUMENT` for an address that needs a token, or a token that is too short; `SOCKET` when the port cannot be had.
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = await import("./server.ts");
  return server.startMetricsServer(options);
}
