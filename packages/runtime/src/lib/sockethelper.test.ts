import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { sockethelper } from "@skyloom/runtime/sockethelper";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";

describe("sockethelper.connect with a time limit", () => {
  it("gives up in time; a connection that comes later is closed (sockethelper.connect (host, port, timeout))", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock, latencyMs: 1500 });
    const seen: unknown[] = [];
    const server = () =>
      skynet.start(function* () {
        const [listener] = yield* socket.listen("10.0.0.1", 80);
        yield* socket.start(listener, function* (id) {
          yield* socket.start(id);
          seen.push("visitor", yield* socket.readall(id));
          yield* socket.close(id);
        });
      });
    const client = () =>
      skynet.start(function* () {
        try {
          yield* sockethelper.connect("10.0.0.1", 80, 200);
        } catch (error) {
          seen.push([(error as Error).message, skynet.now()]);
        }
      });
    const a = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { server } });
    await a.newservice("server");
    const b = await testNode({ clock, tcp: net.host("10.0.0.2"), services: { client } });
    const before = clock.now();
    await b.newservice("client");
    expect(clock.now() - before).toBeLessThan(2100);
    a.advance(1000);
    expect(seen).toEqual([
      ["[Socket Error] : connect failed host = 10.0.0.1 port = 80 timeout = 200 err = no connection within 2 s", expect.any(Number)],
      "visitor",
      false,
    ]);
    expect(b.node.kernel.sockets.info()).toEqual([]);
    await Promise.all([a.stop(), b.stop()]);
  });
});
