/** The commands of debug_console that need a real host: inject, signal, dumpheap, cmem (semantics §20). */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNode, defineService, skynet } from "@skyloom/runtime";
import { nodeModules, nodePorts } from "@skyloom/node-host";
import { expect, it, onTestFinished } from "vitest";

const target = defineService(() => {
  skynet.register(".target");
  const hidden = 5;
  return { get: () => hidden };
});

async function start(config: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "skyloom-inject-"));
  const lines: string[] = [];
  const ports = { ...nodePorts(), log: { output: { line: (text: string) => lines.push(text) } }, modules: nodeModules({ base: folder }) };
  const node = await createNode({ ports, services: { target }, config: { start: "", ...config } });
  onTestFinished(async () => {
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const handle = (await node.newservice("target"))!;
  const console_ = (await node.newservice("inspectd"))!;
  return {
    folder,
    lines,
    handle,
    file: (name: string, text: string) => writeFileSync(join(folder, name), text),
    run: async (line: string) => (await node.call<{ text: string }>(console_, "lua", "RUN", line)).text,
  };
}

it("inject runs a file inside the service, waits for it, and shows what it prints and returns; an edited file is read again", async () => {
  const t = await start();
  t.file(
    "fix.ts",
    `import { skynet } from "@skyloom/runtime";
export default function* (print: (...values: unknown[]) => void, ...args: string[]) {
  print("inside", skynet.address(skynet.self()), args);
  yield* skynet.sleep(2);
  skynet.error("was here");
  return yield* skynet.call(".target", "lua", "get");
}
`,
  );
  const self = skynet.address(t.handle);
  expect(await t.run("inject .target fix.ts a b")).toBe(`inside\t${self}\t["a","b"]\n5\n<CMD OK>`);
  expect(t.lines.some((line) => line.includes(`[${self}] was here`))).toBe(true);
  t.file("fix.ts", "export default (print) => print('newer');");
  expect(await t.run("inject .target fix.ts")).toBe("newer\n<CMD OK>");
  t.file("quiet.ts", "export default () => undefined;");
  expect(await t.run("inject .target quiet.ts")).toBe("<CMD OK>");
});

it("inject says what is wrong: no such file, a fault in it, no function, an error of its own, no such service", async () => {
  const t = await start();
  t.file("syntax.ts", "export default function ( {");
  t.file("none.ts", "export const x = 1;");
  t.file("throws.ts", "export default (print) => { print('before'); throw new Error('on purpose'); };");
  expect(await t.run("inject .target nosuch.ts")).toBe("Can't open nosuch.ts\n<CMD OK>");
  expect(await t.run("inject .target ../../etc/\0")).toMatch(/^Can't open .*\n<CMD OK>$/);
  expect(await t.run("inject .target syntax.ts")).toMatch(/syntax\.ts:1:\d+[\s\S]*<CMD Error>$/);
  expect(await t.run("inject .target none.ts")).toMatch(
    /^none\.ts exports no function as its default: .*cannot see or change variables.*\n<CMD Error>$/,
  );
  expect(await t.run("inject .target throws.ts")).toMatch(/^before\nError: on purpose\n[\s\S]*<CMD Error>$/);
  expect(await t.run("inject ffff throws.ts")).toBe("there is no service :0000ffff on this node\n<CMD Error>");
  expect(await t.run("inject .target")).toMatch(/^need a file.*\n<CMD Error>$/);
  // The service goes on.
  expect(await t.run('call .target "get"')).toBe("1\t5\nn\t1\n<CMD OK>");
});

it("signal 1 logs the memory of the service, as that service", async () => {
  const t = await start();
  expect(await t.run("signal .target 1")).toBe("<CMD OK>");
  const self = skynet.address(t.handle);
  await expect
    .poll(() => t.lines.filter((line) => line.includes(self)).join("\n"))
    .toMatch(/recv a signal 1[\s\S]*Current Memory \d+\.\d{3}K/);
});

it(
  "dumpheap writes a real snapshot into the folder of logpath and says its size; a folder that is none is a text",
  { timeout: 120_000 },
  async () => {
    const logs = mkdtempSync(join(tmpdir(), "skyloom-heap-"));
    onTestFinished(() => rmSync(logs, { recursive: true, force: true }));
    const t = await start({ logpath: logs });
    const [, path, size] = /^(\S+\.heapsnapshot)\t([\d.]+) Mb\n<CMD OK>$/.exec(await t.run("dumpheap"))!;
    expect(path!.startsWith(logs)).toBe(true);
    const bytes = statSync(path!).size;
    expect((bytes / 1048576).toFixed(1)).toBe(size);
    expect(readFileSync(path!, "utf8").slice(0, 13)).toBe('{"snapshot":{');
    const other = await start({ logpath: join(logs, "nosuch") });
    expect(await other.run("dumpheap")).toMatch(/^no heap snapshot can be written into .*nosuch: ENOENT.*\n<CMD Error>$/);
  },
);
