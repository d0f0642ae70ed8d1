/**
 * `/metrics` over HTTP, in OpenMetrics. Off unless somebody starts it; bound to this machine unless told otherwise.
 *
 * @module
 */
import { createServer } from "node:http";
import { SkynetError } from "@skyloom/runtime";
import type { InspectSource } from "@skyloom/runtime/inspect";
import { hostRules, isLoopback, urlHost } from "../inspect/hosts.ts";
import { MIN_TOKEN_LENGTH, tokenCheck } from "../inspect/token.ts";
import { HostMetrics } from "./collect.ts";
import { DEFAULT_METRICS_PORT } from "./port.ts";

/** Options of {@link startMetricsServer}. */
export interface MetricsServerOptions {
  readonly source: InspectSource;
  /** Address to bind; default 127.0.0.1. Any other than a loopback address needs a `token`. */
  readonly address?: string;
  /** Port; default 9464; 0 takes a free one. */
  readonly port?: number;
  /** Asked for as `Authorization: Bearer …`. At least 22 characters. Default: none on a loopback address. */
  readonly token?: string;
}

/** A running endpoint. */
export interface MetricsServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the endpoint.
 *
 * @throws SkynetError `ARGUMENT` for an address that needs a token, or a token that is too short; `SOCKET` when the port cannot be had.
 *
 * @example
 * ```ts
 * import { startMetricsServer } from "@skyloom/node-host";
 * import { nodeSource } from "@skyloom/runtime/inspect";
 *
 * const source = nodeSource({ mode: "node", name: "game", runtime: "0.1.0", id: "1", nodes: [{ name: "game", node }] });
 * const metrics = await startMetricsServer({ source });
 * console.log(`metrics: ${metrics.url}`);
 * ```
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { address = "127.0.0.1", port = DEFAULT_METRICS_PORT, token } = options;
  if (token === undefined && !isLoopback(address))
    throw new SkynetError(
      "ARGUMENT",
      `the metrics would be open to the network on ${address}: give them a token of your own, or bind them to 127.0.0.1`,
    );
  if (token !== undefined && token.length < MIN_TOKEN_LENGTH)
    throw new SkynetError(
      "ARGUMENT",
      `the token of the metrics has ${token.length} characters; it needs at least ${MIN_TOKEN_LENGTH} random ones`,
    );
  const check = token === undefined ? () => true : tokenCheck(token);
  const rules = hostRules(address, []);
  const metrics = new HostMetrics(options.source);
  let current: Promise<string> | undefined;
  const http = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const text = (status: number, body: string): void => answer(status, "text/plain; charset=utf-8", `${body}\n`);
    if (!rules.host(request.headers.host)) return text(421, "This host does not answer to that name. Use its address.");
    if (request.method !== "GET" && request.method !== "HEAD") return text(405, "The metrics are read with GET.");
    if ((request.url ?? "").replace(/\?.*$/s, "") !== "/metrics") return text(404, "The metrics are at /metrics.");
    if (!check((request.headers.authorization ?? "").replace(/^Bearer /, "")))
      return text(401, "A token is needed: Authorization: Bearer …");
    // Two scrapes at once share one reading.
    current ??= metrics.text().finally(() => (current = undefined));
    current.then(
      (body) => answer(200, metrics.registry.contentType, body),
      (error: unknown) => text(500, `The host could not be read: ${error instanceof Error ? error.message : String(error)}`),
    );
  });
  http.headersTimeout = 5_000;
  http.requestTimeout = 10_000;
  http.maxConnections = 16;
  await new Promise<void>((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => {
      const where = `${urlHost(address)}:${port}`;
      const why = error.code === "EADDRINUSE" ? "the port is taken" : error.message;
      reject(new SkynetError("SOCKET", `the metrics cannot listen on ${where}: ${why}`, { cause: error }));
    });
    http.listen(port, address, resolve);
  });
  const bound = (http.address() as { port: number }).port;
  return {
    port: bound,
    url: `http://${urlHost(address)}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}
