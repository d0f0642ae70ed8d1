/**
 * The program under test: the real binary in a process and a folder of its own.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const BINARY = join(root, "packages/node-host/bin/skyloom.mjs");

/** Builds what the binary runs, where nobody has yet. */
export function buildOnce(): void {
  if (existsSync(join(root, "packages/node-host/dist/cli/main.js"))) return;
  const { status, stdout } = spawnSync("npx", ["tsc", "-b", "packages/runtime", "packages/node-host"], { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}`);
}

/** A TCP port of this machine that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder with the files of an application, and the processes started in it. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "skyloom-cli-"));
  readonly #running: Program[] = [];

  write(files: Readonly<Record<string, string>>): this {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
    return this;
  }

  read(name: string): string {
    const path = join(this.path, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    const program = new Program(this.path, args, env);
    this.#running.push(program);
    return program;
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], input: string = "", env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const program = this.start(args, env);
    program.process.stdin!.end(input);
    return program.ended;
  }

  async remove(): Promise<void> {
    for (const program of this.#running) {
      program.process.kill("SIGKILL");
      await program.ended;
    }
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** One process. */
export class Program {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  out = "";
  err = "";

  constructor(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.process = spawn(process.execPath, [BINARY, ...args], { cwd, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => (this.out += text));
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.err += text));
    this.ended = new Promise((resolve) => this.process.once("close", (code) => resolve({ code, out: this.out, err: this.err })));
  }

  /** Waits until its output, or what `where` gives, has something; fails when the process ends first. */
  async until(pattern: RegExp, where: () => string = () => this.out + this.err): Promise<RegExpExecArray> {
    return until(pattern, where, () => this.process.exitCode !== null || this.process.signalCode !== null);
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }
}

/** Waits until a text has something. */
export async function until(pattern: RegExp, where: () => string, over: () => boolean = () => false): Promise<RegExpExecArray> {
  const end = Date.now() + 15_000;
  for (;;) {
    const isOver = over();
    const found = pattern.exec(where());
    if (found !== null) return found;
    if (isOver || Date.now() > end)
      throw new Error(`${isOver ? "the process ended" : "the time was over"} before ${String(pattern)} came:\n${where()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Gives a test file folders of its own; each is removed after its test. */
export function useFolders(): (files: Readonly<Record<string, string>>) => Folder {
  const folders: Folder[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await folder.remove();
  });
  return (files) => {
    const made = new Folder().write(files);
    folders.push(made);
    return made;
  };
}
