/** Starting and ending services: semantics §1, §7, §14, §16, §19. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import { service } from "@skyloom/runtime/service";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";

const text = (t: TestNode): string => t.log.join("\n");
const address = (handle: number): string => `:${handle.toString(16).padStart(8, "0")}`;
const failure = (p: PromiseLike<unknown>) =>
  Promise.resolve(p).then(
    () => undefined,
    (e: unknown) => e as { message: string; reason?: string; cause?: Error },
  );

describe("start-up (semantics §16)", () => {
  it("starts logger, bootstrap, launcher, cdummy, harbor, datacenterd, service_mgr, start in this order with Skynet's handles", async () => {
    const t = await testNode({ services: { main: () => undefined }, config: { start: "main" } });
    expect(t.log).toEqual([
      "[:00000002] LAUNCH snlua bootstrap",
      "[:00000003] LAUNCH snlua launcher",
      "[:00000004] LAUNCH snlua cdummy",
      "[:00000005] LAUNCH harbor 0 4",
      "[:00000006] LAUNCH snlua datacenterd",
      "[:00000007] LAUNCH snlua service_mgr",
      "[:00000008] LAUNCH snlua main",
      "[:00000002] KILL self",
    ]);
    expect(await t.call(".launcher", "lua", "LIST")).toEqual({
      ":00000004": "snlua cdummy",
      ":00000006": "snlua datacenterd",
      ":00000007": "snlua service_mgr",
      ":00000008": "snlua main",
    });
    await t.stop();
  });

  it("a start service that fails is logged, and the node stays up", async () => {
    const main = () => {
      throw new Error("broken file");
    };
    const t = await testNode({ services: { main }, config: { start: "main" } });
    expect(text(t)).toContain("broken file");
    expect(skynet.torecord(await t.call(".service", "lua", "LIST"))).toEqual({});
    await t.stop();
  });

  it("an unknown service names every place that was tried", async () => {
    const t = await testNode({ services: { known: () => undefined } });
    expect(await failure(t.newservice("nosuch"))).toMatchObject({ message: "call failed" });
    expect(text(t)).toMatch(/service "nosuch" was not found; given: known; /);
    await t.stop();
  });

  it("init functions run before start, in the order they were registered; start may suspend", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.init(() => seen.push("init 1"));
      skynet.init(function* () {
        yield* skynet.sleep(1);
        seen.push("init 2");
      });
      skynet.start(function* () {
        yield* skynet.sleep(1);
        seen.push("start");
      });
      seen.push("body");
    };
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    expect(seen).toEqual(["body", "init 1", "init 2", "start"]);
    await t.stop();
  });

  it("newservice throws when init fails and gives nothing when the start function calls exit", async () => {
    const bad = () =>
      skynet.start(() => {
        throw new Error("cannot start");
      });
    const shy = () => skynet.start(() => skynet.exit());
    const t = await testNode({ services: { bad, shy } });
    expect(await failure(t.newservice("bad"))).toMatchObject({ message: "call failed" });
    expect(text(t)).toContain("init service failed: Error: cannot start");
    expect(await t.newservice("shy")).toBeUndefined();
    await t.stop();
  });

  it("a file body that is a generator says what to do instead", async () => {
    const t = await testNode({
      services: {
        *gen() {
          yield;
        },
      },
    });
    await failure(t.newservice("gen"));
    expect(text(t)).toContain('the file body of service "gen" is a generator; it must be a plain function');
    await t.stop();
  });

  it("start arguments are values (design D4), and no two instances share variables", async () => {
    const s = defineService((options: { n: number }) => ({ add: (by: number) => (options.n += by) }));
    const t = await testNode({ services: { s } });
    const given = { n: 1 };
    const [a, b] = [await t.newservice("s", given), await t.newservice("s", given)];
    expect([await t.call(a, "lua", "add", 10), await t.call(b, "lua", "add", 1), given.n]).toEqual([11, 2, 1]);
    await t.stop();
  });

  it("a lazily imported module is loaded before its messages are handled", async () => {
    const lazy = async () => {
      await Promise.resolve();
      return { default: defineService(() => ({ hi: () => "loaded" })) };
    };
    const t = await testNode({ services: { "./service/lazy.ts": lazy } });
    expect(await t.call(await t.newservice("lazy"), "lua", "hi")).toBe("loaded");
    await t.stop();
  });
});

describe("defineService (design D3, D21)", () => {
  it("messages wait for a start function that suspends; after 5 s the log says for what", async () => {
    const slow = defineService(function* () {
      yield* skynet.sleep(600);
      return { ready: () => true };
    });
    const t = await testNode({ services: { slow } });
    const starting = t.newservice("slow");
    const early = t.call(8, "lua", "ready");
    t.advance(510);
    expect(text(t)).toMatch(/:00000008 watchdog: 1 message waits for its start function, which waits for sleep 600 session \d+/);
    t.advance(200);
    expect(await early).toBe(true);
    expect(await starting).toBe(8);
    await t.stop();
  });

  it("an unknown command fails and names the commands; inherited names are no commands", async () => {
    const s = defineService(() => ({ one: () => 1, two: () => 2 }));
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    expect((await failure(t.call(to, "lua", "three")))?.cause?.message).toBe('unknown command "three"; this service has: one, two');
    expect((await failure(t.call(to, "lua", "constructor")))?.cause?.message).toContain("unknown command");
    await t.stop();
  });

  it("a command that returns nothing replies all the same", async () => {
    const s = defineService(() => ({ nothing: () => undefined }));
    const t = await testNode({ services: { s } });
    expect(await t.call(await t.newservice("s"), "lua", "nothing")).toBeUndefined();
    await t.stop();
  });
});

/** Handles lua commands `hang` (never answers), `call X` (calls X hang), `exit`, `swallow`. */
const peer = () => {
  skynet.dispatch("lua", function* (_s, _src, cmd: string, to: number) {
    if (cmd === "hang") yield* skynet.wait({});
    if (cmd === "call") {
      try {
        yield* skynet.call(to, "lua", "hang");
      } catch (error) {
        skynet.retpack((error as Error).message, (error as { reason: string }).reason);
      }
    }
    if (cmd === "exit") skynet.exit();
    if (cmd === "swallow") {
      try {
        skynet.exit();
      } catch {
        // deliberately: see the test
      }
      try {
        skynet.error("still here?");
      } catch {
        // and again
      }
      skynet.error("and here?");
      return "never sent";
    }
    if (cmd === "ping") skynet.retpack("pong");
    if (cmd === "kill") skynet.kill(to);
    return undefined;
  });
};

describe("the end of a service (semantics §7)", () => {
  it("exit answers everybody who waits with an error, tells those it was calling, and frees the handle and its names", async () => {
    const t = await testNode({ services: { peer } });
    const [a, b] = [await t.newservice("peer"), await t.newservice("peer")];
    const waiting = t.call(a, "lua", "hang");
    const chained = t.call(b, "lua", "call", a);
    t.send(a, "lua", "exit");
    expect(await failure(waiting)).toMatchObject({ reason: "exited" });
    expect(await chained).toBe("call failed");
    expect(text(t)).toContain("[:00000008] KILL self");
    expect((await failure(t.call(a, "lua", "ping")))?.message).toBe("call to invalid address :00000008");
    await t.stop();
  });

  it("messages left in the mailbox are answered with PTYPE_ERROR", async () => {
    const t = await testNode({ services: { peer } });
    const a = await t.newservice("peer");
    t.node.send(a, "lua", "exit");
    const late = t.node.call(a, "lua", "ping");
    t.settle();
    expect(await failure(late)).toMatchObject({ reason: "dead-letter" });
    await t.stop();
  });

  it("an exit swallowed by a catch ends the service all the same, and nothing it returns is sent (design D2)", async () => {
    const t = await testNode({ services: { peer } });
    const a = await t.newservice("peer");
    expect(await failure(t.call(a, "lua", "swallow"))).toMatchObject({ reason: "exited" });
    expect(text(t)).not.toMatch(/still here|and here/);
    await t.stop();
  });

  it("exit runs the finally blocks of suspended tasks; an operation in them is an error that is logged", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.start(() => {
        skynet.fork(function* () {
          try {
            yield* skynet.sleep(1000);
          } finally {
            seen.push("closed");
            yield* skynet.sleep(1);
            seen.push("never");
          }
        });
        skynet.timeout(5, () => skynet.exit());
      });
    };
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    t.advance(50);
    expect(seen).toEqual(["closed"]);
    expect(text(t)).toContain("error while closing a task");
    await t.stop();
  });

  it("kill leaves requests that were taken unanswered; queued ones get an error; a dropped send fails pending calls of its sender", async () => {
    const t = await testNode({ services: { peer } });
    const [a, b] = [await t.newservice("peer"), await t.newservice("peer")];
    void t.call(a, "lua", "hang");
    t.node.send(b, "lua", "kill", a);
    t.settle();
    expect(text(t)).toContain(`[${address(b)}] KILL :8`);
    t.advance(10_000);
    expect((await failure(t.call(a, "lua", "ping")))?.message).toContain("invalid address");
    await expect(t.stop()).rejects.toThrow("1 call is still pending");
  });

  it("debug LINK fails when the service exits (semantics §19)", async () => {
    const t = await testNode({ services: { peer } });
    const a = await t.newservice("peer");
    const link = t.call(a, "debug", "LINK");
    t.send(a, "lua", "exit");
    expect(await failure(link)).toMatchObject({ message: "call failed" });
    await t.stop();
  });

  it("the exit monitor gets a PTYPE_CLIENT message from each handle that ends", async () => {
    const ended: number[] = [];
    const watcher = () => {
      skynet.register_protocol({
        name: "client",
        id: skynet.PTYPE_CLIENT,
        unpack: () => [],
        dispatch: (_s, source) => void ended.push(source),
      });
      skynet.start(() => undefined);
    };
    const main = () =>
      skynet.start(function* () {
        yield* skynet.monitor("watcher");
        const a = yield* skynet.newservice("peer");
        skynet.send(a!, "lua", "exit");
      });
    const t = await testNode({ services: { watcher, peer, main } });
    await t.newservice("main");
    t.settle();
    expect(ended).toEqual([11]);
    await t.stop();
  });

  it("abort ends every service and stops the node", async () => {
    const t = await testNode({ services: { s: () => skynet.dispatch("lua", () => skynet.abort()) } });
    const a = await t.newservice("s");
    t.send(a, "lua");
    await t.node.stopped;
    expect(t.node.kernel.serviceCount).toBe(0);
    await expect(t.node.call(a, "lua", "x")).rejects.toMatchObject({ code: "NODE_STOPPED" });
  });
});

describe("names (semantics §1)", () => {
  it("a local name belongs to the first; a global name is found by everybody, and messages wait for one that is not known", async () => {
    const s = (name: string, wait: number) => {
      skynet.dispatch("lua", () => skynet.retpack(name));
      skynet.start(function* () {
        skynet.register(`.${"shared"}`);
        yield* skynet.sleep(wait);
        if (name === "first") skynet.register("GLOBAL");
      });
    };
    const caller = () =>
      skynet.dispatch("lua", function* (_s, _src, to: string) {
        skynet.retpack(yield* skynet.call(to, "lua"));
      });
    const t = await testNode({ services: { s, caller } });
    const c = await t.newservice("caller");
    const early = t.call(c, "lua", "GLOBAL");
    await t.newservice("s", "first", 50);
    await t.newservice("s", "second", 0);
    expect(await t.call(c, "lua", ".shared")).toBe("first");
    expect(await early).toBe("first");
    await t.stop();
  });

  it("refuses global names that are too long, numbers, or start with a colon", async () => {
    const s = () =>
      skynet.dispatch("lua", (_s, _src, name: string) => {
        skynet.register(name);
        skynet.ret();
      });
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    for (const name of ["1234567890123456", "42", ":abc"])
      expect((await failure(t.call(to, "lua", name)))?.cause).toMatchObject({ code: "NAME" });
    await t.stop();
  });
});

describe("unique services", () => {
  it("concurrent callers get the same handle; a failure is remembered for ever", async () => {
    let starts = 0;
    const once = defineService(function* () {
      starts++;
      yield* skynet.sleep(5);
      return { n: () => starts };
    });
    const broken = () =>
      skynet.start(() => {
        starts++;
        throw new Error("never starts");
      });
    const user = defineService(() => ({
      *get(name: string) {
        return yield* skynet.uniqueservice(name);
      },
      *find(name: string) {
        return yield* skynet.queryservice(name);
      },
    }));
    const t = await testNode({ services: { once, broken, user } });
    const [a, b] = [await t.newservice("user"), await t.newservice("user")];
    const found = t.call(b, "lua", "find", "once");
    const both = await Promise.all([t.call(a, "lua", "get", "once"), t.call(b, "lua", "get", "once")]);
    expect(both[0]).toBe(both[1]);
    expect(await found).toBe(both[0]);
    expect(starts).toBe(1);
    const first = await failure(t.call(a, "lua", "get", "broken"));
    const second = await failure(t.call(a, "lua", "get", "broken"));
    expect(first?.cause?.message).toContain("unique service broken could not be started");
    expect(second?.cause?.message).toBe(first?.cause?.message);
    expect(starts).toBe(2);
    await t.stop();
  });

  it("service.new starts a function once by name; query waits for it; close kills it (api §4)", async () => {
    const user = defineService(() => ({
      *make(n: number) {
        return yield* service.new(
          "cell",
          (start: number) => {
            let value = start;
            skynet.dispatch("lua", () => skynet.retpack(value++));
          },
          n,
        );
      },
      query: () => service.query("cell"),
      close: () => service.close("cell"),
    }));
    const t = await testNode({ services: { user } });
    const to = await t.newservice("user");
    const waiting = t.call(to, "lua", "query");
    const made = await t.call<number>(to, "lua", "make", 7);
    expect(await t.call(to, "lua", "make", 9)).toBe(made);
    expect(await waiting).toBe(made);
    expect([await t.call(made, "lua"), await t.call(made, "lua")]).toEqual([7, 8]);
    expect(await t.call(to, "lua", "close")).toBe(true);
    expect((await failure(t.call(made, "lua")))?.message).toContain("invalid address");
    await t.stop();
  });
});

describe("datacenter (services.md §5)", () => {
  it("sets, gets, waits for a leaf; a wait above the written key fails", async () => {
    const t = await testNode({});
    const dc = "DATACENTER";
    expect(await t.call(dc, "lua", "UPDATE", "a", "b", 1)).toBeUndefined();
    expect(await t.call(dc, "lua", "UPDATE", "a", "b", 2)).toBe(1);
    expect(await t.call(dc, "lua", "QUERY", "a", "b")).toBe(2);
    expect(skynet.tomap(await t.call(dc, "lua", "QUERY", "a"))).toEqual(new Map([["b", 2]]));
    const leaf = t.call(dc, "lua", "WAIT", "x", "y");
    await t.call(dc, "lua", "UPDATE", "x", "y", "now");
    expect(await leaf).toBe("now");
    const above = t.call(dc, "lua", "WAIT", "p");
    await t.call(dc, "lua", "UPDATE", "p", "q", 1);
    expect(await failure(above)).toMatchObject({ message: "call failed" });
    await t.stop();
  });
});

describe("watchdogs and figures (semantics §4, §14)", () => {
  it("logs the backlog once per doubling above 1024", async () => {
    const s = () => skynet.dispatch("lua", () => undefined);
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    for (let i = 0; i < 3000; i++) t.node.send(to, "lua");
    t.settle();
    expect(t.log.filter((l) => l.includes("May overload"))).toEqual(["[:00000008] error: May overload, message queue length = 2999"]);
    await t.stop();
  });

  it("memlimit fails requests above the estimate with not enough memory; the service lives on", async () => {
    const s = () => {
      skynet.memlimit(5000);
      skynet.dispatch("lua", (_s, _src, cmd: string) => {
        if (cmd === "grow") skynet.memory(10_000);
        if (cmd === "free") skynet.memory(0);
        skynet.retpack(cmd);
      });
    };
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    await t.call(to, "lua", "grow");
    expect((await failure(t.call(to, "lua", "x")))?.cause?.message).toContain("not enough memory");
    expect(text(t)).toContain("Set memory limit to 0.00 M");
    await t.stop();
  });

  it("traces a request through a call (semantics §13)", async () => {
    const back = () => skynet.dispatch("lua", () => skynet.retpack(1));
    const front = () =>
      skynet.dispatch("lua", function* (_s, _src, to: number) {
        skynet.trace("login");
        yield* skynet.sleep(1);
        skynet.retpack(yield* skynet.call(to, "lua"), skynet.tracetag());
      });
    const t = await testNode({ services: { back, front } });
    const [b, f] = [await t.newservice("back"), await t.newservice("front")];
    await t.call(f, "lua", b);
    const F = address(f);
    const lines = t.log.filter((l) => l.includes("TRACE")).map((l) => l.replace(/> \d+ /, "> NS ").replace(/ : \S+:\d+$/, " : SITE"));
    expect(lines).toEqual([
      `[${F}] TRACE nil`,
      `[${F}] <TRACE ${F}-1> NS trace login`,
      `[${F}] <TRACE ${F}-1> NS sleep : SITE`,
      `[${F}] <TRACE ${F}-1> NS resume`,
      `[${F}] <TRACE ${F}-1> NS call : SITE`,
      `[:00000008] <TRACE ${F}-1> NS request`,
      `[:00000008] <TRACE ${F}-1> NS response`,
      `[:00000008] <TRACE ${F}-1> NS end`,
      `[${F}] <TRACE ${F}-1> NS resume`,
      `[${F}] <TRACE ${F}-1> NS response`,
      `[${F}] <TRACE ${F}-1> NS end`,
    ]);
    await t.stop();
  });
});

describe("batches (api §2 request)", () => {
  it("gives invalid addresses first, false for failures, and stops at the time limit", async () => {
    const s = () =>
      skynet.dispatch("lua", function* (_s, _src, cmd: string) {
        if (cmd === "fail") throw new Error("no");
        if (cmd === "slow") yield* skynet.sleep(100);
        skynet.retpack(cmd, 2);
      });
    const user = defineService(() => ({
      *run(to: number) {
        const replies = skynet
          .request<readonly [number, string, string]>([to, "lua", "quick"])
          .add([0x4444, "lua", "x"])
          .add([to, "lua", "fail"])
          .add([to, "lua", "slow"])
          .select(20);
        const list: unknown[] = [];
        for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next()) list.push([r.request[2], r.values]);
        return [list, replies.timeout];
      },
    }));
    const t = await testNode({ services: { s, user } });
    const to = await t.newservice("s");
    expect(await t.call(await t.newservice("user"), "lua", "run", to)).toEqual([
      [
        ["x", undefined],
        ["quick", ["quick", 2]],
        ["fail", false],
      ],
      true,
    ]);
    t.advance(200);
    expect(text(t)).not.toContain("Unknown session");
    await t.stop();
  });
});

it("a service that has started has no task and no timer of the runtime's own (design D21)", async () => {
  const s = defineService(function* () {
    yield* skynet.sleep(10);
    return { tasks: () => skynet.task() };
  });
  const t = await testNode({ services: { s } });
  const starting = t.newservice("s");
  const early = t.call(8, "lua", "tasks");
  await starting;
  expect([await early, await t.call(8, "lua", "tasks"), t.pending()]).toEqual([0, 0, []]);
  t.advance(1000);
  expect(text(t)).not.toMatch(/watchdog|Unknown session/);
  await t.stop();
});
