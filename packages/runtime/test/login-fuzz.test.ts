/** Login, message and package servers fed with random, cut, changed and oversized bytes: they end that connection at most, and keep nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineService } from "@skyloom/runtime";
import { crypt } from "@skyloom/runtime/crypt";
import { loginserver } from "@skyloom/runtime/loginserver";
import { msgserver } from "@skyloom/runtime/msgserver";
import { socket } from "@skyloom/runtime/socket";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import type { SocketEvents } from "@skyloom/runtime/ports";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { packFrame } from "../src/codec/netpack/index.ts";
import { AnswerCache } from "../src/lib/msgserver-cache.ts";

const SECRET = "8bytekey";
const NAME = "dQ==@cw==#MQ==";

const logind = () =>
  loginserver({
    host: "10.0.0.1",
    port: 8001,
    instance: 2,
    auth_handler: () => ["s", "u"],
    login_handler: () => 1,
    command_handler: () => undefined,
  });

const gated = () =>
  msgserver.start({
    login_handler: () => msgserver.login(NAME, SECRET),
    logout_handler: () => undefined,
    kick_handler: () => undefined,
    request_handler: (_name, message) => message,
  });

const packages = defineService(function* () {
  const [listener] = yield* socket.listen("10.0.0.1", 8003);
  yield* socket.start(listener, function* (fd) {
    yield* socket_proxy.subscribe(fd);
    try {
      for (;;) socket_proxy.write(fd, yield* socket_proxy.read(fd));
    } catch (error) {
      if ((error as Error).message !== "disconnect") throw error;
    }
  });
  return {};
});

async function world() {
  const clock = new VirtualClock();
  const net = createSimNet({ clock });
  const t = await testNode({ clock, tcp: net.host("10.0.0.1"), services: { logind, gated, packages }, stacks: false });
  await t.newservice("logind");
  const gate = await t.newservice("gated");
  await t.newservice("packages");
  await t.call(gate, "lua", "open", { address: "10.0.0.1", port: 8002, servername: "s" });
  await t.call(gate, "lua", "login");
  await t.call(gate, "debug", "PING");
  const client = net.host("10.0.0.2");
  function connect(port: number) {
    const seen = { bytes: [] as number[], closed: false };
    const events: SocketEvents = {
      opened: () => link.resume(),
      data: (bytes) => seen.bytes.push(...bytes),
      ended: () => (seen.closed = true),
      drained: () => undefined,
      failed: () => undefined,
      closed: () => (seen.closed = true),
    };
    const link = client.connect("10.0.0.1", port, events);
    return { link, seen, text: () => Buffer.from(seen.bytes).toString("latin1") };
  }
  return { t, connect };
}

const handshake = (index: number): Uint8Array =>
  packFrame(`${NAME}:${index}:${crypt.base64encode(crypt.hmac_hash(SECRET, `${NAME}:${index}`))}`);

/** What a client could have meant, and what becomes of it on the way. */
const lines = fc
  .array(fc.oneof(fc.base64String({ maxLength: 64 }), fc.string({ maxLength: 200 })), { maxLength: 5 })
  .map((l) => Buffer.from(l.join("\n")));
const frames = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(packFrame(b))),
      fc.uint8Array({ maxLength: 20 }).map((b) => Buffer.from(b)),
    ),
    { maxLength: 8 },
  )
  .map((list) => Buffer.concat(list));
const large = fc.integer({ min: 9000, max: 70_000 }).map((n) => Buffer.alloc(n, 0x41));
const hostile = fc.oneof(
  lines,
  frames,
  fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b)),
  large,
);
const cuts = fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 4 });

function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...new Set(at.map((n) => n % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, i) => bytes.subarray(from, ends[i] ?? bytes.length));
}

describe("hostile bytes", () => {
  it.each([
    ["a login server", 8001],
    ["a message server", 8002],
    ["package services", 8003],
  ])("%s survives them, and keeps nothing of those who sent them", async (_what, port) => {
    const { t, connect } = await world();
    t.advance(10);
    const services = t.node.kernel.serviceCount;
    let index = 0;
    await fc.assert(
      fc.asyncProperty(hostile, cuts, fc.boolean(), fc.boolean(), async (bytes, at, known, ends) => {
        const c = connect(port);
        t.advance(1);
        if (known && port === 8002) c.link.write([handshake(++index)]);
        for (const piece of pieces(bytes, at)) {
          c.link.write([new Uint8Array(piece)]);
          t.advance(1);
        }
        if (ends) c.link.destroy();
        t.advance(10);
        if (!ends) c.link.end();
        t.advance(1);
        c.link.destroy();
      }),
      { numRuns: 150 },
    );
    // Longer than any patience.
    t.advance(4000);
    expect(t.node.kernel.serviceCount).toBe(services + (port === 8003 ? 1 : 0));
    expect(t.node.kernel.sockets.info().filter((s) => s.type !== "LISTEN")).toEqual([]);
    expect(t.pending().filter((line) => /login|accept|callall/.test(line))).toEqual([]);
    // And it still does its work.
    const c = connect(port);
    t.advance(5);
    if (port === 8001) expect(c.text()).toMatch(/^[A-Za-z0-9+/]{11}=\n$/);
    else {
      if (port === 8002) c.link.write([handshake(++index)]);
      c.link.write([packFrame("ping")]);
      t.advance(5);
      expect(c.text()).toContain(port === 8002 ? "200 OK" : "ping");
    }
    await t.stop();
  });

  it("a client that never reads its answers is closed when too many wait", async () => {
    const { t, connect } = await world();
    const c = connect(8002);
    t.advance(1);
    c.link.write([handshake(1)]);
    t.advance(1);
    c.link.pause();
    for (let i = 0; i < 400 && !c.seen.closed; i++) {
      c.link.write([packFrame(new Uint8Array(60_000))]);
      t.advance(1);
    }
    expect(t.log.join("\n")).toMatch(/does not read: \d+ KiB wait for it/);
    expect(t.node.kernel.sockets.info().filter((s) => s.type !== "LISTEN")).toEqual([]);
    await t.stop();
  });
});

describe("answers that are kept", () => {
  it("are never more than twice the number, whatever sessions come, and always the last ones", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 300 }), (expired, sessions) => {
        const cache = new AnswerCache(expired);
        const done: number[] = [];
        for (const session of sessions) {
          expect(cache.find(session, 1, 1)).toBeUndefined();
          cache.finish(cache.begin(session, 1), Uint8Array.of(session), 1);
          cache.counted();
          done.push(session);
          expect(cache.size).toBeLessThanOrEqual(2 * expired);
        }
        expect(cache.open).toBe(0);
        // After coming back, the newest are there.
        for (const session of new Set(done.slice(-Math.min(expired, done.length))))
          expect(cache.find(session, 2, 2)?.frame).toEqual(Uint8Array.of(session));
      }),
    );
  });
});
