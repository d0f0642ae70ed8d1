import { describe, expect, it } from "vitest";
import type { SocketAddress } from "../ports/tcp.ts";
import type { DatagramLink } from "../ports/udp.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { createSimNet, type SimNet, type SimNetOptions } from "./net.ts";

const A = "10.0.0.1";
const B = "10.0.0.2";

interface World {
  readonly clock: VirtualClock;
  readonly net: SimNet;
  readonly got: { readonly text: string; readonly at: number; readonly from: SocketAddress }[];
  readonly lost: string[];
  send(text: string, to?: SocketAddress): void;
}

/** B sends to A. */
function world(options: Omit<SimNetOptions, "clock"> = {}): World {
  const clock = new VirtualClock();
  const net = createSimNet({ clock, ...options });
  const got: World["got"] = [];
  const lost: string[] = [];
  const quiet = { failed() {}, closed() {} };
  net.host(A).udp.open("", 7000, {
    ...quiet,
    lost: () => undefined,
    datagram: (bytes, from) => got.push({ text: new TextDecoder().decode(bytes), at: clock.now(), from }),
  });
  const sender = net.host(B).udp.open("", 0, { ...quiet, lost: (f) => lost.push(f.text), datagram: () => undefined }) as DatagramLink;
  return { clock, net, got, lost, send: (text, to = { host: A, port: 7000 }) => sender.send(new TextEncoder().encode(text), to) };
}

describe("simulated datagrams", () => {
  it("take the latency, and with jitter overtake each other", () => {
    const slow = world({ latencyMs: 20 });
    slow.send("x");
    slow.clock.advance(19.9);
    expect(slow.got).toEqual([]);
    slow.clock.advance(0.1);
    expect(slow.got).toMatchObject([{ text: "x", from: { host: B } }]);
    const unsteady = world({ latencyMs: 5, jitterMs: 50 });
    for (let i = 0; i < 20; i++) unsteady.send(`${i}`);
    unsteady.clock.advance(100);
    const order = unsteady.got.map((d) => Number(d.text));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  it("are lost as often as lossRate says, never repeated, and the same ones with the same seed", () => {
    const run = (seed: number): string => {
      const w = world({ seed, lossRate: 0.3, jitterMs: 3 });
      for (let i = 0; i < 1000; i++) w.send(`${i}`);
      w.clock.runUntilIdle();
      expect(new Set(w.got.map((d) => d.text)).size).toBe(w.got.length);
      expect(Math.abs(w.got.length - 700)).toBeLessThan(60);
      return w.got.map((d) => d.text).join();
    };
    expect(run(4)).toBe(run(4));
    expect(run(4) === run(5)).toBe(false);
  });

  it("do not pass a partition, nor reach a host that is down, not even later", () => {
    const w = world({ latencyMs: 5 });
    w.net.partition(A, B);
    w.send("cut off");
    w.clock.advance(50);
    w.net.heal();
    w.send("in the air");
    w.clock.advance(2);
    w.net.host(A).crash();
    w.clock.advance(50);
    w.send("to the dead");
    w.net.host(A).restart();
    w.clock.advance(50);
    expect([w.got, w.lost]).toEqual([[], []]);
    expect("code" in w.net.host(A).udp.open(A, 7000, { datagram() {}, lost() {}, failed() {}, closed() {} })).toBe(false);
  });

  it("to names and addresses that nobody has are lost, with the words of the C library; loopback is the host itself", () => {
    const w = world();
    w.net.name("db.example", A);
    w.send("named", { host: "db.example", port: 7000 });
    w.send("unknown", { host: "nobody.example", port: 7000 });
    w.send("nowhere", { host: "10.9.9.9", port: 7000 });
    w.send("myself", { host: "127.0.0.1", port: 7000 });
    w.clock.advance(1);
    expect(w.got.map((d) => d.text)).toEqual(["named"]);
    expect(w.lost).toEqual(["Name or service not known", "No route to host"]);
  });

  it("hosts bind their own addresses only, and know the names of the network", () => {
    const { net, clock } = world();
    const nobody = { datagram() {}, lost() {}, failed() {}, closed() {} };
    const codes = [B, "10.9.9.9", "nobody.example"].map((host) => {
      const link = net.host(A).udp.open(host, 0, nobody);
      return "code" in link && link.code;
    });
    expect(codes).toEqual(["EADDRNOTAVAIL", "EADDRNOTAVAIL", "ENOTFOUND"]);
    net.name("db.example", A);
    const answers: unknown[] = [];
    for (const name of ["db.example", "localhost", "10.9.9.9", "nobody.example"]) net.host(B).dns.resolve(name, (a) => answers.push(a));
    expect(answers).toEqual([]);
    clock.advance(0);
    expect(answers).toMatchObject([[A], ["127.0.0.1"], ["10.9.9.9"], { code: "ENOTFOUND" }]);
  });
});
