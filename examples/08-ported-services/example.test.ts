/** The ported services say what the Lua ones say; where SKYNET_HOME names a Skynet, that is asked as well. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNode } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { expect, it, onTestFinished } from "vitest";
import { services } from "./index.ts";

/** What the real Skynet of June 2026 prints for lua/main.lua. */
const said = [
  "join true",
  "join again false twice",
  "heard said ann hello",
  "say 1",
  "heard left ann",
  "say unjoined false",
  "add 3 1 4",
  "top ann 4, bob 1",
  "top bob 1",
  "no rule false",
  "rank ends good bye",
  "set ok",
  "get 79d41a47 blue",
  "get 5080fd62 -",
  "spoil what",
  "get 79d41a47 blue",
  "done",
];

const wordsOf = (log: string): string[] => [...log.matchAll(/^\[:[0-9a-f]{8}\] > (.*)$/gm)].map((m) => m[1]!);

it("in TypeScript, on real sockets", async () => {
  const lines: string[] = [];
  const ports = { ...nodePorts(), log: { output: { line: (text: string) => void lines.push(text) } } };
  const node = await createNode({ services, config: { start: "main" }, ports });
  onTestFinished(() => node.stop());
  await expect.poll(() => wordsOf(lines.join("\n")).at(-1)).toBe("done");
  expect(wordsOf(lines.join("\n"))).toEqual(said);
});

const { SKYNET_HOME } = process.env;

it.skipIf(!SKYNET_HOME)("in Lua, on the real Skynet", async () => {
  const home = SKYNET_HOME!.replace(/\/$/, "");
  const lua = `${fileURLToPath(new URL("lua/", import.meta.url))}?.lua`;
  const folder = mkdtempSync(join(tmpdir(), "skyloom-ported-"));
  const config = {
    thread: 2,
    harbor: 0,
    bootstrap: "snlua bootstrap",
    start: "main",
    snax: lua,
    luaservice: `${lua};${home}/service/?.lua`,
    lualoader: `${home}/lualib/loader.lua`,
    lua_path: `${home}/lualib/?.lua;${home}/lualib/?/init.lua`,
    lua_cpath: `${home}/luaclib/?.so`,
    cpath: `${home}/cservice/?.so`,
  };
  const text = Object.entries(config).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  writeFileSync(join(folder, "config"), text.join(""));
  const child = spawn(`${home}/skynet`, ["config"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  let log = "";
  child.stdout.on("data", (data) => (log += String(data)));
  await expect.poll(() => wordsOf(log).at(-1)).toBe("done");
  expect(wordsOf(log)).toEqual(said);
});
