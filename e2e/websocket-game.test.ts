/** A page in a real Chromium plays with the agent of examples/04 through `new WebSocket`, beside a client over TCP. */
import { createNode } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { sproto } from "@skyloom/runtime/sproto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { services } from "../examples/04-gate-watchdog-agent/index.ts";
import { c2s, s2c } from "../examples/04-gate-watchdog-agent/proto.ts";
import { launchChromium } from "./support/browser.ts";

let browser: Browser;
let page: Page;
let node: SkynetNode;
let url = "";
let tcpPort = 0;
const lines: string[] = [];

const host = sproto.parse(s2c).host("package");
const request = host.attach(sproto.parse(c2s));

beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
  node = await createNode({
    ports: { ...nodePorts(), log: { output: { line: (line) => void lines.push(line) } } },
    services,
    config: { start: "main", gate_address: "127.0.0.1", gate_port: 0, websocket_port: 0, console_port: 0 },
  });
  const port = (pattern: RegExp): Promise<string> =>
    vi.waitFor(
      () => pattern.exec(lines.join("\n"))?.[1] ?? Promise.reject(new Error(`the server never said ${pattern}:\n${lines.join("\n")}`)),
      20_000,
    );
  url = `ws://${await port(/listen on ws:\/\/(127\.0\.0\.1:\d+)/)}/`;
  tcpPort = Number(await port(/Watchdog listen on 127\.0\.0\.1:(\d+)/));
});
afterAll(async () => {
  await browser?.close();
  await node?.stop();
});

/** Opens a WebSocket in the page, under a name. */
async function open(name: string): Promise<void> {
  await page.evaluate(
    ([key, to]) =>
      new Promise<void>((resolve, reject) => {
        const ws = new WebSocket(to);
        ws.binaryType = "arraybuffer";
        const game = { ws, got: [] as number[][], closed: undefined as number | undefined };
        (window as unknown as Record<string, unknown>)[key] = game;
        ws.addEventListener("message", (e: MessageEvent<ArrayBuffer>) => game.got.push([...new Uint8Array(e.data)]));
        ws.addEventListener("close", (e) => (game.closed = e.code));
        ws.addEventListener("open", () => resolve());
        ws.addEventListener("error", () => reject(new Error(`no WebSocket at ${to}`)));
      }),
    [name, url] as const,
  );
}

interface Game {
  readonly ws: WebSocket;
  readonly got: number[][];
  readonly closed: number | undefined;
}

async function send(name: string, packet: Uint8Array | string): Promise<void> {
  await page.evaluate(
    ([key, data]) => (window as unknown as Record<string, Game>)[key]!.ws.send(typeof data === "string" ? data : new Uint8Array(data)),
    [name, typeof packet === "string" ? packet : [...packet]] as const,
  );
}

/** Answers that came, by session. */
async function answers(name: string): Promise<Record<string, unknown>> {
  const got = await page.evaluate((key) => (window as unknown as Record<string, Game>)[key]!.got, name);
  const result: Record<string, unknown> = {};
  for (const packet of got) {
    const message = host.dispatch(Uint8Array.from(packet));
    if (message[0] === "RESPONSE") result[String(message[1])] = message[2];
  }
  return result;
}

const closed = (name: string): Promise<number | undefined> =>
  page.evaluate((key) => (window as unknown as Record<string, Game>)[key]!.closed, name);

describe("a page with new WebSocket and the agent of examples/04", () => {
  it("shakes hands, sets, gets and quits; the agent ends with it", async () => {
    const before = node.kernel.serviceCount;
    await open("a");
    await send("a", request("handshake", undefined, 1));
    await send("a", request("set", { what: "hello", value: "world" }, 2));
    await send("a", request("get", { what: "hello" }, 3));
    await expect
      .poll(() => answers("a"))
      .toEqual({
        "1": { msg: "Welcome to skynet, I will send heartbeat every 5 sec." },
        "2": undefined,
        "3": { result: "world" },
      });
    expect(node.kernel.serviceCount).toBe(before + 1);
    await send("a", request("quit"));
    await expect.poll(() => closed("a")).toBe(1000);
    await expect.poll(() => node.kernel.serviceCount).toBe(before);
  });

  it("what cannot be understood ends this connection, and nobody else's; a TCP client and a page see the same data", async () => {
    await open("good");
    await open("bad");
    const before = node.kernel.serviceCount;
    await send("bad", Uint8Array.of(0xff, 0xfe, 0xfd));
    await expect.poll(() => closed("bad")).toBe(1000);
    await expect.poll(() => node.kernel.serviceCount).toBe(before - 1);
    const bot = (await node.newservice("bot", { host: "127.0.0.1", port: tcpPort, name: "bot1", seed: 1 }))!;
    await expect
      .poll(async () => (await node.call<{ responses: number }>(bot, "lua", "figures")).responses, { timeout: 20_000 })
      .toBeGreaterThan(3);
    expect((await node.call<{ wrong: number }>(bot, "lua", "figures")).wrong).toBe(0);
    await send("good", request("get", { what: "hello" }, 4));
    await expect.poll(() => answers("good")).toEqual({ "4": { result: "world" } });
    await send("good", "text");
    await expect.poll(() => closed("good")).toBe(1003);
  });
});
