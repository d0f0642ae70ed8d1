import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError } from "./error.ts";
import { readJson, readToml } from "./data-formats.ts";
import { findConfig, loadConfig } from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "skyloom-config-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const failure = async (path: string): Promise<string> => {
  const error = await loadConfig(path, {}).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message.replace(`${dir}/`, "");
};

describe("loadConfig (design D15)", () => {
  it("reads the same values from Lua syntax, TOML, JSON and TypeScript", async () => {
    const values = { start: "main", harbor: 0, profile: false, luaservice: "./a/?.ts;./b/?.ts", own_key: 7 };
    const files = [
      write("config", 'start = "main" harbor = 0 profile = false luaservice = "./a/?.ts;./b/?.ts" own_key = 7'),
      write("a.toml", '# comment\nstart = "main"\nharbor = 0\nprofile = false\nluaservice = ["./a/?.ts", "./b/?.ts"]\nown_key = 7\n'),
      write("a.json", JSON.stringify(values)),
      write(
        "a.config.ts",
        `enum Harbor { None }\nconst values: Record<string, unknown> = ${JSON.stringify(values)};\nexport default { ...values, harbor: Harbor.None };`,
      ),
      write("a.config.mjs", `export default ${JSON.stringify(values)};`),
    ];
    for (const file of files) expect((await loadConfig(file, {})).values, file).toEqual(values);
  });

  it("starts relative paths of a Lua-syntax file from the working directory, of others from the file's folder (design D21)", async () => {
    const lua = await loadConfig(write("deep/config", 'harbor = 0 logger = "./a.log"'), {});
    expect([lua.base, lua.values["logger"]]).toEqual([process.cwd(), "./a.log"]);
    const toml = await loadConfig(write("deep/a.toml", 'harbor = 0\nlogger = "./a.log"\ndaemon = "x.pid"'), {});
    expect([toml.base, toml.values["logger"], toml.values["daemon"]]).toEqual([
      join(dir, "deep"),
      join(dir, "deep/a.log"),
      join(dir, "deep/x.pid"),
    ]);
  });

  it("leaves logger alone where it names a service", async () => {
    const { values } = await loadConfig(write("b.toml", 'harbor = 0\nlogservice = "snlua"\nlogger = "userlog"'), {});
    expect(values["logger"]).toBe("userlog");
  });

  it("says once which accepted values change nothing here, and keeps silent about those that change nothing in Skynet", async () => {
    const quiet = 'harbor = 0 thread = 8 lualoader = "lualib/loader.lua" cpath = "./cservice/?.so" lua_cpath = "./luaclib/?.so"';
    expect((await loadConfig(write("quiet", quiet), {})).warnings).toEqual([]);
    const loud = 'harbor = 0 thread = 4 cpath = "./own/?.so" lualoader = "my.lua" preload = "p.lua"';
    expect((await loadConfig(write("loud", loud), {})).warnings).toEqual([
      "thread = 4 is ignored: a node runs its services on one thread",
      'cpath = "./own/?.so" is ignored: there are no native services',
      'lualoader = "my.lua" is ignored: services are found by luaservice',
      'preload = "p.lua" is ignored: import the module in each service that needs it',
    ]);
  });

  it("takes a missing harbor as 1, as Skynet does, and says what to do about it", async () => {
    const hint = "the harbor network is not available in this runtime yet: set harbor = 0, and join nodes with cluster";
    expect(await failure(write("no-harbor", 'start = "main"'))).toBe(
      `no-harbor:1:1: harbor is not set, which means 1, as in Skynet. But ${hint}`,
    );
    expect(await failure(write("harbor", "\nharbor = 2"))).toBe(`harbor:2:1: harbor = 2: ${hint}`);
  });

  it.each([
    ["bad1", "harbor = 0\nthread = 0", "bad1:2:1: thread must be a whole number from 1 to 1024, not 0"],
    ["bad2", "thread = 1025 harbor = 0", "bad2:1:1: thread must be a whole number from 1 to 1024, not 1025"],
    ["bad3", 'thread = "many" harbor = 0', 'bad3:1:1: thread must be a whole number from 1 to 1024, not "many"'],
    ["bad4", "harbor = 256", "bad4:1:1: harbor must be a whole number from 0 to 255, not 256"],
    ["bad5", "harbor = 0 start = 5", "bad5:1:12: start must be text, not 5"],
    ["bad6", 'harbor = 0 profile = "some"', 'bad6:1:12: profile must be true, false or "full", not "some"'],
    [
      "bad7",
      'harbor = 0 standalone = "0.0.0.0:2013"',
      "bad7:1:12: standalone is the address of a harbor network's master and must not be set when harbor = 0: remove it",
    ],
    ["bad.toml", "harbor = 0\nstart = main", /^bad\.toml:2:\d+: .*\(expected TOML, e\.g\. start = "main"\)$/],
    ["table.toml", "harbor = 0\n\n[cluster]\na = 1", "table.toml:3:2: cluster must be text, a number or a boolean, not a table"],
    ["date.toml", "harbor = 0\nwhen = 2024-01-01", "date.toml:2:1: when must be text, a number or a boolean, not a date"],
    ["bad.json", '{\n  "start": "main",\n  "harbor": 0,\n}', /^bad\.json:3:14: .*\(expected JSON, e\.g\. \{ "start": "main" \}\)$/],
    ["list.json", "[1]", 'list.json:1:1: expected one object, e.g. { "start": "main", "harbor": 0 }'],
    ["range.json", '{ "harbor": 0,\n  "thread": 2000 }', "range.json:2:3: thread must be a whole number from 1 to 1024, not 2000"],
    ["blank.json", '{ "harbor": 0, "a b": 1 }', 'blank.json:1:16: a key must not be empty or contain blanks, as "a b" does'],
    [
      "none.config.ts",
      "export const a = 1;",
      'none.config.ts:1:1: expected the configuration as default export: export default { start: "main", harbor: 0 }',
    ],
    [
      "bad.config.ts",
      "export default {\n  harbor: 0,,\n};",
      /^bad\.config\.ts:1:1: this configuration cannot be loaded: .*bad\.config\.ts:2:13: Expected identifier but found ","/,
    ],
  ])("%s is refused with its place", async (name, text, message) => {
    const said = await failure(write(name, text));
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
  });

  it("says why a file cannot be read", async () => {
    expect(await failure(join(dir, "none"))).toBe("none:1:1: cannot read " + join(dir, "none") + ": there is no such file");
    expect(await failure(join(dir, "none.toml"))).toContain("there is no such file");
    mkdirSync(join(dir, "folder"), { recursive: true });
    expect(await failure(join(dir, "folder"))).toContain("is a folder; expected a configuration file");
  });

  it("looks for config, then skyloom.config.ts, .toml, .json", () => {
    const empty = join(dir, "search");
    mkdirSync(join(empty, "config"), { recursive: true });
    expect(findConfig(empty)).toBeUndefined();
    write("search/skyloom.config.json", "{}");
    expect(findConfig(empty)).toBe("skyloom.config.json");
    write("search/skyloom.config.ts", "");
    expect(findConfig(empty)).toBe("skyloom.config.ts");
    rmSync(join(empty, "config"), { recursive: true });
    write("search/config", "");
    expect(findConfig(empty)).toBe("config");
  });

  it("answers any TOML or JSON with values or a ConfigError", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.constantFrom("a", "=", "1", '"', "[", "]", "{", "}", ":", ",", "\n", "'''", "\\u", "1979-05-27")).map((l) => l.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          readToml("a.toml", input);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          readJson("a.json", input);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      // Each fault starts esbuild's parser once.
      { numRuns: 100 },
    );
  });
});
