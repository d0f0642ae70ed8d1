/** This example and the real one, each way round. Needs SKYNET_HOME, a built checkout; its files run as they are, on other ports. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createNode } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { services } from "./index.ts";

const home = process.env["SKYNET_HOME"];
if (home === undefined) console.log("SKYNET_HOME is not set: the tests of the login example with a real Skynet are skipped");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Copies of files of the real example, with our ports; gives their folder. */
function copies(names: readonly string[], loginPort: number, gatePort: number): string {
  const folder = mkdtempSync(join(tmpdir(), "skyloom-login-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) {
    const source = readFileSync(`${home}/examples/login/${name}`, "utf8");
    writeFileSync(join(folder, name), source.replaceAll("8001", String(loginPort)).replaceAll("8888", String(gatePort)));
  }
  return folder;
}

/** Runs a program in the checkout; what it has said so far, and its end. */
function run(program: string, args: readonly string[]) {
  // Its socket library ends the program when standard input ends.
  const child = spawn(program, args, { cwd: home, stdio: ["pipe", "pipe", "pipe"] });
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (d: Buffer) => (said.text += d.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { said, ended };
}

function node(config: Readonly<Record<string, string | number>>) {
  const lines: string[] = [];
  const ports = { ...nodePorts(), log: { output: { line: (text: string) => void lines.push(text) } } };
  return createNode({ ports, services, config }).then((made) => {
    onTestFinished(() => made.stop());
    return { made, lines };
  });
}

async function until(what: string, test: () => boolean, seen: () => string): Promise<void> {
  for (let i = 0; !test(); i++) {
    if (i > 1000) throw new Error(`${what} never came:\n${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it.skipIf(home === undefined)(
  "the client of a Skynet checkout logs in here, plays, drops the line and comes back",
  { timeout: 30_000 },
  async () => {
    const [loginPort, gatePort] = [await freePort(), await freePort()];
    const { lines } = await node({ start: "main", gate_address: "127.0.0.1", gate_port: gatePort, login_port: loginPort });
    await until(
      "the gate",
      () => lines.join("\n").includes("gate is open"),
      () => lines.join("\n"),
    );
    const folder = copies(["client.lua"], loginPort, gatePort);
    const { said, ended } = run(`${home}/3rd/lua/lua`, [join(folder, "client.lua")]);
    expect([await ended, said.text]).toEqual([
      0,
      expect.stringMatching(
        /200 MQ==\nlogin ok, subid=\t1\n[\s\S]*200 OK\n[\s\S]*200 OK\n[\s\S]*<===\ttrue\techo\t0\n<===\ttrue\tagain\t1\n/,
      ),
    ]);
  },
);

it.skipIf(home === undefined)(
  "our client logs in at a real Skynet, plays, drops the line and comes back",
  { timeout: 60_000 },
  async () => {
    const [loginPort, gatePort] = [await freePort(), await freePort()];
    const folder = copies(["main.lua", "logind.lua", "gated.lua", "msgagent.lua"], loginPort, gatePort);
    const config = {
      thread: 2,
      harbor: 0,
      start: "main",
      bootstrap: "snlua bootstrap",
      luaservice: `${folder}/?.lua;${home}/service/?.lua`,
      lualoader: `${home}/lualib/loader.lua`,
      lua_path: `${home}/lualib/?.lua;${home}/lualib/?/init.lua`,
      lua_cpath: `${home}/luaclib/?.so`,
      cpath: `${home}/cservice/?.so`,
    };
    writeFileSync(
      join(folder, "config"),
      Object.entries(config)
        .map(([k, v]) => `${k} = ${JSON.stringify(v)}\n`)
        .join(""),
    );
    const { said } = run(`${home}/skynet`, [join(folder, "config")]);
    await until(
      "Skynet's gate",
      () => said.text.includes("Listen on"),
      () => said.text,
    );
    const { made, lines } = await node({ start: "" });
    const client = (await made.newservice("client", {
      host: "127.0.0.1",
      loginPort,
      gatePort,
      user: "hello",
      password: "password",
      server: "sample",
    }))!;
    const answers = await made.call(client, "lua", "play").catch((error: unknown) => [error, said.text, lines]);
    expect(answers).toEqual([
      [0, true, "echo"],
      [1, true, "again"],
    ]);
  },
);
