/** Who gets past the relay's door, and what its limits do, over real WebSockets and real TCP. */
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { decodeRelayFrame, encodeRelayFrame, RELAY_SUB_PROTOCOL } from "@skyloom/runtime/relay";
import type { RelayFrame } from "@skyloom/runtime/relay";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { relayOverWs } from "../../test/relay-over-ws.ts";
import { startRelay } from "./index.ts";
import type { RelayServer, RelayServerOptions } from "./index.ts";

let lines: string[];
const cleanups: (() => unknown)[] = [];
beforeEach(() => (lines = []));
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(options: RelayServerOptions = {}): Promise<RelayServer> {
  const relay = await startRelay({ port: 0, log: (line) => lines.push(line), ...options });
  cleanups.push(() => relay.close());
  return relay;
}

/** Real TCP that keeps what comes. */
async function realServer(onSocket: (socket: Socket) => void = () => {}): Promise<{ port: number; sockets: Socket[]; server: Server }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets, server };
}

/** A tab that sends what it likes. */
class RawTab {
  readonly ws: WebSocket;
  readonly frames: RelayFrame[] = [];
  readonly ended: Promise<{ code: number; reason: string }>;
  readonly opened: Promise<boolean>;
  refused: string | undefined;

  constructor(relay: RelayServer, options: { origin?: string; protocol?: string; path?: string; host?: string } = {}) {
    this.ws = new WebSocket(`ws://127.0.0.1:${relay.port}${options.path ?? "/relay"}`, options.protocol ?? RELAY_SUB_PROTOCOL, {
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      ...(options.host === undefined ? {} : { headers: { host: options.host } }),
    });
    this.ended = new Promise((resolve) => this.ws.on("close", (code, reason) => resolve({ code, reason: reason.toString() })));
    this.ws.on("error", () => {});
    this.ws.on("message", (data) => {
      const frame = decodeRelayFrame(new Uint8Array(data as Buffer));
      if (typeof frame === "string") throw new Error(frame);
      this.frames.push(frame);
    });
    this.opened = new Promise((resolve) => {
      this.ws.on("open", () => resolve(true));
      this.ws.on("unexpected-response", (_request, response) => {
        response.on("data", (text: Buffer) => {
          this.refused = `${response.statusCode} ${text.toString().trim()}`;
          resolve(false);
        });
      });
    });
    cleanups.push(() => this.ws.terminate());
  }

  async hello(token: string, version = 1): Promise<this> {
    await this.opened;
    this.say({ type: "hello", id: 0, version, token });
    return this;
  }

  say(frame: RelayFrame): void {
    this.ws.send(encodeRelayFrame(frame));
  }

  of<T extends RelayFrame["type"]>(type: T, id?: number): Extract<RelayFrame, { type: T }>[] {
    return this.frames.filter((f): f is Extract<RelayFrame, { type: T }> => f.type === type && (id === undefined || f.id === id));
  }

  async until(type: RelayFrame["type"], id?: number): Promise<void> {
    await expect.poll(() => this.of(type, id).length, { interval: 5 }).toBeGreaterThan(0);
  }
}

describe("the relay's door", () => {
  it("a wrong token ends the WebSocket with the reason, and neither token is logged", async () => {
    const relay = await start();
    const tab = await new RawTab(relay).hello("guess-guess-guess-guess-guess");
    expect(await tab.ended).toMatchObject({
      code: 1008,
      reason: expect.stringMatching(/^wrong token: each start of the relay makes a new one/),
    });
    expect(lines[0]).toMatch(/^relay: 127\.0\.0\.1 was sent away: wrong token/);
    expect(lines.join()).not.toMatch(new RegExp(`guess|${relay.token}`));
    expect(tab.frames).toEqual([]);
  });

  it("stops listening to an address after five wrong tokens, also to the right one", async () => {
    const relay = await start();
    for (let i = 0; i < 5; i++) expect((await (await new RawTab(relay).hello(`wrong-${i}`)).ended).reason).toMatch(/^wrong token/);
    expect((await (await new RawTab(relay).hello(relay.token)).ended).reason).toMatch(/^too many wrong tokens/);
  });

  it.each<[string, (tab: RawTab, relay: RelayServer) => void, RegExp]>([
    [
      "a connection before the token",
      (tab) => tab.say({ type: "connect", id: 1, host: "127.0.0.1", port: 1 }),
      /connect frame came before the token/,
    ],
    ["another version", (tab, relay) => tab.say({ type: "hello", id: 0, version: 9, token: relay.token }), /version 9 .*version 1/],
    ["text", (tab) => tab.ws.send("hello"), /0 bytes are no frame/],
    ["garbage", (tab) => tab.ws.send(new Uint8Array([200, 1, 2, 3, 4, 5])), /no kind of frame 200/],
  ])("%s is the end, with a reason", async (_what, act, why) => {
    const relay = await start();
    const tab = new RawTab(relay);
    await tab.opened;
    act(tab, relay);
    expect(await tab.ended).toMatchObject({ code: 1008, reason: expect.stringMatching(why) });
  });

  it.each<[string, ConstructorParameters<typeof RawTab>[1] & object, RegExp]>([
    ["a page of another site", { origin: "https://evil.example" }, /^403 pages of "https:\/\/evil\.example" may not connect/],
    ["a name that points here", { host: "evil.example" }, /^421 this host does not answer/],
    ["another path", { path: "/inspect" }, /^404 the relay's endpoint is \/relay/],
    ["another sub-protocol", { protocol: "chat" }, /^400 the client does not offer/],
  ])("%s is refused before anything is said", async (_what, options, why) => {
    const tab = new RawTab(await start(), options);
    expect(await tab.opened).toBe(false);
    expect(tab.refused).toMatch(why);
  });

  it("a page whose origin was allowed comes in, and no more tabs than allowed", async () => {
    const relay = await start({ origins: ["http://localhost:5173"], maxTabs: 1 });
    const tab = await new RawTab(relay, { origin: "http://localhost:5173" }).hello(relay.token);
    await tab.until("ready");
    const second = new RawTab(relay);
    expect(await second.opened).toBe(false);
    expect(second.refused).toBe("503 the relay serves at most 1 tabs at once");
  });

  it("is not opened to the network without a token of one's own, nor with a short one, nor with limits that are none", async () => {
    await expect(startRelay({ address: "0.0.0.0", port: 0 })).rejects.toThrow(/open to the network on 0\.0\.0\.0/);
    await expect(startRelay({ token: "short", port: 0 })).rejects.toThrow(/5 characters; it needs at least 22/);
    await expect(startRelay({ maxConnections: 0, port: 0 })).rejects.toThrow(/maxConnections must be a number above 0, not 0/);
    await expect(startRelay({ allow: ["everything"], port: 0 })).rejects.toThrow(/"everything" is no entry/);
    const relay = await start();
    await expect(startRelay({ port: relay.port })).rejects.toThrow(/the relay cannot listen on 127\.0\.0\.1:\d+: the port is taken/);
  });
});

describe("what a tab may do", () => {
  it("reaches nothing and listens nowhere that is not allowed; the others go on", async () => {
    const real = await realServer((socket) => socket.write("hi"));
    const relay = await start({ allow: [`127.0.0.1:${real.port}`], listen: ["127.0.0.1:0"] });
    const tab = await new RawTab(relay).hello(relay.token);
    tab.say({ type: "connect", id: 1, host: "127.0.0.1", port: relay.port });
    tab.say({ type: "connect", id: 3, host: "localhost", port: real.port });
    tab.say({ type: "listen", id: 5, host: "0.0.0.0", port: 0, backlog: 8 });
    tab.say({ type: "listen", id: 7, host: "", port: 0, backlog: 8 });
    tab.say({ type: "listen", id: 9, host: "127.0.0.1", port: 80, backlog: 8 });
    tab.say({ type: "connect", id: 11, host: "127.0.0.1", port: real.port });
    await tab.until("opened", 11);
    for (const id of [1, 3, 5, 7, 9]) {
      await tab.until("closed", id);
      expect(tab.of("failed", id)[0]).toMatchObject({
        code: "EACCES",
        text: expect.stringMatching(/^Permission denied: the relay does not allow /),
      });
    }
    expect(real.sockets.length).toBe(1);
    expect(lines).toContainEqual(
      `relay: 127.0.0.1 was refused connections to localhost:${real.port}: it is not in the list of what is allowed`,
    );
    tab.say({ type: "credit", id: 11, bytes: 1000 });
    await tab.until("data", 11);
  });

  it("connections, listeners and openings a second are limited, each with its text", async () => {
    const real = await realServer();
    const relay = await start({ allow: ["127.0.0.1:*"], listen: ["127.0.0.1:0"], maxConnections: 2, maxListeners: 1, opensPerSecond: 5 });
    const tab = await new RawTab(relay).hello(relay.token);
    for (const id of [1, 3, 5]) tab.say({ type: "connect", id, host: "127.0.0.1", port: real.port });
    for (const id of [7, 9, 11]) tab.say({ type: "listen", id, host: "127.0.0.1", port: 0, backlog: 8 });
    for (const id of [5, 9, 11]) await tab.until("closed", id);
    expect(tab.of("failed").map((f) => [f.id, f.code])).toEqual([
      [5, "EMFILE"],
      [9, "EMFILE"],
      [11, "EAGAIN"],
    ]);
    expect(tab.of("failed").map((f) => f.text)).toEqual([
      "Too many open files: the relay allows each tab 2 connections at once",
      "Too many open files: the relay allows each tab 1 listeners at once",
      "Resource temporarily unavailable: the relay opens at most 5 connections a second for each tab",
    ]);
    // One that comes from outside is too many as well, and is turned away.
    await tab.until("listening", 7);
    tab.say({ type: "accept", id: 7 });
    const outside = connect(tab.of("listening", 7)[0]!.local.port, "127.0.0.1");
    outside.on("error", () => {});
    await new Promise((resolve) => outside.on("close", resolve));
    expect(tab.of("accepted")).toEqual([]);
    expect(lines).toContainEqual("relay: 127.0.0.1 has 2 connections: one that came is turned away");
  });

  it("a tab that sends more than there is room for is sent away, and loses only its own", async () => {
    const real = await realServer((socket) => socket.pause());
    const relay = await start({ allow: ["127.0.0.1:*"], maxBytesInFlight: 64 * 1024, maxConnections: 4 });
    const [good, bad] = [await new RawTab(relay).hello(relay.token), await new RawTab(relay).hello(relay.token)];
    for (const tab of [good, bad]) {
      tab.say({ type: "connect", id: 1, host: "127.0.0.1", port: real.port });
      await tab.until("opened", 1);
      expect(tab.of("ready")[0]!.windowBytes).toBe(16 * 1024);
    }
    bad.say({ type: "data", id: 1, bytes: new Uint8Array(16 * 1024 + 1) });
    expect((await bad.ended).reason).toBe("it broke the protocol: 16385 bytes are under way on one connection, at most 16384 are taken");
    good.say({ type: "data", id: 1, bytes: new Uint8Array(16 * 1024) });
    await expect.poll(() => relay.connections).toBe(1);
    good.say({ type: "credit", id: 1, bytes: 16 * 1024 + 1 });
    expect((await good.ended).reason).toMatch(/room for 16385 bytes/);
  });

  it("holds back what comes from the network until the tab has room: no more is under way than the window and one read", async () => {
    const real = await realServer((socket) => socket.write(new Uint8Array(8 * 1024 * 1024)));
    const relay = await start({ allow: ["127.0.0.1:*"], maxBytesInFlight: 64 * 1024, maxConnections: 4 });
    const tab = await new RawTab(relay).hello(relay.token);
    tab.say({ type: "connect", id: 1, host: "127.0.0.1", port: real.port });
    await tab.until("opened", 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(tab.of("data")).toEqual([]);
    tab.say({ type: "credit", id: 1, bytes: 16 * 1024 });
    await tab.until("data", 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const got = tab.of("data").reduce((n, f) => n + f.bytes.length, 0);
    expect(got).toBeGreaterThanOrEqual(16 * 1024);
    expect(got).toBeLessThanOrEqual(16 * 1024 + 64 * 1024);
  });

  it("keeps to its bytes a second in both directions, and loses none", async () => {
    const total = 150_000;
    const received: number[] = [];
    const real = await realServer((socket) => {
      socket.on("data", (bytes) => received.push(bytes.length));
      socket.write(new Uint8Array(total));
    });
    const relay = await start({ allow: ["127.0.0.1:*"], bytesPerSecond: 100_000 });
    const tcp = relayOverWs(relay.url);
    cleanups.push(() => tcp.close());
    let got = 0;
    const begun = performance.now();
    const link = tcp.connect("127.0.0.1", real.port, {
      opened() {},
      data: (b) => (got += b.length),
      ended() {},
      drained() {},
      failed() {},
      closed() {},
    });
    link.resume();
    link.write([new Uint8Array(total)]);
    await expect.poll(() => [got, received.reduce((a, b) => a + b, 0)]).toEqual([total, total]);
    // 300 kB, of which 100 kB are free at the start and the last read may be owed.
    expect(performance.now() - begun).toBeGreaterThan(1200);
  });

  it("ends a connection without a byte for too long, and sends an idle tab away", async () => {
    const real = await realServer();
    const relay = await start({ allow: ["127.0.0.1:*"], idleSeconds: 0.2 });
    const tab = await new RawTab(relay).hello(relay.token);
    tab.say({ type: "connect", id: 1, host: "127.0.0.1", port: real.port });
    await tab.until("closed", 1);
    expect(tab.of("failed", 1)[0]).toMatchObject({ code: "ETIMEDOUT", text: "Connection timed out: not a byte in 0.2 s, says the relay" });
    expect((await tab.ended).reason).toBe("it had no connection and no listener for 0.2 s");
  });
});

describe("ends", () => {
  it("a tab that goes leaves nothing behind: its peers are closed and its ports are free", async () => {
    const real = await realServer();
    const relay = await start({ allow: ["127.0.0.1:*"], listen: ["127.0.0.1:0"] });
    const tab = await new RawTab(relay).hello(relay.token);
    tab.say({ type: "connect", id: 1, host: "127.0.0.1", port: real.port });
    tab.say({ type: "listen", id: 3, host: "127.0.0.1", port: 0, backlog: 8 });
    await tab.until("opened", 1);
    await tab.until("listening", 3);
    const gone = new Promise((resolve) => real.sockets[0]!.on("close", resolve));
    real.sockets[0]!.resume();
    const { port } = tab.of("listening", 3)[0]!.local;
    tab.ws.terminate();
    await gone;
    await expect.poll(() => relay.connections).toBe(0);
    const again = createServer();
    await new Promise<void>((resolve, reject) => again.once("error", reject).listen(port, "127.0.0.1", resolve));
    again.close();
  });

  it("a relay that ends, or dies, fails what lived on it with a text; the next connection finds the next relay", async () => {
    const real = await realServer((socket) => socket.write("hi"));
    let relay = await start({ allow: ["127.0.0.1:*"], listen: ["127.0.0.1:0"] });
    const tcp = relayOverWs(`ws://127.0.0.1:${relay.port}/relay`, relay.token);
    cleanups.push(() => tcp.close());
    const dial = (): string[] => {
      const log: string[] = [];
      const link = tcp.connect("127.0.0.1", real.port, {
        opened: () => log.push("opened"),
        data: () => log.push("data"),
        ended: () => log.push("ended"),
        drained() {},
        failed: (f) => log.push(`${f.code} ${f.text}`),
        closed: () => log.push("closed"),
      });
      link.resume();
      return log;
    };
    const first = dial();
    const heard: string[] = [];
    tcp.listen("127.0.0.1", 0, 8, {
      listening: () => heard.push("listening"),
      accepted() {},
      failed: (f) => heard.push(f.code),
      closed: () => heard.push("closed"),
    });
    await expect.poll(() => [first, heard]).toEqual([["opened", "data"], ["listening"]]);
    expect(tcp.state).toBe("open");
    const { port, token } = relay;
    await relay.close();
    const where = `ws://127.0.0.1:${port}/relay`;
    await expect
      .poll(() => first.slice(2))
      .toEqual([`ECONNRESET Connection reset by peer: the relay at ${where} is gone: the relay ends`, "closed"]);
    expect(heard).toEqual(["listening", "ECONNRESET", "closed"]);
    expect([tcp.state, tcp.lost]).toEqual(["idle", "the relay ends"]);
    const second = dial();
    await expect
      .poll(() => second)
      .toEqual([
        expect.stringMatching(/^ENETUNREACH Network is unreachable: no relay at ws:\/\/127\.0\.0\.1:\d+\/relay: connect ECONNREFUSED/),
        "closed",
      ]);
    relay = await start({ allow: ["127.0.0.1:*"], port, token });
    const third = dial();
    await expect.poll(() => third).toEqual(["opened", "data"]);
  });

  it("a wrong token fails the connection with what the relay says", async () => {
    const relay = await start({ allow: ["127.0.0.1:*"] });
    const tcp = relayOverWs(relay.url, "x".repeat(30));
    const said: string[] = [];
    tcp.connect("127.0.0.1", 1, {
      opened() {},
      data() {},
      ended() {},
      drained() {},
      failed: (f) => said.push(f.text),
      closed: () => said.push("closed"),
    });
    await expect.poll(() => said).toEqual([expect.stringMatching(/^Network is unreachable: no relay at .*: wrong token/), "closed"]);
  });
});

describe("hostile tabs", () => {
  it("random frames never harm the relay nor another tab", { timeout: 60_000 }, async () => {
    const real = await realServer((socket) => socket.pipe(socket));
    const relay = await start({
      allow: [`127.0.0.1:${real.port}`],
      listen: ["127.0.0.1:0"],
      opensPerSecond: 10_000,
      maxTabs: 64,
      origins: [],
    });
    const tcp = relayOverWs(relay.url);
    cleanups.push(() => tcp.close());
    let echoed = 0;
    const link = tcp.connect("127.0.0.1", real.port, {
      opened() {},
      data: (b) => (echoed += b.length),
      ended() {},
      drained() {},
      failed() {},
      closed() {},
    });
    link.resume();
    const id = fc.integer({ min: 1, max: 8 });
    const port = fc.constantFrom(real.port, 0, 1);
    const frame: fc.Arbitrary<RelayFrame> = fc.oneof(
      fc.record({ type: fc.constant("connect" as const), id, host: fc.constantFrom("127.0.0.1", "x", ""), port }),
      fc.record({ type: fc.constant("listen" as const), id, host: fc.constantFrom("127.0.0.1", ""), port, backlog: fc.nat(9) }),
      fc.record({
        type: fc.constantFrom("end" as const, "endOutput" as const, "destroy" as const, "accept" as const, "hold" as const),
        id,
      }),
      fc.record({ type: fc.constant("data" as const), id, bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
      fc.record({ type: fc.constant("credit" as const), id, bytes: fc.constantFrom(1, 1000, 0xffffffff) }),
      fc.record({ type: fc.constant("nodelay" as const), id, on: fc.boolean() }),
      fc.record({ type: fc.constantFrom("ended" as const, "closed" as const), id }),
    );
    const bytes = fc.oneof(
      { weight: 12, arbitrary: frame.map((f) => encodeRelayFrame(f)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 40 }), async (messages) => {
        const tab = await new RawTab(relay).hello(relay.token);
        for (const message of messages) if (tab.ws.readyState === WebSocket.OPEN) tab.ws.send(message);
        await new Promise((resolve) => setTimeout(resolve, 5));
        tab.ws.terminate();
        const before = echoed;
        link.write([new Uint8Array([1])]);
        await expect.poll(() => echoed, { interval: 1 }).toBe(before + 1);
      }),
      { numRuns: 100 },
    );
    await expect.poll(() => [relay.tabs, relay.connections]).toEqual([1, 1]);
  });
});
