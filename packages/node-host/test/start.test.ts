import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { buildOnce, useFolders } from "./program.ts";

// Real processes, real time: this is the program itself.
vi.setConfig({ testTimeout: 30_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();

const CONFIG = 'harbor = 0\nstart = "main"\nluaservice = "./service/?.lua"\n';
const HELLO = `import { skynet } from "@skyloom/runtime";
export default function () { skynet.start(() => skynet.error("hello from main")); }
`;
/** Calls a service that never answers. */
const STUCK = `import { skynet } from "@skyloom/runtime";
export default function () {
  skynet.start(function* () {
    const other = yield* skynet.newservice("silent");
    skynet.fork(function* () { yield* skynet.call(other, "lua", "question"); });
    skynet.error("asked");
  });
}
`;
const SILENT = `import { skynet } from "@skyloom/runtime";
export default function () { skynet.start(() => { skynet.dispatch("lua", () => skynet.ignoreret()); }); }
`;

/** Sends 16 MiB to a service and back, and over a socket to a slow reader and back. */
const BIG = `import { skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
const N = 16 * 1024 * 1024;
const sum = (bytes) => { let n = 0; for (let i = 0; i < bytes.length; i += 997) n = (n * 31 + bytes[i]) % 1000003; return bytes.length + ":" + n; };
export default function () {
  skynet.dispatch("lua", (session, source, bytes) => skynet.retpack(sum(bytes), bytes));
  skynet.start(function* () {
    if (skynet.localname(".first") !== undefined) return;
    skynet.register(".first");
    const other = yield* skynet.newservice("main");
    const bytes = Uint8Array.from({ length: N }, (_, i) => (i * 7 + (i >> 13)) & 255);
    const [there, back] = yield* skynet.callall(other, "lua", bytes);
    skynet.error("message", there === sum(bytes), sum(back) === there);
    const [id, , port] = yield* socket.listen("127.0.0.1", 0);
    yield* socket.start(id, function* (fd) {
      yield* socket.start(fd);
      yield* skynet.sleep(20);
      const [got] = yield* socket.read(fd, N);
      socket.write(fd, got);
      yield* socket.close(fd);
    });
    const [fd] = yield* socket.open("127.0.0.1", port);
    skynet.error("written", socket.write(fd, bytes));
    yield* skynet.sleep(50);
    const [echo] = yield* socket.read(fd, N);
    skynet.error("socket", sum(echo) === there);
    skynet.abort();
  });
}
`;

describe("skyloom start", () => {
  it("carries 16 MiB between services and over a socket, whole", async () => {
    const { code, out, err } = await folder({ config: CONFIG, "service/main.js": BIG }).run(["start"]);
    expect(out).toContain("] message true true\n");
    expect(out).toContain("] written true\n");
    expect(out).toContain("] socket true\n");
    expect(err).toBe("");
    expect(code).toBe(0);
  });

  it("a service file whose code is not in a function says where it belongs", async () => {
    const main = 'import { skynet } from "@skyloom/runtime";\nskynet.start(() => undefined);\n';
    const program = folder({ config: CONFIG, "service/main.ts": main }).start(["start"]);
    await program.until(/lua loader error : .*skynet\.start was called .*the function that the file exports by default/);
    program.signal("SIGINT");
    expect((await program.ended).code).toBe(0);
  });

  it("runs a scenario without a configuration", async () => {
    const f = folder({});
    const program = f.start(["start", "--scenario", "deadlock-ring", "--inspect=127.0.0.1:0", "--grace", "0"]);
    await program.until(/inspector: http/);
    expect(program.out).toContain("scenario deadlock-ring: Three philosophers hold a fork each and wait for the next one's.");
    expect(program.out.match(/LAUNCH snlua philosopher/g)).toHaveLength(3);
    program.signal("SIGINT");
    // Three calls are deadlocked: it cannot wait for them.
    expect((await program.ended).out).toMatch(/waits for queue #1/);
    const wrong = await f.run(["start", "--scenario", "nothing"]);
    expect(wrong).toMatchObject({ code: 1, out: "" });
    expect(wrong.err).toMatch(/^skyloom start: there is no scenario "nothing"; there are:\n {2}deadlock-two-queues {2}Two accounts/);
    expect(wrong.err.trim().split("\n")).toHaveLength(1 + 18);
    expect((await f.run(["start", "--scenario"])).err).toMatch(/^skyloom start: --scenario needs a name; there are:\n/);
    expect((await f.run(["start", "config", "--scenario", "churn"])).err).toBe(
      "skyloom start: a scenario needs no configuration: leave out --scenario or config\n",
    );
    expect((await f.run(["start", "--help"])).out).toContain("--scenario");
  });

  it("logs to a file, opens it again on SIGHUP, and ends with 0 on SIGTERM (semantics §17, §18)", async () => {
    const f = folder({ config: `${CONFIG}logger = "./node.log"`, "service/main.ts": HELLO });
    const program = f.start(["start"]);
    await program.until(/^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d\d \[:0000000[0-9a-f]\] hello from main$/m, () => f.read("node.log"));
    renameSync(join(f.path, "node.log"), join(f.path, "old.log"));
    program.signal("SIGHUP");
    await program.until(/^$/, () => (existsSync(join(f.path, "node.log")) ? "" : "not yet"));
    program.signal("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 0, err: "" });
    expect(f.read("old.log")).not.toContain("SIGTERM");
    expect(f.read("node.log")).toMatch(
      /\[:00000000\] SIGTERM: no further connections; what is under way may take 5 s, a second signal ends it at once/,
    );
  });

  it("runs TypeScript and JavaScript services with helper files and libraries, each instance with its own state", async () => {
    const f = folder({
      "skyloom.config.toml": 'harbor = 0\nstart = "main"\nthread = 4\n',
      "service/main.ts": `import { skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { label, Level } from "../lib/label.ts";
class Named { constructor(private readonly name: string) {} text(): string { return label(this.name); } }
export default function () {
  skynet.start(function* () {
    const [a, b] = [yield* skynet.newservice("counter", 1), yield* skynet.newservice("counter", 10)];
    yield* skynet.call(a!, "lua", "add");
    skynet.error(new Named("x").text(), Level.High, yield* skynet.call(a!, "lua", "add"), yield* skynet.call(b!, "lua", "add"), socket.netstat().length);
  });
}
`,
      "service/counter.js": `import { defineService } from "@skyloom/runtime";
let made = 0;
export default defineService((n) => { made++; return { add: () => ++n }; });
`,
      "lib/label.ts": "export enum Level { Low, High = 7 }\nexport const label = (name: string): string => `<${name}>`;\n",
    });
    const program = f.start(["start"]);
    await program.until(/\] <x> 7 3 11 0$/m);
    await program.until(/\[:00000000\] thread = 4 is ignored: a node runs its services on one thread$/m);
    await program.until(/\[:00000000\] service\/counter\.js:2: top-level let made is shared by all instances$/m);
    program.signal("SIGINT");
    expect((await program.ended).code).toBe(0);
  });

  it("keeps the node up when the start service is not found, and names every path it tried", async () => {
    const f = folder({ config: CONFIG });
    const program = f.start(["start"]);
    await program.until(
      /lua loader error : SkynetError: service "main" was not found; given: none; tried: \.\/service\/main\.ts, \.\/service\/main\.js/,
    );
    expect(program.process.exitCode).toBeNull();
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });

  it("shows file, line and column of a service that cannot be loaded, and the line of one that throws", async () => {
    const f = folder({
      config: CONFIG,
      "service/main.ts": `import { skynet } from "@skyloom/runtime";
export default function () {
  skynet.start(function* () {
    for (const name of ["broken", "throws"]) try { yield* skynet.newservice(name); } catch {}
    skynet.error("still here");
  });
}
`,
      "service/broken.ts": "export default function () {\n  return [1, 2;\n}\n",
      "service/throws.ts": 'interface A { x: number }\n\nexport default function (): A {\n  throw new Error("no a");\n}\n',
    });
    const program = f.start(["start"]);
    await program.until(/still here/);
    expect(program.out).toMatch(/lua loader error : LoadError: service\/broken\.ts:2:15: Expected "\]" but found ";"\n {4}return \[1, 2;/);
    expect(program.out).toMatch(/lua loader error : Error: no a\n\s+at .*service\/throws\.ts:4:9/);
  });

  it("refuses a second copy of the runtime that a package of a service brings along (design D22)", async () => {
    const f = folder({
      config: CONFIG,
      "service/main.ts": 'import { second } from "rogue";\nexport default second();\n',
      "node_modules/rogue/package.json": '{ "name": "rogue", "type": "module", "exports": "./index.js" }',
      "node_modules/rogue/entry.js":
        'import { defineService } from "@skyloom/runtime";\nexport const second = () => defineService(() => ({}));\n',
    });
    await build({
      stdin: { contents: f.read("node_modules/rogue/entry.js"), resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
      outfile: join(f.path, "node_modules/rogue/index.js"),
      bundle: true,
      format: "esm",
      conditions: ["skynet-source"],
      logLevel: "silent",
    });
    const program = f.start(["start"]);
    await program.until(/SECOND_COPY|a second copy of @skyloom\/runtime is used at \S+; the first one was used at \S+/);
    expect(program.out).toContain("see npm ls @skyloom/runtime");
  });

  it("sends SIGHUP to a log service of the user's own (semantics §17)", async () => {
    const f = folder({
      config: `${CONFIG}logservice = "snlua" logger = "userlog"`,
      "service/main.ts": HELLO,
      "service/userlog.ts": `import { skynet } from "@skyloom/runtime";
import { appendFileSync } from "node:fs";
const write = (text: string): void => appendFileSync("user.log", text + "\\n");
export default function () {
  skynet.register_protocol({ name: "text", id: skynet.PTYPE_TEXT, unpack: (body) => String(body), dispatch: (_s, source, text: string) => write(skynet.address(source) + " " + text) });
  skynet.register_protocol({ name: "SYSTEM", id: skynet.PTYPE_SYSTEM, unpack: () => undefined, dispatch: () => write("rotate") });
  skynet.start(() => {});
}
`,
    });
    const program = f.start(["start"]);
    await program.until(/hello from main/, () => f.read("user.log"));
    program.signal("SIGHUP");
    await program.until(/^rotate$/m, () => f.read("user.log"));
  });

  it("ends with 0 when a service aborts the node (semantics §18)", async () => {
    const f = folder({
      config: CONFIG,
      "service/main.js":
        'import { skynet } from "@skyloom/runtime";\nexport default function () { skynet.timeout(5, () => skynet.abort()); }\n',
    });
    expect(await f.run(["start", "config"])).toMatchObject({ code: 0, err: "" });
  });

  it("stays up without timers and sockets", async () => {
    const f = folder({ config: CONFIG, "service/main.ts": HELLO });
    const program = f.start(["start"]);
    await program.until(/hello from main/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(program.process.exitCode).toBeNull();
  });

  it("writes what user code throws outside of services to the log: rejections pass, exceptions end the process with 1", async () => {
    const f = folder({
      config: `${CONFIG}logger = "./node.log"`,
      "service/main.ts": `export default function () {
  void Promise.reject(new Error("forgotten"));
  setTimeout(() => { throw new Error("on its own"); }, 200);
}
`,
    });
    const program = f.start(["start"]);
    expect((await program.ended).code).toBe(1);
    expect(f.read("node.log")).toMatch(/a promise was rejected and nobody handled it: Error: forgotten/);
    expect(f.read("node.log")).toMatch(/an exception outside of any service ends the process: Error: on its own/);
  });
});

describe("the end by signals (semantics §18, design D15)", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends at once with the code of a second %s", async (signal, code) => {
    const f = folder({ config: CONFIG, "service/main.ts": STUCK, "service/silent.ts": SILENT });
    const program = f.start(["start", "--grace", "60"]);
    await program.until(/asked/);
    program.signal(signal);
    await program.until(/may take 60 s/);
    program.signal(signal);
    expect((await program.ended).code).toBe(code);
    expect(program.out).toContain(`${signal} again: ending at once`);
  });

  it("says what is still under way when the time is over, and ends with 143", async () => {
    const f = folder({ config: CONFIG, "service/main.ts": STUCK, "service/silent.ts": SILENT });
    const program = f.start(["start", "--grace=0.2"]);
    await program.until(/asked/);
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(143);
    expect(program.out).toMatch(
      /still under way after 0\.2 s:\n\[:00000000\] :0000000\w main waits for call :0000000\w lua question session \d+ \(silent\), /,
    );
  });

  it("lets calls that are under way finish", async () => {
    const f = folder({
      config: CONFIG,
      "service/main.ts": STUCK.replace(
        'skynet.call(other, "lua", "question");',
        'skynet.error("answer", yield* skynet.call(other, "lua", "question"));',
      ).replace("yield* skynet.error", "skynet.error"),
      "service/silent.ts":
        'import { defineService, skynet } from "@skyloom/runtime";\nexport default defineService(() => ({ *question() { yield* skynet.sleep(50); return 42; } }));\n',
    });
    const program = f.start(["start"]);
    await program.until(/asked/);
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(0);
    expect(program.out).toContain("answer 42");
  });
});

describe("what keeps a node from starting ends with 1 and a text (semantics §18, design D18)", () => {
  it.each([
    [
      "a bad configuration",
      "harbor = 0\nstart = = 1",
      "config:2:9: a value expected near '=' (expected an assignment such as start = \"main\")\n",
    ],
    ["a thread number out of range", "harbor = 0\nthread = 0", "config:2:1: thread must be a whole number from 1 to 1024, not 0\n"],
    [
      "harbor",
      "harbor = 1",
      "config:1:1: harbor = 1: the harbor network is not available in this runtime yet: set harbor = 0, and join nodes with cluster\n",
    ],
    [
      "a missing environment variable",
      'harbor = 0 start = "$SKYLOOM_TEST_NOT_SET"',
      /^config:1:21: the environment variable SKYLOOM_TEST_NOT_SET is not set: /,
    ],
    ["a bootstrap service that is none", 'harbor = 0 bootstrap = "snlua nothing"', /^skyloom start: service "nothing" was not found; /],
    ["a log service that is none", 'harbor = 0 logservice = "nothing"', "skyloom start: Can't launch nothing service\n"],
    [
      "a log file in a folder that is none",
      'harbor = 0 logger = "./none/node.log"',
      'skyloom start: cannot open log file "./none/node.log" for appending: No such file or directory; check the directory and its permissions, or change the configuration key logger\n',
    ],
  ])("%s", async (_what, config, text) => {
    const { code, err } = await folder({ config }).run(["start"]);
    if (typeof text === "string") expect(err).toBe(text);
    else expect(err).toMatch(text);
    expect(code).toBe(1);
  });

  it.skipIf(!existsSync("/dev/full"))("a full disk under the log file", async () => {
    const { code, err } = await folder({ config: 'harbor = 0 start = "" logger = "/dev/full"' }).run(["start"]);
    expect(err).toBe(
      'skyloom start: log file "/dev/full" cannot be written: No space left on device; lines are lost. Make room, or change the configuration key logger\n',
    );
    expect(code).toBe(1);
  });

  it.skipIf(!existsSync("/dev/full"))("a full disk under standard output", () => {
    const { path } = folder({ config: 'harbor = 0 start = ""' });
    const full = openSync("/dev/full", "w");
    const binary = fileURLToPath(new URL("../bin/skyloom.mjs", import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [binary, "start"], {
      cwd: path,
      encoding: "utf8",
      stdio: ["ignore", full, "pipe"],
      timeout: 15_000,
    });
    closeSync(full);
    expect(stderr).toBe(
      "skyloom start: standard output cannot be written: No space left on device; lines are lost. Make room, or change the configuration key logger\n",
    );
    expect(status).toBe(1);
  });

  it("no configuration at all", async () => {
    const { code, err } = await folder({}).run(["start"]);
    expect(err).toContain("there is no configuration: none of config, skyloom.config.ts, skyloom.config.toml, skyloom.config.json is in ");
    expect(code).toBe(1);
  });

  it("a taken port of the inspector", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await folder({ config: CONFIG, "service/main.ts": HELLO }).run(["start", `--inspect=${port}`]);
    server.close();
    expect(err).toContain(
      `the inspector cannot listen on 127.0.0.1:${port}: the port is taken; end the program that holds it, or choose another port`,
    );
    expect(code).toBe(1);
  });

  it("an inspector open to the network without a token", async () => {
    const { code, err } = await folder({ config: CONFIG, "service/main.ts": HELLO }).run(["start", "--inspect=0.0.0.0:0"]);
    expect(err).toContain("the inspector would be open to the network on 0.0.0.0: give it a token of your own");
    expect(code).toBe(1);
  });
});

describe("skyloom start --inspect", () => {
  it("serves the inspector at the address it prints", async () => {
    const f = folder({ config: CONFIG, "service/main.ts": HELLO });
    const program = f.start(["start", "--inspect=127.0.0.1:0", "config"]);
    const [, url] = await program.until(/^inspector: (http:\/\/127\.0\.0\.1:\d+\/#k=[\w-]{32})$/m);
    expect([200, 404]).toContain((await fetch(url!)).status);
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });
});
