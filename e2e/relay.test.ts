/** A server in a real Chromium tab, on real TCP ports of a relay: the game server of the examples, and real TCP clients that log in. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { sproto } from "@skyloom/runtime/sproto";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { c2s, s2c } from "../examples/04-gate-watchdog-agent/proto.ts";
import { launchChromium } from "./support/browser.ts";
import { buildPage } from "./support/built-page.ts";
import type { BuiltPage } from "./support/built-page.ts";

const program = fileURLToPath(new URL("../packages/node-host/bin/skyloom.mjs", import.meta.url));
let browser: Browser;
let built: BuiltPage;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  [built, browser] = await Promise.all([buildPage("e2e/support/relay-page"), launchChromium()]);
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
afterAll(async () => {
  await browser?.close();
  built?.close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The command line's relay in a process of its own. */
async function startRelayProcess(...flags: string[]): Promise<{ url: string; child: ChildProcess; out: () => string }> {
  const child = spawn(process.execPath, [program, "relay", "--address", "127.0.0.1:0", "--origin", new URL(built.url).origin, ...flags]);
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (out += part.toString()));
  cleanups.push(() => child.kill("SIGKILL"));
  await expect.poll(() => out).toMatch(/^relay: ws:\S+\n/m);
  return { url: /^relay: (ws:\S+)$/m.exec(out)![1]!, child, out: () => out };
}

/** Opens the server's page. */
async function openServer(relay: string, gate: number, consolePort: number): Promise<{ page: Page; log: () => Promise<string | null> }> {
  const page = await browser.newPage();
  cleanups.push(() => page.close());
  const complaints: string[] = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  const query = new URLSearchParams({ relay, gate: String(gate), console: String(consolePort) });
  await page.goto(`${built.url}?${query.toString()}`);
  cleanups.push(() => expect(complaints).toEqual([]));
  return { page, log: () => page.locator("#log").textContent() };
}

/** A client of the game over real TCP. */
class GameClient {
  readonly socket: Socket;
  readonly answers = new Map<number, Readonly<Record<string, unknown>>>();
  ended = false;
  readonly #host = sproto.parse(s2c).host("package");
  readonly #request = this.#host.attach(sproto.parse(c2s));
  #bytes = Buffer.alloc(0);
  #session = 0;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    cleanups.push(() => this.socket.destroy());
    this.socket.on("error", () => {});
    this.socket.on("end", () => (this.ended = true));
    this.socket.on("close", () => (this.ended = true));
    this.socket.on("data", (part) => {
      this.#bytes = Buffer.concat([this.#bytes, part]);
      while (this.#bytes.length >= 2 && this.#bytes.length >= 2 + this.#bytes.readUInt16BE()) {
        const end = 2 + this.#bytes.readUInt16BE();
        const [kind, session, args] = this.#host.dispatch(new Uint8Array(this.#bytes.subarray(2, end))) as readonly unknown[];
        if (kind === "RESPONSE") this.answers.set(session as number, (args ?? {}) as Record<string, unknown>);
        this.#bytes = this.#bytes.subarray(end);
      }
    });
  }

  async ask(name: string, args?: Record<string, unknown>): Promise<Readonly<Record<string, unknown>>> {
    const session = ++this.#session;
    const body = this.#request(name, args, session) as Uint8Array;
    const head = Buffer.alloc(2);
    head.writeUInt16BE(body.length);
    this.socket.write(Buffer.concat([head, body]));
    await expect.poll(() => this.answers.has(session), { interval: 5 }).toBe(true);
    return this.answers.get(session)!;
  }
}

it("clients over real TCP log in to the server in the tab, and its debug console answers on its port", async () => {
  const [gate, console_] = [await freePort(), await freePort()];
  const relay = await startRelayProcess("--listen", `127.0.0.1:${gate},127.0.0.1:${console_}`);
  const { log } = await openServer(relay.url, gate, console_);
  await expect.poll(log).toContain(`Watchdog listen on 127.0.0.1:${gate}`);
  const clients = [new GameClient(gate), new GameClient(gate)];
  for (const client of clients) expect((await client.ask("handshake"))["msg"]).toMatch(/^Welcome to skynet/);
  await clients[0]!.ask("set", { what: "hello", value: "from outside" });
  expect(await clients[1]!.ask("get", { what: "hello" })).toEqual({ result: "from outside" });
  clients[0]!.socket.end();
  await expect.poll(() => clients[0]!.ended).toBe(true);
  expect(await clients[1]!.ask("get", { what: "hello" })).toEqual({ result: "from outside" });
  // The same tab serves the console over the relay, to any program that speaks TCP.
  let answer = "";
  const line = connect(console_, "127.0.0.1");
  line.on("data", (part) => (answer += part.toString()));
  line.write("netstat\n");
  await expect.poll(() => answer).toMatch(/<CMD OK>/);
  expect(answer).toContain(`sock:127.0.0.1:${gate}`);
  line.destroy();
});

it("a tab that is closed in the middle frees its ports, ends its clients, and a new tab takes over", async () => {
  const [gate, console_] = [await freePort(), await freePort()];
  const relay = await startRelayProcess("--listen", `127.0.0.1:${gate},127.0.0.1:${console_}`);
  const first = await openServer(relay.url, gate, console_);
  await expect.poll(first.log).toContain("Watchdog listen");
  const client = new GameClient(gate);
  await client.ask("handshake");
  await first.page.close();
  await expect.poll(() => client.ended).toBe(true);
  await expect.poll(() => relay.out()).toMatch(/relay: 127\.0\.0\.1 went/);
  const second = await openServer(relay.url, gate, console_);
  await expect.poll(second.log).toContain("Watchdog listen");
  expect((await new GameClient(gate).ask("handshake"))["msg"]).toMatch(/^Welcome/);
});

it("a relay that dies in the middle is told to the services of the tab, whose other services go on", async () => {
  const [gate, console_] = [await freePort(), await freePort()];
  const relay = await startRelayProcess("--listen", `127.0.0.1:${gate},127.0.0.1:${console_}`);
  const { page, log } = await openServer(relay.url, gate, console_);
  await expect.poll(log).toContain("Watchdog listen");
  const client = new GameClient(gate);
  await client.ask("handshake");
  relay.child.kill("SIGKILL");
  await expect.poll(() => client.ended).toBe(true);
  const state = (): Promise<unknown> =>
    page.evaluate(() => (globalThis as unknown as { ports: { tcp: { state: string } } }).ports.tcp.state);
  await expect.poll(state).toBe("idle");
  // The agent of the client is gone with its connection; the database still answers.
  const get = (): Promise<unknown> =>
    page.evaluate(() => {
      const { node } = globalThis as unknown as {
        node: { call: (...args: unknown[]) => Promise<unknown>; services(): { name: string }[] };
      };
      return node.call(".launcher", "lua", "LIST");
    });
  await expect.poll(async () => JSON.stringify(await get())).not.toContain("snlua agent");
  expect(JSON.stringify(await get())).toContain("snlua simpledb");
});

it("a wrong token, a page of another origin and a port that is not allowed end with a text in the tab's log", async () => {
  const [gate, console_] = [await freePort(), await freePort()];
  const relay = await startRelayProcess("--listen", `127.0.0.1:${console_}`);
  const wrong = await openServer(`${relay.url.split("#")[0]}#k=${"x".repeat(32)}`, gate, console_);
  await expect.poll(wrong.log).toMatch(/no relay at ws:\S+: wrong token/);
  const forbidden = await openServer(relay.url, gate, console_);
  await expect.poll(forbidden.log).toContain(`Permission denied: the relay does not allow listening on 127.0.0.1:${gate}`);
  const other = await startRelayProcess("--listen", `127.0.0.1:${gate}`, "--origin", "http://localhost:1");
  const foreign = await openServer(other.url, gate, console_);
  await expect.poll(foreign.log).toMatch(/no relay at ws:\S+: it does not answer, or refuses this page/);
  expect(other.out()).toContain("may not connect; allow it with the option origins (--origin)");
});
