/** The functions of api.md §2 and §3 that no other test looks at, row by row. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Body } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";
import { script, thrown } from "./script.ts";

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

  it("a protocol of one's own packs, unpacks, and carries replies, also of rawcall; one service's change is no other's", async () => {
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

  it("dispatch_unknown_request and dispatch_unknown_response replace the handlers and give the previous ones; the defaults log and throw", async () => {
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

describe("what start does, by hand", () => {
  it("init_service runs the start function and tells the launcher; when it throws, the service logs that and ends", async () => {
    const started: string[] = [];
    const late = () =>
      skynet.dispatch("lua", function* (_session, _source, fails: boolean) {
        yield* skynet.init_service(() => {
          started.push(fails ? "fails" : "starts");
          if (fails) throw new Error("no such table");
        });
        skynet.retpack("goes on");
      });
    const t = await testNode({ services: { late } });
    const to = await t.newservice("late");
    expect(await t.call(to, "lua", false)).toBe("goes on");
    await expect(t.call(to, "lua", true)).rejects.toThrow("call failed");
    expect(started).toEqual(["starts", "fails"]);
    expect(t.log.join("\n")).toContain("init service failed: Error: no such table");
    expect(t.node.kernel.services().some((s) => s.handle === to)).toBe(false);
    await t.stop();
  });

  it("dispatch_message handles a message as if it came from the mailbox, with the forks it makes", async () => {
    const { seen } = await script((say) => {
      skynet.dispatch("lua", (session: number, source: number, text: string) => {
        say([session, source, text]);
        skynet.fork(() => say("fork"));
      });
      skynet.dispatch_message(skynet.PTYPE_LUA, 0, 0x33, ["by hand"] as unknown as Body);
      say("after");
    });
    expect(seen).toEqual([[0, 0x33, "by hand"], "fork", "after"]);
  });

  it("retpack packs its values into the reply, once", async () => {
    const { seen } = await script(function* (say) {
      skynet.dispatch("lua", () => {
        skynet.retpack("packed", 2);
        say(thrown(() => skynet.retpack("again")).split(":")[0]);
      });
      say(yield* skynet.callall(skynet.self(), "lua"));
    });
    expect(seen).toEqual([expect.any(String), ["packed", 2]]);
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

  it("send, rawsend and call take a handle, :hex, .local and a global name; send gives 0, or nothing when there is no such service", async () => {
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

describe("batches (request)", () => {
  it("add after select, a second select and what is no list throw; the protocol must have unpack", async () => {
    const { seen } = await script(function* (say) {
      const to = (yield* skynet.newservice("echo"))!;
      const batch = skynet.request([to, "lua", "x"]);
      say(thrown(() => batch.add("no list" as never)));
      const replies = batch.select();
      say(thrown(() => batch.add([to, "lua"])).split(":")[0]);
      say(thrown(() => batch.select()).split(":")[0]);
      say((yield* replies.next())!.values);
      say([yield* replies.next(), replies.timeout]);
      skynet.register_protocol({ name: "deaf", id: 200, pack: () => undefined });
      say(thrown(() => skynet.request([to, "deaf"]).select()).split(":")[0]);
    });
    expect(seen).toEqual([
      "ARGUMENT: a request of a batch is a list: [address, type, …arguments]",
      "ARGUMENT",
      "ARGUMENT",
      [8, "x"],
      [undefined, false],
      "UNKNOWN_TYPE",
    ]);
  });

  it("an empty batch ends at once; close drops what has not come, and the late answers are swallowed", async () => {
    const slow = () =>
      skynet.dispatch("lua", function* () {
        yield* skynet.sleep(20);
        skynet.ret();
      });
    const { seen, log } = await script(
      function* (say) {
        say(yield* skynet.request().select(5).next());
        const to = (yield* skynet.newservice("slow"))!;
        const replies = skynet.request([to, "lua"]).add([to, "lua"]).select(100);
        yield* skynet.sleep(5);
        replies.close();
        say([yield* replies.next(), replies.timeout, skynet.task()]);
        yield* skynet.sleep(200);
      },
      { services: { slow } },
    );
    expect(seen).toEqual([undefined, [undefined, false, 0]]);
    expect(log).not.toContain("Unknown session");
  });

  it("answers that came while the reader was busy are given without waiting, also after the time limit has been set", async () => {
    const { seen } = await script(function* (say) {
      const to = (yield* skynet.newservice("echo"))!;
      const replies = skynet.request([to, "lua", 1]).add([to, "lua", 2]).select(100);
      yield* skynet.sleep(50);
      const before = skynet.now();
      say([(yield* replies.next())!.values, (yield* replies.next())!.values, yield* replies.next()]);
      say(skynet.now() - before);
    });
    expect(seen).toEqual([[[8, 1], [8, 2], undefined], 0]);
  });
});
