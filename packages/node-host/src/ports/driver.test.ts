import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { SocketDriver, type SocketEvent } from "@skyloom/runtime/socketserver";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeTcp } from "./tcp.ts";

// Real time: the driver on the operating system's TCP, with peers that are plain Node sockets.
const [DATA, CONNECT, CLOSE, ACCEPT, ERROR, WARNING] = [1, 2, 3, 4, 5, 7];
const OWNER = 8;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let driver: SocketDriver;
let events: SocketEvent[];
let peers: Socket[];

beforeEach(() => {
  events = [];
  peers = [];
  driver = new SocketDriver({
    tcp: nodeTcp(),
    now: () => Math.floor(performance.now() / 10),
    post: (_owner, event) => events.push(event) > 0,
  });
});
afterEach(() => {
  driver.release();
  for (const peer of peers) peer.destroy();
});

async function until(done: () => boolean): Promise<void> {
  const limit = performance.now() + 5000;
  while (!done()) {
    if (performance.now() > limit)
      throw new Error(`did not happen within 5 s; events: ${JSON.stringify(events.map((e) => e.slice(0, 3)))}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const of = (type: number): SocketEvent[] => events.filter((e) => e[0] === type);

async function visitor(): Promise<{ peer: Socket; id: number; port: number; listener: number }> {
  const listener = driver.listen(OWNER, "127.0.0.1", 0);
  driver.start(OWNER, listener);
  await until(() => of(CONNECT).length === 2);
  const port = of(CONNECT).find((e) => e[2] > 0)![2];
  const peer = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  peer.on("error", () => {});
  peers.push(peer);
  await until(() => of(ACCEPT).length === 1);
  const id = of(ACCEPT)[0]![2];
  expect(of(ACCEPT)[0]![3]).toBe(`127.0.0.1:${peer.localPort}`);
  driver.start(OWNER, id);
  events.length = 0;
  return { peer, id, port, listener };
}

describe("socket driver on real TCP", () => {
  it("reads, writes, and reports CLOSE at the peer's end; then writing still works", async () => {
    const { peer, id } = await visitor();
    let got = "";
    peer.on("data", (d) => (got += d.toString()));
    peer.end("question");
    await until(() => of(CLOSE).length === 1);
    expect(events).toEqual([
      [DATA, id, 8, bytes("question")],
      [CLOSE, id, 0, undefined],
    ]);
    expect(Object.getPrototypeOf(events[0]![3])).toBe(Uint8Array.prototype);
    driver.send(id, bytes("ans"));
    driver.send(id, bytes("wer"));
    driver.flush();
    driver.close(id);
    await until(() => got === "answer");
    expect(events.length).toBe(2);
  });

  it("a reset is ERROR Connection reset by peer, then CLOSE", async () => {
    const { peer, id } = await visitor();
    peer.resetAndDestroy();
    await until(() => of(CLOSE).length === 1);
    expect(events).toEqual([
      [ERROR, id, 0, "Connection reset by peer"],
      [CLOSE, id, 0, undefined],
    ]);
    expect(driver.send(id, bytes("x"))).toBe(false);
  });

  it("connects, or says Connection refused", async () => {
    const server = createServer((s) => s.pipe(s)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const good = driver.connect(OWNER, "127.0.0.1", port);
    await until(() => of(CONNECT).length === 1);
    expect(events).toEqual([[CONNECT, good, 0, "127.0.0.1"]]);
    driver.send(good, bytes("echo"));
    driver.flush();
    await until(() => of(DATA).length === 1);
    expect(events[1]).toEqual([DATA, good, 4, bytes("echo")]);
    driver.close(good);
    await new Promise((resolve) => server.close(resolve));
    events.length = 0;
    const bad = driver.connect(OWNER, "127.0.0.1", port);
    await until(() => of(ERROR).length === 1);
    expect(events).toEqual([[ERROR, bad, 0, "Connection refused"]]);
  });

  it("a port that is taken is an ERROR, and a freed one can be taken again", async () => {
    const { port, listener } = await visitor();
    const second = driver.listen(OWNER, "127.0.0.1", port);
    await until(() => of(ERROR).length === 1);
    expect(events).toEqual([[ERROR, second, 0, "Address already in use"]]);
    driver.close(listener);
    const third = driver.listen(OWNER, "127.0.0.1", port);
    await until(() => of(CONNECT).length === 1);
    expect(of(CONNECT)).toEqual([[CONNECT, third, port, "127.0.0.1"]]);
  });

  it("warns while a slow reader holds 24 MiB up, says 0 when it has caught up, and every byte arrives", async () => {
    const { peer, id } = await visitor();
    peer.pause();
    const total = 24 * 1024 * 1024;
    for (let i = 0; i < 24; i++) {
      driver.send(id, new Uint8Array(total / 24).fill(i));
      driver.flush();
    }
    await until(() => of(WARNING).length > 0);
    expect(driver.info().find((s) => s.id === id)).toMatchObject({ type: "TCP", writing: true });
    let got = 0;
    let last = 0;
    let wrong = 0;
    peer.on("data", (d) => {
      for (let i = 0; i < d.length; i += 997) {
        if (d[i]! < last) wrong++;
        last = d[i]!;
      }
      got += d.length;
    });
    peer.resume();
    await until(() => got === total && of(WARNING).at(-1)![2] === 0);
    expect([wrong, last]).toEqual([0, 23]);
    expect(driver.info().find((s) => s.id === id)).toMatchObject({ write: total, wbuffer: 0, writing: false });
  });

  it("close flushes megabytes to a slow reader before the connection ends", async () => {
    const { peer, id } = await visitor();
    peer.pause();
    driver.send(id, new Uint8Array(8 * 1024 * 1024));
    driver.close(id);
    expect(events).toEqual([[CLOSE, id, 0, undefined]]);
    expect(driver.info().find((s) => s.id === id)).toMatchObject({ type: "CLOSING" });
    let got = 0;
    let ended = false;
    peer.on("data", (d) => (got += d.length)).on("end", () => (ended = true));
    peer.resume();
    await until(() => ended && driver.info().every((s) => s.id !== id));
    expect(got).toBe(8 * 1024 * 1024);
  });

  it("nothing is read before start, and pause holds the peer back", async () => {
    const { peer, id } = await visitor();
    driver.pause(id);
    let written = 0;
    while (peer.write(new Uint8Array(256 * 1024)) || peer.writableLength < 8e6) {
      if ((written += 256 * 1024) > 64e6) throw new Error("nothing holds the peer back");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(of(DATA).reduce((n, e) => n + e[2], 0)).toBeLessThan(1e6);
  });
});
