/** Modules loaded by tasks: api §4 require. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { require } from "@skyloom/runtime/require";
import { testNode } from "@skyloom/runtime/testing";

async function script(body: (say: (x: unknown) => void) => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  const s = () => skynet.start(() => void skynet.fork(() => body((x) => void seen.push(x))));
  const t = await testNode({ services: { s } });
  await t.newservice("s");
  for (let i = 0; i < 20; i++) {
    t.advance(10);
    await Promise.resolve();
  }
  await t.stop();
  return seen;
}
function* attempt<T>(op: Operation<T>): Operation<T | string> {
  try {
    return yield* op;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("skynet.require (api §4)", () => {
  it("loads once; two tasks that load the same module wait for each other", async () => {
    let loads = 0;
    const seen = await script(function* (say) {
      const load = function* () {
        loads++;
        yield* skynet.sleep(10);
        return { n: loads };
      };
      for (let i = 0; i < 3; i++)
        skynet.fork(function* () {
          const begun = skynet.now();
          const m = yield* require("m", load);
          say([m.n, skynet.now() - begun]);
        });
      yield* skynet.sleep(20);
      say((yield* require("m", load)).n);
    });
    expect(seen).toEqual([[1, 10], [1, 10], [1, 10], 1]);
  });

  it("init functions registered while it loads run right after it, before those that wait", async () => {
    const seen = await script(function* (say) {
      skynet.fork(() =>
        require("m", function* () {
          skynet.init(function* () {
            yield* skynet.sleep(5);
            say("init 1");
            skynet.init(() => say("init 3"));
          });
          skynet.init(() => say("init 2"));
          say("body");
          yield* require("inner", () => {
            skynet.init(() => say("inner init"));
            say("inner body");
          });
          say("body over");
        }),
      );
      yield* skynet.yield();
      yield* require("m", () => 0);
      say("waited");
    });
    expect(seen).toEqual(["body", "inner body", "inner init", "body over", "init 1", "init 2", "init 3", "waited"]);
  });

  it("nothing counts as true; a promise is awaited", async () => {
    const seen = await script(function* (say) {
      say(yield* require("nothing", () => undefined));
      say(yield* require("promise", () => Promise.resolve("imported")));
    });
    expect(seen).toEqual([true, "imported"]);
  });

  it("a load that fails throws for the one who loads and says 'require m failed' to those who wait; it may be tried again", async () => {
    const seen = await script(function* (say) {
      const load = function* (): Operation<string> {
        yield* skynet.sleep(5);
        throw new Error("no such table");
      };
      skynet.fork(function* () {
        say(yield* attempt(require("m", load)));
      });
      yield* skynet.yield();
      say(yield* attempt(require("m", load)));
      say(yield* attempt(require("m", () => "second try")));
    });
    expect(seen).toEqual(["no such table", "require m failed", "second try"]);
  });

  it("a circle throws circular dependency, within one task and across tasks", async () => {
    const seen = await script(function* (say) {
      const self = (): Operation<unknown> => require("self", self);
      say(yield* attempt(require("self", self)));
      const half = (mine: string, other: string): (() => Operation<unknown>) =>
        function* () {
          yield* skynet.sleep(5);
          return yield* require(other, half(other, mine));
        };
      skynet.fork(function* () {
        say(yield* attempt(require("a", half("a", "b"))));
      });
      say(yield* attempt(require("b", half("b", "a"))));
    });
    expect(seen).toEqual([
      'circular dependency: module "self" is needed to load itself',
      'circular dependency: module "b" is needed to load itself',
      "require a failed",
    ]);
  });

  it("a loading task that is killed lets the others know", async () => {
    const seen = await script(function* (say) {
      const task = skynet.fork(() => require("m", () => skynet.wait({})));
      skynet.fork(function* () {
        say(yield* attempt(require("m", () => 1)));
      });
      yield* skynet.yield();
      skynet.killthread(task);
      yield* skynet.yield();
      say(yield* require("m", () => "again"));
    });
    expect(seen).toEqual(["require m failed", "again"]);
  });

  it("in a file body it throws; init_all runs what was registered there", async () => {
    const seen: unknown[] = [];
    const s = () => {
      skynet.init(() => seen.push("init"));
      expect(() => [...(require("m", () => 1) as Iterable<unknown>)]).toThrow(expect.objectContaining({ code: "NOT_IN_SERVICE" }));
      skynet.start(() => seen.push("start"));
      skynet.timeout(-1, function* () {
        yield* require.init_all();
        seen.push("done");
      });
    };
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    t.settle();
    expect(seen).toEqual(["init", "start", "done"]);
    await t.stop();
  });
});
