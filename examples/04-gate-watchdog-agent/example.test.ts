import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SocketEvents } from "@skyloom/runtime/ports";
import { sproto } from "@skyloom/runtime/sproto";
import type { SprotoDispatched } from "@skyloom/runtime/sproto";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { FrameSplitter, netpack } from "@skyloom/runtime/netpack";
import { services } from "./index.ts";
import { c2s, s2c } from "./proto.ts";

const GATE = "10.0.0.1";

async function server() {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const t = await testNode({
    clock,
    tcp: net.host(GATE),
    services,
    config: { start: "main", gate_address: GATE, console_port: 0 },
    stacks: false,
  });
  let hosts = 1;

  /** A client in the test's own hands. */
  function connect(decode = true) {
    const splitter = new FrameSplitter();
    const host = sproto.parse(s2c).host("package");
    const request = host.attach(sproto.parse(c2s));
    const seen = { raw: [] as string[], messages: [] as SprotoDispatched[], gone: false };
    const events: SocketEvents = {
      opened: () => link.resume(),
      data(bytes) {
        for (const frame of splitter.feed(bytes)) {
          seen.raw.push(hex(frame));
          if (decode) seen.messages.push(host.dispatch(frame));
        }
      },
      ended: () => (seen.gone = true),
      drained: () => undefined,
      failed: () => undefined,
      closed: () => (seen.gone = true),
    };
    const link = net.host(`10.0.1.${hosts++}`).connect(GATE, 8888, events);
    return {
      link,
      seen,
      ask: (name: string, args: object | undefined, session: number) => link.write([netpack.pack(request(name, args, session))]),
    };
  }
  return { t, net, connect };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("gate, watchdog, agent", () => {
  it("serves handshake, set, get and heartbeat, and ends the agent with the connection", async () => {
    const { t, connect } = await server();
    const c = connect();
    t.advance(10);
    c.ask("handshake", undefined, 1);
    c.ask("set", { what: "hello", value: "world" }, 2);
    c.ask("get", { what: "hello" }, 3);
    t.advance(100);
    expect(c.seen.messages.filter((m) => m[0] === "RESPONSE").map((m) => [Number(m[1]), m[2]])).toEqual([
      [1, { msg: "Welcome to skynet, I will send heartbeat every 5 sec." }],
      [2, undefined],
      [3, { result: "world" }],
    ]);
    t.advance(1000);
    expect(c.seen.messages.filter((m) => m[0] === "REQUEST").map((m) => m[1])).toEqual(["heartbeat", "heartbeat"]);
    const before = t.node.kernel.serviceCount;
    c.link.end();
    t.advance(10);
    expect(t.node.kernel.serviceCount).toBe(before - 1);
    await t.stop();
  });

  it("answers byte for byte as the real example does", async () => {
    const vectors = new URL("../../packages/runtime/test/vectors/gate_sproto.json", import.meta.url);
    const { cases } = JSON.parse(readFileSync(vectors, "utf8")) as { cases: { frames: { dir?: string; bytes: string }[] }[] };
    const { frames } = cases[0]!;
    const { t, connect } = await server();
    const c = connect(false);
    t.advance(10);
    for (const { dir, bytes } of frames) {
      if (dir !== "c2s") continue;
      c.link.write([Buffer.from(bytes, "hex")]);
      t.advance(5);
    }
    const answers = frames.filter((f) => f.dir === "s2c").map((f) => f.bytes.slice(4));
    expect(answers.length).toBeGreaterThan(3);
    expect(c.seen.raw.filter((f) => f !== HEARTBEAT)).toEqual(answers.filter((f) => f !== HEARTBEAT));
    expect(c.seen.gone).toBe(true);
    await t.stop();
  });

  it.each([
    ["garbage", [0xff, 0xfe, 0xfd, 0x00, 0x01]],
    ["an unknown protocol tag", [0x55, 0x02, 0xf0, 0x04]],
    ["an empty frame", []],
    ["an endless 0-pack run", [0xff, 0xff]],
  ])("drops a client that sends %s, with a reason in the log; others notice nothing", async (_what, bytes) => {
    const { t, connect } = await server();
    const [good, bad] = [connect(), connect()];
    t.advance(10);
    bad.link.write([netpack.pack(Uint8Array.from(bytes))]);
    t.advance(10);
    good.ask("handshake", undefined, 7);
    t.advance(10);
    expect(bad.seen.gone).toBe(true);
    expect(t.log.join("\n")).toMatch(/client 4 sent what cannot be served, closing it: .+/);
    expect(good.seen.gone).toBe(false);
    expect(good.seen.messages.some((m) => m[0] === "RESPONSE" && Number(m[1]) === 7)).toBe(true);
    await t.stop();
  });

  it("a client that ends in the middle of a frame leaves nothing behind", async () => {
    const { t, connect } = await server();
    const before = t.node.kernel.serviceCount;
    const c = connect();
    t.advance(10);
    c.link.write([Uint8Array.of(0x10, 0x00, 1, 2, 3)]);
    t.advance(10);
    c.link.destroy();
    t.advance(20);
    expect(t.node.kernel.serviceCount).toBe(before);
    await t.stop();
  });

  it("fifty bots play for a minute of virtual time, and every answer is right", async () => {
    const clock = new VirtualClock();
    const net = createSimNet({ clock, latencyMs: 5 });
    const game = await testNode({
      clock,
      tcp: net.host(GATE),
      services,
      config: { start: "main", gate_address: GATE, console_port: 0 },
      stacks: false,
    });
    const play = await testNode({ clock, tcp: net.host("10.0.0.2"), services, stacks: false });
    const bots: number[] = [];
    for (let i = 0; i < 50; i++) bots.push(await play.newservice("bot", { host: GATE, port: 8888, name: `bot${i}`, seed: i + 1 }));
    clock.advance(60_000);
    const figures = await Promise.all(
      bots.map((b) => play.call<{ connections: number; responses: number; heartbeats: number; wrong: number }>(b, "lua", "figures")),
    );
    const sum = (key: "connections" | "responses" | "heartbeats" | "wrong") => figures.reduce((n, f) => n + f[key], 0);
    expect(sum("wrong")).toBe(0);
    expect(sum("connections")).toBeGreaterThan(60);
    expect(sum("responses")).toBeGreaterThan(2000);
    expect(sum("heartbeats")).toBeGreaterThan(200);
    expect(game.log.join("\n")).not.toMatch(/error :|cannot be served/);
    await Promise.all([game.stop(), play.stop()]);
  });
});

/** The packed heartbeat; when it comes depends on time. */
const HEARTBEAT = "050104";
