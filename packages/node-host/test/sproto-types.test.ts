import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { buildOnce, useFolders } from "./program.ts";

vi.setConfig({ testTimeout: 60_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();
const root = fileURLToPath(new URL("../../../", import.meta.url));

const SCHEMA = ".package { type 0 : integer session 1 : integer }\nget 1 { request { name 0 : string } response { n 0 : integer } }\n";
const USE = `import { sproto } from "@skyloom/runtime/sproto";
import type { Schema } from "./game.d.ts";
const sp = sproto.parse<Schema>("");
const host = sp.host("package");
const request = host.attach(sp);
export const packet: Uint8Array = request("get", { name: "x" }, 1);
const what = host.dispatch(packet);
export const name: string | undefined = what[0] === "REQUEST" ? what[2].name : undefined;
export const answer = what[0] === "REQUEST" ? what[3]?.({ n: 5 }) : undefined;
`;

describe("skyloom sproto types", () => {
  it("writes types with which the right use compiles and the wrong one does not", async () => {
    const f = folder({
      "game.sproto": SCHEMA,
      "right.ts": USE,
      "wrong.ts": USE.replace('{ name: "x" }', "{ name: 5 }").replace("{ n: 5 }", "{ m: 5 }"),
      "package.json": '{ "type": "module" }',
      "tsconfig.json": JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          module: "NodeNext",
          target: "ES2023",
          noEmit: true,
          allowImportingTsExtensions: true,
          types: [],
        },
        include: ["*.ts"],
      }),
    });
    mkdirSync(join(f.path, "node_modules"));
    symlinkSync(join(root, "node_modules/@skyloom"), join(f.path, "node_modules/@skyloom"), "dir");
    expect(await f.run(["sproto", "types", "game.sproto", "-o", "game.d.ts"])).toMatchObject({ code: 0, out: "", err: "" });
    const printed = await f.run(["sproto", "types", "game.sproto"]);
    expect(printed).toMatchObject({ code: 0, out: f.read("game.d.ts") });
    expect(printed.out).toContain('get: { tag: 1; request: Types["get.request"]; response: Types["get.response"] };');
    const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", f.path], {
      encoding: "utf8",
      cwd: f.path,
    });
    const faults = stdout.split("\n").filter((line) => line.includes("error TS"));
    expect(faults).toEqual([
      expect.stringMatching(/^wrong\.ts.6,.*TS2322: Type 'number' is not assignable to type 'string \| Uint8Array/),
      expect.stringMatching(/^wrong\.ts.9,.*TS2353: .* 'm' does not exist/),
    ]);
  });

  it.each([
    [["sproto"], "one schema is expected: skyloom sproto types file.sproto [-o out.d.ts]"],
    [["sproto", "types"], "one schema is expected"],
    [["sproto", "types", "a", "b"], "one schema is expected"],
    [["sproto", "typos", "a"], "there is no typos: skyloom sproto types"],
    [["sproto", "types", "missing.sproto"], "missing.sproto cannot be read: ENOENT"],
    [["sproto", "types", "bad.sproto"], "syntax error at [bad.sproto] line (2)"],
    [["sproto", "types", "good.sproto", "-o", "no/such/folder.d.ts"], "no/such/folder.d.ts cannot be written: ENOENT"],
  ])("%j fails with what to do", async (args, text) => {
    const f = folder({ "bad.sproto": ".A { x 0 : integer }\n.B { x : integer }\n", "good.sproto": SCHEMA });
    const ended = await f.run(args);
    expect(ended).toMatchObject({ code: 1, out: "" });
    expect(ended.err).toMatch(/^skyloom sproto: /);
    expect(ended.err).toContain(text);
  });
});
