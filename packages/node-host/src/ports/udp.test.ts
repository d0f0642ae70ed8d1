import type { UdpPort } from "@skyloom/runtime/ports";
import { createSimNet, udpConformance, type UdpFixture } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";
import { nodeClock } from "./clock.ts";
import { nodeUdp } from "./udp.ts";

/** Real time, because this is the operating system's UDP and its clock. */
function fixture(server: UdpPort, client: UdpPort, host: string): UdpFixture {
  return {
    server,
    client,
    host,
    until: async (done) => {
      const limit = performance.now() + 10_000;
      while (!done()) {
        if (performance.now() > limit) throw new Error("did not happen within 10 s");
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, 20)),
  };
}

const kit = { describe, expect, it };
udpConformance(kit, "node:dgram", () => fixture(nodeUdp(), nodeUdp(), "127.0.0.1"));
udpConformance(kit, "simulated, on the clock of Node", () => {
  const net = createSimNet({ clock: nodeClock(), latencyMs: 1 });
  return fixture(net.host("10.0.0.1").udp, net.host("10.0.0.2").udp, "10.0.0.1");
});

describe("UDP in Node", () => {
  const quiet = { datagram() {}, lost() {}, failed() {}, closed() {} };

  it("a name that nobody knows fails later, with the text of the C library; closed follows", async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      const link = nodeUdp().open("no-such-host.invalid", 0, { ...quiet, failed: (f) => seen.push(f.text), closed: resolve });
      expect("code" in link || link.local).toBe(undefined);
    });
    expect(["Name or service not known", "Temporary failure in name resolution"]).toContain(seen[0]);
  });

  it("a datagram to a name that nobody knows is lost, and said to be", async () => {
    const lost = await new Promise<string>((resolve) => {
      const link = nodeUdp().open("127.0.0.1", 0, {
        ...quiet,
        lost: (f, to) => (resolve(`${to.host}: ${f.text}`), (link as { close(): void }).close()),
      });
      if (!("code" in link)) link.send(new Uint8Array(1), { host: "no-such-host.invalid", port: 9 });
    });
    expect(lost).toMatch(/^no-such-host\.invalid: (Name or service not known|Temporary failure in name resolution)$/);
  });

  it("localhost is an IPv4 host; IPv6 sockets talk to each other where the system has IPv6", async () => {
    const named = nodeUdp().open("localhost", 0, quiet);
    expect("code" in named || named.family).toBe(4);
    if (!("code" in named)) named.close();
    const seen: string[] = [];
    const six = nodeUdp().open("::1", 0, { ...quiet, datagram: (_b, from) => seen.push(from.host) });
    if ("code" in six) {
      expect(["EADDRNOTAVAIL", "EAFNOSUPPORT"]).toContain(six.code);
      return;
    }
    six.send(new Uint8Array(1), six.local!);
    await expect.poll(() => seen).toEqual(["::1"]);
    six.close();
  });
});
