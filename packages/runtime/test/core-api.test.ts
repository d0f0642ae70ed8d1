/** The functions of api.md §2 and §3 that no other test looks at, row by row. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import type { Body } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNodeOptions } from "@skyloom/runtime/testing";

/** Runs a generator in a service (handle 8) and gives what it said, and the log. */
async function script(body: (say: (x: unknown) => void) => unknown, options: TestNodeOptions = {}) {
  const seen: unknown[] = [];
  const s = () => skynet.start(() => void skynet.fork(() => body((x) => void seen.push(x))));
  const echo = () => skynet.dispatch("lua", (_s, source, ...args: unknown[]) => void skynet.retpack(source, ...args));
  const t = await testNode({ ...options, services: { s, echo, ...options.services } });
  await t.newservice("s");
  t.advance(1000);
  const { log } = t;
  await t.stop();
  return { seen, log: log.join("\n") };
}
const thrown = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    return `${(error as { code?: string }).code ?? (error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing thrown";
};

describe("protocols", () => {
  it("register_protocol throws when name or id is taken, the name is no text, the id is not 0–255", async () => {
    const { seen } = await script((say) => {
      skynet.register_protocol({ name: "mine", id: 100 });
      say(thrown(() => skynet.register_protocol({ name: "mine", id: 101 })).split(":")[0]);
      say(thrown(() => skynet.register_protocol({ name: "other", id: 100 })).split(":")[0]);
      say(thrown(() => skynet.register_protocol({ name: "lua", id: 99 })).split(":")[0]);
      say(thrown(() => skynet.register_protocol({ name: 5 as never, id: 99 })));
      for (const id of [256, -1, 1.5]) say(thrown(() => skynet.register_protocol({ name: "x", id })).split(",")[0]);
    });
    const range = 'ARGUMENT: protocol "x": id must be a whole number from 0 to 255';
    expect(seen).toEqual([
      "PROTOCOL_TAKEN",
      "PROTOCOL_TAKEN",
      "PROTOCOL_TAKEN",
      "ARGUMENT: a protocol's name must be text, not number",
      range,
      range,
      range,
    ]);
  });

  it("the types pre-registered are lua, response, error, debug; dispatch reads and sets, and setting an unknown type throws", async () => {
    const { seen } = await script((say) => {
      say(["lua", "response", "error", "debug"].map((n) => typeof skynet.dispatch(n)));
      say(["text", "client", "socket", "snax", "multicast", "system", "harbor"].map((n) => skynet.dispatch(n)));
      const first = (): void => undefined;
      say(skynet.dispatch("lua", first));
      say(skynet.dispatch("lua") === first);
      say(skynet.dispatch("lua", () => undefined) === first);
      say(thrown(() => skynet.dispatch("nosuch", first)));
    });
    expect(seen).toEqual([
      ["undefined", "undefined", "function", "function"],
      Array.from({ length: 7 }, () => undefined),
      undefined,
      true,
      true,
      expect.stringMatching(/^UNKNOWN_TYPE: message type "nosuch" is not registered in this service; it has: .*lua/),
    ]);
  });

  it("a protocol of one's own packs, unpacks, and carries replies; one service's change is no other's", async () => {
    const proto = { name: "num", id: 77, pack: (n: number) => new Uint8Array([n]), unpack: (b: Body) => [(b as Uint8Array)[0]] };
    const double = () => skynet.register_protocol({ ...proto, dispatch: (_s, _f, n: number) => void skynet.ret(new Uint8Array([n * 2])) });
    const { seen } = await script(
      function* (say) {
        skynet.register_protocol(proto);
        const to = (yield* skynet.newservice("double"))!;
        say(yield* skynet.call(to, "num", 21));
        say(yield* skynet.callall(to, "num", 4));
        say(yield* skynet.rawcall(to, "num", new Uint8Array([5])));
        say(skynet.dispatch("num"));
      },
      { services: { double } },
    );
    expect(seen).toEqual([42, [8], new Uint8Array([10]), undefined]);
  });

  it("dispatch_unknown_request and _response replace the handlers and give the previous ones; the defaults log and throw", async () => {
    const { seen, log } = await script(function* (say) {
      const me = skynet.self();
      skynet.redirect(me, 0x33, "response", 4444, skynet.pack("late"));
      skynet.rawsend(me, "lua", skynet.pack("nobody listens"));
      yield* skynet.sleep(1);
      const request = (session: number, source: number, _body: Body, type: number | string): void =>
        say(["request", session, source, type]);
      const response = (session: number, source: number): void => say(["response", session, source]);
      say([skynet.dispatch_unknown_request(request), skynet.dispatch_unknown_response(response)]);
      skynet.redirect(me, 0x33, "response", 5555, undefined);
      skynet.send(me, "lua", 1);
      yield* skynet.sleep(1);
      say(skynet.dispatch_unknown_request(request) === request);
      say(skynet.dispatch_unknown_response(response) === response);
    });
    expect(seen).toEqual([[undefined, undefined], ["response", 5555, 0x33], ["request", 0, 8, "lua"], true, true]);
    expect(log).toMatch(
      /\[:00000008\] Response message : [\s\S]*lua call \[33 to :8 : 4444 msgsz = \d+\] error : .*Unknown session : 4444 from 33/,
    );
    expect(log).toMatch(/\[:00000008\] Unknown request \(lua\): [\s\S]*Unknown session : 0 from 8/);
  });
});

describe("addresses and sending", () => {
  it("self, address, harbor, localname", async () => {
    const { seen } = await script((say) => {
      skynet.register(".me");
      say([skynet.self(), skynet.address(10), skynet.address(".x"), skynet.address(undefined)]);
      say([skynet.harbor(0x01000001), skynet.harbor(8)]);
      say([skynet.localname(".me"), skynet.localname("me"), skynet.localname(".nobody")]);
    });
    expect(seen).toEqual([
      [8, ":0000000a", ".x", "undefined"],
      [
        [1, true],
        [0, false],
      ],
      [8, undefined, undefined],
    ]);
  });

  it("send and call take a handle, :hex, .local and a global name; send gives 0, or nothing when there is no such service", async () => {
    const { seen } = await script(function* (say) {
      const to = (yield* skynet.newservice("echo"))!;
      skynet.name(".echo", to);
      skynet.name("ECHO", to);
      yield* skynet.sleep(1);
      for (const addr of [to, `:${to.toString(16)}`, ".echo", "ECHO"]) say((yield* skynet.callall(addr, "lua", addr))[1] === addr);
      say([skynet.send(to, "lua"), skynet.send(".nobody", "lua"), skynet.send(":7777", "lua"), skynet.send("LATER", "lua")]);
      say(thrown(() => skynet.send(to, "nosuch")).split(":")[0]);
      say(skynet.rawsend(to, "lua", skynet.pack(1)));
    });
    expect(seen).toEqual([true, true, true, true, [0, undefined, undefined, 0], "UNKNOWN_TYPE", 0]);
  });

  it("redirect sends as if from another; gives the session, or nothing when the destination is gone", async () => {
    const { seen } = await script(function* (say) {
      skynet.dispatch("lua", (session: number, source: number, x: string) => say([session, source, x]));
      say(skynet.redirect(skynet.self(), 0x33, "lua", 0, skynet.pack("a")));
      say(skynet.redirect(0x7777, 0x33, "lua", 5, undefined));
      yield* skynet.sleep(1);
    });
    expect(seen).toEqual([0, undefined, [0, 0x33, "a"]]);
  });

  it("genid gives numbers nothing else uses; context is empty outside of a request", async () => {
    const { seen } = await script((say) => {
      const a = skynet.genid();
      say(skynet.genid() - a);
      say(skynet.context());
    });
    expect(seen).toEqual([1, [undefined, undefined]]);
  });

  it("ignoreret: a later ret throws No session", async () => {
    let text = "";
    const ignoring = () =>
      skynet.dispatch("lua", () => {
        skynet.ignoreret();
        text = thrown(() => skynet.ret());
        skynet.exit();
      });
    await script(
      function* () {
        skynet.send((yield* skynet.newservice("ignoring"))!, "lua");
      },
      { services: { ignoring } },
    );
    expect(text).toMatch(/^NO_SESSION: No session/);
  });

  it("response takes a packer of one's own; when it throws the reply is still owed", async () => {
    const packing = () =>
      skynet.dispatch("lua", () => {
        const reply = skynet.response((x: unknown) => {
          if (x === "bad") throw new Error("cannot pack");
          return skynet.pack("packed", x);
        });
        expect(thrown(() => reply(true, "bad"))).toBe("Error: cannot pack");
        expect(reply("TEST")).toBe(true);
        expect(reply(true, "good")).toBe(true);
      });
    const { seen } = await script(
      function* (say) {
        say(yield* skynet.callall((yield* skynet.newservice("packing"))!, "lua"));
      },
      { services: { packing } },
    );
    expect(seen).toEqual([["packed", "good"]]);
  });
});

describe("packing", () => {
  it("pack, packstring, unpack, tostring, trash", async () => {
    const { seen } = await script((say) => {
      say(skynet.unpack(skynet.pack(1, "two", true, undefined, [3])));
      say(skynet.packstring("x").toString() === skynet.pack("x").toString());
      say([skynet.unpack(undefined), skynet.unpack(new Uint8Array())]);
      say(thrown(() => skynet.unpack(new Uint8Array([0xff]))));
      say([skynet.tostring(undefined), skynet.tostring("hi"), skynet.tostring(new Uint8Array([1]))]);
      say([
        thrown(() => skynet.trash(undefined)).split(":")[0],
        thrown(() => skynet.trash(1 as never)).split(":")[0],
        thrown(() => skynet.trash("x")),
      ]);
      say(thrown(() => skynet.pack(() => 1)));
    });
    expect(seen).toEqual([
      [1, "two", true, undefined, [3]],
      true,
      [[], []],
      expect.stringContaining("Invalid serialize stream"),
      [undefined, new Uint8Array([104, 105]), new Uint8Array([1])],
      ["ARGUMENT", "ARGUMENT", "nothing thrown"],
      expect.stringContaining("Unsupport type function to serialize"),
    ]);
  });
});

describe("tasks, time and figures", () => {
  it("fork keeps undefined arguments and gives the task; bind runs a native callback as a task", async () => {
    const { seen } = await script(function* (say) {
      const task = skynet.fork((...args: unknown[]) => say(args), 1, undefined, undefined);
      const bound = skynet.bind((x: string) => say([x, skynet.self(), skynet.running() !== task]));
      yield* skynet.yield();
      bound("called");
      yield* skynet.sleep(1);
    });
    expect(seen).toEqual([
      [1, undefined, undefined],
      ["called", 8, true],
    ]);
  });

  it("now counts centiseconds from the sub-second part of the start; time is starttime + now/100; hpc counts nanoseconds", async () => {
    const { VirtualClock } = await import("@skyloom/runtime/testing");
    const { seen } = await script(
      function* (say) {
        const [now, hpc] = [skynet.now(), skynet.hpc()];
        yield* skynet.sleep(250);
        say([skynet.starttime(), now, skynet.now() - now, skynet.hpc() - hpc]);
        say(skynet.time() === skynet.starttime() + skynet.now() / 100);
      },
      { clock: new VirtualClock({ startMs: 1_600_000_000_450 }) },
    );
    expect(seen).toEqual([[1_600_000_000, 45, 250, 2_500_000_000], true]);
  });

  it("getenv gives text or nothing; setenv sets once, and a key with a blank throws", async () => {
    const { seen } = await script(
      (say) => {
        say([skynet.getenv("mykey"), skynet.getenv("harbor"), skynet.getenv("nosuch")]);
        skynet.setenv("fresh", 5);
        say(skynet.getenv("fresh"));
        say(thrown(() => skynet.setenv("fresh", 6)));
        say(thrown(() => skynet.setenv("a b", 6)).split(":")[0]);
      },
      { config: { mykey: true } },
    );
    expect(seen).toEqual([["true", "0", undefined], "5", "ENV_EXISTS: Can't setenv exist key : fresh", "ARGUMENT"]);
  });

  it("stat: any other word gives 0; message counts; time is 0 when profiling is off", async () => {
    const { seen } = await script(
      (say) => say([skynet.stat("nonsense"), skynet.stat("time"), skynet.stat("message") > 0, skynet.stat("cpu")]),
      {
        profile: false,
      },
    );
    expect(seen).toEqual([[0, 0, true, 0]]);
  });

  it("error joins its arguments' texts with a blank; none logs nil", async () => {
    const { log } = await script(() => {
      skynet.error(undefined, 1, "x", true, 1.5, { a: [1n] }, new Uint8Array([104, 105]));
      skynet.error();
      skynet.error("");
    });
    expect(log).toContain('[:00000008] nil 1 x true 1.5 {"a":["1"]} hi\n[:00000008] nil\n[:00000008] ');
  });

  it("task counts and shows the suspended tasks; uniqtask groups them, nine sessions at most", async () => {
    const { seen } = await script(
      function* (say) {
        for (let i = 0; i < 12; i++) skynet.fork(() => skynet.wait(`token ${i}`));
        const sleeper = skynet.fork(() => skynet.sleep(100));
        yield* skynet.yield();
        say(skynet.task());
        const table: Record<string, string> = {};
        skynet.task(table);
        say(Object.keys(table).every((k) => /^thread: 0x[0-9a-f]{8} session: \d+$/.test(k)));
        const session = skynet.task(sleeper)!;
        say(skynet.task(session));
        say([skynet.task(99_999), skynet.task(skynet.running()), skynet.task("init")]);
        const groups = Object.entries(skynet.uniqtask()).map(([head, text]) => [
          head.replace(/\d+(?=[,.\]])/g, "n"),
          text.replace(/session \d+/, "session n"),
        ]);
        say(groups);
      },
      { stacks: false },
    );
    expect(seen).toEqual([
      13,
      true,
      expect.stringMatching(/^sleep 100 session \d+, 0\.00 s$/),
      ["No session", undefined, undefined],
      [
        ["12\tsessions:[n,n,n,n,n,n,n,n,n...]\n", "wait session n, 0.00 s"],
        ["1\tsessions:[n]\n", "sleep 100 session n, 0.00 s"],
      ],
    ]);
  });

  it("task('init') shows the start function while it runs", async () => {
    const seen: unknown[] = [];
    const s = () => {
      skynet.dispatch("lua", () => void seen.push(skynet.task("init")));
      skynet.start(() => skynet.sleep(50));
    };
    const t = await testNode({ services: { s }, stacks: false });
    const starting = t.newservice("s");
    t.send(8, "lua");
    await starting;
    t.send(8, "lua");
    expect(seen).toEqual([expect.stringMatching(/^sleep 50 session \d+/), undefined]);
    await t.stop();
  });

  it("trace_timeout: timers made while it is on show as TIMER now+ti : stack until they fire", async () => {
    const { seen } = await script(
      function* (say) {
        const shown = () => {
          const table: Record<string, string> = {};
          skynet.task(table);
          return Object.values(table);
        };
        skynet.timeout(20, () => undefined);
        say(shown()[0]!.split("\n")[0]);
        skynet.trace_timeout(true);
        const made = skynet.now();
        skynet.timeout(30, () => skynet.sleep(5));
        skynet.trace_timeout(false);
        say(shown()[1]!.startsWith(`TIMER ${made}+30 : `));
        say(shown()[1]!.includes("core-api.test.ts"));
        yield* skynet.sleep(32);
        say(shown().some((l) => l.startsWith("TIMER")));
        say(Object.values(skynet.uniqtask()).length);
      },
      { stacks: false },
    );
    expect(seen).toEqual([expect.stringMatching(/^timer 20 session \d+$/), true, true, false, 1]);
  });

  it("pcall gives true and the result, or false and the error; an exit passes through", async () => {
    const { seen, log } = await script((say) => {
      say(skynet.pcall((a: number, b: number) => a + b, 2, 3));
      const [ok, error] = skynet.pcall(() => {
        throw new Error("caught");
      });
      say([ok, (error as Error).message]);
      skynet.pcall(() => skynet.exit());
      say("never");
    });
    expect(seen).toEqual([
      [true, 5],
      [false, "caught"],
    ]);
    expect(log).toContain("[:00000008] KILL self");
  });

  it("cache has clear and mode and changes nothing", () => {
    expect([skynet.cache.clear(), skynet.cache.mode("OFF")]).toEqual([undefined, "ON"]);
  });
});

describe("starting", () => {
  it("messages that arrive before the start function are dispatched normally", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.dispatch("lua", () => void seen.push("message"));
      skynet.send(skynet.self(), "lua");
      skynet.start(() => seen.push("start"));
    };
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    expect(seen).toEqual(["message", "start"]);
    await t.stop();
  });

  it("init after the start throws; memlimit can be set once, and only in the file body", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.memlimit(1 << 20);
      seen.push(thrown(() => skynet.memlimit(1)));
      skynet.start(() => {
        seen.push(thrown(() => skynet.init(() => undefined)));
        seen.push(thrown(() => skynet.memlimit(1)));
      });
    };
    const late = () => skynet.start(() => void seen.push(thrown(() => skynet.memlimit(1))));
    const t = await testNode({ services: { s, late } });
    await t.newservice("s");
    await t.newservice("late");
    expect(seen).toEqual([
      "ARGUMENT: skynet.memlimit can be set once",
      "ARGUMENT: skynet.init was called after the service has started",
      "ARGUMENT: skynet.memlimit can be set once",
      "ARGUMENT: skynet.memlimit must be set in the file body, before skynet.start",
    ]);
    expect(t.log.join("\n")).toContain("Set memory limit to 1.00 M");
    await t.stop();
  });

  it("uniqueservice and queryservice with true have the whole network as scope: another key than the node's", async () => {
    const one = defineService(() => ({ hi: () => 1 }));
    const { seen } = await script(
      function* (say) {
        let found: number | undefined;
        skynet.fork(function* () {
          found = yield* skynet.queryservice(true, "one");
        });
        const [global, again, local] = [
          yield* skynet.uniqueservice(true, "one"),
          yield* skynet.uniqueservice(true, "one"),
          yield* skynet.uniqueservice("one"),
        ];
        yield* skynet.sleep(1);
        say([global === again, global === local, found === global]);
      },
      { services: { one } },
    );
    expect(seen).toEqual([[true, false, true]]);
  });
});

describe("skynet.manager (api §3)", () => {
  it("launch gives a handle at once, nothing for an unknown kind, and the launcher does not list it", async () => {
    const { seen } = await script(function* (say) {
      const handle = skynet.launch("snlua", "echo")!;
      say(typeof handle);
      say(skynet.launch("nosuch"));
      say(Object.keys(yield* skynet.call<Record<string, string>>(".launcher", "lua", "LIST")).includes(skynet.address(handle)));
      say((yield* skynet.callall(handle, "lua", "hi"))[1]);
    });
    expect(seen).toEqual(["number", undefined, false, "hi"]);
  });

  it("kill takes a handle, :hex or .name; unknown ones are ignored", async () => {
    const { seen, log } = await script(function* (say) {
      for (const how of ["handle", "hex", "name"]) {
        const handle = (yield* skynet.newservice("echo"))!;
        skynet.name(`.${how}`, handle);
        skynet.kill(how === "handle" ? handle : how === "hex" ? `:${handle.toString(16)}` : `.${how}`);
        say([skynet.send(handle, "lua"), skynet.localname(`.${how}`)]);
      }
      skynet.kill(0x7777);
      skynet.kill(".nobody");
      const list = yield* skynet.call<Record<string, string>>(".launcher", "lua", "LIST");
      say(Object.values(list).filter((line) => line === "snlua echo").length);
    });
    // By name the launcher is not told, as in Skynet.
    expect(seen).toEqual([[undefined, undefined], [undefined, undefined], [undefined, undefined], 1]);
    expect(log).not.toContain("error :");
  });

  it("a local name taken is silently kept by the first, and free again when that one has ended", async () => {
    const { seen } = await script(function* (say) {
      const [a, b] = [(yield* skynet.newservice("echo"))!, (yield* skynet.newservice("echo"))!];
      skynet.name(".n", a);
      skynet.name(".n", b);
      say(skynet.localname(".n") === a);
      skynet.kill(a);
      skynet.name(".n", b);
      say(skynet.localname(".n") === b);
    });
    expect(seen).toEqual([true, true]);
  });

  it("forward_type passes other types on under a new type, bodies untouched; all others are dispatched as they are", async () => {
    const proxy = (to: number) => {
      skynet.register_protocol({ name: "system", id: skynet.PTYPE_SYSTEM, unpack: (b) => [b] });
      skynet.dispatch("system", function* (session, _source, body: Body) {
        if (session === 0) skynet.rawsend(to, "lua", body);
        else skynet.ret(yield* skynet.rawcall(to, "lua", body));
      });
      skynet.forward_type({ [skynet.PTYPE_LUA]: skynet.PTYPE_SYSTEM }, () => undefined);
    };
    const { seen } = await script(
      function* (say) {
        const to = (yield* skynet.newservice("echo"))!;
        const through = (yield* skynet.newservice("proxy", to))!;
        say((yield* skynet.callall(through, "lua", "a", { b: [1] })).slice(1));
        say((yield* skynet.callall(through, "lua"))[0] === through);
        say(yield* skynet.call(through, "debug", "PING"));
      },
      { services: { proxy } },
    );
    expect(seen).toEqual([["a", { b: [1] }], true, undefined]);
  });

  it("filter sees every message first and may change it; an error in it is logged and that message is lost", async () => {
    const types: number[] = [];
    const filtered = () => {
      skynet.dispatch("lua", (_s, _f, x: string) => void skynet.retpack(x));
      skynet.filter(
        (type, session, source, body) => {
          types.push(type);
          if (type !== skynet.PTYPE_LUA) return [type, session, source, body];
          const [x] = skynet.unpack(body);
          if (x === "bad") throw new Error("filtered out");
          return [type, session, source, skynet.pack(`seen ${String(x)}`)];
        },
        () => undefined,
      );
    };
    const { seen, log } = await script(
      function* (say) {
        const to = (yield* skynet.newservice("filtered"))!;
        skynet.send(to, "lua", "bad");
        say(yield* skynet.call(to, "lua", "hello"));
      },
      { services: { filtered } },
    );
    expect(seen).toEqual(["seen hello"]);
    expect(types).toEqual([skynet.PTYPE_RESPONSE, skynet.PTYPE_LUA, skynet.PTYPE_LUA]);
    expect(log).toMatch(/lua call \[8 to :a : 0 msgsz = \d+\] error : .*filtered out/);
  });

  it("monitor with query waits for the service instead of starting it; a new monitor replaces the old", async () => {
    const ended: string[] = [];
    const watcher = (name: string) => () => {
      skynet.register_protocol({
        name: "client",
        id: skynet.PTYPE_CLIENT,
        unpack: () => [],
        dispatch: (session, source) => void ended.push(`${name} ${session} ${source}`),
      });
      skynet.start(() => undefined);
    };
    await script(
      function* () {
        skynet.fork(() => skynet.monitor("first", true));
        yield* skynet.sleep(1);
        yield* skynet.uniqueservice(true, "first");
        yield* skynet.sleep(1);
        const [a, b] = [(yield* skynet.newservice("echo"))!, (yield* skynet.newservice("echo"))!];
        skynet.kill(a);
        yield* skynet.sleep(1);
        yield* skynet.monitor("second");
        skynet.send(b, "debug", "EXIT");
        yield* skynet.sleep(1);
        ended.push(String(a), String(b));
      },
      { services: { first: watcher("first"), second: watcher("second") } },
    );
    const [a, b] = ended.slice(-2);
    expect(ended.slice(0, 2)).toEqual([`first 0 ${a}`, `second 0 ${b}`]);
  });
});
