/** Takes new connections in and sends them on: first to auth, then, with a name, to the manager. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import type { Auth } from "./auth.ts";
import type { Manager } from "./manager.ts";
import type { Handle } from "@skyloom/runtime";

export interface Hub {
  open(address: string, port: number): number;
}

export default defineService<Hub>(function* () {
  const auth = (yield* skynet.uniqueservice("auth" as string)) as unknown as Handle<Auth>;
  const manager = (yield* skynet.uniqueservice("manager" as string)) as unknown as Handle<Manager>;
  /** Where each connection is that has no agent yet. */
  const at = new Map<number, string>();
  let opened = false;

  function* accept(fd: number, address: string): Operation<void> {
    skynet.error(`connect from ${address} (fd = ${fd})`);
    at.set(fd, `[AUTH] ${address}`);
    try {
      yield* socket_proxy.subscribe(fd);
      const userid = yield* skynet.call(auth, "lua", "shakehand", fd);
      if (userid === undefined) {
        socket_proxy.close(fd);
        return;
      }
      at.set(fd, `[MANAGER] ${userid}`);
      yield* skynet.call(manager, "lua", "assign", fd, userid);
      socket_proxy.abandon(fd);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      skynet.error(`connection ${fd} is closed: ${error.message}`);
      socket_proxy.close(fd);
    } finally {
      at.delete(fd);
    }
  }

  skynet.info_func(() => Object.fromEntries(at));
  return {
    *open(address, port) {
      if (opened) throw new Error("the hub is open already");
      opened = true;
      const [id, where, bound] = yield* socket.listen(address, port);
      yield* socket.start(id, accept);
      skynet.error(`Listen ${where}:${bound}`);
      return bound;
    },
  };
});
