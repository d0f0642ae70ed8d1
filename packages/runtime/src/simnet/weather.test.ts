import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Breaches, dial, listen, Probe } from "../testing/conformance/tcp-probe.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { createSimNet, type SimNet, type SimNetOptions } from "./net.ts";

const A = "10.0.0.1";
const B = "10.0.0.2";

function world(options: Omit<SimNetOptions, "clock"> = {}): { clock: VirtualClock; net: SimNet; breaches: Breaches } {
  const clock = new VirtualClock();
  const net = createSimNet({ clock, ...options });
  net.host(A);
  net.host(B);
  return { clock, net, breaches: new Breaches() };
}

/** B dials A; both read; the handshake is over. */
function joined(w: ReturnType<typeof world>, ms = 1000): { client: Probe; server: Probe } {
  const listener = listen(w.net.host(A), w.breaches, "", 7000);
  listener.link.resume();
  const server = new Probe(w.breaches);
  listener.onAccepted = (link) => {
    server.link = link;
    link.attach(server);
    link.resume();
  };
  const client = dial(w.net.host(B), w.breaches, A, 7000);
  client.link.resume();
  w.clock.advance(ms);
  expect(client.isOpen).toBe(true);
  return { client, server };
}

describe("simulated network: time", () => {
  it("connecting takes one round trip, bytes take the latency", () => {
    const w = world({ latencyMs: 20 });
    listen(w.net.host(A), w.breaches, A, 80).link.resume();
    const client = dial(w.net.host(B), w.breaches, A, 80);
    w.clock.advance(39);
    expect(client.isOpen).toBe(false);
    w.clock.advance(1);
    expect(client.isOpen).toBe(true);

    const w2 = world({ latencyMs: 20 });
    const { client: c, server } = joined(w2);
    c.write("x");
    w2.clock.advance(19.9);
    expect(server.received).toBe(0);
    w2.clock.advance(0.1);
    expect(server.received).toBe(1);
  });

  it("loopback has no latency", () => {
    const w = world({ latencyMs: 500 });
    listen(w.net.host(A), w.breaches, "127.0.0.1", 80).link.resume();
    const local = dial(w.net.host(A), w.breaches, "localhost", 80);
    const far = dial(w.net.host(B), w.breaches, A, 80);
    w.clock.advance(1);
    expect(local.isOpen).toBe(true);
    w.clock.advance(2000);
    expect(far.failures[0]?.code).toBe("ECONNREFUSED");
  });

  it("link changes one pair of hosts, both ways", () => {
    const w = world({ latencyMs: 1 });
    w.net.link(A, B, { latencyMs: 100 });
    const { client, server } = joined(w);
    server.write("x");
    w.clock.advance(99);
    expect(client.received).toBe(0);
    w.clock.advance(1);
    expect(client.received).toBe(1);
  });

  it("bytesPerSecond is shared by all connections of a direction", () => {
    const w = world({ bytesPerSecond: 1000 });
    const one = joined(w);
    const listener = listen(w.net.host(A), w.breaches, A, 7001);
    listener.link.resume();
    const two = new Probe(w.breaches);
    listener.onAccepted = (link) => {
      two.link = link;
      link.attach(two);
      link.resume();
    };
    const other = dial(w.net.host(B), w.breaches, A, 7001);
    w.clock.advance(10);
    one.client.call("write", [new Uint8Array(500)]);
    other.call("write", [new Uint8Array(500)]);
    w.clock.advance(999);
    expect([one.server.received, two.received]).toEqual([500, 0]);
    w.clock.advance(1);
    expect([one.server.received, two.received]).toEqual([500, 500]);
  });

  it("a window on a long way limits throughput to window per round trip", () => {
    const w = world({ latencyMs: 50, windowBytes: 10_000 });
    const { client, server } = joined(w);
    client.call("write", [new Uint8Array(100_000)]);
    w.clock.advance(1000);
    expect(server.received).toBe(100_000);
    expect(client.drains).toBe(1);
    const again = world({ latencyMs: 50, windowBytes: 10_000 });
    const slow = joined(again);
    slow.client.call("write", [new Uint8Array(100_000)]);
    again.clock.advance(450);
    expect(slow.server.received).toBe(50_000);
  });

  it("a reader that never reads holds the sender at the window, however long it waits", () => {
    const w = world({ windowBytes: 10_000 });
    const { client, server } = joined(w);
    server.call("pause");
    client.call("write", [new Uint8Array(1_000_000)]);
    w.clock.advance(100_000);
    expect([server.received, client.link.queued, client.drains]).toEqual([0, 990_000, 0]);
  });
});

describe("simulated network: loss and reset", () => {
  it("keeps every byte, once and in order, whatever the weather", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer(),
          latencyMs: fc.integer({ min: 0, max: 50 }),
          jitterMs: fc.integer({ min: 0, max: 100 }),
          lossRate: fc.double({ min: 0, max: 0.5, noNaN: true }),
          windowBytes: fc.integer({ min: 1, max: 5000 }),
          segmentBytes: fc.integer({ min: 1, max: 5000 }),
          shred: fc.boolean(),
        }),
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 }),
        (options, chunks) => {
          const w = world(options);
          const { client, server } = joined(w, 200_000);
          for (const chunk of chunks) client.call("write", [chunk]);
          client.call("end");
          w.clock.runUntilIdle();
          expect([...server.bytes]).toEqual(chunks.flatMap((c) => [...c]));
          expect(server.isEnded).toBe(true);
          expect(client.log).toEqual(["opened", "closed"]);
          expect(w.breaches.list).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a lost segment comes late and holds up what follows", () => {
    const w = world({ latencyMs: 10 });
    const { client, server } = joined(w);
    w.net.link(A, B, { lossRate: 1 });
    client.write("lost ");
    w.net.link(A, B, { lossRate: 0 });
    client.write("not lost");
    w.clock.advance(200);
    expect(server.received).toBe(0);
    w.clock.runUntilIdle();
    expect(server.text).toBe("lost not lost");
  });

  it("resetRate breaks connections: both ends fail and close", () => {
    const w = world();
    const { client, server } = joined(w);
    w.net.link(A, B, { resetRate: 1 });
    client.write("x");
    w.clock.advance(10);
    expect([client.log, server.log]).toEqual([
      ["opened", "failed", "closed"],
      ["failed", "closed"],
    ]);
    expect(w.breaches.list).toEqual([]);
  });

  it("reset breaks what there is between two sides, and nothing else", () => {
    const w = world();
    const { client, server } = joined(w);
    listen(w.net.host(A), w.breaches, "127.0.0.1", 81).link.resume();
    const local = dial(w.net.host(A), w.breaches, "127.0.0.1", 81);
    w.clock.advance(1);
    expect(w.net.reset(A, [B, "10.9.9.9"])).toBe(1);
    w.clock.advance(1);
    expect([client.failures[0]?.code, server.failures[0]?.code, local.isClosed]).toEqual(["ECONNRESET", "ECONNRESET", false]);
  });
});

describe("simulated network: partitions and crashes", () => {
  it("a partition stalls connections; healing lets every byte through", () => {
    const w = world({ latencyMs: 5 });
    const { client, server } = joined(w);
    w.net.partition(A, B);
    w.net.partition(A, B);
    client.write("held");
    server.write("up");
    w.clock.advance(60_000);
    expect([server.received, client.received]).toEqual([0, 0]);
    w.net.heal(A, B);
    w.net.heal();
    w.clock.advance(5);
    expect([server.text, client.text]).toEqual(["held", "up"]);
  });

  it("connecting across a partition times out, or succeeds when it heals in time", () => {
    const w = world({ connectTimeoutMs: 3000 });
    listen(w.net.host(A), w.breaches, A, 80).link.resume();
    w.net.partition([A], [B]);
    const late = dial(w.net.host(B), w.breaches, A, 80);
    w.clock.advance(2999);
    expect(late.log).toEqual([]);
    w.clock.advance(1);
    expect(late.failures).toEqual([{ code: "ETIMEDOUT", text: "Connection timed out" }]);
    const patient = dial(w.net.host(B), w.breaches, A, 80);
    w.clock.advance(1000);
    w.net.heal();
    w.clock.advance(1);
    expect(patient.isOpen).toBe(true);
  });

  it("bytes that cannot get through for giveUpMs fail the writer; the reader knows nothing: half-open", () => {
    const w = world({ giveUpMs: 10_000 });
    const { client, server } = joined(w);
    w.net.partition(A, B);
    client.write("x");
    w.clock.advance(10_000);
    expect(client.log).toEqual(["opened", "failed", "closed"]);
    expect(client.failures[0]?.text).toBe("Connection timed out");
    w.net.heal();
    w.clock.advance(100_000);
    expect(server.log).toEqual([]);
    server.write("are you there?");
    w.clock.advance(10);
    expect(server.failures[0]?.code).toBe("ECONNRESET");
  });

  it("a crash is silent; after a restart the old connection is answered with a reset and the port is free", () => {
    const w = world({ latencyMs: 1 });
    const { client, server } = joined(w);
    w.net.host(A).crash();
    client.write("x");
    w.clock.advance(1000);
    expect([client.log, server.log]).toEqual([["opened"], []]);
    expect(() => w.net.host(A).listen("", 7000, 1, listen(w.net.host(B), w.breaches, "", 1))).toThrow("has crashed; restart() it first");
    w.net.host(A).restart();
    w.clock.advance(10);
    expect(client.failures[0]?.code).toBe("ECONNRESET");
    const again = listen(w.net.host(A), w.breaches, "", 7000);
    w.clock.advance(1);
    expect(again.log).toEqual(["listening"]);
  });

  it("a full backlog drops the request, which is repeated after one second, then two", () => {
    const w = world();
    const listener = listen(w.net.host(A), w.breaches, A, 80, 2);
    const clients = [1, 2, 3].map(() => dial(w.net.host(B), w.breaches, A, 80));
    w.clock.advance(999);
    expect(clients.map((c) => c.isOpen)).toEqual([true, true, false]);
    w.clock.advance(1000);
    listener.link.resume();
    w.clock.advance(1000);
    expect(clients.map((c) => c.isOpen)).toEqual([true, true, false]);
    w.clock.advance(1);
    expect(clients.map((c) => c.isOpen)).toEqual([true, true, true]);
    expect(listener.links.length).toBe(3);
  });
});

describe("simulated network: names and addresses", () => {
  it("knows hosts by address and by name, and says why it does not", () => {
    const w = world();
    w.net.name("db.example", A);
    listen(w.net.host(A), w.breaches, "0.0.0.0", 80).link.resume();
    const named = dial(w.net.host(B), w.breaches, "db.example", 80);
    const unknown = dial(w.net.host(B), w.breaches, "nobody.example", 80);
    const nowhere = dial(w.net.host(B), w.breaches, "10.9.9.9", 80);
    w.clock.advance(1);
    expect(named.isOpen).toBe(true);
    expect(unknown.failures[0]?.text).toBe("Name or service not known");
    expect(nowhere.failures[0]?.text).toBe("No route to host");
  });

  it("binds every address, loopback or its own; nobody else's", () => {
    const w = world();
    const all = listen(w.net.host(A), w.breaches, "", 80);
    const loop = listen(w.net.host(A), w.breaches, "127.0.0.1", 80);
    const own = listen(w.net.host(A), w.breaches, A, 81);
    const loop81 = listen(w.net.host(A), w.breaches, "127.0.0.1", 81);
    const foreign = listen(w.net.host(A), w.breaches, B, 82);
    const unknown = listen(w.net.host(A), w.breaches, "10.9.9.9", 82);
    w.clock.advance(1);
    expect([all.address, own.address, loop81.address]).toEqual([
      { host: "0.0.0.0", port: 80 },
      { host: A, port: 81 },
      { host: "127.0.0.1", port: 81 },
    ]);
    expect([loop, foreign, unknown].map((l) => l.failures[0]?.code)).toEqual(["EADDRINUSE", "EADDRNOTAVAIL", "EADDRNOTAVAIL"]);
  });

  it("runs out of client ports politely", () => {
    const w = world();
    listen(w.net.host(A), w.breaches, A, 80, 100_000);
    const links = Array.from({ length: 28_232 }, () => dial(w.net.host(B), w.breaches, A, 80));
    const last = dial(w.net.host(B), w.breaches, A, 80);
    w.clock.advance(0);
    expect(last.failures[0]?.text).toBe("Cannot assign requested address");
    links[5]!.link.destroy();
    w.clock.advance(0);
    const next = dial(w.net.host(B), w.breaches, A, 80);
    w.clock.advance(10);
    expect(next.isOpen).toBe(true);
  });

  it("refuses options out of range and names them", () => {
    const clock = new VirtualClock();
    expect(() => createSimNet({ clock, latencyMs: -1 })).toThrow("latencyMs is -1");
    expect(() => createSimNet({ clock, lossRate: 1.5 })).toThrow("lossRate is 1.5");
    expect(() => createSimNet({ clock, bytesPerSecond: 0 })).toThrow("bytesPerSecond is 0");
    expect(() => createSimNet({ clock, windowBytes: 0 })).toThrow("windowBytes is 0");
    expect(() => createSimNet({ clock }).host("")).toThrow("needs an address");
  });
});

describe("simulated network: one seed, one run", () => {
  function trace(seed: number): string {
    const w = world({ seed, latencyMs: 10, jitterMs: 30, lossRate: 0.1, shred: true });
    const { client, server } = joined(w);
    const seen: string[] = [];
    server.onData = (bytes) => seen.push(`${w.clock.now()}:${bytes.length}`);
    for (let i = 0; i < 20; i++) client.write("some bytes that will be cut ".repeat(40));
    w.clock.runUntilIdle();
    return seen.join(" ");
  }

  it("the same seed gives the same pieces at the same times, another seed does not", () => {
    expect(trace(5)).toBe(trace(5));
    expect(trace(5) === trace(6)).toBe(false);
  });
});
