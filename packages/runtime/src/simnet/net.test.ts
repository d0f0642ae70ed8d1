import { describe, expect, it } from "vitest";
import { tcpConformance, type TcpFixture } from "../testing/conformance/tcp.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { createSimNet, type SimNetOptions } from "./net.ts";

function fixture(options: Omit<SimNetOptions, "clock">, oneHost = false): TcpFixture {
  const clock = new VirtualClock();
  const net = createSimNet({ clock, ...options });
  const server = net.host("10.0.0.1");
  return {
    server,
    client: oneHost ? server : net.host("10.0.0.2"),
    host: oneHost ? "127.0.0.1" : "10.0.0.1",
    until: async (done) => {
      for (let i = 0; !done(); i++) {
        if (i > 300_000) throw new Error(`did not happen within ${clock.now()} virtual ms`);
        clock.advance(Math.max(0, (clock.nextAt ?? clock.now() + 1) - clock.now()));
      }
    },
    settle: async () => void clock.advance(50),
  };
}

const kit = { describe, expect, it };
tcpConformance(kit, "simulated, loopback", () => fixture({}, true));
tcpConformance(kit, "simulated, two hosts", () => fixture({ latencyMs: 3, jitterMs: 2, seed: 7 }));
tcpConformance(kit, "simulated, cut at random places", () => fixture({ latencyMs: 1, shred: true, seed: 11 }));
tcpConformance(kit, "simulated, a small window and few bytes per second", () =>
  fixture({ latencyMs: 1, windowBytes: 64 * 1024, bytesPerSecond: 200e6, segmentBytes: 16_384 }),
);
