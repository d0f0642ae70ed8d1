/**
 * The relay's endpoint in Node: lends tabs the TCP of this host, over one WebSocket each.
 *
 * Off unless somebody starts it; bound to this machine unless told otherwise; reaches nothing and listens nowhere that is not allowed by
 * name. What a tab may do with its WebSocket is the session's business.
 *
 * @module
 */
import { createServer } from "node:http";
import { SkynetError } from "@skyloom/runtime";
import { MAX_FRAME_BYTES, RELAY_SUB_PROTOCOL } from "@skyloom/runtime/relay";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { listenHttp, refuseUpgrade } from "../inspect/endpoint.ts";
import { hostRules, judgeUpgrade, urlHost } from "../inspect/hosts.ts";
import type { UpgradeEndpoint } from "../inspect/hosts.ts";
import { tokenCheck, tokenFor } from "../inspect/token.ts";
import { cutReason } from "../inspect/ws-link.ts";
import { nodeClock, nodeTcp } from "../ports/index.ts";
import { allowList } from "./allow.ts";
import { DEFAULT_RELAY_PORT, relayDefaults } from "./defaults.ts";
import { RelaySession } from "./session.ts";
import type { RelayLimits, RelaySettings } from "./session.ts";

const PATH = "/relay";
const PING_MS = 30_000;
/** So many wrong tokens of one address in {@link FORGET_MS} stop it. */
const MAX_WRONG = 5;
const FORGET_MS = 60_000;

/** Options of {@link startRelay}: without `allow` and `listen` a tab can do nothing. */
export interface RelayServerOptions extends Partial<RelayLimits> {
  /** Destinations that tabs may connect to, e.g. `127.0.0.1:6379`, `*.example.com:443`, `10.0.0.0/8:7000-7010`. Default: none. */
  readonly allow?: readonly string[];
  /** Where tabs may listen, e.g. `127.0.0.1:8888`; port 0 is any free one. Default: nowhere. */
  readonly listen?: readonly string[];
  /** Address to bind; default 127.0.0.1. Any other than a loopback address needs a `token`. */
  readonly address?: string;
  /** Port; default 7402; 0 takes a free one. */
  readonly port?: number;
  /** Default: a new one of 192 bits. At least 22 characters. */
  readonly token?: string;
  /** Origins of pages that may connect besides those served at the relay's own address, e.g. `http://localhost:5173`. */
  readonly origins?: readonly string[];
  /** Tabs at once; default 8. */
  readonly maxTabs?: number;
  /** Gets one line for each tab that comes, goes, or is refused something. Tokens never appear in it. */
  readonly log?: (line: string) => void;
}

/** A running relay. */
export interface RelayServer {
  readonly address: string;
  readonly port: number;
  readonly token: string;
  /** What a tab needs, token included: print it once. */
  readonly url: string;
  /** Tabs that are there, and their connections. */
  readonly tabs: number;
  readonly connections: number;
  /** Ends all connections and listeners of all tabs, and stops listening. */
  close(): Promise<void>;
}

/** See `startRelay` of the package. */
export async function startRelay(options: RelayServerOptions): Promise<RelayServer> {
  const { address = "127.0.0.1", port = DEFAULT_RELAY_PORT, origins = [], log = () => {} } = options;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const limits: RelayLimits & { readonly maxTabs: number } = { ...relayDefaults, ...given };
  for (const key of Object.keys(relayDefaults) as (keyof typeof relayDefaults)[])
    if (!(Number.isFinite(limits[key]) && limits[key] > 0))
      throw new SkynetError("ARGUMENT", `the relay's ${key} must be a number above 0, not ${String(limits[key])}`);
  const token = tokenFor("the relay", address, options.token);
  const isRight = tokenCheck(token);
  const rules = hostRules(address, origins);
  const clock = nodeClock();
  const common: Omit<RelaySettings, "check"> = {
    ...limits,
    tcp: nodeTcp(),
    clock,
    mayConnect: allowList(options.allow ?? [], "the relay's destinations"),
    mayListen: allowList(options.listen ?? [], "the relay's listening addresses"),
    log,
  };
  const wrong = new Guesses();
  const sessions = new Set<RelaySession>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => RELAY_SUB_PROTOCOL,
  });
  const http = createServer((_request, response) => {
    response
      .writeHead(404, { "content-type": "text/plain; charset=utf-8" })
      .end(`This is a relay: tabs connect to ${PATH} with a WebSocket.\n`);
  });
  http.maxConnections = limits.maxTabs + 16;
  http.headersTimeout = 5_000;
  http.requestTimeout = 10_000;
  http.on("upgrade", (request, socket, head) => {
    const peer = request.socket.remoteAddress ?? "unknown address";
    const refusal =
      judgeUpgrade(request, rules, ENDPOINT) ??
      (sockets.clients.size >= limits.maxTabs ? ([503, `the relay serves at most ${limits.maxTabs} tabs at once`] as const) : undefined);
    if (refusal !== undefined) {
      log(`relay: ${peer} was refused: ${refusal[1]}`);
      return refuseUpgrade(socket, ...refusal);
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const session = join(ws, peer, {
        ...common,
        check: (offered) => {
          const now = clock.now();
          if (wrong.blocked(peer, now)) return "too many wrong tokens from this address; try again in a minute";
          if (isRight(offered)) return undefined;
          wrong.add(peer, now);
          return "wrong token: each start of the relay makes a new one; take the address that it printed last (it ends in #k=…)";
        },
      });
      sessions.add(session);
      ws.on("close", () => sessions.delete(session));
    });
  });

  const bound = await listenHttp(http, address, port, { what: "the relay", flag: "--address " });
  return {
    address,
    port: bound,
    token,
    url: `ws://${urlHost(address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address)}:${bound}${PATH}#k=${token}`,
    get tabs() {
      return sessions.size;
    },
    get connections() {
      let n = 0;
      for (const session of sessions) n += session.connections;
      return n;
    },
    close: async () => {
      const done = new Promise<void>((resolve) => http.close(() => resolve()));
      for (const session of sessions) session.close();
      for (const ws of sockets.clients) ws.close(1001, "the relay ends");
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

/** Joins a WebSocket and a session until one of them ends. */
function join(ws: WebSocket, name: string, settings: RelaySettings): RelaySession {
  const session = new RelaySession(
    {
      name,
      send: (bytes) => ws.send(bytes),
      queued: () => ws.bufferedAmount,
      pause: () => ws.pause(),
      resume: () => ws.resume(),
      close: (reason) => {
        ws.resume();
        ws.close(1008, cutReason(reason));
        // The other side may never answer the close.
        setTimeout(() => ws.terminate(), 1000).unref();
      },
    },
    settings,
  );
  let alive = true;
  const heart = setInterval(() => {
    // What is not read because of the rate cannot be heard either.
    if (!alive && !ws.isPaused) return ws.terminate();
    alive = false;
    ws.ping();
  }, PING_MS);
  heart.unref();
  ws.on("pong", () => (alive = true));
  ws.on("message", (data, isBinary) => {
    alive = true;
    const bytes = data as Buffer;
    // A view of its own: what a session keeps must not be a Buffer.
    session.message(isBinary ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : new Uint8Array(0));
  });
  ws.on("error", (error) => settings.log(`relay: ${name} broke the WebSocket protocol: ${error.message}`));
  ws.on("close", () => {
    clearInterval(heart);
    session.close();
    settings.log(`relay: ${name} went`);
  });
  return session;
}

const ENDPOINT: UpgradeEndpoint = {
  name: "the relay's endpoint",
  path: PATH,
  protocol: RELAY_SUB_PROTOCOL,
  speaks: (offered) => offered === RELAY_SUB_PROTOCOL,
  option: "the option origins (--origin)",
};

/** Counts wrong tokens for each address, so that guessing is slow. */
class Guesses {
  readonly #times = new Map<string, number[]>();

  add(peer: string, now: number): void {
    const times = this.#recent(peer, now);
    times.push(now);
    this.#times.delete(peer);
    this.#times.set(peer, times);
    if (this.#times.size > 1000) this.#times.delete(this.#times.keys().next().value!);
  }

  blocked(peer: string, now: number): boolean {
    return this.#recent(peer, now).length >= MAX_WRONG;
  }

  #recent(peer: string, now: number): number[] {
    return (this.#times.get(peer) ?? []).filter((at) => now - at < FORGET_MS);
  }
}
