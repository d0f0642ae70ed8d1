/** Knows who is connected: starts an agent for each client and ends it with the connection. */
import { skynet } from "@skyloom/runtime";
import type { Handle, Operation } from "@skyloom/runtime";
import type { GateConf } from "@skyloom/runtime/gateserver";
import type { Agent } from "./agent.ts";
import type {} from "../services.ts";

/** Which gate to open. */
export interface Entrance extends GateConf {
  /** For clients that speak WebSocket, as browsers do. */
  readonly websocket?: boolean;
}

export interface Watchdog {
  /** Opens a gate; again for another one. */
  start(conf: Entrance): readonly [address: string, port: number];
  close(fd: number): void;
}

export default function watchdog(): void {
  /** Gates by handle: does it speak WebSocket? */
  const gates = new Map<number, boolean>();
  /** Connections of all gates: their numbers are the node's. */
  const agents = new Map<number, { readonly agent: Handle<Agent>; readonly gate: number }>();

  function* closeAgent(fd: number): Operation<void> {
    const found = agents.get(fd);
    if (found === undefined) return;
    agents.delete(fd);
    // A connection the peer has closed is only half closed: kick releases it.
    yield* skynet.call(found.gate, "lua", "kick", fd);
    skynet.send(found.agent, "lua", "disconnect");
  }

  const events: Readonly<Record<string, (gate: number, fd: number, more: never) => Operation<void> | undefined>> = {
    *open(gate, fd, address: string) {
      skynet.error("New client from :", address);
      const agent = yield* skynet.newservice("agent");
      agents.set(fd, { agent, gate });
      yield* skynet.call(agent, "lua", "start", { gate, client: fd, watchdog: skynet.self(), websocket: gates.get(gate) === true });
    },
    close: (_gate, fd) => closeAgent(fd),
    error: (_gate, fd) => closeAgent(fd),
    warning(_gate, fd, kib: number) {
      skynet.error(`client ${fd} is slow: ${kib} KiB wait for it`);
      return undefined;
    },
    data: () => undefined,
  };

  function* start(conf: Entrance): Operation<void> {
    const gate = (yield* skynet.newservice(conf.websocket === true ? "wsgate" : "gate"))!;
    gates.set(gate, conf.websocket === true);
    skynet.retpack(...(yield* skynet.callall(gate, "lua", "open", conf)));
  }

  skynet.start(() => {
    skynet.dispatch("lua", function* (_session, source, cmd: string, ...args: unknown[]) {
      if (cmd === "socket") {
        const [event, fd, more] = args as [string, number, never];
        const result = events[event]?.(source, fd, more);
        if (result !== undefined) yield* result;
      } else if (cmd === "start") yield* start(args[0] as Entrance);
      else if (cmd === "close") {
        yield* closeAgent(args[0] as number);
        skynet.retpack();
      } else throw new Error(`watchdog has no command ${cmd}`);
    });
  });
}
