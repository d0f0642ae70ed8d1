/**
 * `snax.gateserver`: turns a service into a gate that speaks frames of a two-byte length and that many bytes.
 *
 * Source: lualib/snax/gateserver.lua; api.md §14, services.md §3.
 *
 * @module
 */
import { NetpackQueue } from "../codec/netpack/index.ts";
import { runToEnd } from "../core/api/services.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import type { Task } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import type { SocketEvent } from "../kernel/socket/index.ts";
import { driver } from "./socket-state.ts";
import { socketdriver } from "./socketdriver.ts";

/** What `open` takes; address and port are filled in with what was bound. */
export interface GateConf {
  /** Default `0.0.0.0`. */
  address?: string;
  port: number;
  /** One more than the connections that may be open at a time, as in Skynet. Default 1024. */
  maxclient?: number;
  nodelay?: boolean;
  /** Connections that may wait to be accepted. Default 32. */
  backlog?: number;
  /** Who is told of connections, for the stock gate. Default: who opened it. */
  watchdog?: number;
}

/** What a gate does with connections and frames. Functions may be plain or generators. */
export interface GateHandler {
  /** A whole frame; its bytes may be kept and passed on. */
  message(fd: number, frame: Uint8Array): unknown;
  /** A new connection; nothing is read before {@link gateserver.openclient}. */
  connect(fd: number, address: string): unknown;
  /** After listening began; what it returns is the reply to `open`. When it throws, the gate is closed again. */
  open?(source: number, conf: Required<Pick<GateConf, "address" | "port">> & GateConf): unknown;
  disconnect?(fd: number): unknown;
  error?(fd: number, text: string): unknown;
  warning?(fd: number, kib: number): unknown;
  /** Any other "lua" message; what it returns is the reply. */
  command?(cmd: string, source: number, ...args: never[]): unknown;
  /** The service calls `skynet.start` itself. */
  readonly embed?: boolean;
  /** Sees each event before it is handled, in the form of the socket protocol: `init`, `open`, `data`, `more`, `close` … */
  trace?(kind: string, ...args: readonly unknown[]): void;
}

interface Gate {
  listener: number | undefined;
  opening: { readonly task: Task; readonly id: number; address: string; port: number; failure: string | undefined } | undefined;
  maxclient: number;
  nodelay: boolean;
  clients: number;
  /** `true`: open; `false`: the peer has closed, it is not read any more. */
  readonly connections: Map<number, boolean>;
}

const gate = perService<Gate>(() => ({
  listener: undefined,
  opening: undefined,
  maxclient: 1024,
  nodelay: false,
  clients: 0,
  connections: new Map(),
}));

/** Begins reading a client. Unknown and closed ones are ignored. */
function openclient(fd: number): void {
  if (gate().connections.get(fd) === true) socketdriver.start(fd);
}

/** Closes a client; frames of it that are queued are dropped with a log line. */
function closeclient(fd: number): void {
  if (gate().connections.delete(fd)) socketdriver.close(fd);
}

/**
 * Turns the running service into a gate; call it in the file body.
 *
 * @throws SkynetError `ARGUMENT` when `message` or `connect` is missing.
 */
function start(handler: GateHandler): void {
  for (const name of ["message", "connect"] as const)
    if (typeof handler[name] !== "function")
      throw new SkynetError("ARGUMENT", `gateserver.start needs a handler with a function "${name}"`);
  const g = gate();
  const queue = new NetpackQueue();

  function frame(fd: number, bytes: Uint8Array): unknown {
    if (g.connections.get(fd) === true) return handler.message(fd, bytes);
    skynet.error(`Drop message from fd (${fd}) : ${new TextDecoder().decode(bytes.subarray(0, 64))}`);
    return undefined;
  }

  function* frames(): Operation<void> {
    let next = queue.pop();
    if (next === undefined) return;
    // When the handler of one frame waits, this fork goes on with the next ones; when none waits, it finds the queue empty.
    skynet.fork(frames);
    for (; next !== undefined; next = queue.pop()) yield* runToEnd(frame(next[0], next[1]));
  }

  function opened(fd: number, address: string): unknown {
    g.clients++;
    if (g.clients >= g.maxclient) {
      socketdriver.shutdown(fd);
      return undefined;
    }
    if (g.nodelay) socketdriver.nodelay(fd);
    g.connections.set(fd, true);
    driver().claim(skynet.self(), fd);
    return handler.connect(fd, address);
  }

  function closed(fd: number): unknown {
    if (fd === g.listener) {
      g.listener = undefined;
      return undefined;
    }
    g.clients--;
    if (g.connections.has(fd)) g.connections.set(fd, false);
    return handler.disconnect?.(fd);
  }

  function failed(fd: number, text: string): unknown {
    if (g.opening?.id === fd) {
      g.opening.failure = text;
      skynet.wakeup(g.opening.task);
      return undefined;
    }
    if (fd === g.listener) {
      skynet.error("gateserver accept error:", text);
      return undefined;
    }
    socketdriver.shutdown(fd);
    return handler.error?.(fd, text);
  }

  function bound(fd: number, address: string, port: number): undefined {
    const { opening } = g;
    if (opening === undefined || opening.id !== fd) return;
    opening.address = address;
    opening.port = port;
    skynet.wakeup(opening.task);
  }

  skynet.register_protocol({
    name: "socket",
    id: skynet.PTYPE_SOCKET,
    unpack: (body) => queue.filter(body as unknown as SocketEvent) ?? [],
    dispatch(_session, _source, kind?: string, a?: number, b?: never, c?: never) {
      if (kind === undefined) return undefined;
      handler.trace?.(kind, a, b, c);
      switch (kind) {
        case "data":
          return frame(a!, b!);
        case "more":
          return frames();
        case "open":
          return opened(a!, b!);
        case "close":
          return closed(a!);
        case "error":
          return failed(a!, b!);
        case "warning":
          return handler.warning?.(a!, b!);
        default:
          return bound(a!, b!, c!);
      }
    },
  });

  function* open(source: number, conf: GateConf): Operation<unknown> {
    if (g.listener !== undefined || g.opening !== undefined) throw new SkynetError("SOCKET", "this gate is open already; close it first");
    const address = conf.address ?? "0.0.0.0";
    if (!Number.isInteger(conf.port) || conf.port < 0 || conf.port > 65535)
      throw new SkynetError("ARGUMENT", `gate open: port must be a whole number from 0 to 65535, not ${String(conf.port)}`);
    g.maxclient = conf.maxclient ?? 1024;
    g.nodelay = conf.nodelay === true;
    skynet.error("Listen on", address, conf.port);
    const id = socketdriver.listen(address, conf.port, conf.backlog);
    const opening = { task: skynet.running(), id, address, port: conf.port, failure: undefined as string | undefined };
    g.opening = opening;
    let failed = true;
    try {
      yield* skynet.wait(opening.task);
      g.opening = undefined;
      if (opening.failure !== undefined)
        throw new SkynetError("SOCKET", `Listen error: cannot listen on ${address}:${conf.port}: ${opening.failure}`);
      g.listener = id;
      driver().claim(skynet.self(), id);
      socketdriver.start(id);
      const bound = { ...conf, address: opening.address, port: opening.port };
      const result = handler.open === undefined ? undefined : yield* runToEnd(handler.open(source, bound));
      failed = false;
      return result;
    } finally {
      g.opening = undefined;
      if (failed && opening.failure === undefined) {
        // Whoever asked was told that it is not open. Its end is reported, as that of any listener.
        g.listener = id;
        socketdriver.close(id);
      }
    }
  }

  function close(): void {
    if (g.listener === undefined) throw new SkynetError("SOCKET", "this gate is not open");
    socketdriver.close(g.listener);
  }

  function serve(): void {
    skynet.dispatch("lua", function* (session: number, source: number, cmd: string, ...args: unknown[]): Operation<void> {
      let result: unknown;
      if (cmd === "open") result = yield* open(source, args[0] as GateConf);
      else if (cmd === "close") result = close();
      else {
        if (handler.command === undefined) throw new SkynetError("ARGUMENT", `this gate has no command "${cmd}"; it has open and close`);
        result = yield* runToEnd(handler.command(cmd, source, ...(args as never[])));
      }
      if (session === 0) skynet.ret();
      else if (Array.isArray(result)) skynet.retpack(...(result as unknown[]));
      else skynet.retpack(result);
    });
  }

  if (handler.embed === true) serve();
  else skynet.start(serve);
}

/** Gates. */
export const gateserver: {
  readonly start: typeof start;
  readonly openclient: typeof openclient;
  readonly closeclient: typeof closeclient;
} = { start, openclient, closeclient };
