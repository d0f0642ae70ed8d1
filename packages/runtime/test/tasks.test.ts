/** Order of tasks, waiting and waking, queues, killthread: semantics §5, §9–§12. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import type { Task } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";

/** Runs a generator as a task of a service of its own and gives what it pushed. */
async function script(body: (log: (x: unknown) => void) => unknown, cs = 1000): Promise<{ seen: unknown[]; log: readonly string[] }> {
  const seen: unknown[] = [];
  const service = () =>
    skynet.start(() => {
      skynet.fork(() => body((x) => void seen.push(x)));
    });
  const t = await testNode({ services: { service } });
  await t.newservice("service");
  t.advance(cs);
  await t.stop();
  return { seen, log: t.log };
}

describe("order within a turn (semantics §5)", () => {
  it("runs the woken tasks, then the forks, then the forks made by them, then the next messages", async () => {
    const { seen } = await script(function* (log) {
      skynet.fork(function* () {
        yield* skynet.wait("token");
        log("woken");
        skynet.fork(() => log("fork of the woken"));
      });
      yield* skynet.yield();
      skynet.send(skynet.self(), "debug", "TRACELOG", "lua");
      skynet.timeout(0, () => log("timer 0"));
      skynet.fork(() => log("fork"));
      skynet.wakeup("token");
      log("running");
      yield* skynet.yield();
      log("after yield");
    });
    expect(seen).toEqual(["running", "woken", "fork", "fork of the woken", "timer 0", "after yield"]);
  });

  it("a task that throws drains neither queue: fork woken (semantics §5)", async () => {
    const seen: string[] = [];
    const service = () => {
      skynet.start(() => {
        skynet.fork(function* () {
          yield* skynet.wait("w");
          seen.push("woken");
        });
      });
      skynet.dispatch("lua", () => {
        skynet.fork(() => seen.push("fork"));
        skynet.wakeup("w");
        throw new Error("now");
      });
    };
    const t = await testNode({ services: { service } });
    const to = await t.newservice("service");
    t.send(to, "lua");
    expect(seen).toEqual(["fork", "woken"]);
    await t.stop();
  });

  it("errors of wake-ups and forks do not stop the others; they are joined into one log line", async () => {
    const { seen, log } = await script(function* (say) {
      skynet.fork(() => {
        throw new Error("first");
      });
      skynet.fork(() => say("second runs"));
      skynet.fork(() => {
        throw new Error("third");
      });
      yield* skynet.yield();
    });
    expect(seen).toEqual(["second runs"]);
    const lines = log.filter((l) => l.includes("lua call ["));
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/first[\s\S]*third/);
  });
});

describe("sleep, wait, wakeup (semantics §10)", () => {
  it("sleep gives nothing when the time is over and BREAK when woken; the late timer is swallowed", async () => {
    const { seen, log } = await script(function* (say) {
      say(yield* skynet.sleep(5));
      const task = skynet.running();
      skynet.fork(() => skynet.wakeup(task));
      say(yield* skynet.sleep(100));
      yield* skynet.sleep(200);
    });
    expect(seen).toEqual([undefined, "BREAK"]);
    expect(log.join("\n")).not.toContain("Unknown session");
  });

  it("one sleeper per token; a second one throws token duplicative", async () => {
    const { seen } = await script(function* (say) {
      skynet.fork(function* () {
        yield* skynet.wait("same");
      });
      yield* skynet.yield();
      try {
        yield* skynet.wait("same");
      } catch (error) {
        say((error as { code: string }).code);
      }
    });
    expect(seen).toEqual(["TOKEN_DUPLICATIVE"]);
  });

  it("wakes in the order of the wake-ups, not of the sleeps; twice is harmless; nobody asleep is not remembered", async () => {
    const { seen } = await script(function* (say) {
      for (const name of ["a", "b", "c"])
        skynet.fork(function* () {
          yield* skynet.wait(name);
          say(name);
        });
      yield* skynet.yield();
      say([skynet.wakeup("c"), skynet.wakeup("a"), skynet.wakeup("a"), skynet.wakeup("nobody")]);
      yield* skynet.yield();
      skynet.wakeup("b");
    });
    expect(seen).toEqual([[true, true, true, undefined], "c", "a", "b"]);
  });

  it("a number of centiseconds that is not whole throws RangeError; numeric text is accepted", async () => {
    const { seen } = await script(function* (say) {
      expect(() => skynet.sleep(1.5)).toThrow(RangeError);
      expect(() => skynet.timeout(Number.NaN, () => undefined)).toThrow(RangeError);
      say(yield* skynet.sleep("2" as never));
    });
    expect(seen).toEqual([undefined]);
  });

  it("timers of one tick fire in the order they were made; n <= 0 goes behind the queued messages (semantics §9)", async () => {
    const { seen } = await script(function* (say) {
      for (const i of [1, 2, 3]) skynet.timeout(5, () => say(i));
      skynet.timeout(-1, () => say("at once"));
      yield* skynet.sleep(10);
    });
    expect(seen).toEqual(["at once", 1, 2, 3]);
  });
});

describe("killthread (semantics §11)", () => {
  it("removes a fork that has not begun", async () => {
    const { seen } = await script(function* (say) {
      const task = skynet.fork(() => say("never"));
      say(skynet.killthread(task) === task);
      yield* skynet.yield();
    });
    expect(seen).toEqual([true]);
  });

  it("closes a suspended task: finally runs, its requester gets an error, what it waited for is swallowed", async () => {
    let victim: Task | undefined;
    let closed = false;
    const service = () => {
      skynet.dispatch("lua", function* (_s, _src, cmd: string) {
        if (cmd === "kill") {
          skynet.retpack(skynet.killthread(victim!) === victim);
          return;
        }
        victim = skynet.running();
        try {
          yield* skynet.sleep(50);
        } finally {
          closed = true;
        }
      });
    };
    const t = await testNode({ services: { service } });
    const to = await t.newservice("service");
    const hanging = t.call(to, "lua", "hang");
    expect(await t.call(to, "lua", "kill")).toBe(true);
    expect(closed).toBe(true);
    await expect(Promise.resolve(hanging)).rejects.toMatchObject({ message: "call failed", reason: "killed" });
    t.advance(100);
    expect(t.log.join("\n")).not.toContain("Unknown session");
    await t.stop();
  });

  it("finds a task by a part of its printed name; nothing when none matches", async () => {
    const { seen } = await script(function* (say) {
      const task = skynet.fork(function* () {
        yield* skynet.wait("for ever");
      });
      yield* skynet.yield();
      say(skynet.killthread("no such thread"));
      say(skynet.killthread(task.toString()) === task);
      say(skynet.wakeup("for ever"));
    });
    expect(seen).toEqual([undefined, true, undefined]);
  });
});

describe("skynet.queue (semantics §12)", () => {
  it("is strictly first in first out, re-entrant for its holder, and released by an error", async () => {
    const { seen } = await script(function* (say) {
      const lock = skynet.queue();
      for (const i of [1, 2, 3])
        skynet.fork(function* () {
          try {
            yield* lock(function* () {
              say(`enter ${i}`);
              yield* skynet.sleep(10 - i);
              yield* lock(() => say(`again ${i}`));
              if (i === 2) throw new Error("in the lock");
              say(`leave ${i}`);
            });
          } catch (error) {
            say((error as Error).message);
          }
        });
      yield* skynet.sleep(100);
      say(yield* lock((a: number, b: number) => a + b, 2, 3));
    });
    expect(seen).toEqual(["enter 1", "again 1", "leave 1", "enter 2", "again 2", "in the lock", "enter 3", "again 3", "leave 3", 5]);
  });

  it("goes on when a waiting task is killed", async () => {
    const { seen } = await script(function* (say) {
      const lock = skynet.queue();
      const hold = (name: string) =>
        skynet.fork(function* () {
          yield* lock(function* () {
            say(name);
            yield* skynet.sleep(10);
          });
        });
      hold("a");
      const b = hold("b");
      hold("c");
      yield* skynet.sleep(5);
      skynet.killthread(b);
      yield* skynet.sleep(50);
    });
    expect(seen).toEqual(["a", "c"]);
  });

  // In C a killed holder keeps the queue for ever; here its finally blocks give it up, whatever they do.
  it.each<[string, () => Iterable<unknown> | undefined]>([
    ["nothing", () => undefined],
    [
      "a finally block that throws",
      function* () {
        throw new Error("no good end");
      },
    ],
    [
      "a finally block that sleeps",
      function* () {
        yield* skynet.sleep(1);
      },
    ],
    [
      "a finally block that goes on with an operation made before",
      ((op?: ReturnType<typeof skynet.sleep>) =>
        function* () {
          yield* (op ??= skynet.sleep(1));
        })(),
    ],
    [
      "a finally block that yields by itself",
      function* () {
        yield;
        yield;
      },
    ],
  ])("is passed on when its holder is killed, twice entered and with %s", async (_what, end) => {
    const { seen } = await script(function* (say) {
      const lock = skynet.queue();
      const holder = skynet.fork(function* () {
        yield* lock(() =>
          lock(function* () {
            try {
              yield* skynet.sleep(1000);
            } finally {
              const last = end();
              if (last !== undefined) yield* last as Iterable<never>;
            }
          }),
        );
      });
      yield* skynet.sleep(1);
      skynet.fork(function* () {
        yield* lock(() => say("next"));
      });
      yield* skynet.sleep(1);
      skynet.killthread(holder);
      yield* skynet.sleep(5);
      say(lock.holder === undefined);
    });
    expect(seen).toEqual(["next", true]);
  });
});

describe("misuse is caught (design D2)", () => {
  it("yield without the star throws at once and says so", async () => {
    const { log } = await script(function* () {
      yield skynet.sleep(5) as never;
    });
    expect(log.join("\n")).toContain("write yield* (with the star)");
  });

  it("an operation made but never run is reported with its call site", async () => {
    const { log } = await script(function* () {
      skynet.sleep(5);
      yield* skynet.yield();
    });
    expect(log.join("\n")).toMatch(/skynet\.sleep\(5\) was made but never run \(missing yield\*\?\)\n.*tasks\.test\.ts:\d+/);
  });

  it("an operation runs once", async () => {
    const { seen } = await script(function* (say) {
      const op = skynet.sleep(1);
      yield* op;
      try {
        yield* op;
      } catch (error) {
        say((error as Error).message);
      }
    });
    expect(seen[0]).toContain("an operation runs once");
  });

  it("outside of a service skynet.* throws NOT_IN_SERVICE", () => {
    expect(() => skynet.self()).toThrow(expect.objectContaining({ code: "NOT_IN_SERVICE" }));
    expect(() => skynet.sleep(1)[Symbol.iterator]().next()).toThrow(expect.objectContaining({ code: "NOT_IN_SERVICE" }));
  });
});
