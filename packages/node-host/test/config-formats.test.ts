/** Every key of a configuration in every format, as `skyloom start` and `skyloom check` take it (semantics §16, design D15). */
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { buildOnce, until, useFolders } from "./program.ts";

vi.setConfig({ testTimeout: 60_000 });
beforeAll(buildOnce, 120_000);
const folder = useFolders();

/** Each key of semantics §16 that may be set while harbor is 0, and one of the user's own. */
const values = {
  thread: 4,
  harbor: 0,
  bootstrap: "snlua bootstrap",
  start: "main one two",
  cpath: "./native/?.so",
  luaservice: "./service/?.ts;./more/?.ts",
  lua_path: "./lua/?.lua",
  lua_cpath: "./luac/?.so",
  lualoader: "./own/loader.lua",
  preload: "./own/preload.lua",
  logservice: "logger",
  logger: "./node.log",
  logpath: "./logs",
  daemon: "./node.pid",
  profile: false,
  snax: "./snax/?.ts",
  snax_interface_g: "snax_g",
  snax_loader: "./own/snax.lua",
  cluster: "./nodes.lua",
  enablessl: true,
  certfile: "./cert.pem",
  keyfile: "./key.pem",
  room_size: 12,
};

const luaText = (value: unknown): string => JSON.stringify(value);
const lists = (text: string): string[] => text.split(";");
const withLists = { ...values, luaservice: lists(values.luaservice), snax: [values.snax] };

const formats: readonly (readonly [file: string, text: string])[] = [
  [
    "config",
    Object.entries(values)
      .map(([k, v]) => `${k} = ${luaText(v)}`)
      .join("\n"),
  ],
  [
    "skyloom.config.toml",
    Object.entries(withLists)
      .map(([k, v]) => `${k} = ${JSON.stringify(v)}`)
      .join("\n"),
  ],
  ["skyloom.config.json", JSON.stringify(withLists, undefined, 2)],
  ["skyloom.config.ts", `export default ${JSON.stringify(withLists)};`],
];

const services = {
  "service/main.ts": `import { skynet } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
export default function (...args: string[]) {
  skynet.start(function* () {
    skynet.error("args", JSON.stringify(args));
    skynet.error("env", JSON.stringify(Object.fromEntries(${JSON.stringify(Object.keys(values))}.map((key) => [key, skynet.getenv(key)]))));
    const helper = yield* skynet.call<number>(".launcher", "lua", "LOGLAUNCH", "snlua", "helper");
    yield* skynet.call(helper, "lua", "work");
    skynet.error("cpu", String(skynet.stat("cpu")));
    const counter = yield* snax.newservice("counter", 5);
    skynet.error("snax", String(yield* counter.req["get"]!()));
    skynet.error("ready");
  });
}
`,
  "more/helper.ts": `import { skynet } from "@skyloom/runtime";
export default function () { skynet.start(() => skynet.dispatch("lua", () => { for (let i = 0; i < 1e6; i++); skynet.retpack(1); })); }
`,
  "snax/counter.ts": `import { snax } from "@skyloom/runtime/snax";
export const counter = snax.define((n: number) => ({ response: { get: () => n } }));
`,
  "logs/.keep": "",
};

/** Where a relative path of the configuration leads. */
const paths = new Set(["logpath", "daemon", "cluster", "certfile", "keyfile", "logger"]);

describe.each(formats)("%s", (file, text) => {
  it("skyloom start: every key arrives, and does what it says", async () => {
    const f = folder({ ...services, [file]: text });
    const started = await f.run(["start"]);
    expect(started.err).toBe("");
    expect([started.code, started.out]).toEqual([0, expect.stringMatching(/^process \d+ runs in the background/)]);
    const log = (): string => f.read("node.log");
    try {
      await until(/ready/, log);
      expect(log()).toContain('args ["one","two"]');
      expect(log()).toMatch(/\bcpu 0$/m);
      expect(log()).toContain("snax 5");
      const env = JSON.parse(/ env (\{.*\})$/m.exec(log())![1]!) as Record<string, string>;
      for (const [key, value] of Object.entries(values))
        if (paths.has(key)) expect([String(value), join(f.path, String(value))], key).toContain(env[key]);
        else expect(env[key], key).toBe(String(value));
      // What LOGLAUNCH writes down, in the folder of logpath.
      const helper = /\[:([0-9a-f]{8})\] LAUNCH snlua helper/.exec(log())![1]!;
      await until(/^:\S+ 10 \d+ \d+ 24776f726b$/m, () => f.read(`logs/${helper}.log`));
      for (const key of ["thread", "cpath", "lua_path", "lua_cpath", "lualoader", "preload", "snax_interface_g", "snax_loader"])
        expect(log().split(`${key} = ${JSON.stringify(values[key as keyof typeof values])} is ignored: `), key).toHaveLength(2);
      expect(log().match(/is ignored/g)).toHaveLength(8);
    } finally {
      expect(await f.run(["stop"])).toMatchObject({ code: 0 });
    }
    await until(/^$/, () => f.read("node.pid"));
  });

  it("skyloom check: finds the services of all patterns, and says what is ignored", async () => {
    const f = folder({ ...services, [file]: text });
    const { code, out, err } = await f.run(["check"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^configuration \S*config/);
    expect(out).toContain(`start main: ${join(f.path, "service/main.ts")}`);
    for (const path of ["service/main.ts", "more/helper.ts", "snax/counter.ts"]) expect(out).toContain(join(f.path, path));
    expect(out.match(/^warning: \w+ = .* is ignored: /gm)).toHaveLength(8);
  });

  it("skyloom check: refuses a key of the harbor network while harbor is 0, at its place", async () => {
    const braces = file.endsWith(".json") || file.endsWith(".ts");
    const wrong = braces ? text.replace(/\n?\}(;?)$/, ', "standalone": "127.0.0.1:2013" }$1') : `${text}\nstandalone = "127.0.0.1:2013"\n`;
    const { code, err } = await folder({ ...services, [file]: wrong }).run(["check"]);
    expect([code, err]).toEqual([1, expect.stringMatching(/:\d+:\d+: standalone is the address of a harbor network's master/)]);
  });
});
