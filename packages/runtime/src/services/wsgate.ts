/**
 * The gate for clients that speak WebSocket, as browsers do: commands and events of the stock gate, so that the same watchdogs and agents
 * serve both. Each binary message is one packet.
 *
 * Knows nothing of what packets mean. Not in Skynet; its model is service/gate.lua.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import type { GateConf } from "../lib/gateserver.ts";
import { socket } from "../lib/socket.ts";
import { websocket } from "../lib/websocket.ts";
import type { WebSocketHandler } from "../lib/websocket.ts";

/** What `open` takes. */
interface WsGateConf extends GateConf {
  /** Default `"ws"`; `"wss"` takes the certificate of the configuration. */
  readonly protocol?: "ws" | "wss";
}

interface Connection {
  readonly fd: number;
  agent: number | undefined;
  client: number;
  /** Somebody takes its packets. */
  taken: boolean;
  /** A packet waits for that. */
  held: boolean;
}

/** Close codes: what is no packet, and what the server wants no more. */
const NOT_BINARY = 1003;
const KICKED = 1000;

/** File body of the gate. */
export default function wsgate(): void {
  let watchdog = 0;
  let listener: number | undefined;
  let opening = false;
  let conf: WsGateConf = { port: 0 };
  let clients = 0;
  const connections = new Map<number, Connection>();

  const tell = (event: string, fd: number, ...more: readonly unknown[]): void => {
    skynet.send(watchdog, "lua", "socket", event, fd, ...more);
  };

  function find(fd: number, what: string): Connection {
    const c = connections.get(fd);
    if (c === undefined) throw new SkynetError("SOCKET", `wsgate ${what}: connection ${fd} is not open`);
    return c;
  }

  // Registered for its number: packets are redirected raw.
  skynet.register_protocol({ name: "client", id: skynet.PTYPE_CLIENT });

  function pass(c: Connection, packet: Uint8Array): undefined {
    if (c.agent === undefined) tell("data", c.fd, packet);
    else skynet.redirect(c.agent, c.client, "client", c.fd, packet);
  }

  /** Nothing more is read meanwhile. */
  function* hold(c: Connection, packet: Uint8Array): Operation<void> {
    c.held = true;
    yield* skynet.wait(c);
    c.held = false;
    if (connections.get(c.fd) === c) pass(c, packet);
  }

  function take(c: Connection): void {
    c.taken = true;
    if (c.held) skynet.wakeup(c);
  }

  function* serve(fd: number, address: string): Operation<void> {
    clients++;
    if (clients >= (conf.maxclient ?? 1024)) {
      clients--;
      socket.close_fd(fd);
      return;
    }
    const c: Connection = { fd, agent: undefined, client: 0, taken: false, held: false };
    let known = false;
    let failure: string | undefined;
    const handler: WebSocketHandler = {
      connect() {
        if (conf.nodelay === true) socket.nodelay(fd);
      },
      handshake() {
        known = true;
        connections.set(fd, c);
        tell("open", fd, address);
      },
      message(_fd, packet, kind) {
        if (kind === "binary") return c.taken ? pass(c, packet) : hold(c, packet);
        skynet.error(`wsgate: connection ${fd} of ${address} sent text, closing it: packets are binary messages`);
        websocket.close(fd, NOT_BINARY, "packets are binary messages");
        return undefined;
      },
      warning: (_fd, kib) => tell("warning", fd, kib),
      error: (_fd, { message }) => void (failure = message),
    };
    try {
      const [ok, error] = yield* websocket.accept(fd, handler, conf.protocol ?? "ws", address);
      if (!ok) failure = error.message;
    } finally {
      clients--;
      connections.delete(fd);
    }
    // A browser that is closed, or loses its network, says no goodbye: that is no error of anybody.
    if (known) tell("close", fd);
    if (failure !== undefined && !failure.includes("read failed")) skynet.error(`wsgate: connection ${fd} of ${address}: ${failure}`);
  }

  const commands: Readonly<Record<string, (source: number, ...args: never[]) => unknown>> = {
    *open(source, given: WsGateConf): Operation<unknown> {
      if (listener !== undefined || opening) throw new SkynetError("SOCKET", "this gate is open already; close it first");
      const address = given.address ?? "0.0.0.0";
      if (!Number.isInteger(given.port) || given.port < 0 || given.port > 65535)
        throw new SkynetError("ARGUMENT", `gate open: port must be a whole number from 0 to 65535, not ${String(given.port)}`);
      if (given.protocol !== undefined && given.protocol !== "ws" && given.protocol !== "wss")
        throw new SkynetError("ARGUMENT", `gate open: protocol must be "ws" or "wss", not ${JSON.stringify(given.protocol)}`);
      conf = given;
      watchdog = given.watchdog ?? source;
      opening = true;
      try {
        const [id, bound, port] = yield* socket.listen(address, given.port, given.backlog);
        skynet.error("Listen on", bound, port, "for WebSocket");
        listener = id;
        yield* socket.start(id, serve);
        return [bound, port];
      } finally {
        opening = false;
      }
    },
    *close(): Operation<void> {
      if (listener === undefined) throw new SkynetError("SOCKET", "this gate is not open");
      const id = listener;
      listener = undefined;
      yield* socket.close(id);
    },
    forward(source, fd: number, client?: number, address?: number) {
      const c = find(fd, "forward");
      c.client = client ?? 0;
      c.agent = address ?? source;
      take(c);
    },
    accept(_source, fd: number) {
      const c = find(fd, "accept");
      c.agent = undefined;
      take(c);
    },
    kick(_source, fd: number) {
      const c = connections.get(fd);
      if (c === undefined) return;
      connections.delete(fd);
      websocket.close(fd, KICKED);
      if (c.held) skynet.wakeup(c);
    },
    /** For agents whose client came through TLS: others write `websocket.pack(packet, "binary")` to the socket themselves. */
    send(_source, fd: number, packet: Uint8Array) {
      find(fd, "send");
      websocket.write(fd, packet, "binary");
    },
  };

  skynet.start(() =>
    skynet.dispatch("lua", function* (session: number, source: number, cmd: string, ...args: unknown[]): Operation<void> {
      const command = Object.hasOwn(commands, cmd) ? commands[cmd] : undefined;
      if (command === undefined)
        throw new SkynetError("ARGUMENT", `wsgate has no command "${cmd}"; it has ${Object.keys(commands).join(", ")}`);
      const result = yield* runToEnd(command(source, ...(args as never[])));
      if (session === 0) skynet.ret();
      else if (Array.isArray(result)) skynet.retpack(...(result as unknown[]));
      else skynet.retpack(result);
    }),
  );
}
