/** skynet.datacenter (api.md §9), row by row: the same in Node and in a tab. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { datacenter } from "@skyloom/runtime/datacenter";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

/** What an operation gives, or the text of its failure. */
function* outcome(op: Operation<unknown>): Operation<unknown> {
  try {
    return yield* op;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `failed: ${error.cause instanceof Error ? error.cause.message : error.message}`;
  }
}

/** Runs a generator as a service on a node of its own: what it said, and what the node logged. */
async function run(body: (say: (x: unknown) => void) => Operation<unknown>, services: Record<string, object> = {}) {
  const said: unknown[] = [];
  const runner = defineService(() => ({
    *run() {
      yield* body((x) => said.push(x));
    },
  }));
  const { node, lines, start } = await startNode({ ...services, runner });
  await node.call(await start("runner"), "lua", "run");
  return { said, lines };
}

describe("datacenter.set and datacenter.get", () => {
  it("set writes a leaf or a branch and gives the previous value; get reads a value or a copy of a branch", async () => {
    const { said } = await run(function* (say) {
      say(yield* datacenter.get("a"));
      say(yield* datacenter.set("a", "x", 1));
      say(yield* datacenter.set("a", "x", 2));
      say(yield* datacenter.set("a", "deep", "er", true));
      say(yield* datacenter.get("a", "x"));
      const branch = yield* datacenter.get<{ x: number }>("a");
      say({ ...branch });
      branch!.x = 99;
      say(yield* datacenter.get("a", "x"));
      say(yield* datacenter.set("a", "x", undefined));
      say(yield* datacenter.get("a"));
      say(yield* datacenter.get("a", "nope", "deeper"));
    });
    expect(said).toEqual([undefined, undefined, 1, undefined, 2, { x: 2, deep: { er: true } }, 2, 2, { deep: { er: true } }, undefined]);
  });

  it("going below a leaf fails; a path ends at its first nil; set needs a key", async () => {
    const { said } = await run(function* (say) {
      yield* datacenter.set("leaf", 5);
      yield* datacenter.set("list", [10, 20]);
      say(yield* outcome(datacenter.set("leaf", "x", 1)));
      say(yield* outcome(datacenter.get("leaf", "x")));
      say(yield* datacenter.get("list", 2));
      say(yield* datacenter.get("leaf", undefined as never, "x"));
      say(yield* datacenter.get());
      say(yield* outcome(datacenter.set("only a value" as never)));
      say(yield* outcome(datacenter.set("leaf2", undefined, 1)));
    });
    expect(said).toEqual([
      expect.stringMatching(/^failed: datacenter: leaf\.x goes below a value that is no table/),
      expect.stringMatching(/^failed: datacenter: leaf\.x goes below/),
      20,
      5,
      undefined,
      expect.stringMatching(/^failed: datacenter set needs at least one key and a value/),
      expect.stringMatching(/^failed: datacenter: a key must be text, a number or a boolean/),
    ]);
  });

  it("a table that was stored whole can be written below", async () => {
    const { said } = await run(function* (say) {
      yield* datacenter.set("t", { a: 1 });
      say(yield* datacenter.set("t", "b", 2));
      say(yield* datacenter.get("t"));
      yield* datacenter.set("m", new Map([["a", 1]]));
      say(yield* datacenter.get("m"));
      yield* datacenter.set("n", 1, "one");
      yield* datacenter.set("n", 2, "two");
      say(yield* datacenter.get("n"));
      yield* datacenter.set("n", 4, "four");
      say(yield* datacenter.get("n"));
    });
    expect(said).toEqual([
      undefined,
      { a: 1, b: 2 },
      new Map([["a", 1]]),
      ["one", "two"],
      new Map<unknown, unknown>([
        [1, "one"],
        [2, "two"],
        [4, "four"],
      ]),
    ]);
  });
});

describe("datacenter.wait", () => {
  it("gives what is there, or waits for it; all who wait for a leaf get it", async () => {
    const { said } = await run(function* (say) {
      yield* datacenter.set("there", 1);
      say(yield* datacenter.wait("there"));
      for (const who of ["first", "second"])
        skynet.fork(function* () {
          say([who, yield* datacenter.wait("a", "b")]);
        });
      yield* skynet.yield();
      yield* datacenter.set("a", "c", "another leaf");
      yield* datacenter.set("a", "b", "now");
      yield* skynet.sleep(1);
    });
    expect(said).toEqual([1, ["first", "now"], ["second", "now"]]);
  });

  it("fails on a branch that others wait below, when somebody waits at a leaf above, and when somebody writes below it", async () => {
    const { said } = await run(function* (say) {
      skynet.fork(function* () {
        say(["a.b", yield* outcome(datacenter.wait("a", "b"))]);
      });
      yield* skynet.yield();
      say(["a", yield* outcome(datacenter.wait("a"))]);
      say(["a.b.c", yield* outcome(datacenter.wait("a", "b", "c"))]);
      yield* datacenter.set("a", "b", "c", 1);
      yield* skynet.sleep(1);
      say(["no key", yield* outcome(datacenter.wait())]);
    });
    expect(said).toEqual([
      ["a", expect.stringMatching(/^failed: .*branch that somebody waits below/)],
      ["a.b.c", expect.stringMatching(/^failed: .*somebody waits for b as a leaf/)],
      ["a.b", "failed: call failed"],
      ["no key", expect.stringMatching(/^failed: .*at least one key/)],
    ]);
  });
});

describe("datacenter.wait, where Skynet was asked", () => {
  it("false is a value; who waits gets it, and a later set gives it back", async () => {
    const { said } = await run(function* (say) {
      skynet.fork(function* () {
        say(["waited", yield* datacenter.wait("w", "x")]);
      });
      yield* skynet.yield();
      say(yield* datacenter.set("w", "x", false));
      yield* skynet.sleep(1);
      say(yield* datacenter.wait("w", "x"));
      say(yield* datacenter.set("w", "x", 1));
      say(yield* datacenter.set("w", "x", undefined));
      say(yield* datacenter.get("w", "x"));
    });
    expect(said).toEqual([["waited", false], undefined, false, false, 1, undefined]);
  });

  it("a path ends at its first nil", async () => {
    const { said } = await run(function* (say) {
      skynet.fork(function* () {
        say(yield* datacenter.wait("nil", undefined as never, "below"));
      });
      yield* skynet.yield();
      yield* datacenter.set("nil", 1);
      yield* skynet.sleep(1);
    });
    expect(said).toEqual([1]);
  });

  it("a branch can be waited for as a leaf once nobody waits below it", async () => {
    const { said } = await run(function* (say) {
      skynet.fork(function* () {
        say(["q.r.s", yield* datacenter.wait("q", "r", "s")]);
      });
      yield* skynet.yield();
      yield* datacenter.set("q", "r", "s", 1);
      yield* datacenter.set("q", undefined);
      skynet.fork(function* () {
        say(["q", yield* outcome(datacenter.wait("q"))]);
      });
      yield* skynet.yield();
      yield* datacenter.set("q", 3);
      yield* skynet.sleep(1);
    });
    expect(said).toEqual([
      ["q.r.s", 1],
      ["q", 3],
    ]);
  });
});

describe("datacenter.call, acall and map (the seed's)", () => {
  const adder = defineService(() => {
    let total = 0;
    return {
      add: (n: number) => (total += n),
      get: () => total,
    };
  });

  it("call reads a handle stored at name and calls it, waiting for the entry; acall sends", async () => {
    const { said, lines } = await run(
      function* (say) {
        skynet.fork(function* () {
          say(["called", yield* datacenter.call("adder", "add", 5)]);
        });
        datacenter.acall("adder", "add", 100);
        yield* skynet.yield();
        say("nothing yet");
        const handle = (yield* skynet.newservice("adder"))!;
        yield* datacenter.set("adder", handle);
        yield* skynet.sleep(2);
        say(yield* datacenter.call("adder", "get"));
        yield* datacenter.set("text", "no handle");
        say(yield* outcome(datacenter.call("text", "get")));
        datacenter.acall("text", "get");
        yield* skynet.sleep(1);
      },
      { adder },
    );
    expect(said).toEqual(["nothing yet", ["called", 5], 105, 'failed: datacenter entry "text" is no handle: it is string']);
    expect(lines.join("\n")).toContain('datacenter entry "text" is no handle');
  });

  it("map calls a function for each entry, sorted by key text; no branch gives an empty list", async () => {
    const { said } = await run(function* (say) {
      yield* datacenter.set("m", "b", 2);
      yield* datacenter.set("m", "a", 1);
      yield* datacenter.set("m", 10, "ten");
      yield* datacenter.set("m", 9, "nine");
      say(yield* datacenter.map("m", (key, value) => [key, value]));
      say(
        yield* datacenter.map("m", function* (key) {
          yield* skynet.sleep(0);
          return key;
        }),
      );
      say(yield* datacenter.map("nothing", () => 1));
      yield* datacenter.set("leaf", 1);
      say(yield* outcome(datacenter.map("leaf", () => 1)));
    });
    expect(said).toEqual([
      [
        [10, "ten"],
        [9, "nine"],
        ["a", 1],
        ["b", 2],
      ],
      [10, 9, "a", "b"],
      [],
      'failed: datacenter.map needs a branch, and "leaf" is number',
    ]);
  });
});
