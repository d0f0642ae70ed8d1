/** The login example against what the real one said, byte for byte, on real TCP; and a player's visit on virtual time. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createNode, skynet } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { createSimNet, testNode, VirtualClock } from "@skyloom/runtime/testing";
import { services } from "./index.ts";
import msgagent from "./service/msgagent.ts";

type Bytes = string | { readonly cat: readonly Bytes[] } | { readonly rep: readonly [string, number] };
interface Frame {
  readonly conn: number;
  readonly port?: "login" | "gate";
  readonly event?: "open" | "close";
  readonly by?: "client" | "server";
  readonly dir?: "c2s" | "s2c";
  readonly bytes?: Bytes;
}
interface Case {
  readonly name: string;
  readonly login_keys: readonly { readonly challenge: string; readonly server_key: string }[];
  readonly frames: readonly Frame[];
}

const file = new URL("../../packages/runtime/test/vectors/login.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

const bytesOf = (form: Bytes): Buffer => {
  if (typeof form === "string") return Buffer.from(form, "hex");
  return "rep" in form ? Buffer.from(form.rep[0].repeat(form.rep[1]), "hex") : Buffer.concat(form.cat.map(bytesOf));
};

/** One connection of the test. */
class Line {
  readonly #socket: Socket;
  got: Buffer = Buffer.alloc(0);
  closed = false;
  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (data) => (this.got = Buffer.concat([this.got, data])));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => (this.closed = true));
    onTestFinished(() => void this.#socket.destroy());
  }
  write(data: Buffer): void {
    this.#socket.write(data);
  }
  end(): void {
    this.#socket.destroy();
  }
}

async function until(what: string, test: () => boolean): Promise<void> {
  for (let i = 0; !test(); i++) {
    if (i > 500) throw new Error(`this never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The agent of the recording: it also fails on a text, and is slow on another. */
function strangeAgent(): void {
  msgagent();
  const echo = skynet.dispatch("client")!;
  skynet.dispatch("client", function* (session, source, message: Uint8Array) {
    if (skynet.totext(message) === "boom") throw new Error("boom");
    if (skynet.totext(message) === "slow") yield* skynet.sleep(50);
    yield* echo(session, source, message) as ReturnType<typeof skynet.sleep>;
  });
}

describe("the recorded conversations (wire.md §9, §10)", () => {
  it("are the same here, all of them in order", { timeout: 60_000 }, async () => {
    const keys = cases.flatMap((c) => c.login_keys.flatMap((k) => [k.challenge, k.server_key]));
    const lines: string[] = [];
    let random = 0;
    const ports = {
      ...nodePorts(),
      log: { output: { line: (text: string) => void lines.push(text) } },
      random: (bytes: Uint8Array) => bytes.set(Buffer.from(keys[random++] ?? "0102030405060708", "hex").subarray(0, bytes.length)),
    };
    const node = await createNode({
      ports,
      services: { ...services, msgagent: strangeAgent },
      config: { start: "main", gate_address: "127.0.0.1", gate_port: 0, login_port: 0 },
    });
    onTestFinished(() => node.stop());
    const log = () => lines.join("\n");
    await until("the gate's port", () => /login server listen at : 127\.0\.0\.1 \d+/.test(log()) && log().includes("Listen on"));
    random = 0;
    const loginPort = Number(/login server listen at : 127\.0\.0\.1 (\d+)/.exec(log())![1]);
    const gatePort = Number(/gate is open at 127\.0\.0\.1:(\d+)/.exec(log())![1]);
    for (const { name, frames } of cases) {
      const open = new Map<number, { line: Line; wanted: Buffer }>();
      for (const frame of frames) {
        if (frame.event === "open") {
          open.set(frame.conn, { line: new Line(frame.port === "login" ? loginPort : gatePort), wanted: Buffer.alloc(0) });
          continue;
        }
        const at = open.get(frame.conn)!;
        if (frame.event === "close") {
          if (frame.by === "client") at.line.end();
          await until(`${name}: the end of ${frame.conn}`, () => at.line.closed);
        } else if (frame.dir === "c2s") at.line.write(bytesOf(frame.bytes!));
        else {
          at.wanted = Buffer.concat([at.wanted, bytesOf(frame.bytes!)]);
          await until(
            `${name}: ${at.wanted.length} bytes on ${frame.conn}, not ${at.line.got.toString("hex").slice(0, 200)}`,
            () => at.line.got.length >= at.wanted.length,
          );
        }
      }
      for (const [conn, { line, wanted }] of open)
        expect([name, conn, line.got.toString("hex")]).toEqual([name, conn, wanted.toString("hex")]);
    }
    expect(log()).not.toMatch(/never run|Maybe forgot/);
  });
});

describe("a player's visit", () => {
  async function world() {
    const clock = new VirtualClock();
    const net = createSimNet({ clock, latencyMs: 5 });
    const config = { start: "main", gate_address: "10.0.0.1" };
    const game = await testNode({ clock, tcp: net.host("10.0.0.1"), services, config });
    const home = await testNode({ clock, tcp: net.host("10.0.0.2"), services });
    const player = (changes: object = {}) =>
      home.newservice("client", {
        host: "10.0.0.1",
        loginPort: 8001,
        gatePort: 8888,
        user: "alice",
        password: "password",
        server: "sample",
        ...changes,
      });
    return { game, home, player, stop: () => Promise.all([game.stop(), home.stop()]) };
  }

  it("ends in the answer to the request of the lost connection, and to the new one", async () => {
    const { game, home, player, stop } = await world();
    const answers = await home.call(await player(), "lua", "play");
    expect(answers).toEqual([
      [0, true, "echo"],
      [1, true, "again"],
    ]);
    game.advance(10);
    expect(game.log.join("\n")).toMatch(/alice is login[\s\S]*AFK/);
    await stop();
  });

  it("a second login of the same user takes the place of the first", async () => {
    const { game, home, player, stop } = await world();
    const services = () => game.node.kernel.serviceCount;
    const alice = await player();
    expect(await home.call(alice, "lua", "login")).toBe("1");
    const one = services();
    expect(await home.call(alice, "lua", "login")).toBe("2");
    expect(services()).toBe(one);
    expect(game.log.join("\n")).toMatch(/alice is logout/);
    await stop();
  });

  it.each([
    ["a wrong password", { password: "guess" }, "401 Unauthorized"],
    ["a server nobody knows", { server: "elsewhere" }, "403 Forbidden"],
  ])("%s is refused", async (_what, changes, text) => {
    const { home, player, stop } = await world();
    const who = await player(changes);
    await expect(home.call(who, "lua", "login")).rejects.toThrow("call failed");
    expect(home.log.join("\n")).toContain(`the login server says: ${text}`);
    await stop();
  });
});
