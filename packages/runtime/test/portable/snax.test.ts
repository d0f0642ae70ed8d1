/** api.md §5, row by row, on the host the test runs on. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { CallError, Operation } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
import type { SnaxObject } from "@skyloom/runtime/snax";
import { startNode } from "./host.ts";

/** Skynet's own example of a snax service, in its order. */
const pingserver = snax.define(
  (...args: unknown[]) => {
    let i = 0;
    const lock = skynet.queue();
    skynet.error("ping server start:", ...args);
    snax.enablecluster();
    return {
      response: {
        *ping(hello: string): Operation<string> {
          yield* skynet.sleep(1);
          return hello;
        },
        error() {
          throw new Error("throw an error");
        },
      },
      accept: {
        *sleep(queued: boolean, n: number): Operation<void> {
          if (queued) yield* lock(() => skynet.sleep(n));
          else yield* skynet.sleep(n);
        },
        hello: () =>
          lock(() => {
            i++;
            skynet.error(i, "hello");
          }),
        exit: (...why: unknown[]) => snax.exit(...why),
      },
      exit: (...why: unknown[]) => skynet.error("ping server exit:", ...why),
    };
  },
  { order: ["response.ping", "accept.sleep", "accept.hello", "accept.exit", "response.error"] },
);

const counter = snax.define(
  (start: number, step = 1) => {
    if (start < 0) throw new Error("no negative start");
    return { n: start, step };
  },
  {
    methods: (state) => ({
      response: {
        get: () => state.n,
        nothing: () => undefined,
        both: () => skynet.values(state.n, state.step),
        *slow(ticks: number): Operation<string> {
          yield* skynet.sleep(ticks);
          return "old";
        },
        later: async () => Promise.resolve("promised"),
        through: () => skynet.call<number>(skynet.self(), "snax", 5),
      },
      accept: {
        add(by: number) {
          state.n += by;
          return "dropped";
        },
        fail() {
          throw new Error("posted in vain");
        },
      },
    }),
  },
);

/** Runs a body in a service of a fresh node: what it said and what was logged. */
async function run(body: (say: (x: unknown) => void) => Operation<void>, more: Record<string, object> = {}) {
  const said: unknown[] = [];
  const main = () => skynet.start(() => body((x) => void said.push(x)));
  const { lines, start } = await startNode({ main, pingserver, counter, ...more });
  await start("main");
  return { said, log: lines.join("\n") };
}

function* failure(op: Operation<unknown>): Operation<string> {
  try {
    yield* op;
    return "nothing thrown";
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${(error as CallError).code}: ${error.message}`;
  }
}
const thrown = (f: () => unknown): string => {
  try {
    f();
    return "nothing thrown";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("§5 snax", () => {
  it("snax.interface lists the numbers as Skynet assigns them: pingserver's five, after four of the system", async () => {
    const { said } = await run(function* (say) {
      say(snax.interface("pingserver"));
      say(thrown(() => snax.interface("counter")));
      yield* snax.newservice("counter", 1);
      say(snax.interface("counter"));
      say(thrown(() => snax.interface("nobody")));
    });
    expect(said).toEqual([
      {
        name: "pingserver",
        response: { ping: 5, error: 9 },
        accept: { sleep: 6, hello: 7, exit: 8 },
        system: { init: 1, exit: 2, hotfix: 3, profile: 4 },
      },
      expect.stringContaining("known once it has run on this node"),
      {
        name: "counter",
        response: { get: 5, nothing: 6, both: 7, slow: 8, later: 9, through: 10 },
        accept: { add: 11, fail: 12 },
        system: { init: 1, exit: 2, hotfix: 3, profile: 4 },
      },
      expect.stringMatching(/snax service "nobody" was not found; given: counter, main, pingserver; this host loads no files/),
    ]);
  });

  it("snax.newservice, snax.req, snax.post: values in, the first value out; undefined replies too; reqall gives all", async () => {
    const { said } = await run(function* (say) {
      const c = yield* snax.newservice("counter", 5);
      c.post.add(2);
      for (const name of ["get", "nothing", "both", "later", "through"]) say(yield* c.req[name]());
      say(yield* c.reqall.both());
      say(yield* c.reqall.nothing());
      const ps = yield* snax.newservice("pingserver", "hello world", { nested: [1] });
      say(yield* ps.req.ping("foobar"));
    });
    expect(said).toEqual([7, undefined, 7, "promised", 7, [7, 1], [], "foobar"]);
  });

  it("snax.rawnewservice gives the handle; snax.bind the same object for the same handle, which prints as [type:hex]", async () => {
    const { said } = await run(function* (say) {
      const handle = yield* snax.rawnewservice("counter", 1);
      const c = snax.bind(handle, "counter");
      say([c.handle === handle, c.type, String(c) === `[counter:${handle.toString(16)}]`, snax.bind(handle, "counter") === c]);
      say(thrown(() => snax.bind(handle, "pingserver")));
      say(thrown(() => snax.bind(0, "counter")));
    });
    expect(said).toEqual([
      [true, "counter", true, true],
      expect.stringMatching(/is bound as snax service counter, not pingserver$/),
      expect.stringContaining("needs the handle of a service"),
    ]);
  });

  it("unknown methods: post T:m no exist, request T:m no exist", async () => {
    const { said } = await run(function* (say) {
      const c = yield* snax.newservice("counter", 1);
      say(thrown(() => c.post.get()));
      say(thrown(() => c.req.add()));
      say(thrown(() => c.req.constructor()));
    });
    expect(said).toEqual([
      "post counter:get no exist; accept has: add, fail",
      "request counter:add no exist; response has: get, nothing, both, slow, later, through",
      expect.stringContaining("request counter:constructor no exist"),
    ]);
  });

  it("an error inside a request is call failed with the method's name; one inside a post is in the log", async () => {
    const { said, log } = await run(function* (say) {
      const ps = yield* snax.newservice("pingserver");
      try {
        yield* ps.req.error();
      } catch (error) {
        const { code, message, command, reason, cause } = error as CallError;
        say([code, message, command, reason, (cause as Error).message]);
      }
      const c = yield* snax.newservice("counter", 1);
      c.post.fail();
      say(yield* c.req.get());
    });
    expect(said).toEqual([["CALL_FAILED", "call failed", "snax error", "handler-error", "throw an error"], 1]);
    expect(log).toContain("posted in vain");
  });

  it("Init first before init, Already init after it; a number that is no method says which there are", async () => {
    const { said, log } = await run(function* (say) {
      const handle = (yield* skynet.newservice("snaxd" as string, "counter"))!;
      const c = snax.bind(handle, "counter");
      // Its names are not known yet, so they are sent as they are.
      say(yield* failure(c.req.get()));
      yield* skynet.call(handle, "snax", 1, 3);
      say(yield* c.req.get());
      say(yield* failure(skynet.call(handle, "snax", 1, 3)));
      say(yield* failure(skynet.call(handle, "snax", 99)));
      say(yield* failure(skynet.call(handle, "snax")));
    });
    expect(said).toEqual(["CALL_FAILED: call failed", 3, ...Array(3).fill("CALL_FAILED: call failed")]);
    expect(log).toContain("Init first");
    expect(log).toContain("Already init");
    expect(log).toContain("snax service counter has no method 99; it has: 5 response.get, 6 response.nothing");
  });

  it("snax.newservice whose init throws kills the service", async () => {
    const { said } = await run(function* (say) {
      const before = yield* skynet.call<object>(".launcher", "lua", "LIST");
      say(yield* failure(snax.newservice("counter", -1)));
      say(yield* failure(snax.newservice("nobody")));
      const after = yield* skynet.call<object>(".launcher", "lua", "LIST");
      say(Object.keys(after).length - Object.keys(before).length);
    });
    expect(said).toEqual(["CALL_FAILED: call failed", expect.stringMatching(/^SERVICE_NOT_FOUND/), 0]);
  });

  it("an init that throws may be run again by who started snaxd itself", async () => {
    const { said } = await run(function* (say) {
      const handle = (yield* skynet.newservice("snaxd" as string, "counter"))!;
      const c = snax.bind(handle, "counter");
      say(yield* failure(skynet.call(handle, "snax", 1, -1)));
      yield* skynet.call(handle, "snax", 1, 4);
      say(yield* c.req.get());
    });
    expect(said).toEqual(["CALL_FAILED: call failed", 4]);
  });

  it("snax.uniqueservice starts once with its arguments; snax.queryservice waits for it; so do globalservice and queryglobal", async () => {
    const { said } = await run(function* (say) {
      const found: SnaxObject[] = [];
      skynet.fork(function* () {
        found.push(yield* snax.queryservice("counter"));
      });
      const a = yield* snax.uniqueservice("counter", 10);
      const b = yield* snax.uniqueservice("counter", 20);
      say([a === b, yield* b.req.get()]);
      yield* skynet.sleep(1);
      say(found[0] === a);
      const g = yield* snax.globalservice("counter", 30);
      say([g === a, (yield* snax.queryglobal("counter")) === g, yield* g.req.get()]);
      say(Object.keys(yield* skynet.call<object>(".service", "lua", "LIST")).sort());
      say(yield* failure(snax.uniqueservice("pingserver2")));
    });
    expect(said).toEqual([
      [true, 10],
      true,
      [false, true, 30],
      ["@snaxd.counter", "snaxd.counter"],
      expect.stringMatching(/^SERVICE_NOT_FOUND/),
    ]);
  });

  it("a unique service whose init fails: its text, to everybody who asks", async () => {
    const { said } = await run(function* (say) {
      say(yield* failure(snax.uniqueservice("counter", -1)));
      say(yield* failure(snax.queryservice("counter")));
    });
    expect(said).toEqual(Array(2).fill(expect.stringMatching(/^CALL_FAILED: unique service snaxd.counter .*no negative start/)));
  });

  it("snax.kill calls exit(...) in the service, which then ends; snax.exit does it from inside", async () => {
    const { said, log } = await run(function* (say) {
      const ps = yield* snax.newservice("pingserver");
      yield* snax.kill(ps, "because", 1);
      say(yield* failure(ps.req.ping("x")));
      const other = yield* snax.newservice("pingserver");
      other.post.exit("by post");
      yield* skynet.sleep(1);
      say(yield* failure(other.req.ping("x")));
    });
    expect(said).toEqual(Array(2).fill(expect.stringMatching(/^INVALID_ADDRESS/)));
    expect(log).toContain("ping server exit: because 1");
    expect(log).toContain("ping server exit: by post");
  });

  it("snax.exit, run, never goes on; made and dropped, the function goes on and its reply arrives; a failing exit function keeps the service", async () => {
    const leaver = snax.define(() => ({
      response: {
        dropped() {
          snax.exit();
          return "answered";
        },
        *run(): Operation<string> {
          yield* snax.exit("refuse");
          return "never";
        },
        alive: () => true,
      },
      exit(why?: string) {
        if (why === "refuse") throw new Error("not now");
      },
    }));
    const { said, log } = await run(
      function* (say) {
        const l = yield* snax.newservice("leaver");
        say(yield* failure(l.req.run()));
        say(yield* l.req.alive());
        say(yield* l.req.dropped());
        yield* skynet.sleep(1);
        say(yield* failure(l.req.alive()));
      },
      { leaver },
    );
    expect(said).toEqual(["CALL_FAILED: call failed", true, "answered", expect.stringMatching(/^INVALID_ADDRESS/)]);
    expect(log).toContain("not now");
    expect(log).not.toContain("made but never run");
  });

  it("snax.self is the object of the running service, and of no other", async () => {
    const who = snax.define(() => ({ response: { me: () => [String(snax.self()), snax.self().handle === skynet.self()] } }));
    const { said } = await run(
      function* (say) {
        const w = yield* snax.newservice("who");
        say([yield* w.req.me(), String(w)]);
        say(thrown(() => snax.self()));
        say(thrown(() => snax.exit()));
        say(thrown(() => snax.enablecluster()));
      },
      { who },
    );
    const [[me, printed]] = said as [[unknown[], string]];
    expect(me).toEqual([printed, true]);
    expect(said.slice(1)).toEqual(Array(3).fill(expect.stringContaining("no snax service")));
  });

  it("snax.profile_info counts each method, failed calls too, with seconds of work; debug INFO gives the same", async () => {
    const { said } = await run(function* (say) {
      const c = yield* snax.newservice("counter", 0);
      say(yield* snax.profile_info(c));
      for (let i = 0; i < 100; i++) yield* c.req.get();
      yield* failure(c.req.slow("no number"));
      yield* c.req.slow(3);
      c.post.fail();
      const info = yield* snax.profile_info(c);
      say(Object.fromEntries(Object.entries(info).map(([name, { count }]) => [name, count])));
      say(info["slow"]!.time < 0.03 && info["get"]!.time >= 0);
      say((yield* skynet.call<Record<string, { count: number }>>(c.handle, "debug", "INFO"))["get"]!.count);
    });
    expect(said).toEqual([{}, { get: 100, slow: 2, fail: 1 }, true, 100]);
  });

  it("snax.printf formats as Lua does", async () => {
    const { log } = await run(function* () {
      snax.printf("%d %5.2f|%-5s|%05d|%x|%q %%", 7, Math.PI, "ab", 42, 255, "a b");
      yield* skynet.yield();
    });
    expect(log).toContain('7  3.14|ab   |00042|ff|"a b" %');
  });

  it("snax.enablecluster lets lua messages reach the methods", async () => {
    const { said } = await run(function* (say) {
      const ps = yield* snax.newservice("pingserver");
      say(yield* skynet.call(ps.handle, "lua", 5, "as cluster does"));
      const c = yield* snax.newservice("counter", 1);
      say(yield* failure(skynet.call(c.handle, "lua", 5)));
    });
    expect(said).toEqual(["as cluster does", "CALL_FAILED: call failed"]);
  });

  it("PTYPE_SNAX bytes are lua-seri of id and arguments, and so are replies (border)", async () => {
    const said: unknown[] = [];
    const main = () =>
      skynet.start(function* () {
        const ps = yield* snax.newservice("pingserver", "x");
        const raw = yield* skynet.rawcall(ps.handle, "snax", skynet.packstring(5, "bytes"));
        said.push(raw instanceof Uint8Array, skynet.unpack(raw));
        said.push(yield* ps.req.ping("value"));
      });
    const { start } = await startNode({ main, pingserver }, { border: "always" });
    await start("main");
    expect(said).toEqual([true, ["bytes"], "value"]);
  });

  it("a method that is posted gives no reply, even when called", async () => {
    const { said, log } = await run(function* (say) {
      const c = yield* snax.newservice("counter", 1);
      const batch = skynet.request<readonly [number, "snax", ...unknown[]]>().add([c.handle, "snax", 11, 5]);
      say(yield* batch.select(5).next());
      say(yield* c.req.get());
    });
    expect(said).toEqual([undefined, 6]);
    expect(log).toContain("counter accept.add was called, and methods that are posted give no reply");
  });
});

describe("snax.define", () => {
  it.each([
    ["numeric names", () => ({ response: { 1: () => 1 } }), /response method only support string: "1"/],
    ["methods that are no functions", () => ({ accept: { a: 5 } }), /accept.a must be function, not number/],
    ["groups of another name", () => ({ respnse: {} }), /has "respnse"; there can be response, accept, exit, hotfix and state/],
    ["no table", () => 5, /must be an object with response and accept, not number/],
  ])("refuse %s", async (_what, init, text) => {
    const bad = snax.define(init as () => object);
    const { said, log } = await run(
      function* (say) {
        say(yield* failure(snax.newservice("bad")));
      },
      { bad },
    );
    expect(said).toEqual(["CALL_FAILED: call failed"]);
    expect(log).toMatch(text);
  });

  it("an order names every method once, as group.name", async () => {
    const order = (list: string[]) => () => snax.define(() => ({}), { order: list });
    expect(order(["response.a", "response.a"])).toThrow(/response.a duplicate definition/);
    expect(order(["ping"])).toThrow(/"ping" must be accept.name or response.name/);
    const short = snax.define((): object => ({ response: { a: () => 1, b: () => 2 } }), { order: ["response.a", "accept.c"] });
    const { log } = await run(
      function* () {
        yield* failure(snax.newservice("short"));
      },
      { short },
    );
    expect(log).toContain("snax service short has other methods than its order: response.b without a number; accept.c not there");
  });

  it("an instance may not have other methods than the first, as numbers would differ", async () => {
    const moody = snax.define((rich: boolean): object => ({ response: rich ? { a: () => 1, b: () => 2 } : { a: () => 1 } }));
    const { said, log } = await run(
      function* (say) {
        yield* snax.newservice("moody", false);
        say(yield* failure(snax.newservice("moody", true)));
      },
      { moody },
    );
    expect(said).toEqual(["CALL_FAILED: call failed"]);
    expect(log).toContain("other methods than its first instance: response.b without a number");
  });

  it("a snax service cannot be started as a plain one, nor a plain one as snax", async () => {
    const { said, log } = await run(
      function* (say) {
        say(yield* failure(skynet.newservice("other")));
        say(yield* failure(snax.newservice("main")));
      },
      { other: { default: snax.define(() => ({})) } },
    );
    expect(said).toEqual(["CALL_FAILED: call failed", expect.stringMatching(/SERVICE_NOT_FOUND: "main" .*is no snax service/)]);
    expect(log).toContain('is a snax service: start it with snax.newservice("other")');
  });

  it("may come as a module, as a promise of one (snax.load waits for it), or as its only snax definition", async () => {
    const inner = snax.define(() => ({ response: { hi: () => "hi" } }));
    const { said } = await run(
      function* (say) {
        for (const name of ["one", "two", "three"]) {
          const s = yield* snax.newservice(name);
          say(yield* s.req.hi());
        }
        say(thrown(() => snax.interface("four")));
        yield* snax.load("four");
        yield* snax.newservice("four");
        say(snax.interface("four").response);
      },
      {
        one: { default: inner },
        two: async () => Promise.resolve({ two: inner }),
        three: { any: inner, helper: 5 },
        four: async () => Promise.resolve({ default: snax.define(() => ({ response: { x: () => 1 } })) }),
      },
    );
    expect(said).toEqual(["hi", "hi", "hi", expect.stringContaining('run yield* snax.load("four") before'), { x: 5 }]);
  });
});
