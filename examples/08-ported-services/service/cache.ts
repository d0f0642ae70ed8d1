import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { crypt } from "@skyloom/runtime/crypt";
import { datacenter } from "@skyloom/runtime/datacenter";
import { socket } from "@skyloom/runtime/socket";
import { socketchannel } from "@skyloom/runtime/socketchannel";
import type { ChannelSocket, OrderReply } from "@skyloom/runtime/socketchannel";

// A store of texts on TCP, and a channel that asks it.
function* serve(id: number, store: Map<string, string>): Operation<void> {
  yield* socket.start(id);
  for (;;) {
    const [line] = yield* socket.readline(id);
    if (line === false) break;
    const [, verb, key = "", value = ""] = /^([a-z]+) (\S+) ?(.*)$/i.exec(skynet.totext(line)) ?? [];
    if (verb === "set") {
      store.set(key, value);
      socket.write(id, "ok\n");
    } else if (verb === "get") {
      socket.write(id, `${store.get(key) ?? "-"}\n`);
    } else {
      socket.write(id, "what\n");
      break;
    }
  }
  yield* socket.close(id);
}

function* reply(sock: ChannelSocket): Operation<OrderReply> {
  return [true, skynet.totext(yield* sock.readline("\n"))];
}

const nameOf = (key: string): string => crypt.hexencode(crypt.sha1(key)).slice(0, 8);

export default defineService(function* () {
  const store = new Map<string, string>();
  const [id, address, port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(id, (client) => void skynet.fork(serve, client, store));
  const channel = socketchannel.channel({ host: address, port });
  yield* datacenter.set("cache", "handle", skynet.self());

  return {
    set: (key: string, value: string) => channel.request<string>(`set ${nameOf(key)} ${value}\n`, reply),

    *get(key: string) {
      const name = nameOf(key);
      return skynet.values(name, yield* channel.request<string>(`get ${name}\n`, reply));
    },

    spoil: () => channel.request<string>("nonsense x\n", reply),
  };
});
