import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "./failures.ts";
import { nodeClock, nodeFiles, nodeLog, nodePorts } from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "skyloom-ports-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("clock of Node", () => {
  // Real time: this is the clock itself.
  it("never fires early, never inside after, and not when cancelled", async () => {
    const clock = nodeClock();
    const fired: string[] = [];
    const early: number[] = [];
    for (let i = 0; i < 20; i++) {
      const ms = i * 0.7;
      const start = clock.now();
      clock.after(ms, () => {
        early.push(clock.now() - start - ms);
        fired.push(`${i}`);
      });
    }
    const never = clock.after(1, () => fired.push("never"));
    clock.cancel(never);
    clock.cancel(never);
    expect(fired).toEqual([]);
    await new Promise((resolve) => clock.after(40, () => resolve(undefined)));
    expect(fired.length).toBe(20);
    expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
  });

  it("takes delays beyond what Node's timers take", async () => {
    const clock = nodeClock();
    let fired = false;
    const timer = clock.after(5e9, () => (fired = true));
    await new Promise((resolve) => setTimeout(resolve, 10));
    clock.cancel(timer);
    expect(fired).toBe(false);
  });

  it("reads the wall clock", () => {
    expect(Math.abs(nodeClock().wall() - Date.now())).toBeLessThan(1000);
  });
});

describe("files of Node", () => {
  it("reads text, and says undefined for what is not there", () => {
    writeFileSync(join(dir, "a.txt"), "grüße\n");
    const files = nodeFiles();
    expect(files.readText(join(dir, "a.txt"))).toBe("grüße\n");
    expect([join(dir, "none"), dir, join(dir, "a.txt", "b")].map((p) => files.readText(p))).toEqual([undefined, undefined, undefined]);
  });
});

describe("random of Node", () => {
  it("fills more than one request's worth of bytes", () => {
    const bytes = new Uint8Array(100_000);
    nodePorts().random(bytes);
    expect(new Set(bytes).size).toBe(256);
    expect(bytes.subarray(99_000).some((b) => b !== 0)).toBe(true);
  });
});

describe("log of Node", () => {
  it("writes the lines of one tick together, in order", async () => {
    const writes: string[] = [];
    const log = nodeLog({ write: (text) => writes.push(text) });
    log.output.line("one");
    log.output.line("two");
    expect(writes).toEqual([]);
    await tick();
    log.output.line("three");
    await tick();
    expect(writes).toEqual(["one\ntwo\n", "three\n"]);
  });

  it("does not collect without bound within a tick", () => {
    const writes: string[] = [];
    const log = nodeLog({ write: (text) => writes.push(text) });
    for (let i = 0; i < 3000; i++) log.output.line("x".repeat(99));
    expect(writes.length).toBeGreaterThan(3);
  });

  it("stops writing, without an error, when the reader has gone", async () => {
    let fail: ((error: Error) => void) | undefined;
    const writes: string[] = [];
    const told: string[] = [];
    const output = {
      write: (text: string) => writes.push(text),
      on: (_event: "error", listener: (error: Error) => void) => (fail = listener),
    };
    const log = nodeLog(output, (text) => told.push(text));
    fail!(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    log.output.line("to nobody");
    await tick();
    expect(writes).toEqual([]);
    expect(told).toEqual([]);
  });

  it("says once what else keeps standard output from being written", () => {
    let fail: ((error: Error) => void) | undefined;
    const told: string[] = [];
    nodeLog({ write: () => undefined, on: (_event, listener) => (fail = listener) }, (text) => told.push(text));
    for (let i = 0; i < 2; i++) fail!(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }));
    expect(told).toEqual(["standard output cannot be written: No space left on device; lines are lost"]);
  });

  it("appends to a file, and reopen goes on in a new file after rotation", () => {
    const path = join(dir, "node.log");
    writeFileSync(path, "old\n");
    const sink = nodeLog().file!(path);
    sink.line("one");
    renameSync(path, `${path}.1`);
    sink.line("two");
    sink.reopen!();
    sink.line("three");
    sink.close!();
    sink.close!();
    sink.line("after close");
    expect(readFileSync(`${path}.1`, "utf8")).toBe("old\none\ntwo\n");
    expect(readFileSync(path, "utf8")).toBe("three\n");
  });

  it("a file that cannot be opened: the error says which, why, and what to do", () => {
    const path = join(dir, "none", "node.log");
    expect(() => nodeLog().file!(path)).toThrow(
      `cannot open log file "${path}" for appending: No such file or directory; check the directory`,
    );
    try {
      nodeLog().file!(path);
    } catch (error) {
      expect((error as { code: string }).code).toBe("CONFIG");
    }
  });
});

describe("log of Node at the end of the process", () => {
  const bundle = join(dir, "log.mjs");
  beforeAll(async () => {
    const entry = fileURLToPath(new URL("./log.ts", import.meta.url));
    await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: "node", format: "esm", conditions: ["skynet-source"] });
  });

  it("loses nothing at process.exit, at an uncaught error, or to a reader that has gone", () => {
    const file = join(dir, "exit.log");
    const script = (end: string): string =>
      `import { nodeLog } from ${JSON.stringify(bundle)}; const log = nodeLog(); const f = log.file(${JSON.stringify(file)});` +
      `for (let i = 0; i < 2000; i++) { log.output.line("line " + i); f.line("line " + i); } ${end}`;
    const expected = Array.from({ length: 2000 }, (_, i) => `line ${i}\n`).join("");
    const run = (end: string): { out: string; code: number | null; err: string } => {
      const result = spawnSync(process.execPath, ["--input-type=module", "-e", script(end)], { encoding: "utf8" });
      return { out: result.stdout, code: result.status, err: result.stderr };
    };
    expect(run("process.exit(3)")).toEqual({ out: expected, code: 3, err: "" });
    expect(run("throw new Error('boom')").out).toBe(expected);
    expect(readFileSync(file, "utf8")).toBe(expected + expected);
    const endless = `setInterval(() => { for (let i = 0; i < 2000; i++) log.output.line("more"); }, 1); setTimeout(() => process.exit(0), 300)`;
    const piped = execFileSync("sh", ["-c", `"$NODE" --input-type=module -e "$SCRIPT" | head -1; echo end`], {
      encoding: "utf8",
      env: { ...process.env, NODE: process.execPath, SCRIPT: script(endless) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    expect(piped).toBe("line 0\nend\n");
  });
});

describe("failures of Node", () => {
  it("speaks as the C library does", () => {
    const texts = ["ECONNREFUSED", "EADDRINUSE", "ETIMEDOUT", "ECONNRESET", "EPIPE", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EMFILE"];
    expect(texts.map((code) => failureOf({ code }).text)).toEqual([
      "Connection refused",
      "Address already in use",
      "Connection timed out",
      "Connection reset by peer",
      "Broken pipe",
      "No route to host",
      "Network is unreachable",
      "Name or service not known",
      "Too many open files",
    ]);
  });

  it("keeps what it does not know readable", () => {
    expect(failureOf({ code: "EODD", message: "something odd" })).toEqual({ code: "EODD", text: "something odd" });
    expect(failureOf(new Error("plain"))).toEqual({ code: "EIO", text: "plain" });
    expect(failureOf({})).toEqual({ code: "EIO", text: "Input/output error" });
  });
});

describe("nodePorts", () => {
  it("has everything a node asks for, and keeps the order of deferred calls", async () => {
    const ports = nodePorts();
    expect(ports.tcp !== undefined && ports.files !== undefined).toBe(true);
    const order: number[] = [];
    ports.defer(() => order.push(1));
    ports.defer(() => order.push(2));
    expect(order).toEqual([]);
    await tick();
    expect(order).toEqual([1, 2]);
    expect(nodePorts().log).toBe(ports.log);
  });
});
