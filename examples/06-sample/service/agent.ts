/** Serves one user: on whatever connections he has, and for a while when he has none. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Handle, Operation } from "@skyloom/runtime";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import { Endpoint } from "../lib/client.ts";
import type { Client, Handlers } from "../lib/client.ts";
import type { Manager } from "./manager.ts";

export interface Agent {
  /** Takes a connection of the user; false when the agent is leaving. */
  assign(fd: number, userid: string): boolean;
}

/** Centiseconds a user without a connection is waited for. */
const GRACE = 1000;

export default defineService<Agent>(function* () {
  const manager = (yield* skynet.uniqueservice("manager" as string)) as unknown as Handle<Manager>;
  const endpoint = new Endpoint();
  const clients = new Set<Client>();
  let userid = "";
  /** The connection that is logged in. */
  let player: Client | undefined;
  let leaving = false;
  /** Counts connections, so that a timer knows whether one came after it was set. */
  let arrivals = 0;

  const handlers: Handlers<Client> = {
    ping(client) {
      if (client !== player) throw new Error("not login");
      return undefined;
    },
    login(client) {
      if (client === player) throw new Error("login already");
      if (player !== undefined) {
        skynet.error(`${userid} is online on ${player.fd}: login of ${client.fd} fails`);
        return { ok: false };
      }
      player = client;
      skynet.error(`${userid} login (fd = ${client.fd})`);
      endpoint.push(client, "push", { text: "welcome" });
      return { ok: true };
    },
  };

  function* serve(client: Client): Operation<void> {
    try {
      yield* socket_proxy.subscribe(client.fd);
      for (;;) {
        const rest = yield* endpoint.next(client, handlers);
        skynet.fork(rest);
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      skynet.error(`${userid} is gone from ${client.fd}: ${error.message}`);
    }
    socket_proxy.close(client.fd);
    clients.delete(client);
    if (player === client) player = undefined;
    if (clients.size === 0) yield* linger(arrivals);
  }

  function* linger(seen: number): Operation<void> {
    yield* skynet.sleep(GRACE);
    if (clients.size > 0 || seen !== arrivals) return;
    leaving = true;
    yield* skynet.call(manager, "lua", "exit", userid, skynet.self());
    skynet.error(`user ${userid} afk`);
    skynet.exit();
  }

  skynet.info_func(() => ({ userid, connections: clients.size, login: player?.fd }));
  return {
    assign(fd, name) {
      if (leaving) return false;
      userid = name;
      arrivals++;
      const client = { fd };
      clients.add(client);
      skynet.fork(serve, client);
      return true;
    },
  };
});
