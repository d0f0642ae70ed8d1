/** Serves one client: decodes its requests, answers them, sends a heartbeat. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { netpack } from "@skyloom/runtime/netpack";
import { socket } from "@skyloom/runtime/socket";
import type { SprotoRequester } from "@skyloom/runtime/sproto";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { websocket } from "@skyloom/runtime/websocket";

/** Whom a new agent belongs to. */
export interface Client {
  readonly gate: number;
  readonly client: number;
  readonly watchdog: number;
  /** It speaks WebSocket: a packet is a message, and not a frame of two bytes for the length. */
  readonly websocket: boolean;
}

export interface Agent {
  start(client: Client): void;
  disconnect(): void;
}

/** Centiseconds between heartbeats. */
const HEARTBEAT = 500;

export default defineService<Agent>(() => {
  const host = sprotoloader.load(1).host("package");
  let push: SprotoRequester;
  let me: Client | undefined;

  const send = (packet: Uint8Array): void =>
    void socket.write(me!.client, me!.websocket ? websocket.pack(packet, "binary") : netpack.pack(packet));

  const requests: Readonly<Record<string, (args: Record<string, string>) => Operation<object | undefined>>> = {
    *handshake() {
      return { msg: "Welcome to skynet, I will send heartbeat every 5 sec." };
    },
    *get({ what }) {
      return { result: yield* skynet.call<string | undefined>("SIMPLEDB", "lua", "get", what) };
    },
    *set({ what, value }) {
      yield* skynet.call("SIMPLEDB", "lua", "set", what, value);
      return undefined;
    },
    *quit() {
      yield* skynet.call(me!.watchdog, "lua", "close", me!.client);
      return undefined;
    },
  };

  /** One packet of the client. What cannot be understood ends this connection, with a reason in the log, and touches nobody else. */
  function* packet(bytes: Uint8Array): Operation<void> {
    try {
      const message = host.dispatch(bytes);
      if (message[0] !== "REQUEST") throw new Error("a response to a request that was never made");
      const [, name, args, respond] = message;
      const result = yield* requests[name]!((args ?? {}) as Record<string, string>);
      if (respond !== undefined && me !== undefined) send(respond(result));
    } catch (error) {
      if (!(error instanceof Error) || me === undefined) throw error;
      skynet.error(`client ${me.client} sent what cannot be served, closing it: ${error.message}`);
      skynet.send(me.watchdog, "lua", "close", me.client);
    }
  }

  skynet.register_protocol({
    name: "client",
    id: skynet.PTYPE_CLIENT,
    unpack: (body) => [body],
    dispatch(_fd, _source, bytes: Uint8Array) {
      // The session is the connection's number, so this is no request to reply to.
      skynet.ignoreret();
      return packet(bytes);
    },
  });

  return {
    *start(client) {
      me = client;
      push = host.attach(sprotoloader.load(2));
      // Before the gate forwards it, the connection takes nothing.
      yield* skynet.call(client.gate, "lua", "forward", client.client);
      skynet.fork(function* () {
        for (;;) {
          yield* skynet.sleep(HEARTBEAT);
          send(push("heartbeat"));
        }
      });
    },
    disconnect() {
      skynet.exit();
    },
  };
});
