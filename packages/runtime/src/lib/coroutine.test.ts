/** User coroutines: api §11, in the order and with the texts of the program. */
import { describe, expect, it } from "vitest";
import { defineService, skynet } from "@skyloom/runtime";
import type { Task } from "@skyloom/runtime";
import { coroutine } from "@skyloom/runtime/coroutine";
import type { Coroutine } from "@skyloom/runtime/coroutine";
import { profile } from "@skyloom/runtime/profile";
import { testNode, VirtualClock } from "@skyloom/runtime/testing";

/** Runs a generator as a task of a service of its own and gives what it said, and the log. */
async function script(body: (say: (...x: unknown[]) => void) => unknown, clock = new VirtualClock()) {
  const seen: unknown[] = [];
  const s = () => skynet.start(() => void skynet.fork(() => body((...x) => void seen.push(x.length === 1 ? x[0] : x))));
  const t = await testNode({ services: { s, echo: defineService(() => ({ echo: (x: unknown) => x })) }, clock });
  await t.newservice("s");
  t.advance(1000);
  const log = t.log.join("\n");
  await t.stop();
  return { seen, log };
}
const message = (resumed: readonly unknown[]) => [resumed[0], (resumed[1] as Error).message];

describe("coroutine.create, resume, yield (api §11)", () => {
  it("hands values in and out; the function's values come last", async () => {
    const { seen } = await script(function* (say) {
      const co = coroutine.create(function* (a: string, b: string) {
        say("in", a, b);
        say("got", yield* coroutine.yield(1, 2));
        return skynet.values("end", undefined, 3);
      });
      say(yield* coroutine.resume(co, "a", "b"));
      say(yield* coroutine.resume(co, "x", "y"));
      say(message(yield* coroutine.resume(co)));
    });
    expect(seen).toEqual([
      ["in", "a", "b"],
      [true, 1, 2],
      ["got", ["x", "y"]],
      [true, "end", undefined, 3],
      [false, "cannot resume dead coroutine"],
    ]);
  });

  it("blocking inside of a coroutine suspends the caller, too, and the reply comes back inside", async () => {
    const { seen } = await script(function* (say) {
      const to = (yield* skynet.newservice("echo"))!;
      const co = coroutine.create(function* () {
        const reply = yield* skynet.call(to, "lua", "echo", "pong");
        say("reply", reply);
        yield* coroutine.yield("half");
        say("slept", yield* skynet.sleep(10));
        return "done";
      });
      skynet.fork(() => say("meanwhile", coroutine.status(co)));
      say(yield* coroutine.resume(co));
      const before = skynet.now();
      say(yield* coroutine.resume(co));
      say(skynet.now() - before);
    });
    expect(seen).toEqual([["meanwhile", "blocked"], ["reply", "pong"], [true, "half"], ["slept", undefined], [true, "done"], 10]);
  });

  it("refuses what it cannot resume with Skynet's texts", async () => {
    const { seen } = await script(function* (say) {
      const self: { co?: Coroutine } = {};
      self.co = coroutine.create(function* () {
        say(message(yield* coroutine.resume(self.co!)));
        const inner = coroutine.create(function* () {
          say(coroutine.status(self.co!));
          say(message(yield* coroutine.resume(self.co!)));
        });
        yield* coroutine.resume(inner);
        yield* skynet.sleep(5);
      });
      skynet.fork(function* () {
        say(message(yield* coroutine.resume(self.co!)));
      });
      yield* coroutine.resume(self.co);
      say(message(yield* coroutine.resume(self.co)));
      say(message(yield* coroutine.resume(skynet.running())));
    });
    expect(seen).toEqual([
      [false, "cannot resume non-suspended coroutine"],
      "normal",
      [false, "cannot resume non-suspended coroutine"],
      [false, "cannot resume a skynet coroutine suspend by skynet framework"],
      [false, "cannot resume dead coroutine"],
      [false, "cannot resume none skynet coroutine"],
    ]);
  });

  it("an error in it is a value for the one who resumes; then it is dead", async () => {
    const { seen } = await script(function* (say) {
      const co = coroutine.create(() => {
        throw new Error("oops");
      });
      say(message(yield* coroutine.resume(co)), coroutine.status(co));
      say(message(yield* coroutine.resume(co)));
      say(message(coroutine.close(co)), coroutine.close(co));
      const odd = coroutine.create(() => {
        // oxlint-disable-next-line typescript/only-throw-error -- the point of the test
        throw "text";
      });
      say(yield* coroutine.resume(odd));
    });
    expect(seen).toEqual([
      [[false, "oops"], "dead"],
      [false, "cannot resume dead coroutine"],
      [[false, "oops"], [true]],
      [false, "text"],
    ]);
  });

  it("yield outside of resume fails the task and logs Skynet's text", async () => {
    const { seen, log } = await script(function* (say) {
      say("before");
      yield* coroutine.yield(1);
      say("never");
    });
    expect(seen).toEqual(["before"]);
    expect(log).toContain("Call skynet.coroutine.yield out of skynet.coroutine.resume");
  });

  it("one coroutine goes on in another task; thread() names the task it runs in", async () => {
    const { seen } = await script(function* (say) {
      const co = coroutine.create(function* () {
        for (;;) yield* coroutine.yield(coroutine.thread()[0] === skynet.running(), coroutine.thread()[1]);
      });
      say(coroutine.thread(co));
      say(yield* coroutine.resume(co));
      let other: Task | undefined;
      skynet.fork(function* () {
        other = skynet.running();
        say(yield* coroutine.resume(co));
      });
      yield* skynet.yield();
      say(coroutine.thread(co)[0] === other, coroutine.thread()[0] === skynet.running(), coroutine.thread()[1]);
    });
    expect(seen).toEqual([
      [undefined, false],
      [true, true, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it("coroutines resume coroutines; a wait in the innermost blocks them all and its default token is the innermost", async () => {
    const { seen } = await script(function* (say) {
      const inner: Coroutine = coroutine.create(function* () {
        yield* skynet.wait();
        yield* coroutine.yield("from inner");
        return "inner over";
      });
      const outer = coroutine.create(function* () {
        say(yield* coroutine.resume(inner));
        yield* coroutine.yield("from outer");
        say(yield* coroutine.resume(inner));
      });
      skynet.fork(() => say(coroutine.status(outer), coroutine.status(inner), skynet.wakeup(outer), skynet.wakeup(inner)));
      say(yield* coroutine.resume(outer));
      say(yield* coroutine.resume(outer));
    });
    expect(seen).toEqual([
      ["blocked", "blocked", undefined, true],
      [true, "from inner"],
      [true, "from outer"],
      [true, "inner over"],
      [true],
    ]);
  });

  it("yields pass through critical sections", async () => {
    const { seen } = await script(function* (say) {
      const lock = skynet.queue();
      const co = coroutine.create(function* () {
        yield* lock(function* () {
          yield* coroutine.yield("inside");
        });
        yield* coroutine.yield("outside");
      });
      say(yield* coroutine.resume(co));
      say(yield* coroutine.resume(co));
    });
    expect(seen).toEqual([
      [true, "inside"],
      [true, "outside"],
    ]);
  });
});

describe("running, status, isyieldable", () => {
  it("tell the coroutine that runs and what each does", async () => {
    const { seen } = await script(function* (say) {
      const co: Coroutine = coroutine.create(function* () {
        say(coroutine.running()[0] === co, coroutine.running()[1], coroutine.status(co), coroutine.isyieldable());
        say(coroutine.status(skynet.running()));
        yield* coroutine.yield();
      });
      say(coroutine.status(co));
      yield* coroutine.resume(co);
      say(coroutine.status(co), coroutine.running()[0] === skynet.running(), coroutine.status(skynet.running()));
      const over = skynet.fork(() => undefined);
      const asleep = skynet.fork(() => skynet.sleep(5));
      yield* skynet.yield();
      say(coroutine.status(over), coroutine.status(asleep));
    });
    expect(seen).toEqual(["suspended", [true, false, "running", true], "normal", ["suspended", true, "running"], ["dead", "suspended"]]);
  });

  it("in a file body nothing runs and nothing can yield", async () => {
    const seen: unknown[] = [];
    const s = () => void seen.push(coroutine.running(), coroutine.isyieldable());
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    expect(seen).toEqual([[undefined, true], false]);
    await t.stop();
  });
});

describe("wrap and close", () => {
  it("wrap gives a function that resumes, throws what is thrown and says when it is dead", async () => {
    const { seen } = await script(function* (say) {
      const next = coroutine.wrap(function* (a: number) {
        const [b] = yield* coroutine.yield(a + 1);
        throw new Error(`b is ${String(b)}`);
      });
      say(yield* next(1));
      for (const _ of [1, 2])
        try {
          yield* next(5);
        } catch (error) {
          say((error as Error).message);
        }
    });
    expect(seen).toEqual([[2], "b is 5", "cannot resume dead coroutine"]);
  });

  it("close runs finally blocks; running and normal ones cannot be closed", async () => {
    const { seen } = await script(function* (say) {
      const co = coroutine.create(function* () {
        try {
          yield* coroutine.yield(1);
        } finally {
          say("finally");
        }
      });
      yield* coroutine.resume(co);
      say(coroutine.close(co), coroutine.status(co), message(yield* coroutine.resume(co)));
      say(coroutine.close(coroutine.create(() => say("never"))));
      const self: Coroutine = coroutine.create(function* () {
        expect(() => coroutine.close(self)).toThrow("cannot close a running coroutine");
        yield* coroutine.resume(coroutine.create(() => expect(() => coroutine.close(self)).toThrow("cannot close a normal coroutine")));
        return "checked";
      });
      say(yield* coroutine.resume(self));
    });
    expect(seen).toEqual(["finally", [[true], "dead", [false, "cannot resume dead coroutine"]], [true], [true, "checked"]]);
  });

  it("a finally block that suspends while it is closed is an error that close gives", async () => {
    const { seen } = await script(function* (say) {
      const co = coroutine.create(function* () {
        try {
          yield* coroutine.yield();
        } finally {
          yield* skynet.sleep(1);
        }
      });
      yield* coroutine.resume(co);
      const [ok, error] = coroutine.close(co);
      say(ok, (error as { code: string }).code);
    });
    expect(seen).toEqual([[false, "NOT_IN_SERVICE"]]);
  });

  it("closing one that waits: its task goes on when what it waits for has come, as in Skynet", async () => {
    const { seen, log } = await script(function* (say) {
      const co = coroutine.create(function* () {
        yield* skynet.sleep(30);
        say("never");
      });
      skynet.fork(function* () {
        say(message(yield* coroutine.resume(co)), skynet.now());
        yield* skynet.sleep(1);
        say("and on");
      });
      yield* skynet.yield();
      const begun = skynet.now();
      say(coroutine.close(co), coroutine.status(co));
      yield* skynet.sleep(60);
      say(skynet.now() - begun);
    });
    expect(seen).toEqual([[[true], "dead"], [[false, "cannot resume dead coroutine"], 30], "and on", 60]);
    expect(log).not.toContain("Unknown session");
  });

  it("killing the task closes the coroutine it waits in; exit inside of one ends the service", async () => {
    const { seen } = await script(function* (say) {
      const co = coroutine.create(function* () {
        try {
          yield* skynet.sleep(100);
        } finally {
          say("finally");
        }
      });
      const task = skynet.fork(() => coroutine.resume(co));
      yield* skynet.yield();
      skynet.killthread(task);
      say(coroutine.status(co));
      yield* coroutine.resume(coroutine.create(() => skynet.exit()));
      say("never");
    });
    expect(seen).toEqual(["finally", "dead"]);
  });

  it("create refuses what is no function", () => {
    expect(() => coroutine.create(1 as never)).toThrow("coroutine.create needs a function, not number");
  });

  it("a forgotten star inside is caught as everywhere", async () => {
    const { seen } = await script(function* (say) {
      const co = coroutine.create(function* () {
        yield skynet.sleep(1) as never;
      });
      say(message(yield* coroutine.resume(co)));
    });
    expect(seen).toEqual([[false, "a task yielded an operation: write yield* (with the star) before an operation"]]);
  });
});

describe("skynet.profile (api §14)", () => {
  class SpendableClock extends VirtualClock {
    #spent = 0;
    spend(ms: number): void {
      this.#spent += ms;
    }
    override now(): number {
      return super.now() + this.#spent;
    }
  }

  it("gives the seconds a task works, its suspensions and other tasks excluded", async () => {
    const clock = new SpendableClock();
    const { seen } = await script(function* (say) {
      profile.start();
      clock.spend(1500);
      skynet.fork(() => clock.spend(70_000));
      yield* skynet.sleep(100);
      clock.spend(250);
      say(profile.stop());
      profile.start();
      say(profile.stop());
    }, clock);
    expect(seen).toEqual([1.75, 0]);
  });

  it("a coroutine is measured by itself; its task counts what it does, too", async () => {
    const clock = new SpendableClock();
    const { seen } = await script(function* (say) {
      const co = coroutine.create(function* () {
        profile.start();
        clock.spend(100);
        yield* coroutine.yield();
        clock.spend(20);
        yield* skynet.sleep(10);
        clock.spend(3);
        return profile.stop();
      });
      profile.start();
      yield* profile.resume(co);
      clock.spend(5000);
      say(yield* profile.resume(co));
      say(profile.stop());
    }, clock);
    expect(seen).toEqual([[true, 0.123], 5.123]);
  });

  it("another thread can be measured from outside", async () => {
    const clock = new SpendableClock();
    const { seen } = await script(function* (say) {
      const task = skynet.fork(function* () {
        yield* skynet.sleep(5);
        clock.spend(40);
      });
      yield* skynet.yield();
      profile.start(task);
      clock.spend(1000);
      yield* skynet.sleep(50);
      say(profile.stop(task));
    }, clock);
    expect(seen).toEqual([0.04]);
  });

  it("start twice and stop without start throw Skynet's texts", async () => {
    const { seen } = await script((say) => {
      const caught = (f: () => unknown) => {
        try {
          f();
        } catch (error) {
          say((error as Error).message);
        }
      };
      caught(() => profile.stop());
      profile.start();
      caught(() => profile.start());
    });
    expect(seen).toEqual([
      "Call profile.start() before profile.stop()",
      expect.stringMatching(/^thread: 0x[0-9a-f]{8} start profile more than once$/),
    ]);
  });
});
