import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readAddress } from "../src/cli/address.ts";
import { buildOnce, until, useFolders } from "./program.ts";

vi.setConfig({ testTimeout: 30_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();

const MAIN = 'import { skynet } from "@skyloom/runtime";\nexport default function () { skynet.start(() => skynet.error("hello")); }\n';

describe("skyloom", () => {
  it("shows its commands, and ends with 1 for one it does not know", async () => {
    const f = folder({});
    const help = await f.run(["--help"]);
    expect(help.code).toBe(0);
    for (const command of ["start", "stop", "check", "console"]) expect(help.out).toMatch(new RegExp(`^ +${command} `, "m"));
    const unknown = await f.run(["toString"]);
    expect([unknown.code, unknown.err.split("\n")[0]]).toEqual([1, 'there is no command "toString"']);
    expect(unknown.err).toContain("skyloom <command> --help");
    expect((await f.run(["start", "--help"])).out).toContain("--grace=<seconds>");
    expect((await f.run(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [["start", "--insepct"], "there is no flag --insepct: see skyloom start --help"],
    [["start", "a", "b"], "one argument is expected, not 2 (a b): see skyloom start --help"],
    [["start", "--grace=soon"], '--grace must be a number of seconds from 0 to 86400, not "soon"'],
    [["start", "--inspect=host:99999"], '--inspect "host:99999" is no address'],
  ])("refuses %j", async (args, text) => {
    const { code, err } = await folder({}).run(args);
    expect(err).toContain(text);
    expect(code).toBe(1);
  });

  it("reads addresses as people write them", () => {
    const read = (text: string): string => {
      const { host, port } = readAddress(text, { host: "h", port: 1 }, "it");
      return `${host} ${port}`;
    };
    expect(["", "80", ":80", "a", "a:80", "[::1]:80", "[::1]", "a:0"].map(read)).toEqual([
      "h 1",
      "h 80",
      "h 80",
      "a 1",
      "a 80",
      "::1 80",
      "::1 1",
      "a 0",
    ]);
    for (const text of ["a:b", "a:65536", "::1:80", "a:", "[::1", "1:2:3"])
      expect(() => readAddress(text, { host: "h", port: 1 }, "it"), text).toThrow(/^it ".*" is no address/);
  });
});

describe("skyloom check", () => {
  it("prints the resolved path of every service and what is suspicious in it", async () => {
    const f = folder({
      config: 'harbor = 0 luaservice = "./service/?.lua;./game/?/main.ts" thread = 2',
      "service/main.ts": MAIN,
      "service/agent.ts": `import { defineService, skynet } from "@skyloom/runtime";
import { total } from "./helper.ts";
let online = 0;
export default defineService(() => ({
  *wait() {
    skynet.sleep(5);
    [1, 2].forEach(function* (x) { yield* skynet.sleep(x); });
    online += total;
  },
}));
`,
      "service/helper.ts": "export const total = 1;\n",
      "game/room/main.ts": MAIN,
    });
    const { code, out, err } = await f.run(["check"]);
    const at = (path: string): string => join(f.path, path);
    expect(out.split("\n")).toEqual([
      `configuration ${at("config")}`,
      `start main: ${at("service/main.ts")}`,
      `service agent: ${at("service/agent.ts")}`,
      `no service helper: ${at("service/helper.ts")} has no default export and none named helper; it exports total`,
      `service main: ${at("service/main.ts")}`,
      `service room: ${at("game/room/main.ts")}`,
      "warning: thread = 2 is ignored: a node runs its services on one thread",
      "warning: service/agent.ts:3: top-level let online is shared by all instances",
      "warning: service/agent.ts:6: skynet.sleep(…) is made but never run: write yield* skynet.sleep(…)",
      "warning: service/agent.ts:7: the generator given to .forEach() never runs: write a for loop with yield* in it",
      "ok: 0 errors, 4 warnings",
      "",
    ]);
    expect([code, err]).toEqual([0, ""]);
  });

  it("runs nothing", async () => {
    const f = folder({ config: "harbor = 0", "service/main.ts": 'throw new Error("it ran");\nexport default function () {}\n' });
    expect((await f.run(["check"])).code).toBe(0);
  });

  it("ends with 1 for a missing start service and for services that cannot be loaded", async () => {
    const f = folder({
      config: 'harbor = 0 start = "first arg"',
      "service/bad.ts": "export default function () {\n  (;\n}\n",
      "service/lost.ts": 'import x from "no-such-package";\nexport default x;\n',
    });
    const { code, out, err } = await f.run(["check", "config"]);
    expect(err).toContain(
      `the start service "first" was not found; tried:\n  ${join(f.path, "service/first.ts")}\n  ${join(f.path, "service/first.js")}\n`,
    );
    expect(err).toContain('service/bad.ts:2:4: Unexpected ";"');
    expect(err).toContain('service/lost.ts:1:15: cannot find "no-such-package": install it with npm install no-such-package');
    expect(out).toContain("not ok: 3 errors, 0 warnings");
    expect(code).toBe(1);
    const bad = await f.write({ config: "start = 1" }).run(["check"]);
    expect([bad.code, bad.err]).toEqual([1, "config:1:1: start must be text, not 1\n"]);
  });
});

describe("a node in the background", () => {
  const files = { config: 'harbor = 0 daemon = "./node.pid" logger = "./node.log"', "service/main.ts": MAIN };

  it("is started once, found by its pid file, and ended by skyloom stop", async () => {
    const f = folder(files);
    const started = await f.run(["start"]);
    const pid = Number(
      /^process (\d+) runs in the background \(pid file \.\/node\.pid\); end it with skyloom stop$/m.exec(started.out)?.[1],
    );
    try {
      expect([started.code, started.err]).toEqual([0, ""]);
      expect(f.read("node.pid")).toBe(`${pid}\n`);
      await until(/hello/, () => f.read("node.log"));
      const again = await f.run(["start"]);
      expect([again.code, again.err]).toEqual([
        1,
        `skyloom start: this configuration runs already as process ${pid} (pid file ./node.pid): end it with skyloom stop, or use another pid file\n`,
      ]);
      const stopped = await f.run(["stop"]);
      expect(stopped).toEqual({ code: 0, out: `process ${pid} has ended\n`, err: "" });
      expect(f.read("node.pid")).toBe("");
      expect(f.read("node.log")).toContain("SIGTERM: no further connections");
    } finally {
      if (Number.isInteger(pid) && f.read("node.pid") !== "") process.kill(pid, "SIGKILL");
    }
  });

  it("tells the terminal why it could not start", async () => {
    const { code, err } = await folder({ ...files, config: `${files.config} bootstrap = "snlua nothing"` }).run(["start"]);
    expect(err).toMatch(/^skyloom start: service "nothing" was not found/);
    expect(code).toBe(1);
  });

  it("needs the key daemon for --daemon and for stop", async () => {
    const f = folder({ config: "harbor = 0", "service/main.ts": MAIN });
    expect((await f.run(["start", "-D"])).err).toContain('--daemon needs a pid file: set daemon = "./skyloom.pid" in ');
    expect((await f.run(["stop"])).err).toContain('names no pid file: set daemon = "./skyloom.pid" there');
  });

  it("leaves processes alone that only have the number of an earlier node", async () => {
    const f = folder(files);
    expect((await f.run(["stop"])).err).toBe("skyloom stop: nothing runs in the background: there is no pid file ./node.pid\n");
    const other = spawn("sleep", ["60"]);
    try {
      f.write({ "node.pid": `${other.pid!}\n` });
      const { code, err } = await f.run(["stop"]);
      expect([code, err]).toEqual([
        1,
        `skyloom stop: nothing runs in the background: process ${other.pid!} of the pid file ./node.pid is gone (the file is removed now)\n`,
      ]);
      expect(other.exitCode).toBeNull();
    } finally {
      other.kill();
    }
  });
});

describe("skyloom console", () => {
  const config = "harbor = 0";
  const main = `import { skynet } from "@skyloom/runtime";
export default function () { skynet.start(function* () { yield* skynet.newservice("debug_console", 0); }); }
`;

  it("sends the lines of a pipe one after the other and ends with their result", async () => {
    const f = folder({ config, "service/main.ts": main });
    const node = f.start(["start"]);
    const [, port] = await node.until(/Start debug console at 127\.0\.0\.1:(\d+)/);
    const good = await f.run(["console", `127.0.0.1:${port}`], "list\n\ngetenv harbor\n");
    expect(good.out).toMatch(/^Welcome to skynet console\n:00000004\tsnlua cdummy\n[^]*<CMD OK>\nharbor\t0\n<CMD OK>\n$/);
    expect([good.code, good.err]).toEqual([0, ""]);
    const bad = await f.run(["console", port!], "nonsense\nlist");
    expect(bad.out).toMatch(/<CMD Error>\n[^]*<CMD OK>\n$/);
    expect(bad.code).toBe(1);
  });

  it("says so when nobody listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { code, err } = await folder({}).run(["console", String(port)], "list\n");
    expect(err).toBe(
      `skyloom console: cannot connect to a debug console at 127.0.0.1:${port}: Connection refused; is a node running there, with skynet.newservice("debug_console", ${port})?\n`,
    );
    expect(code).toBe(1);
  });

  it("says so when the node goes away before it has answered", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.end("half")));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await folder({}).run(["console", String(port)], "list\n");
    server.close();
    expect([code, err]).toEqual([1, 'skyloom console: the node closed the connection before it answered "list"\n']);
  });
});

describe("skyloom relay", () => {
  it.each([
    [["relay"], "a relay that allows nothing is of no use: say what tabs may connect to (--allow 127.0.0.1:6379)"],
    [["relay", "--allow", "localhost"], 'the relay\'s destinations: "localhost" is no entry: it is not host:port'],
    [["relay", "--listen", "127.0.0.1:0", "--origin", "my page"], "--origin takes addresses of pages such as http://127.0.0.1:7400"],
    [["relay", "--listen", "127.0.0.1:0", "--address", "0.0.0.0"], "the relay would be open to the network on 0.0.0.0"],
    [["relay", "--listen", "127.0.0.1:0", "--idle=0"], '--idle must be a number above 0, not "0"'],
  ])("refuses %j", async (args, text) => {
    const { code, err } = await folder({}).run(args);
    expect(err).toContain(text);
    expect(code).toBe(1);
  });

  it("prints its address with a token once, never logs a token, and ends with 0 at SIGTERM", async () => {
    const token = "my-own-token-of-28-characters";
    const program = folder({}).start(["relay", "--address", "127.0.0.1:0", "--allow", "127.0.0.1:1"], { SKYLOOM_RELAY_TOKEN: token });
    await program.until(/\n/, () => program.out);
    const port = /^relay: ws:\/\/127\.0\.0\.1:(\d+)\/relay#k=my-own-token-of-28-characters\n$/.exec(program.out)?.[1];
    expect(port).toBeDefined();
    const plain = await fetch(`http://127.0.0.1:${port}/`);
    expect([plain.status, await plain.text()]).toEqual([404, "This is a relay: tabs connect to /relay with a WebSocket.\n"]);
    program.process.kill("SIGTERM");
    const { code, out } = await program.ended;
    expect([code, out.split(token).length]).toEqual([0, 2]);
  });
});
