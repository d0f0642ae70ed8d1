import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";

/** Moves time on until the promise has settled, or for so many centiseconds. */
async function within<T>(t: TestNode, centiseconds: number, promise: Promise<T>): Promise<T | "still draining"> {
  let settled: T | "still draining" = "still draining";
  void promise.then((value) => (settled = value));
  for (let i = 0; i <= centiseconds && settled === "still draining"; i++) {
    t.advance(1);
    for (let k = 0; k < 10; k++) await Promise.resolve();
  }
  return settled;
}

const worker = defineService(() => ({
  *work(centiseconds: number) {
    yield* skynet.sleep(centiseconds);
    return "done";
  },
}));
const asker = defineService((to: number) => ({
  *ask() {
    skynet.error(yield* skynet.call(to, "lua", "work", 50));
  },
}));
const idle = defineService(() => {
  skynet.fork(function* () {
    for (;;) yield* skynet.sleep(1000);
  });
  return {};
});

describe("node.drain (semantics §18)", () => {
  it("resolves true when nothing is under way, whatever timers run", async () => {
    const t = await testNode({ services: { idle } });
    await t.newservice("idle");
    expect(await within(t, 5, t.node.drain(0))).toBe(true);
    await t.stop();
  });

  it("lets pending calls finish, of services and from outside", async () => {
    const t = await testNode({ services: { worker, asker } });
    const handle = await t.newservice("worker");
    t.send(await t.newservice("asker", handle), "lua", "ask");
    const draining = t.node.drain(1000);
    expect(await within(t, 40, draining)).toBe("still draining");
    expect(await within(t, 20, draining)).toBe(true);
    expect(t.log.some((line) => line.endsWith("done"))).toBe(true);

    const call = t.node.call(handle, "lua", "work", 30);
    const again = t.node.drain(1000);
    expect(await within(t, 20, again)).toBe("still draining");
    expect(await within(t, 20, again)).toBe(true);
    expect(await call).toBe("done");
    await t.stop();
  });

  it("resolves false when the time is over, and true when the node stops meanwhile", async () => {
    const t = await testNode({ services: { worker, asker } });
    t.send(await t.newservice("asker", await t.newservice("worker")), "lua", "ask");
    expect(await within(t, 30, t.node.drain(200))).toBe(false);
    const draining = t.node.drain(1000);
    void t.node.stop();
    expect(await within(t, 3, draining)).toBe(true);
  });

  it("takes no further connections and keeps the ones it has", async () => {
    const server = defineService(() => {
      const talk = function* (id: number) {
        yield* socket.start(id);
        for (;;) {
          const [line] = yield* socket.readline(id);
          if (line === false) return;
          socket.write(id, [line, "\n"]);
        }
      };
      return {
        *listen() {
          const [id] = yield* socket.listen("10.0.0.1", 9000);
          yield* socket.start(id, (peer: number) => void skynet.fork(talk, peer));
        },
      };
    });
    const client = defineService(() => {
      let held: number | undefined;
      return {
        *open() {
          const [id, err] = yield* socket.open("10.0.0.1", 9000);
          if (id === undefined) return err;
          held ??= id;
          return "open";
        },
        *echo(text: string) {
          socket.write(held!, `${text}\n`);
          const [line] = yield* socket.readline(held!);
          return line === false ? "closed" : new TextDecoder().decode(line);
        },
      };
    });
    const clock = new VirtualClock();
    const t = await testNode({ clock, tcp: createSimNet({ clock }).host("10.0.0.1"), services: { server, client } });
    const [s, c] = [await t.newservice("server"), await t.newservice("client")];
    await t.call(s, "lua", "listen");
    expect(await t.call(c, "lua", "open")).toBe("open");
    expect(await within(t, 5, t.node.drain(1000))).toBe(true);
    expect(await t.call(c, "lua", "echo", "still here")).toBe("still here");
    expect(await t.call(c, "lua", "open")).toBe("Connection refused");
    await t.stop();
  });
});
