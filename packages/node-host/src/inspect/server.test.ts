import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkMessagePack, createAgent } from "@skyloom/runtime/inspect";
import type { Agent, AgentFrame } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { FormulaSource, sampleAt } from "../../../runtime/test/inspect/formula-source.ts";
import { Recorder } from "../../../runtime/test/inspect/mirror.ts";
import { startInspectServer } from "./server.ts";
import type { InspectServer, InspectServerOptions } from "./server.ts";
import { encodeFrame, MAX_INBOUND_BYTES } from "./ws-link.ts";

const packr = new Packr({ useRecords: false });
const token = "t".repeat(22);
const clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms: number, fn: () => void) => setTimeout(fn, ms),
  cancel: (timer: object | number) => clearTimeout(timer as NodeJS.Timeout),
};

let source: FormulaSource;
let agent: Agent;
let lines: string[];
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  source = new FormulaSource(10, () => performance.now());
  agent = createAgent(source, { clock, defer: setImmediate });
  lines = [];
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(options: Partial<InspectServerOptions> = {}): Promise<InspectServer> {
  const server = await startInspectServer({ agent, port: 0, token, log: (line) => lines.push(line), ...options });
  cleanups.push(() => server.close());
  return server;
}

/** A client over a real socket: frames as they come, and how it ended. */
class Peer {
  readonly recorder = new Recorder();
  readonly ws: WebSocket;
  readonly ended: Promise<{ code: number; reason: string }>;
  refused: number | undefined;
  #wake: (() => void)[] = [];

  constructor(server: InspectServer, options: { origin?: string; protocol?: string; path?: string; host?: string } = {}) {
    this.ws = new WebSocket(`ws://127.0.0.1:${server.port}${options.path ?? "/inspect"}`, options.protocol ?? "skynet-inspect.1", {
      ...(options.origin === undefined ? {} : { origin: options.origin }),
      ...(options.host === undefined ? {} : { headers: { host: options.host } }),
    });
    this.ended = new Promise((resolve) => this.ws.on("close", (code, reason) => resolve({ code, reason: reason.toString() })));
    this.ws.on("message", (data) => {
      this.recorder.send(packr.unpack(data as Buffer) as AgentFrame);
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.ws.on("unexpected-response", (_req, res) => {
      this.refused = res.statusCode;
      this.ws.terminate();
    });
    this.ws.on("error", () => {});
    cleanups.push(() => this.ws.terminate());
  }

  async open(first: object = { type: "auth", v: 1, token }): Promise<this> {
    await new Promise((resolve) => this.ws.once("open", resolve));
    this.send(first);
    return this;
  }

  send(frame: object): void {
    this.ws.send(packr.pack(frame));
  }

  async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  first<T extends AgentFrame["type"]>(type: T): Promise<Extract<AgentFrame, { type: T }>> {
    return this.until(() => this.recorder.of(type)[0]);
  }
}

describe("the endpoint", () => {
  it("sends true rows over a real socket, and goes on sending what changes", async () => {
    source.count = 5000;
    const peer = await new Peer(await start()).open();
    expect((await peer.first("hello")).host.name).toBe("formula");
    peer.send({ type: "sub", ch: "services", id: 1, hz: 4 });
    await peer.until(() => (peer.recorder.of("delta").filter((f) => f.rest === 0).length >= 3 ? true : undefined));
    const table = peer.recorder.tables.get(1)!;
    expect(table.rows.size).toBe(5000);
    const row = table.byAddress()[40]!;
    // The row was read within a slice or two of the sample's `t`.
    expect(Math.abs((row["msg"] as number) - sampleAt(40, table.t / 1000).msg)).toBeLessThan(10);
    expect(row).toMatchObject({ addr: 41, name: "agent u1040", node: "game1", mem: 40_000 + 40 * 64 });
  });

  it("prints an address with its token, makes tokens of at least 128 bits, and never the same twice", async () => {
    const tokens = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const server = await startInspectServer({ agent, port: 0 });
      expect(server.url).toBe(`http://127.0.0.1:${server.port}/#k=${server.token}`);
      expect(Buffer.from(server.token, "base64url").length).toBeGreaterThanOrEqual(16);
      tokens.add(server.token);
      await server.close();
    }
    expect(tokens.size).toBe(3);
  });

  it("tells a client with a wrong token, ends it, and logs neither token", async () => {
    const server = await start();
    const good = await new Peer(server).open();
    await good.first("hello");
    const bad = await new Peer(server).open({ type: "auth", v: 1, token: "guess" });
    expect((await bad.first("err")).msg).toBe(
      "wrong token: each start of the host makes a new one; open the address that it printed last (it ends in #k=…)",
    );
    expect(await bad.ended).toMatchObject({ code: 1008, reason: expect.stringContaining("wrong token") });
    expect(lines).toEqual([expect.stringMatching(/^inspector: 127\.0\.0\.1 was sent away: wrong token/)]);
    expect(lines.join()).not.toMatch(/guess|tttt/);
    good.send({ type: "ping", t0: 1 });
    await good.first("pong");
  });

  it("stops listening to an address after five wrong tokens in a minute, also to the right one", async () => {
    const server = await start();
    for (let i = 0; i < 5; i++) await (await new Peer(server).open({ type: "auth", v: 1, token: `guess ${i}` })).ended;
    const blocked = await new Peer(server).open();
    expect(await blocked.first("err")).toMatchObject({
      code: "AUTH_BLOCKED",
      msg: expect.stringMatching(/^too many wrong tokens from this address; try again in \d+ s$/),
    });
  });

  it("tells a client of another protocol version both versions", async () => {
    const peer = await new Peer(await start(), { protocol: "skynet-inspect.0" }).open({ type: "auth", v: 0, token });
    expect(await peer.first("err")).toMatchObject({
      code: "VERSION",
      v: 1,
      msg: expect.stringContaining("speaks inspector protocol 1, the client speaks 0"),
    });
    expect((await peer.ended).code).toBe(1008);
  });

  it("ends the client that sends garbage, with a text, and only that one", async () => {
    const server = await start();
    const good = await new Peer(server).open();
    await good.first("hello");
    for (const [bytes, msg] of [
      [Uint8Array.of(0xc1), "bad frame: it is not MessagePack: byte 0xc1 at 0 begins nothing that is allowed here"],
      [
        Uint8Array.of(0xdd, 255, 255, 255, 255),
        "bad frame: it is not MessagePack: 4294967295 items are announced at 0 where 0 bytes are left",
      ],
      [packr.pack({ type: "sub" }), "bad frame: sub.ch is missing, expected a channel name"],
    ] as const) {
      const peer = new Peer(server);
      await new Promise((resolve) => peer.ws.once("open", resolve));
      peer.ws.send(bytes);
      expect((await peer.first("err")).msg).toBe(msg);
      expect(await peer.ended).toEqual({ code: 1008, reason: msg.length <= 123 ? msg : expect.any(String) });
    }
    const texted = new Peer(server);
    await new Promise((resolve) => texted.ws.once("open", resolve));
    texted.ws.send("hello");
    expect((await texted.first("err")).msg).toBe("bad frame: text came where MessagePack bytes are expected");
    good.send({ type: "ping", t0: 1 });
    await good.first("pong");
  });

  it("survives random bytes as first and as later messages", async () => {
    const server = await start();
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 60 }), async (authed, bytes) => {
        const peer = new Peer(server);
        await new Promise((resolve) => peer.ws.once("open", resolve));
        if (authed) peer.send({ type: "auth", v: 1, token });
        peer.ws.send(bytes);
        peer.ws.close();
        await peer.ended;
      }),
      { numRuns: 40 },
    );
    await (await new Peer(server).open()).first("hello");
  });

  it("refuses a frame above 1 MiB with a text, and cuts off what is far beyond", async () => {
    const server = await start();
    const peer = await new Peer(server).open();
    await peer.first("hello");
    peer.ws.send(new Uint8Array(MAX_INBOUND_BYTES + 1));
    expect((await peer.first("err")).msg).toBe("bad frame: it has 1048577 bytes, the limit is 1048576");
    const huge = await new Peer(server).open();
    await huge.first("hello");
    huge.ws.send(new Uint8Array(3 * MAX_INBOUND_BYTES));
    expect((await huge.ended).code).toBe(1009);
    await expect.poll(() => lines.at(-1)).toBe("inspector: 127.0.0.1 broke the WebSocket protocol: Max payload size exceeded");
    await expect.poll(() => agent.clients).toBe(0);
  });

  it("lets in its own page, configured origins and loopback programs; no other page and no borrowed name (INS-CON-3)", async () => {
    const server = await start({ origins: ["https://inspect.example.com"] });
    const own = `127.0.0.1:${server.port}`;
    const answer = async (options: { origin?: string; host?: string; path?: string; protocol?: string }): Promise<number | "in"> => {
      const peer = new Peer(server, options);
      await new Promise((resolve) => {
        peer.ws.on("open", resolve);
        void peer.ended.then(resolve);
      });
      return peer.refused ?? "in";
    };
    expect(await answer({})).toBe("in");
    expect(await answer({ origin: `http://${own}` })).toBe("in");
    expect(await answer({ origin: `http://localhost:${server.port}`, host: `localhost:${server.port}` })).toBe("in");
    expect(await answer({ origin: "https://inspect.example.com" })).toBe("in");
    expect(await answer({ origin: "http://evil.example" })).toBe(403);
    expect(await answer({ origin: `http://127.0.0.1:${server.port + 1}` })).toBe(403);
    expect(await answer({ origin: "null" })).toBe(403);
    expect(await answer({ origin: `http://evil.example:${server.port}`, host: `evil.example:${server.port}` })).toBe(421);
    expect(await answer({ path: "/other" })).toBe(404);
    expect(await answer({ protocol: "chat" })).toBe(400);
    expect(lines.at(-1)).toBe("inspector: 127.0.0.1 was refused: the client does not offer the sub-protocol skynet-inspect.1");
  });

  it("binds to this machine only, unless it was given a token (INS-CON-1)", async () => {
    await expect(startInspectServer({ agent, address: "0.0.0.0", port: 0 })).rejects.toMatchObject({
      code: "ARGUMENT",
      message: "the inspector would be open to the network on 0.0.0.0: give it a token of your own, or bind it to 127.0.0.1",
    });
    await expect(startInspectServer({ agent, port: 0, token: "short" })).rejects.toMatchObject({
      code: "ARGUMENT",
      message: "the inspector's token has 5 characters; it needs at least 22 random ones",
    });
    expect((await start({ address: "0.0.0.0" })).url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });

  it("says what to do when the port is taken, or moves up when it may", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => holder.close(resolve)));
    const { port } = holder.address() as AddressInfo;
    await expect(startInspectServer({ agent, port })).rejects.toMatchObject({
      code: "SOCKET",
      message: `the inspector cannot listen on 127.0.0.1:${port}: the port is taken; end the program that holds it, or choose another port, e.g. --inspect=127.0.0.1:${port + 1}`,
    });
    await expect(startInspectServer({ agent, port: 0, address: "192.0.2.1", token })).rejects.toMatchObject({
      message: "the inspector cannot listen on 192.0.2.1:0: this machine has no such address",
    });
    const moved = await start({ port, moveUp: 20 });
    expect(moved.port).toBeGreaterThan(port);
    expect(moved.movedFrom).toBe(port);
  });

  it("close() tells the clients, frees the port, and leaves the agent to others", async () => {
    const server = await startInspectServer({ agent, port: 0, token });
    const peer = await new Peer(server).open();
    await peer.first("hello");
    peer.send({ type: "sub", ch: "services", id: 1 });
    await peer.first("key");
    const idle = connect(server.port, "127.0.0.1");
    idle.on("error", () => {});
    await new Promise((resolve) => idle.once("connect", resolve));
    const from = performance.now();
    await server.close();
    expect(performance.now() - from).toBeLessThan(1500);
    expect(await peer.ended).toEqual({ code: 1001, reason: "the host ends its inspector" });
    expect((await peer.first("err")).code).toBe("CLOSING");
    await expect.poll(() => [agent.clients, agent.active]).toEqual([0, false]);
    const again = await start({ port: server.port });
    await (await new Peer(again).open()).first("hello");
  });
});

describe("the page", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "inspector-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "page/assets"), { recursive: true });
    writeFileSync(join(folder, "page/index.html"), "<!doctype html><title>page</title>");
    writeFileSync(join(folder, "page/assets/app-1a2b.js"), "export {};");
    writeFileSync(join(folder, "page/.env"), "SECRET=1");
    writeFileSync(join(folder, "secret.txt"), "secret");
    symlinkSync(join(folder, "secret.txt"), join(folder, "page/link.txt"));
  });

  /** Asks with the path as it is: `fetch` would tidy it up. */
  const get = (
    server: InspectServer,
    path: string,
    method = "GET",
    headers = {},
  ): Promise<{ status: number; body: string; headers: IncomingHttpHeaders }> =>
    new Promise((resolve, reject) => {
      request({ host: "127.0.0.1", port: server.port, path, method, headers, agent: false }, (res) => {
        let body = "";
        res.on("data", (chunk: Buffer) => (body += chunk.toString()));
        res.on("end", () => resolve({ status: res.statusCode!, body, headers: res.headers }));
      })
        .on("error", reject)
        .end();
    });

  it("comes with the headers that isolate it and let only its own scripts run", async () => {
    const server = await start({ staticDir: join(folder, "page") });
    const page = await get(server, "/?x=1");
    expect([page.status, page.body]).toEqual([200, "<!doctype html><title>page</title>"]);
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringMatching(/^default-src 'self';/),
      "cache-control": "no-cache",
    });
    const script = await get(server, "/assets/app-1a2b.js");
    expect(script.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": expect.stringContaining("immutable"),
    });
    expect((await get(server, "/", "HEAD")).body).toBe("");
    expect((await get(server, "/", "POST")).status).toBe(405);
  });

  it("never leaves its folder, whatever the path", async () => {
    const server = await start({ staticDir: join(folder, "page") });
    for (const path of [
      "/../secret.txt",
      "/assets/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/..%5csecret.txt",
      "/%2e%2e%2f%2e%2e%2fetc/passwd",
      "//etc/passwd",
      "/link.txt",
      "/.env",
      "/assets",
      "/%00",
      "/%",
      "/nothing.js",
      "/index.html/",
    ])
      expect([path, (await get(server, path)).status]).toEqual([path, 404]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("..", "%2e%2e", "/", "%2f", "\\", "assets", "secret.txt", "link.txt", ".", "%5c"), { maxLength: 8 }),
        async (parts) => {
          const { status, body } = await get(server, `/${parts.join("")}`);
          expect(status === 404 || body.startsWith("<!doctype")).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("answers only to names that are its own, against pages that borrow one", async () => {
    const server = await start({ staticDir: join(folder, "page") });
    expect((await get(server, "/", "GET", { host: "evil.example" })).status).toBe(421);
    expect((await get(server, "/", "GET", { host: `localhost:${server.port}` })).status).toBe(200);
  });

  it("says so when there is none", async () => {
    expect((await get(await start(), "/")).body).toContain("serves no inspector page");
    expect((await get(await start({ staticDir: join(folder, "nowhere") }), "/")).body).toContain("There is no built inspector in");
  });
});

it("frames that hold undefined values can be read by a peer that refuses extensions", () => {
  const bytes = encodeFrame({ type: "done", rid: 1, ok: true, result: { a: undefined, b: [undefined, 2] } });
  expect(checkMessagePack(bytes)).toBeUndefined();
  expect(packr.unpack(bytes)).toEqual({ type: "done", rid: 1, ok: true, result: { a: null, b: [null, 2] } });
});
