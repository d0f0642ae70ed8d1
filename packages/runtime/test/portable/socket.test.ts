/** Sockets of a real host (api.md §8), from the service's side: the same here and in a tab. */
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

/** Answers each line with the same in capitals, and ends at an empty one. */
const shouter = defineService(function* () {
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (id) {
    yield* socket.start(id);
    for (;;) {
      const [line] = yield* socket.readline(id);
      if (line === false || line.length === 0) break;
      socket.write(id, `${skynet.totext(line).toUpperCase()}\n`);
    }
    yield* socket.close(id);
  });
  return { port: () => port };
});

const caller = defineService(() => ({
  *ask(port: number, ...lines: string[]) {
    const [id, why] = yield* socket.open("127.0.0.1", port);
    if (id === undefined) return `nobody: ${why}`;
    for (const line of lines) socket.write(id, `${line}\n`);
    socket.write(id, "\n");
    const all = yield* socket.readall(id);
    yield* socket.close(id);
    return skynet.totext(all as Uint8Array);
  },
}));

describe("sockets between two nodes of a host", () => {
  it("carry lines both ways, and end when one side closes", async () => {
    const server = await startNode({ shouter });
    const client = await startNode({ caller });
    const port = await server.node.call<number>(await server.start("shouter"), "lua", "port");
    const ask = await client.start("caller");
    expect(await client.node.call(ask, "lua", "ask", port, "one", "two")).toBe("ONE\nTWO\n");
  });

  it("refuse where nobody listens", async () => {
    const { node, start } = await startNode({ caller });
    expect(await node.call(await start("caller"), "lua", "ask", 9)).toBe("nobody: Connection refused");
  });
});
