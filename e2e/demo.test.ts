/** What `npm start` runs, with real TCP and a real Chromium; and the same page on nodes that run in the tab. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "./support/browser.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Demo {
  readonly process: ChildProcess;
  readonly url: string;
  readonly consolePort: number;
  readonly exited: Promise<number | null>;
  output(): string;
}

/** Starts the demo as `npm start` does after the build, and waits for its address. */
async function startDemo(): Promise<Demo> {
  const child = spawn(process.execPath, [join(root, "tools/run/demo.mjs")], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (d: Buffer) => (out += d.toString()));
  for (let i = 0; i < 200; i++) {
    const url = /http:\/\/127\.0\.0\.1:\d+\/#k=[\w-]+/.exec(out)?.[0];
    const port = /telnet 127\.0\.0\.1 (\d+)/.exec(out)?.[1];
    if (url !== undefined && port !== undefined) return { process: child, url, consolePort: Number(port), exited, output: () => out };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill("SIGKILL");
  throw new Error(`the demo printed no address:\n${out}`);
}

/** Text of a cell in the row of a service, by the service's name. */
const cellOf = (page: Page, name: string, column: string) =>
  page.locator(`[data-testid^="row-"]`, { hasText: name }).first().locator(`[data-testid$="-${column}"]`);

describe("npm start", () => {
  let browser: Browser;
  let demo: Demo;
  let page: Page;
  beforeAll(async () => {
    [browser, demo] = await Promise.all([launchChromium(), startDemo()]);
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(demo.url);
  });
  afterAll(async () => {
    demo.process.kill("SIGKILL");
    await browser.close();
  });

  it("shows the game server's services while bots play on real TCP", async () => {
    await page.getByTestId("filter-input").fill("SIMPLEDB");
    await cellOf(page, "SIMPLEDB", "msg").waitFor();
    await expect.poll(async () => Number(await cellOf(page, "SIMPLEDB", "msg").textContent()), { timeout: 15_000 }).toBeGreaterThan(5);
    await page.getByTestId("filter-input").fill("bot-07");
    expect(await cellOf(page, "bot-07", "node").textContent()).toBe("bots");
    await page.getByTestId("filter-input").fill("");
    await expect.poll(() => page.locator(`[data-testid^="row-"]`, { hasText: "agent" }).count()).toBeGreaterThan(3);
  });

  it("shows the sample, where players sign up, log in, and come back", async () => {
    await page.getByTestId("filter-input").fill("player-03");
    expect(await cellOf(page, "player-03", "node").textContent()).toBe("players");
    await expect.poll(async () => Number(await cellOf(page, "player-03", "msg").textContent()), { timeout: 15_000 }).toBeGreaterThan(0);
    await page.getByTestId("filter-input").fill("socket_proxyd");
    expect(await cellOf(page, "socket_proxyd", "node").textContent()).toBe("sample");
    await page.getByTestId("filter-input").fill("");
    expect(demo.output()).not.toMatch(/\[(sample|players) /);
  });

  it("answers on its console, and no bot ever got a wrong answer", async () => {
    const ask = (line: string) =>
      new Promise<string>((resolve, reject) => {
        let got = "";
        const socket = connect(demo.consolePort, "127.0.0.1", () => socket.write(`${line}\n`));
        socket.on("data", (d) => {
          got += d.toString();
          if (!/<CMD (OK|Error)>/.test(got)) return;
          socket.destroy();
          resolve(got);
        });
        socket.on("error", reject);
      });
    expect(await ask("list")).toMatch(/:0000000c\tsnlua watchdog\n[\s\S]*snlua agent\n[\s\S]*<CMD OK>/);
    expect(await ask("netstat")).toMatch(/type:LISTEN[\s\S]*type:TCP/);
    expect(await ask('call SIMPLEDB "get","x"')).toContain("<CMD Error>");
    expect(await ask('call b "set","e2e","yes"')).toContain("<CMD OK>");
    expect(await ask('call b "get","e2e"')).toContain("1\tyes");
    expect(demo.output()).not.toMatch(/cannot be served|made but never run|lua call \[/);
  });

  it("ends with Ctrl-C; the page keeps what it knew and says that it is disconnected", async () => {
    demo.process.kill("SIGINT");
    expect(await demo.exited).toBe(0);
    await page.getByTestId("state-disconnected").waitFor();
    expect(await page.locator(`[data-testid^="row-"]`).count()).toBeGreaterThan(5);
  });
});

describe("nodes in the tab (c=page)", () => {
  it("runs ping, counter and the game server with bots, without any server behind it", async () => {
    const [browser, demo] = await Promise.all([launchChromium(), startDemo()]);
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      const complaints: string[] = [];
      const lines: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => void (message.type() === "error" ? complaints : lines).push(message.text()));
      await page.goto(demo.url.replace(/#.*/, "#/services?c=page"));
      await page.locator(`[data-testid^="row-"]`, { hasText: "pong" }).waitFor();
      // The server may go: the nodes live in the page.
      demo.process.kill("SIGINT");
      await demo.exited;
      await expect.poll(() => lines.filter((l) => l.includes("-> pong")).length, { timeout: 15_000 }).toBeGreaterThan(2);
      await expect.poll(async () => Number(await cellOf(page, "SIMPLEDB", "msg").textContent()), { timeout: 15_000 }).toBeGreaterThan(1);
      expect(await page.getByTestId("conn-chip").textContent()).toContain("live");
      expect(complaints).toEqual([]);
    } finally {
      demo.process.kill("SIGKILL");
      await browser.close();
    }
  });
});
