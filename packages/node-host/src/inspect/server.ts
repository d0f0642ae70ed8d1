/**
 * The inspector's endpoint in Node: its page and its WebSocket on one port.
 *
 * Knows nothing of what is inspected: that is the agent's business. Off unless somebody starts it; bound to this machine unless told otherwise.
 *
 * @module
 */
import { createServer } from "node:http";
import { SUB_PROTOCOL } from "@skyloom/runtime/inspect";
import type { Agent, Scope } from "@skyloom/runtime/inspect";
import { WebSocketServer } from "ws";
import { listenHttp, refuseUpgrade } from "./endpoint.ts";
import { DEFAULT_INSPECT_PORT, hostRules, judgeUpgrade, urlHost } from "./hosts.ts";
import type { UpgradeEndpoint } from "./hosts.ts";
import { staticFiles, text } from "./static-files.ts";
import { tokenCheck, tokenFor } from "./token.ts";
import { encodeFrame, HARD_INBOUND_BYTES, linkSocket } from "./ws-link.ts";

const PATH = "/inspect";
/** Open sockets at once, page requests included. */
const MAX_SOCKETS = 64;
const PING_MS = 30_000;

/** Options of {@link startInspectServer}. */
export interface InspectServerOptions {
  readonly agent: Agent;
  /** Address to bind; default 127.0.0.1. Any other than a loopback address needs a `token`. */
  readonly address?: string;
  /** Port; default 7400; 0 takes a free one. */
  readonly port?: number;
  /** How many further ports to try when one is taken; default 0. */
  readonly moveUp?: number;
  /** Folder of the built inspector. Default: no page, only the endpoint. */
  readonly staticDir?: string;
  /** Default: a new one of 192 bits. At least 22 characters. */
  readonly token?: string;
  /** What the token grants; default `read`. */
  readonly scopes?: readonly Scope[];
  /** Origins of pages that may connect besides the endpoint's own, e.g. `https://inspect.example.com`. */
  readonly origins?: readonly string[];
  /** Gets one line for each client that was refused or sent away. Tokens never appear in it. */
  readonly log?: (line: string) => void;
}

/** A running endpoint. */
export interface InspectServer {
  readonly address: string;
  readonly port: number;
  /** The port that was asked for, where that one was taken. */
  readonly movedFrom: number | undefined;
  readonly token: string;
  /** The address to open, token included: print it once. */
  readonly url: string;
  /** Tells the clients, ends their connections and stops listening. The agent lives on. */
  close(): Promise<void>;
}

/**
 * Starts the endpoint.
 *
 * @throws {@link SkynetError} `ARGUMENT` for an address that needs a token, or a token that is too short.
 * @throws {@link SkynetError} `SOCKET` when the port cannot be had.
 *
 * @example
 * ```ts
 * const inspector = await startInspectServer({ agent, staticDir: "apps/inspector/dist" });
 * console.log(`inspector: ${inspector.url}`);
 * ```
 */
export async function startInspectServer(options: InspectServerOptions): Promise<InspectServer> {
  const { agent, address = "127.0.0.1", port = DEFAULT_INSPECT_PORT, moveUp = 0, log = () => {} } = options;
  const token = tokenFor("the inspector", address, options.token);
  const check = tokenCheck(token);
  const scopes = options.scopes ?? ["read"];
  const rules = hostRules(address, options.origins ?? []);
  const files = staticFiles(options.staticDir);

  const http = createServer((request, response) => {
    if (!rules.host(request.headers.host))
      return text(
        response,
        421,
        `This host does not answer to the name "${request.headers.host ?? ""}". Use its address, or configure the origin.`,
      );
    files(request, response);
  });
  http.maxConnections = MAX_SOCKETS;
  http.headersTimeout = 5_000;
  http.requestTimeout = 10_000;

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: HARD_INBOUND_BYTES,
    perMessageDeflate: false,
    // An older or newer page is let in far enough to be told the versions.
    handleProtocols: (offered) => (offered.has(SUB_PROTOCOL) ? SUB_PROTOCOL : [...offered].find(isOurs)!),
  });
  http.on("upgrade", (request, socket, head) => {
    const refusal = judgeUpgrade(request, rules, ENDPOINT);
    if (refusal !== undefined) {
      log(`inspector: ${request.socket.remoteAddress ?? "a client"} was refused: ${refusal[1]}`);
      return refuseUpgrade(socket, ...refusal);
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const peer = request.socket.remoteAddress ?? "unknown address";
      linkSocket(ws, agent, { peer, check: (offered) => (check(offered) ? scopes : undefined) }, log);
      let alive = true;
      ws.on("pong", () => (alive = true));
      const heart = setInterval(() => {
        if (!alive) return ws.terminate();
        alive = false;
        ws.ping();
      }, PING_MS);
      heart.unref();
      ws.on("close", () => clearInterval(heart));
    });
  });

  const bound = await listenHttp(http, address, port, { what: "the inspector", flag: "--inspect=", moveUp });
  return {
    address,
    port: bound,
    movedFrom: bound === port || port === 0 ? undefined : port,
    token,
    url: `http://${urlHost(address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address)}:${bound}/#k=${token}`,
    close: async () => {
      const done = new Promise<void>((resolve) => http.close(() => resolve()));
      for (const ws of sockets.clients) {
        ws.send(encodeFrame({ type: "err", code: "CLOSING", msg: "the host ends its inspector" }));
        ws.close(1001, "the host ends its inspector");
      }
      // Who has not answered the close by then is cut off.
      const cut = setTimeout(() => {
        for (const ws of sockets.clients) ws.terminate();
        http.closeAllConnections();
      }, 250);
      http.closeIdleConnections();
      await done;
      clearTimeout(cut);
    },
  };
}

const isOurs = (protocol: string): boolean => protocol.startsWith("skynet-inspect.");

const ENDPOINT: UpgradeEndpoint = {
  name: "the inspector's endpoint",
  path: PATH,
  protocol: SUB_PROTOCOL,
  speaks: isOurs,
  option: "the option origins",
};
