import { beforeEach, describe, expect, it } from "vitest";
import { createSimNet, type SimNet } from "../../simnet/index.ts";
import { Breaches, dial, listen, Probe } from "../../testing/conformance/tcp-probe.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import { SocketDriver } from "./driver.ts";
import type { SocketEvent } from "./events.ts";

const [DATA, CONNECT, CLOSE, ACCEPT, ERROR, WARNING] = [1, 2, 3, 4, 5, 7];
const GATE = 8;
const AGENT = 9;
const HOST = "10.0.0.1";
const FAR = "10.0.0.2";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: unknown): string => new TextDecoder().decode(data as Uint8Array);

let clock: VirtualClock;
let net: SimNet;
let driver: SocketDriver;
let events: (readonly [owner: number, ...event: SocketEvent])[];
let gone: Set<number>;
let dirty: number;
let lines: string[];
const breaches = new Breaches();

beforeEach(() => {
  clock = new VirtualClock();
  net = createSimNet({ clock, windowBytes: 64 * 1024 });
  events = [];
  gone = new Set();
  dirty = 0;
  lines = [];
  driver = new SocketDriver({
    tcp: net.host(HOST),
    now: () => Math.floor(clock.now() / 10),
    post: (owner, event) => !gone.has(owner) && events.push([owner, ...event]) > 0,
    onDirty: () => dirty++,
    log: (line) => lines.push(line),
  });
});

/** What was posted since the last look. */
function seen(): readonly (readonly unknown[])[] {
  clock.advance(1);
  return events.splice(0);
}

/** A listener of GATE, accepting. */
function gate(): number {
  const id = driver.listen(GATE, "", 8888);
  driver.start(GATE, id);
  seen();
  return id;
}

/** A client beyond the network, and the id of its accepted, started socket. */
function visitor(start = true): { client: Probe; id: number } {
  const client = dial(net.host(FAR), breaches, HOST, 8888);
  client.call("resume");
  const id = seen().at(-1)![3] as number;
  if (start) {
    driver.start(GATE, id);
    seen();
  }
  return { client, id };
}

describe("socket driver: opening", () => {
  it("a listener reports its bound ip and port, then start, and each connection as listener, new id, ip:port (semantics §21)", () => {
    const id = driver.listen(GATE, "0.0.0.0", 0);
    const [bound] = seen();
    expect(bound).toEqual([GATE, CONNECT, id, expect.any(Number), "0.0.0.0"]);
    driver.start(GATE, id);
    driver.start(GATE, id);
    expect(seen()).toEqual([[GATE, CONNECT, id, 0, "start"]]);
    const client = dial(net.host(FAR), breaches, HOST, bound![3] as number);
    expect(seen()).toEqual([[GATE, ACCEPT, id, id + 1, `${FAR}:${client.link.local!.port}`]]);
  });

  it("accepting starts only with start; who waited comes in order", () => {
    const id = driver.listen(GATE, "", 8888);
    seen();
    const clients = [1, 2].map(() => dial(net.host(FAR), breaches, HOST, 8888));
    expect(seen()).toEqual([]);
    driver.start(AGENT, id);
    expect(seen()).toEqual([
      [AGENT, CONNECT, id, 0, "start"],
      ...clients.map((c, i) => [AGENT, ACCEPT, id, id + 1 + i, `${FAR}:${c.link.local!.port}`]),
    ]);
    driver.pause(id);
    dial(net.host(FAR), breaches, HOST, 8888);
    expect(seen()).toEqual([]);
    driver.start(AGENT, id);
    expect(seen().length).toBe(1);
  });

  it("a port that is taken is an ERROR, and the id is free", () => {
    gate();
    const id = driver.listen(GATE, "", 8888);
    expect(seen()).toEqual([[GATE, ERROR, id, 0, "Address already in use"]]);
    driver.start(GATE, id);
    expect(seen()).toEqual([[GATE, ERROR, id, 0, "invalid socket"]]);
  });

  it("connect reports the peer's ip, or the reason it failed and no CLOSE", () => {
    listen(net.host(FAR), breaches, "", 80).link.resume();
    const good = driver.connect(AGENT, FAR, 80);
    const refused = driver.connect(AGENT, FAR, 81);
    const unknown = driver.connect(AGENT, "nobody.example", 80);
    expect(seen()).toEqual([
      [AGENT, ERROR, unknown, 0, "Name or service not known"],
      [AGENT, CONNECT, good, 0, FAR],
      [AGENT, ERROR, refused, 0, "Connection refused"],
    ]);
    expect([driver.send(good, bytes("x")), driver.send(refused, bytes("x"))]).toEqual([true, false]);
  });

  it("without TCP it says what is missing; all ids taken is said too", () => {
    const bare = new SocketDriver({ now: () => 0, post: () => true });
    expect(() => bare.connect(1, "a", 1)).toThrow("socket connect is not supported here: this host has no TCP");
    const mute = {} as never;
    const full = new SocketDriver({ tcp: { connect: () => mute, listen: () => mute }, now: () => 0, post: () => true });
    for (let i = 0; i < 65_536; i++) full.connect(1, "a", 1);
    expect(() => full.connect(1, "a", 1)).toThrow("no socket id is free: 65536 sockets are open");
  });
});

describe("socket driver: reading", () => {
  it("nothing is read before start; then bytes come as id, size, bytes", () => {
    gate();
    const { client, id } = visitor(false);
    client.write("hello");
    expect(seen()).toEqual([]);
    driver.start(AGENT, id);
    expect(seen()).toEqual([
      [AGENT, CONNECT, id, 0, "start"],
      [AGENT, DATA, id, 5, bytes("hello")],
    ]);
  });

  it("start on a running socket moves it to the new owner: transfer", () => {
    gate();
    const { client, id } = visitor();
    driver.start(AGENT, id);
    client.write("x");
    expect(seen()).toEqual([
      [AGENT, CONNECT, id, 0, "transfer"],
      [AGENT, DATA, id, 1, bytes("x")],
    ]);
  });

  it("pause stops reading, start resumes: transfer", () => {
    gate();
    const { client, id } = visitor();
    driver.pause(id);
    client.write("held");
    expect(seen()).toEqual([]);
    driver.start(GATE, id);
    expect(seen()).toEqual([
      [GATE, CONNECT, id, 0, "transfer"],
      [GATE, DATA, id, 4, bytes("held")],
    ]);
  });

  it("a paused socket holds the peer back", () => {
    gate();
    const { client, id } = visitor();
    driver.pause(id);
    client.call("write", [new Uint8Array(1_000_000)]);
    clock.advance(10_000);
    expect(client.link.queued).toBeGreaterThan(900_000);
    driver.pause(424_242);
  });

  it("start of an unknown id: ERROR invalid socket", () => {
    driver.start(AGENT, 12345);
    expect(seen()).toEqual([[AGENT, ERROR, 12345, 0, "invalid socket"]]);
  });
});

describe("socket driver: ends", () => {
  it("the peer's end is CLOSE once; writing goes on; start says socket closed; close frees the id silently (semantics §21)", () => {
    gate();
    const { client, id } = visitor();
    client.write("last words");
    client.call("endOutput");
    expect(seen()).toEqual([
      [GATE, DATA, id, 10, bytes("last words")],
      [GATE, CLOSE, id, 0, undefined],
    ]);
    driver.start(GATE, id);
    expect(seen()).toEqual([[GATE, ERROR, id, 0, "socket closed"]]);
    expect(driver.send(id, bytes("answer"))).toBe(true);
    driver.flush();
    expect(seen()).toEqual([]);
    expect(client.text).toBe("answer");
    driver.close(id);
    driver.close(id);
    expect(seen()).toEqual([]);
    expect([driver.send(id, bytes("x")), driver.lsend(id, bytes("x"))]).toEqual([false, false]);
    expect(client.isEnded).toBe(true);
  });

  it("close reports CLOSE at once and flushes what is pending first", () => {
    gate();
    const { client, id } = visitor();
    driver.send(id, bytes("not yet flushed"));
    driver.close(id);
    expect(events).toEqual([[GATE, CLOSE, id, 0, undefined]]);
    seen();
    expect([client.text, client.isEnded]).toEqual(["not yet flushed", true]);
    driver.start(GATE, id);
    expect(seen()).toEqual([[GATE, ERROR, id, 0, "invalid socket"]]);
  });

  it("while output is on its way after close, the id is CLOSING: no more sends, start says socket closed", () => {
    gate();
    const { client, id } = visitor();
    client.call("pause");
    driver.send(id, new Uint8Array(500_000));
    driver.lsend(id, bytes("low"));
    driver.flush();
    driver.close(id);
    expect(driver.send(id, bytes("x"))).toBe(false);
    driver.start(GATE, id);
    expect(seen()).toEqual([
      [GATE, CLOSE, id, 0, undefined],
      [GATE, ERROR, id, 0, "socket closed"],
    ]);
    expect(driver.info().find((s) => s.id === id)).toMatchObject({ type: "CLOSING", reading: false, writing: true });
    client.call("resume");
    clock.advance(100);
    expect([client.received, client.isEnded]).toEqual([500_003, true]);
    expect(driver.info().some((s) => s.id === id)).toBe(false);
    expect(seen()).toEqual([]);
  });

  it("shutdown drops what is pending and reports CLOSE", () => {
    gate();
    const { client, id } = visitor();
    driver.send(id, bytes("lost"));
    driver.shutdown(id);
    driver.shutdown(id);
    expect(events).toEqual([[GATE, CLOSE, id, 0, undefined]]);
    driver.flush();
    clock.advance(10);
    expect([client.received, client.isEnded]).toEqual([0, true]);
  });

  it("a reset is ERROR, then CLOSE, and the id is free, as the real program does it", () => {
    gate();
    const { id } = visitor();
    net.reset(HOST, FAR);
    expect(seen()).toEqual([
      [GATE, ERROR, id, 0, "Connection reset by peer"],
      [GATE, CLOSE, id, 0, undefined],
    ]);
    expect(driver.send(id, bytes("x"))).toBe(false);
  });

  it("writing to a peer that has gone: CLOSE, later ERROR Broken pipe, no second CLOSE, and the id is free", () => {
    gate();
    const { client, id } = visitor();
    client.call("destroy");
    expect(seen()).toEqual([[GATE, CLOSE, id, 0, undefined]]);
    for (let i = 0; i < 3; i++) {
      driver.send(id, bytes("anybody?"));
      driver.flush();
      clock.advance(5);
    }
    expect(seen()).toEqual([[GATE, ERROR, id, 0, "Broken pipe"]]);
    expect(driver.send(id, bytes("x"))).toBe(false);
  });

  it("closing while connecting, before start, and a listener: CLOSE each", () => {
    const listener = gate();
    const { client, id } = visitor(false);
    driver.close(id);
    const early = driver.connect(AGENT, HOST, 8888);
    driver.close(early);
    driver.close(listener);
    expect(seen()).toEqual([
      [GATE, CLOSE, id, 0, undefined],
      [AGENT, CLOSE, early, 0, undefined],
      [GATE, CLOSE, listener, 0, undefined],
    ]);
    expect(client.isEnded).toBe(true);
    const late = dial(net.host(FAR), breaches, HOST, 8888);
    seen();
    expect(late.failures[0]?.code).toBe("ECONNREFUSED");
    driver.close(999);
    driver.shutdown(999);
    expect(seen()).toEqual([]);
  });

  it("what was sent while connecting is sent before close ends it", () => {
    const far = listen(net.host(FAR), breaches, "", 80);
    far.link.resume();
    const server = new Probe(breaches);
    far.onAccepted = (link) => {
      server.link = link;
      link.attach(server);
      link.resume();
    };
    const id = driver.connect(AGENT, FAR, 80);
    driver.send(id, bytes("hi"));
    driver.close(id);
    clock.advance(10);
    expect([server.text, server.isEnded]).toEqual(["hi", true]);
    expect(events).toEqual([[AGENT, CLOSE, id, 0, undefined]]);
    expect(driver.info()).toEqual([]);
  });
});

describe("socket driver: writing", () => {
  it("joins the writes of a turn, and says once that there is something to flush", () => {
    gate();
    const { client, id } = visitor();
    const other = visitor();
    const pieces: string[] = [];
    client.onData = (b) => pieces.push(text(b));
    for (const t of ["a", "b", "c"]) driver.send(id, bytes(t));
    driver.send(other.id, bytes("d"));
    expect(dirty).toBe(1);
    clock.advance(10);
    expect(client.received).toBe(0);
    driver.flush();
    driver.flush();
    clock.advance(10);
    expect([pieces, other.client.text]).toEqual([["abc"], "d"]);
    driver.send(id, bytes("e"));
    expect(dirty).toBe(2);
  });

  it("low priority waits for high, also behind a slow reader, and a begun packet is finished first", () => {
    gate();
    const { client, id } = visitor();
    client.call("pause");
    const packet = (tag: number, size: number): Uint8Array => new Uint8Array(size).fill(tag);
    driver.send(id, packet(1, 400_000));
    driver.lsend(id, packet(2, 300_000));
    driver.lsend(id, packet(3, 10));
    driver.flush();
    clock.advance(10);
    driver.send(id, packet(4, 10));
    driver.flush();
    client.call("resume");
    clock.advance(1000);
    const order: string[] = [];
    for (const b of client.bytes) if (order.at(-1) !== `${b}`) order.push(`${b}`);
    expect([order, client.received]).toEqual([["1", "4", "2", "3"], 700_020]);
  });

  it("warns at 1 MiB, 2, 4 with KiB, and with 0 when drained (semantics §21)", () => {
    gate();
    const { client, id } = visitor();
    client.call("pause");
    client.keep = false;
    driver.send(id, new Uint8Array(320 * 1024));
    driver.flush();
    const waiting = 256 * 1024;
    for (let sent = waiting; sent < 5 * 1024 * 1024; sent += 64 * 1024) driver.send(id, new Uint8Array(64 * 1024));
    driver.flush();
    expect(seen()).toEqual([
      [GATE, WARNING, id, 1024, undefined],
      [GATE, WARNING, id, 2048, undefined],
      [GATE, WARNING, id, 4096, undefined],
    ]);
    client.call("resume");
    clock.advance(1000);
    expect(seen()).toEqual([[GATE, WARNING, id, 0, undefined]]);
    client.call("pause");
    driver.send(id, new Uint8Array(3 * 1024 * 1024 + 64 * 1024));
    driver.flush();
    expect(seen()).toEqual([[GATE, WARNING, id, 3072, undefined]]);
    driver.close(id);
    client.call("resume");
    clock.advance(1000);
    expect(seen()).toEqual([[GATE, CLOSE, id, 0, undefined]]);
  });

  it("writing to a listener or before start goes nowhere, is true as in Skynet, and is logged", () => {
    const listener = gate();
    const { id } = visitor(false);
    expect([driver.send(listener, bytes("abc")), driver.lsend(id, bytes("x"))]).toEqual([true, true]);
    expect(lines).toEqual([
      `socket ${listener}: 3 bytes written to it are dropped, it is a listener`,
      `socket ${id}: 1 bytes written to it are dropped, it was not started`,
    ]);
  });

  it("empty writes are nothing, nodelay is harmless", () => {
    const listener = gate();
    const { id } = visitor();
    expect(driver.send(id, new Uint8Array(0))).toBe(true);
    expect(dirty).toBe(0);
    for (const s of [listener, id, 999]) driver.nodelay(s);
  });
});

describe("socket driver: owners", () => {
  it("data for a service that is gone is dropped; a connection nobody has heard of is closed", () => {
    gate();
    const { client, id } = visitor();
    gone.add(GATE);
    client.write("to nobody");
    const late = dial(net.host(FAR), breaches, HOST, 8888);
    late.call("resume");
    expect(seen()).toEqual([]);
    clock.advance(1);
    expect([client.isClosed, client.isEnded, late.isEnded]).toEqual([false, false, true]);
    gone.delete(GATE);
    driver.start(AGENT, id);
    client.write("again");
    expect(seen().at(-1)).toEqual([AGENT, DATA, id, 5, bytes("again")]);
  });

  it("the end of a service closes what its socket library holds, pending output first; abandoned and foreign ones live (semantics §7)", () => {
    const listener = gate();
    const a = visitor();
    const b = visitor();
    const c = visitor();
    driver.claim(GATE, listener);
    for (const { id } of [a, b, c]) driver.claim(GATE, id);
    driver.claim(AGENT, b.id);
    driver.disclaim(c.id);
    driver.disclaim(c.id);
    driver.send(a.id, bytes("bye"));
    gone.add(GATE);
    driver.releaseOwner(GATE);
    driver.releaseOwner(GATE);
    clock.advance(10);
    expect([a, b, c].map((v) => v.client.isEnded)).toEqual([true, false, false]);
    expect(a.client.text).toBe("bye");
    expect(driver.info().map((s) => s.id)).toEqual([b.id, c.id]);
    driver.releaseOwner(AGENT);
    clock.advance(10);
    expect(b.client.isEnded).toBe(true);
  });

  it("a claim ends with its socket", () => {
    gate();
    const { client, id } = visitor();
    driver.claim(GATE, id);
    driver.close(id);
    seen();
    driver.releaseOwner(GATE);
    expect([seen(), client.isEnded]).toEqual([[], true]);
  });
});

describe("socket driver: netstat", () => {
  it("lists listeners and connections with the fields of socket.netstat (api §8)", () => {
    clock.advance(1000);
    const listener = gate();
    const { client, id } = visitor();
    visitor(false);
    clock.advance(500);
    client.write("12345");
    clock.advance(100);
    driver.send(id, bytes("123"));
    driver.flush();
    clock.advance(1);
    const peer = `${FAR}:${client.link.local!.port}`;
    expect(driver.info()).toEqual([
      { id: listener, address: GATE, type: "LISTEN", accept: 2, rtime: 100, sock: "0.0.0.0:8888" },
      { id, address: GATE, type: "TCP", read: 5, write: 3, wbuffer: 0, rtime: 150, wtime: 160, reading: true, writing: false, peer },
    ]);
    client.call("pause");
    driver.send(id, new Uint8Array(100_000));
    driver.pause(id);
    expect(driver.info()[1]).toMatchObject({ write: 3, wbuffer: 100_000, reading: false, writing: true });
    driver.flush();
    clock.advance(10);
    expect(driver.info()[1]).toMatchObject({ write: 3 + 65_536, wbuffer: 100_000 - 65_536 });
  });

  it("release closes everything and posts nothing", () => {
    const listener = gate();
    const { client, id } = visitor();
    driver.claim(GATE, id);
    driver.send(id, bytes("lost"));
    driver.release();
    driver.flush();
    expect(seen()).toEqual([]);
    expect([client.isEnded, client.received, driver.info().length, driver.send(listener, bytes("x"))]).toEqual([true, 0, 0, false]);
  });
});

describe("socket driver and its network", () => {
  it("never made the network report inside a call", () => {
    expect(breaches.list).toEqual([]);
  });
});
