/** Descriptors of the system (api.md §8: socket.bind, socket.stdin) and the console service (services.md §1), with real pipes and files. */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { createNode, defineService, skynet } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { socket } from "@skyloom/runtime/socket";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { buildOnce, useFolders } from "./program.ts";

// Real processes, real time: this is the program itself.
vi.setConfig({ testTimeout: 30_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();
const text = (bytes: Uint8Array): string => skynet.totext(bytes) as string;

const reader = defineService(() => ({
  *lines(fd: number) {
    const [id, err] = yield* socket.bind(fd);
    if (id === undefined) return err;
    const [entry] = socket.netstat().filter((s) => s.id === id);
    const lines: string[] = [];
    for (;;) {
      const [line, rest] = yield* socket.readline(id);
      lines.push(text(line === false ? rest : line));
      if (line === false || lines.at(-1) === "enough") break;
    }
    yield* socket.close(id);
    return [entry!.type, lines, socket.write(id, "late")];
  },
  *write(fd: number) {
    const [id] = yield* socket.bind(fd);
    socket.write(id!, "x");
    const [data] = yield* socket.read(id!, 100);
    yield* socket.close(id!);
    return data;
  },
  *bad(fd: number) {
    try {
      return yield* socket.bind(fd);
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
  },
}));

async function started(): Promise<(...args: unknown[]) => Promise<unknown>> {
  const lines: string[] = [];
  const ports = { ...nodePorts(), log: { output: { line: (line: string) => void lines.push(line) } } };
  const node = await createNode({ ports, services: { reader }, config: { start: "" } });
  onTestFinished(() => node.stop());
  const handle = (await node.newservice("reader"))!;
  return (...args) => node.call(handle, "lua", ...args);
}

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), "skyloom-fd-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe("socket.bind (os_fd)", () => {
  it("reads a file to its end, and leaves the descriptor open", async () => {
    const path = join(scratch(), "file");
    writeFileSync(path, "one\ntwo\nrest");
    const fd = openSync(path, "r");
    const call = await started();
    expect(await call("lines", fd)).toEqual(["BIND", ["one", "two", "rest"], false]);
    // Had it been closed with the socket, that would have been done by now.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(fstatSync(fd).isFile()).toBe(true);
    closeSync(fd);
  });

  it("reads a pipe as it comes, and closes it", async () => {
    const path = join(scratch(), "pipe");
    execFileSync("mkfifo", [path]);
    const fd = openSync(path, "r+");
    const call = await started();
    const answer = call("lines", fd);
    writeSync(fd, "fir");
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeSync(fd, "st\nenough\n");
    expect(await answer).toEqual(["BIND", ["first", "enough"], false]);
    const isOpen = (): boolean => {
      try {
        return fstatSync(fd).isFIFO();
      } catch {
        return false;
      }
    };
    await expect.poll(isOpen).toBe(false);
  });

  it("a descriptor that is none, or a folder, is an error that says so; writing to one that only reads ends it", async () => {
    const call = await started();
    expect(await call("bad", 9_999)).toBe("SOCKET: cannot bind descriptor 9999: Bad file descriptor");
    expect(await call("bad", -1)).toBe("SOCKET: cannot bind descriptor -1: Bad file descriptor");
    const dir = openSync(scratch(), "r");
    expect(await call("bad", dir)).toBe(`SOCKET: cannot bind descriptor ${dir}: Is a directory`);
    closeSync(dir);
    const path = join(scratch(), "pipe");
    execFileSync("mkfifo", [path]);
    const fd = openSync(path, "r+");
    expect(await call("write", fd)).toBe(false);
  });

  it("a socket that a parent handed over works both ways", async () => {
    const f = folder({
      config: 'harbor = 0\nstart = "main"\nluaservice = "./service/?.ts"\n',
      "service/main.ts": `import { skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
export default function () {
  skynet.start(function* () {
    const [id] = yield* socket.bind(3);
    for (;;) {
      const [line] = yield* socket.readline(id!);
      if (line === false) break;
      socket.write(id!, skynet.totext(line).toUpperCase() + "\\n");
    }
    skynet.abort();
  });
}
`,
    });
    const program = fileURLToPath(new URL("../bin/skyloom.mjs", import.meta.url));
    const child = spawn(process.execPath, [program, "start"], { cwd: f.path, stdio: ["ignore", "ignore", "inherit", "pipe"] });
    const pipe = child.stdio[3] as Duplex;
    let heard = "";
    pipe.on("data", (d: Buffer) => (heard += d.toString()));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    pipe.write("through\nthe pipe\n");
    await expect.poll(() => heard).toBe("THROUGH\nTHE PIPE\n");
    pipe.end();
    expect(await ended).toBe(0);
  });
});

describe("console", () => {
  const files = {
    config: 'harbor = 0\nstart = "main"\nluaservice = "./service/?.ts"\nsnax = "./snax/?.ts"\n',
    "service/main.ts": `import { skynet } from "@skyloom/runtime";
export default function () { skynet.start(function* () { yield* skynet.newservice("console"); skynet.error("ready"); skynet.exit(); }); }
`,
    "service/hello.ts": `import { skynet } from "@skyloom/runtime";
export default function (...args: string[]) { skynet.start(() => skynet.error("hello", JSON.stringify(args))); }
`,
    "snax/counter.ts": `import { skynet } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
export const counter = snax.define((from: string) => (skynet.error(\`counting from \${from} (text)\`), { accept: { add: () => undefined } }));
`,
  };

  it("socket.stdin (): each line starts a service with its words; what fails is logged, and the rest goes on; the end of input ends nothing else", async () => {
    const program = folder(files).start(["start"]);
    await program.until(/ready/);
    const input = program.process.stdin!;
    input.write("hello one  two\n\n   \nnobody here\nsnax pingserver\nsnax\nsnax counter 5 x\nhel");
    await program.until(/hello \["one","two"\]/);
    await program.until(/console: nobody could not be started: /);
    await program.until(/console: pingserver could not be started: /);
    await program.until(/console: snax needs the name of a service/);
    await program.until(/counting from 5 \(text\)/);
    input.write("lo three\nhello last");
    await program.until(/hello \["three"\]/);
    input.end();
    await program.until(/hello \["last"\]/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(program.process.exitCode).toBe(null);
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });

  it("a node that waits for input ends with 0 on SIGTERM", async () => {
    const program = folder(files).start(["start"]);
    await program.until(/ready/);
    program.signal("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });
});
