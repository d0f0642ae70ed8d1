/** Shared data from files of the disk (api.md §12): modules, JSON and Lua data, read again at each load. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNode, defineService } from "@skyloom/runtime";
import { sharedata } from "@skyloom/runtime/sharedata";
import { sharetable } from "@skyloom/runtime/sharetable";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { nodePorts } from "../index.ts";
import { nodeModules } from "./modules.ts";

const dir = mkdtempSync(join(tmpdir(), "skyloom-data-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

async function start() {
  const user = defineService(() => ({
    load: (path: string, ...args: unknown[]) => sharetable.loadfile(path, ...args),
    *get(path: string) {
      const table = (yield* sharetable.query<{ area?: (r: number) => number }>(path))!;
      const { area, ...rest } = table;
      return [rest, area?.(2)];
    },
    publish: (name: string, path: string, ...args: unknown[]) => sharedata.update(name, `@${path}`, ...args),
    read: (name: string) => sharedata.deepcopy(name),
  }));
  const ports = { ...nodePorts(), log: { output: { line: () => undefined } }, modules: nodeModules({ base: dir, warn: () => undefined }) };
  const node = await createNode({ services: { user }, config: { start: "" }, ports });
  onTestFinished(() => node.stop());
  const handle = await node.newservice("user");
  const call = (...args: unknown[]): Promise<unknown> => node.call(handle!, "lua", ...args);
  const failure = async (...args: unknown[]): Promise<string> => {
    try {
      await call(...args);
      return "no failure";
    } catch (error) {
      let deepest = error as Error;
      while (deepest.cause instanceof Error) deepest = deepest.cause;
      return deepest.message;
    }
  };
  return { call, failure };
}

describe("sharetable.loadfile and sharedata.update with @file", () => {
  it("take a module's table, or its function with the arguments; functions without captured values may be in it", async () => {
    const { call } = await start();
    const path = write("table.ts", "export default { n: 1 as number, area: (r: number): number => r * r };");
    await call("load", path);
    expect(await call("get", path)).toEqual([{ n: 1 }, 4]);
    write("table.ts", "export default { n: 2 };");
    await call("load", path);
    expect(await call("get", path)).toEqual([{ n: 2 }, undefined]);
    const made = write("made.js", "export default function* (a, b) { return { sum: a + b }; }");
    await call("load", made, 1, 2);
    expect(await call("get", made)).toEqual([{ sum: 3 }, undefined]);
  });

  it("take JSON and Lua data, with arguments for ...", async () => {
    const { call } = await start();
    await call("publish", "json", write("data.json", '{"a": [1, {"b": 2}]}'));
    expect(await call("read", "json")).toEqual({ a: [1, { b: 2 }] });
    const lua = write("data.lua", "-- items\nlocal base = ...\nreturn { sword = { price = base * 2 }, [1] = 'one' }");
    await call("publish", "lua", lua, 5);
    expect(await call("read", "lua")).toEqual(
      new Map<unknown, unknown>([
        ["sword", { price: 10 }],
        [1, "one"],
      ]),
    );
  });

  it("say what is wrong, and keep the version there was", async () => {
    const { call, failure } = await start();
    const path = write("good.lua", "return { n = 1 }");
    await call("publish", "x", path);
    write("good.lua", "return { n = compute() }");
    expect(await failure("publish", "x", path)).toMatch(/good\.lua:1:14: call cannot be used here; text is read as data, not run/);
    expect(await call("read", "x")).toEqual({ n: 1 });
    expect(await failure("load", join(dir, "none.json"))).toContain("there is no such file");
    expect(await failure("load", join(dir, "none.ts"))).toContain("cannot open");
    expect(await failure("load", write("number.ts", "export default 5;"))).toContain("shared data is an object, an array or a Map");
    expect(await failure("load", write("class.ts", "export default { when: new Date(0) };"))).toContain("Date");
  });
});
