/** The package service against what the real one did (wire.md §7): the same bytes in, the same packets seen, the same bytes out. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import type { SocketEvents } from "@skyloom/runtime/ports";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { hex, vectorBytes, vectorCases } from "./vectors.ts";
import type { VectorBytes } from "./vectors.ts";

interface Case {
  readonly name: string;
  readonly segments: readonly VectorBytes[];
  readonly at_end: "still open" | "closed by server";
  readonly service_saw: readonly {
    readonly event: "packet" | "info" | "read failed";
    readonly data?: VectorBytes;
    readonly text?: string;
  }[];
  readonly frames: readonly { readonly dir?: "c2s" | "s2c"; readonly bytes: VectorBytes }[];
}

/** The service of the recording: echoes, with a few words of its own. */
const echo = (saw: unknown[]) =>
  defineService(function* () {
    let last = 0;
    const [listener] = yield* socket.listen("10.0.0.1", 9000);
    yield* socket.start(listener, function* (fd) {
      yield* socket_proxy.subscribe(fd);
      last = fd;
      try {
        for (;;) {
          const packet = yield* socket_proxy.read(fd);
          saw.push({ event: "packet", data: hex(packet) });
          const text = skynet.totext(packet);
          if (text === "quit") {
            socket_proxy.close(fd);
            return;
          }
          if (text === "twice") {
            socket_proxy.write(fd, "one");
            socket_proxy.write(fd, "");
          } else socket_proxy.write(fd, packet);
        }
      } catch (error) {
        if ((error as Error).message !== "disconnect") throw error;
        saw.push({ event: "read failed" });
      }
    });
    return {
      *info() {
        saw.push({ event: "info", text: yield* socket_proxy.info(last) });
      },
    };
  });

async function world() {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const saw: unknown[] = [];
  const t = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { echo: echo(saw) } });
  const service = await t.newservice("echo");
  const got: number[] = [];
  const seen = { got, closed: false };
  const events: SocketEvents = {
    opened: () => link.resume(),
    data: (bytes) => seen.got.push(...bytes),
    ended: () => (seen.closed = true),
    drained: () => undefined,
    failed: () => undefined,
    closed: () => (seen.closed = true),
  };
  const link = net.host("10.0.0.2").connect("10.0.0.1", 9000, events);
  t.advance(5);
  return { t, service, saw, seen, link };
}

describe("the recorded packets", () => {
  it.each(vectorCases<Case>("package.json").map((c) => [c.name, c] as const))("%s", async (_name, c) => {
    const { t, service, saw, seen, link } = await world();
    for (const segment of c.segments) {
      link.write([vectorBytes(segment)]);
      t.advance(5);
    }
    if (c.service_saw.some((s) => s.event === "info")) await t.call(service, "lua", "info");
    t.advance(5);
    expect(seen.closed).toBe(c.at_end === "closed by server");
    link.end();
    t.advance(5);
    expect(saw).toEqual(c.service_saw.map((s) => (s.data === undefined ? s : { ...s, data: hex(vectorBytes(s.data)) })));
    const sent = c.frames.filter((f) => f.dir === "s2c").map((f) => hex(vectorBytes(f.bytes)));
    expect(hex(Uint8Array.from(seen.got))).toBe(sent.join(""));
    await t.stop();
  });
});

describe("limits", () => {
  it("10 s without data end a connection, and its service", async () => {
    const { t, saw, seen, link } = await world();
    const before = t.node.kernel.serviceCount;
    link.write([Uint8Array.of(0, 1, 7)]);
    t.advance(1500);
    expect(seen.closed).toBe(false);
    t.advance(600);
    expect([seen.closed, saw.at(-1)]).toEqual([true, { event: "read failed" }]);
    expect(t.log.join("\n")).toMatch(/timeout \d+/);
    expect(t.node.kernel.serviceCount).toBe(before - 1);
    await t.stop();
  });
});
