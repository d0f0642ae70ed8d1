/** Knows who is connected: starts an agent for each client and ends it with the connection. */
import { skynet } from "@skyloom/runtime";
import type { Handle, Operation } from "@skyloom/runtime";
import type { GateConf } from "@skyloom/runtime/gateserver";
import type { Agent } from "./agent.ts";
import type {} from "../services.ts";

export interface Watchdog {
  start(conf: GateConf): readonly [address: string, port: number];
  close(fd: number): void;
}

export default function watchdog(): void {
  let gate = 0;
  const agents = new Map<number, Handle<Agent>>();

  function* closeAgent(fd: number): Operation<void> {
    const agent = agents.get(fd);
    if (agent === undefined) return;
    agents.delete(fd);
    // A connection the peer has closed is only half closed: kick releases it.
    yield* skynet.call(gate, "lua", "kick", fd);
    skynet.send(agent, "lua", "disconnect");
  }

  const events: Readonly<Record<string, (fd: number, more: never) => Operation<void> | undefined>> = {
    *open(fd, address: string) {
      skynet.error("New client from :", address);
      const agent = yield* skynet.newservice("agent");
      agents.set(fd, agent);
      yield* skynet.call(agent, "lua", "start", { gate, client: fd, watchdog: skynet.self() });
    },
    close: (fd) => closeAgent(fd),
    error: (fd) => closeAgent(fd),
    warning(fd, kib: number) {
      skynet.error(`client ${fd} is slow: ${kib} KiB wait for it`);
      return undefined;
    },
    data: () => undefined,
  };

  skynet.start(function* () {
    gate = (yield* skynet.newservice("gate"))!;
    skynet.dispatch("lua", function* (_session, _source, cmd: string, ...args: unknown[]) {
      if (cmd === "socket") {
        const [event, fd, more] = args as [string, number, never];
        const result = events[event]?.(fd, more);
        if (result !== undefined) yield* result;
      } else if (cmd === "start") skynet.retpack(...(yield* skynet.callall(gate, "lua", "open", args[0])));
      else if (cmd === "close") {
        yield* closeAgent(args[0] as number);
        skynet.retpack();
      } else throw new Error(`watchdog has no command ${cmd}`);
    });
  });
}
