/**
 * A real Skynet with our own Lua services, where SKYNET_HOME says there is one.
 *
 * @module
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../program.ts";

/** Where a built Skynet lies; tests that need one are skipped without. */
export const SKYNET_HOME: string | undefined = process.env["SKYNET_HOME"] || undefined;

const LUA = fileURLToPath(new URL("lua/", import.meta.url));

/** In what a version may differ. */
export type Odd = "stripped" | "other queue";

/** A running Skynet. */
export interface RealSkynet {
  readonly port: number;
  readonly process: ChildProcess;
  /** What it wrote so far. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts one, with situations of `situation.lua`.
 *
 * @param onPort - The console's port; default: a free one.
 * @param odd - Skynet's libraries without names, or with a queue that has other names.
 */
export async function startSkynet(situations: string, idle: number = 0, onPort?: number, odd?: Odd): Promise<RealSkynet> {
  const port = onPort ?? (await freePort());
  const lua = odd === "stripped" ? { lualoader: `${LUA}stripped.lua` } : {};
  const config = { start: "situation", situations: situations === "" ? " " : situations, idle, console: port, ...lua };
  return { port, ...(await startWith(config, odd === "other queue" ? `${LUA}other/?.lua;` : "")) };
}

/**
 * Starts one with a configuration; `start` may name a service of ours, which says `situation ready` when it is.
 *
 * @param before - Where modules are looked for first.
 */
export async function startWith(more: Readonly<Record<string, string | number>>, before: string = ""): Promise<Omit<RealSkynet, "port">> {
  const home = `${SKYNET_HOME!.replace(/\/$/, "")}/`;
  const folder = mkdtempSync(join(tmpdir(), "skyloom-c-skynet-"));
  const config = {
    thread: 2,
    harbor: 0,
    bootstrap: "snlua bootstrap",
    luaservice: `${LUA}?.lua;${home}service/?.lua`,
    lualoader: `${home}lualib/loader.lua`,
    lua_path: `${before}${home}lualib/?.lua;${home}lualib/?/init.lua`,
    lua_cpath: `${home}luaclib/?.so`,
    cpath: `${home}cservice/?.so`,
    ...more,
  };
  writeFileSync(
    join(folder, "config"),
    Object.entries(config)
      .map(([k, v]) => `${k} = ${JSON.stringify(v)}\n`)
      .join(""),
  );
  const child = spawn(`${home}skynet`, ["config"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Skynet did not come up:\n${log}`)), 30_000);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => {
        log += data.toString("utf8");
        if (!log.includes("situation ready")) return;
        clearTimeout(timer);
        resolve();
      });
    child.once("close", () => reject(new Error(`Skynet ended:\n${log}`)));
  });
  return {
    process: child,
    log: () => log,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
