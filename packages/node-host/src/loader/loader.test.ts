import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNode } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { build } from "esbuild";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { nodePorts } from "../ports/index.ts";
import { LoadError, nodeModules } from "./index.ts";
import { importModule } from "./import-module.ts";
import { servicesIn } from "./patterns.ts";
import { SHARED_MODULES } from "./realm-modules.ts";

const dir = mkdtempSync(join(tmpdir(), "skyloom-loader-"));
const nodes: SkynetNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A node without a first service, its log and the warnings of its loader. */
async function started(luaservice: string = "./?.ts;./?.js"): Promise<{ node: SkynetNode; log: string[]; warnings: string[] }> {
  const log: string[] = [];
  const warnings: string[] = [];
  const ports = {
    ...nodePorts({ output: { write: () => true } }),
    modules: nodeModules({ base: dir, warn: (line) => warnings.push(line) }),
  };
  const node = await createNode({ ports, config: { start: "", luaservice } });
  nodes.push(node);
  node.onLog((_source, text) => log.push(text));
  return { node, log, warnings };
}

const failing = async (load: Promise<unknown>): Promise<unknown> =>
  load.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("services from files (design D21, D22)", () => {
  it("runs TypeScript with enums and parameter properties, helper files and library imports, with state per instance", async () => {
    write(
      "lib/words.ts",
      'export enum Mood { Calm = 3 }\nexport class Words { constructor(private readonly list: string[]) {}\n  join(): string { return this.list.join("-"); } }',
    );
    write(
      "room.ts",
      `import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import type { Operation } from "@skyloom/runtime";
import { Mood, Words } from "./lib/words.js";
export default defineService((name: string) => {
  let visits = 0;
  return {
    *visit(): Operation<unknown> { yield* skynet.sleep(1); visits++; return [name, visits, Mood.Calm, new Words(["a", "b"]).join(), socket.netstat().length]; },
  };
});`,
    );
    const { node } = await started();
    const [a, b] = [await node.newservice("room", "a"), await node.newservice("room", "b")];
    await node.call(a!, "lua", "visit");
    expect(await node.call(a!, "lua", "visit")).toEqual(["a", 2, 3, "a-b", 0]);
    expect(await node.call(b!, "lua", "visit")).toEqual(["b", 1, 3, "a-b", 0]);
  });

  it("runs JavaScript, the same runtime behind it, and folders with a main file", async () => {
    write(
      "plain.js",
      'import { skynet } from "@skyloom/runtime";\nexport default function () { skynet.dispatch("lua", (s, from, x) => skynet.retpack(x + 1, skynet.self())); }',
    );
    write(
      "game/main.ts",
      'import { defineService } from "@skyloom/runtime";\nexport const game = defineService(() => ({ ping: () => "pong" }));\nexport const other = 1;',
    );
    const { node } = await started("./?.lua;./?/main.lua");
    const plain = await node.newservice("plain");
    expect(await node.call(plain!, "lua", 1)).toBe(2);
    const game = await node.newservice("game");
    expect(await node.call(game!, "lua", "ping")).toBe("pong");
  });

  it("takes other packages from where the service file would", async () => {
    write(
      "node_modules/left/package.json",
      '{ "name": "left", "type": "module", "exports": { ".": { "import": "./i.js", "require": "./r.cjs" } } }',
    );
    write(
      "node_modules/left/i.js",
      "export const side = 'import'; export let loads = (globalThis.leftLoads = (globalThis.leftLoads ?? 0) + 1);",
    );
    write("node_modules/left/r.cjs", "exports.side = 'require';");
    const service = (body: string): string => `import { defineService } from "@skyloom/runtime";\n${body}`;
    write(
      "p1.ts",
      service(
        'import { side, loads } from "left";\nimport { basename } from "node:path";\nimport { sep } from "path";\nexport default defineService(() => ({ get: () => [side, loads, basename("/a/b"), sep] }));',
      ),
    );
    write(
      "p2.js",
      service(
        'import { side, loads } from "left";\nconst r = require("left");\nexport default defineService(() => ({ get: () => [side, loads, r.side] }));',
      ),
    );
    const { node } = await started();
    const ask = async (name: string): Promise<unknown> => node.call((await node.newservice(name))!, "lua", "get");
    expect(await ask("p1")).toEqual(["import", 1, "b", "/"]);
    expect(await ask("p2")).toEqual(["import", 1, "require"]);
  });

  it("tells each source file its own place by import.meta.url", async () => {
    write("deep/data.ts", "export const here = import.meta.url;");
    write(
      "where.ts",
      'import { defineService } from "@skyloom/runtime";\nimport { here } from "./deep/data.ts";\nexport default defineService(() => ({ get: () => [import.meta.url, here] }));',
    );
    const { node } = await started();
    const places = await node.call<string[]>((await node.newservice("where"))!, "lua", "get");
    expect(places.map((p) => fileURLToPath(p))).toEqual([join(dir, "where.ts"), join(dir, "deep/data.ts")]);
  });

  it("fails newservice for a file with a syntax error, says where in the log, and reads it again after it was mended", async () => {
    write("broken.ts", "import { skynet } from '@skyloom/runtime';\nexport default function () {\n  skynet.start(();\n}\n");
    const { node, log } = await started();
    await expect(node.newservice("broken")).rejects.toThrow("call failed");
    const line = log.find((l) => l.startsWith("lua loader error"))!;
    expect(line).toMatch(/^lua loader error : LoadError: \S*broken\.ts:3:18: Expected "=>" but found ";"\n {4}skynet\.start\(\(\);$/);
    write("broken.ts", "export default function () {}");
    expect(await node.newservice("broken")).toBeTypeOf("number");
  });

  it.each([
    ["import './no-such-file.ts'", /no-such-file\.ts/],
    [
      "import x from 'no-such-package/sub'; console.log(x)",
      /bad\.ts:1:15: cannot find "no-such-package\/sub": install it with npm install no-such-package, or write a relative path/,
    ],
    [
      "import { x } from '@skyloom/runtime/nothing'; console.log(x)",
      /there is no module @skyloom\/runtime\/nothing; service code can import @skyloom\/runtime, /,
    ],
    ["import { nothing } from '@skyloom/runtime'; export default nothing", /No matching export .* for import "nothing"/],
  ])("says what is wrong with %s", async (source, text) => {
    const error = await failing(importModule(write("bad.ts", source), dir));
    expect(error).toBeInstanceOf(LoadError);
    expect((error as LoadError).code).toBe("LOAD");
    expect((error as LoadError).message).toMatch(text);
    expect((error as LoadError).message).toMatch(/bad\.ts:1:\d+: /);
  });

  it("names every path it tried, and a Lua file that is in the way", async () => {
    write("old.lua", "local skynet = require 'skynet'");
    const { node, log } = await started("./?.lua;./service/?/main.ts");
    await expect(node.newservice("old")).rejects.toThrow("call failed");
    expect(log.find((l) => l.startsWith("lua loader error"))).toContain(
      'service "old" was not found; given: none; tried: ./old.ts, ./old.js, ./service/old/main.ts, ./old.lua (is Lua, which this runtime does not run: port it to ./old.ts)',
    );
    await expect(node.newservice("a\0b")).rejects.toThrow("call failed");
    await expect(node.newservice("x".repeat(5000))).rejects.toThrow("call failed");
  });

  it("warns once about variables that all instances share", async () => {
    write("helper.ts", "export var total = 1;");
    write(
      "shares.ts",
      'import { defineService } from "@skyloom/runtime";\nimport { total } from "./helper.ts";\n\nlet online = 0;\nexport default defineService(() => ({ get: () => (online += total) }));',
    );
    const { node, warnings } = await started();
    await node.newservice("shares");
    await node.newservice("shares");
    expect(warnings.map((w) => w.replace(/^.*\//, ""))).toEqual([
      "helper.ts:1: top-level var total is shared by all instances",
      "shares.ts:4: top-level let online is shared by all instances",
    ]);
  });

  it("keeps bundles by content, hidden from version control", async () => {
    const path = write("kept.ts", "export default function () {}");
    const base = join(dir, "cached");
    const count = (): number => readdirSync(join(base, ".skyloom/cache")).filter((n) => n.startsWith("kept-")).length;
    await importModule(path, base);
    await importModule(path, base);
    expect(count()).toBe(1);
    writeFileSync(path, "export default function () { return undefined; }");
    await importModule(path, base);
    expect(count()).toBe(2);
    expect(readFileSync(join(base, ".skyloom/.gitignore"), "utf8")).toBe("*\n");
  });

  it.skipIf(process.getuid?.() === 0)("uses a private folder where the cache cannot be written", async () => {
    const base = join(dir, "closed");
    mkdirSync(base);
    chmodSync(base, 0o500);
    const module = await importModule(write("free.ts", "export default 7;"), base);
    expect(module["default"]).toBe(7);
    expect(readdirSync(base)).toEqual([]);
  });

  it("uses a private folder where the cache folder cannot be made", async () => {
    const base = write("a-file", "");
    vi.stubEnv("TMPDIR", dir);
    expect((await importModule(write("free.ts", "export default 7;"), base))["default"]).toBe(7);
    vi.unstubAllEnvs();
    expect(readdirSync(dir).some((name) => /^skyloom-\w{6}$/.test(name))).toBe(true);
  });

  it("lists the services that the patterns reach", () => {
    for (const name of [
      "s/a.ts",
      "s/b.js",
      "s/a.js",
      "s/a.test.ts",
      "s/types.d.ts",
      "s/folder/main.ts",
      "s/folder/helper.ts",
      "s/note.txt",
    ])
      write(name, "");
    expect(servicesIn(["./s/?.lua", "./s/?/main.ts", "./none/?.ts", "plain"], dir)).toEqual([
      { name: "a", path: join(dir, "s/a.ts") },
      { name: "b", path: join(dir, "s/b.js") },
      { name: "folder", path: join(dir, "s/folder/main.ts") },
    ]);
  });

  it("knows every entry point of the runtime that runs in Node", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../../runtime/package.json", import.meta.url), "utf8")) as { exports: object };
    const entries = Object.keys(manifest.exports).map((e) => `@skyloom/runtime${e.slice(1)}`);
    expect(SHARED_MODULES.filter((m) => m.startsWith("@skyloom/runtime"))).toEqual(entries.filter((e) => e !== "@skyloom/runtime/browser"));
  });
});

describe("one runtime per realm (design D22)", () => {
  it("refuses a second copy of the runtime, and says where both are used", async () => {
    const outfile = join(dir, "second-copy.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("../../../runtime/src/index.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      outfile,
      logLevel: "silent",
    });
    const second = (await import(/* @vite-ignore */ `file://${outfile}`)) as typeof import("@skyloom/runtime");
    await started();
    const text =
      /^a second copy of @skyloom\/runtime is used at \S+; the first one was used at \S+\. Services and nodes of one program must share one copy: see npm ls @skyloom\/runtime/;
    const error = await failing(second.createNode({ ports: nodePorts(), config: { start: "" } }));
    expect((error as { code: string }).code).toBe("SECOND_COPY");
    expect((error as Error).message).toMatch(text);
    expect(() => second.defineService(() => ({}))).toThrow(text);
  });
});
