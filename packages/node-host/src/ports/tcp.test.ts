import { createServer } from "node:net";
import type { TcpPort } from "@skyloom/runtime/ports";
import { createSimNet, tcpConformance, type TcpFixture } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";
import { nodeClock } from "./clock.ts";
import { nodeTcp } from "./tcp.ts";

/** Real time, because this is the operating system's TCP and its clock. */
function fixture(server: TcpPort, client: TcpPort, host: string): TcpFixture {
  return {
    server,
    client,
    host,
    until: async (done) => {
      const limit = performance.now() + 10_000;
      for (let i = 0; !done(); i++) {
        if (performance.now() > limit) throw new Error("did not happen within 10 s");
        await new Promise((resolve) => (i < 100 ? setImmediate(resolve) : setTimeout(resolve, 2)));
      }
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, 20)),
  };
}

const kit = { describe, expect, it };
tcpConformance(kit, "node:net", () => {
  const tcp = nodeTcp();
  return fixture(tcp, tcp, "127.0.0.1");
});
tcpConformance(kit, "simulated, on the clock of Node", () => {
  const net = createSimNet({ clock: nodeClock(), latencyMs: 1 });
  return fixture(net.host("10.0.0.1"), net.host("10.0.0.2"), "10.0.0.1");
});

describe("TCP in Node", () => {
  it("a paused listener holds no more than its backlog; those beyond it are turned away", async () => {
    const tcp = nodeTcp();
    const { until } = fixture(tcp, tcp, "127.0.0.1");
    const quiet = { data() {}, drained() {}, closed() {} };
    let port = 0;
    let accepted = 0;
    const listener = tcp.listen("127.0.0.1", 0, 2, {
      listening: (address) => (port = address.port),
      accepted: (link) => (accepted++, link.destroy()),
      failed() {},
      closed() {},
    });
    await until(() => port > 0);
    let opened = 0;
    let turnedAway = 0;
    for (let i = 1; i <= 5; i++) {
      const link = tcp.connect("127.0.0.1", port, {
        ...quiet,
        opened: () => opened++,
        ended: () => (turnedAway++, link.destroy()),
        failed: () => turnedAway++,
      });
      link.resume();
      await until(() => opened === i);
    }
    await until(() => turnedAway === 3);
    expect(accepted).toBe(0);
    listener.resume();
    await until(() => accepted === 2 && turnedAway === 5);
    listener.close();
  });

  it("an unknown name fails with the text of the C library", async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      nodeTcp().connect("no-such-host.invalid", 80, {
        opened: () => seen.push("opened"),
        data() {},
        ended() {},
        drained() {},
        failed: (f) => seen.push(f.text),
        closed: resolve,
      });
    });
    expect(["Name or service not known", "Temporary failure in name resolution"]).toContain(seen[0]);
    expect(seen.length).toBe(1);
  });

  it("a name with several addresses that all refuse fails once, as Connection refused", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      nodeTcp().connect("localhost", port, {
        opened() {},
        data() {},
        ended() {},
        drained() {},
        failed: (f) => seen.push(f.text),
        closed: resolve,
      });
    });
    expect(seen).toEqual(["Connection refused"]);
  });
});
