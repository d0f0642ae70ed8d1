/** Attempts to break the task system: ends in the middle of things, strange errors, nodes inside of nodes (semantics §5–§8, §11). */
import { describe, expect, it } from "vitest";
import { defineService, ExitSignal, skynet } from "@skyloom/runtime";
import type { Operation, Responder, Task } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";

const text = (t: TestNode): string => t.log.join("\n");
const failure = (p: PromiseLike<unknown>) =>
  Promise.resolve(p).then(
    (v) => ({ answered: v }) as never,
    (e: unknown) => e as { message: string; reason?: string; cause?: unknown },
  );
/** Kills the service it is given. */
const killer = () => skynet.dispatch("lua", (_s, _f, handle: number) => skynet.kill(handle));
const newest = (t: TestNode): number => t.node.kernel.services().at(-1)!.handle;
/** Answers `hang` never and everything else with `pong`. */
const peer = () =>
  skynet.dispatch("lua", function* (_s, _src, cmd: string): Operation<unknown> {
    if (cmd === "hang") yield* skynet.wait({});
    if (cmd === "exit") skynet.exit();
    return "pong";
  });

describe("a service that ends in the middle of things", () => {
  it("killed while its code loads: newservice fails, the code never runs", async () => {
    let loaded: ((code: object) => void) | undefined;
    let ran = false;
    const slow = () => new Promise<object>((resolve) => (loaded = resolve));
    const t = await testNode({ services: { "./slow.ts": slow, killer } });
    const k = await t.newservice("killer");
    const starting = t.newservice("slow");
    t.send(k, "lua", newest(t));
    loaded!({ default: () => void (ran = true) });
    expect(await failure(starting)).toMatchObject({ message: "call failed" });
    await Promise.resolve();
    t.settle();
    expect(ran).toBe(false);
    await t.stop();
  });

  it("killed while its start function waits: newservice fails (semantics §16 REMOVE with the kill flag)", async () => {
    const slow = () => skynet.start(() => skynet.sleep(1000));
    const t = await testNode({ services: { slow, killer } });
    const k = await t.newservice("killer");
    const starting = t.newservice("slow");
    t.send(k, "lua", newest(t));
    expect(await failure(starting)).toMatchObject({ message: "call failed" });
    expect(await t.call(".launcher", "lua", "LIST")).not.toHaveProperty(":0000000a");
    await t.stop();
  });

  it("kills the service that waits for its start: the launcher's answer goes nowhere, both are quiet", async () => {
    const child = (parent: number) => skynet.start(() => skynet.kill(parent));
    const parent = () =>
      skynet.dispatch("lua", function* () {
        yield* skynet.newservice("child", skynet.self());
        skynet.error("never said");
      });
    const t = await testNode({ services: { parent, child } });
    const p = await t.newservice("parent");
    t.send(p, "lua");
    t.advance(10);
    expect(t.log.slice(-2)).toEqual(["[:0000000a] LAUNCH snlua child 8", "[:0000000a] KILL :8"]);
    expect(await t.call(".launcher", "lua", "LIST")).toMatchObject({ ":0000000a": "snlua child 8" });
    await t.stop();
  });

  it("exit inside a woken task ends the service; the waker's reply, the forks and the later messages are not run", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.start(() => {
        skynet.fork(function* () {
          yield* skynet.wait("w");
          seen.push("woken");
          skynet.exit();
        });
      });
      skynet.dispatch("lua", function* () {
        skynet.fork(() => seen.push("fork"));
        skynet.wakeup("w");
        yield* skynet.sleep(1);
        seen.push("after");
      });
    };
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    expect(await failure(t.call(to, "lua"))).toMatchObject({ reason: "exited" });
    t.advance(10);
    expect(seen).toEqual(["woken"]);
    expect(text(t)).not.toContain("error :");
    await t.stop();
  });

  it("exit inside a finally block of a task that exit itself closes happens once", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.dispatch("lua", () => skynet.exit());
      skynet.start(() => {
        for (const name of ["a", "b"])
          skynet.fork(function* () {
            try {
              yield* skynet.wait({});
            } finally {
              seen.push(name);
              skynet.exit();
            }
          });
      });
    };
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    expect(await failure(t.call(to, "lua"))).toMatchObject({ reason: "exited" });
    expect(seen).toEqual(["a", "b"]);
    expect(t.log.filter((l) => l.includes("KILL self")).length).toBe(2); // bootstrap's and this one's
    await t.stop();
  });

  it("an operation in a finally block while exit unwinds the running task does not run", async () => {
    const seen: string[] = [];
    const s = () =>
      skynet.dispatch("lua", function* (): Operation<string> {
        try {
          skynet.exit();
        } finally {
          seen.push("finally");
          yield* skynet.sleep(1);
          seen.push("slept");
        }
      });
    const t = await testNode({ services: { s } });
    expect(await failure(t.call(await t.newservice("s"), "lua"))).toMatchObject({ reason: "exited" });
    t.advance(10);
    expect(seen).toEqual(["finally"]);
    await t.stop();
  });

  it("a response closure used after exit throws the exit signal inside the service and gives false from outside", async () => {
    let later: Responder | undefined;
    const thrown: unknown[] = [];
    const s = () =>
      skynet.dispatch("lua", (_s, _f, cmd: string) => {
        if (cmd !== "exit") return void (later = skynet.response());
        try {
          return skynet.exit();
        } catch {
          try {
            return later!(true, "swallowed the exit");
          } catch (error) {
            thrown.push(error);
            throw error;
          }
        }
      });
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    const waiting = t.call(to, "lua", "hold");
    t.send(to, "lua", "exit");
    expect(await failure(waiting)).toMatchObject({ message: "call failed" });
    expect(later!("TEST")).toBe(false);
    expect(later!(true, 1)).toBe(false);
    expect(thrown).toEqual([expect.any(ExitSignal)]);
    await t.stop();
  });

  it("caller died meanwhile: ret and the response closure give false (semantics §6)", async () => {
    const seen: unknown[] = [];
    let later: Responder | undefined;
    const target = () =>
      skynet.dispatch("lua", function* (_s, _f, cmd: string) {
        if (cmd === "later") {
          later = skynet.response();
          return;
        }
        yield* skynet.sleep(10);
        seen.push(skynet.retpack("too late"));
      });
    const caller = () =>
      skynet.dispatch("lua", function* (_s, _f, to: number) {
        skynet.fork(() => skynet.call(to, "lua", "later"));
        yield* skynet.call(to, "lua", "slow");
      });
    const t = await testNode({ services: { target, caller } });
    const [to, from] = [await t.newservice("target"), await t.newservice("caller")];
    t.send(from, "lua", to);
    t.node.kernel.kill(from, 0);
    t.advance(20);
    expect(seen).toEqual([false]);
    expect(later!(true, "too late")).toBe(false);
    await t.stop();
  });

  it("abort from inside stops the node in the middle of everything", async () => {
    const seen: string[] = [];
    const s = () =>
      skynet.dispatch("lua", function* (_s, _f, cmd: string): Operation<void> {
        if (cmd === "abort") {
          skynet.fork(() => seen.push("fork"));
          skynet.abort();
        }
        yield* skynet.wait({});
      });
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    const waiting = t.node.call(to, "lua", "wait");
    t.send(to, "lua", "abort");
    await expect(waiting).rejects.toMatchObject({ code: "NODE_STOPPED" });
    expect(seen).toEqual([]);
  });
});

describe("killthread (semantics §11)", () => {
  /** Runs one task of a service of its own. */
  async function script(body: (say: (x: unknown) => void) => unknown): Promise<{ seen: unknown[]; t: TestNode }> {
    const seen: unknown[] = [];
    const t = await testNode({ services: { s: () => skynet.start(() => void skynet.fork(() => body((x) => void seen.push(x)))), peer } });
    await t.newservice("s");
    t.advance(1000);
    return { seen, t };
  }

  it("of a timer that has not fired: it never runs and its expiry is swallowed", async () => {
    const { seen, t } = await script(function* (say) {
      const task = skynet.timeout(5, () => say("never"));
      say(skynet.killthread(task) === task);
      yield* skynet.sleep(20);
    });
    expect(seen).toEqual([true]);
    expect(text(t)).not.toContain("Unknown session");
    await t.stop();
  });

  it("of a task in a batch: its replies are dropped, the batch is closed", async () => {
    const { seen, t } = await script(function* (say) {
      const to = (yield* skynet.newservice("peer"))!;
      const task = skynet.fork(function* () {
        const replies = skynet.request([to, "lua", "hang"]).add([to, "lua", "hang"]).select(50);
        for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next()) say(r);
        say("timed out");
      });
      yield* skynet.sleep(1);
      const table: Record<string, string> = {};
      skynet.task(table);
      say(Object.values(table).filter((line) => line.startsWith("select 2 replies")).length);
      say(skynet.killthread(task) === task);
      say(skynet.task());
      skynet.send(to, "debug", "EXIT");
      yield* skynet.sleep(100);
    });
    // Three sessions belong to the batch (two requests and the limit) and one to the wait for them.
    expect(seen).toEqual([4, true, 0]);
    expect(text(t)).not.toContain("Unknown session");
    await t.stop();
  });

  it("of the running task, of one that is over, of a text that is nowhere: nothing", async () => {
    const { seen, t } = await script(function* (say) {
      const over = skynet.fork(() => undefined);
      yield* skynet.yield();
      say(skynet.killthread(over));
      say(skynet.killthread(skynet.running()));
      say(skynet.killthread("0x99999999"));
    });
    expect(seen).toEqual([undefined, undefined, undefined]);
    await t.stop();
  });

  it("from a finally block of a killed task, and of the task that kills: both end once", async () => {
    const { seen, t } = await script(function* (say) {
      let other: Task | undefined;
      const task = skynet.fork(function* () {
        try {
          yield* skynet.wait({});
        } finally {
          say(skynet.killthread(other!) === other);
        }
      });
      other = skynet.fork(function* () {
        try {
          yield* skynet.sleep(100);
        } finally {
          say("other closed");
        }
      });
      yield* skynet.yield();
      skynet.killthread(task);
      say(skynet.task());
    });
    expect(seen).toEqual(["other closed", true, 0]);
    await t.stop();
  });
});

describe("errors of peers (semantics §7)", () => {
  it("term with pending calls: each fails when the running task suspends; closures for it are dropped", async () => {
    const seen: unknown[] = [];
    let later: Responder | undefined;
    const s = () =>
      skynet.dispatch("lua", function* (_s, source, cmd: string, to: number) {
        if (cmd === "hold") later = skynet.response();
        if (cmd !== "go") return;
        for (const n of [1, 2])
          skynet.fork(function* () {
            try {
              yield* skynet.call(to, "lua", "hang");
            } catch (error) {
              seen.push(`${n} ${(error as Error).message}`);
            }
          });
        yield* skynet.yield();
        skynet.term(to);
        skynet.term(to);
        skynet.term(source);
        seen.push("after term", later!("TEST"));
        yield* skynet.yield();
      });
    const t = await testNode({ services: { s, peer } });
    const [to, p] = [await t.newservice("s"), await t.newservice("peer")];
    void t.call(to, "lua", "hold");
    t.send(to, "lua", "go", p);
    t.advance(5);
    expect(seen).toEqual(["after term", false, "1 call failed", "2 call failed"]);
    await expect(t.stop()).rejects.toThrow("1 call is still pending");
  });

  it("a dropped send (session 0) makes all pending calls to the dead service fail", async () => {
    let result = "";
    const s = () =>
      skynet.dispatch("lua", function* (_s, _f, to: number) {
        skynet.fork(function* () {
          yield* skynet.sleep(0);
          skynet.send(to, "lua", "exit");
          skynet.send(to, "lua", "queued behind the exit");
        });
        try {
          // Taken and never answered; exit answers it, so the test kills instead.
          yield* skynet.call(to, "lua", "hang");
        } catch (error) {
          result = (error as { reason: string }).reason;
        }
      });
    const killed = () =>
      skynet.dispatch("lua", (_s, _f, cmd: string) => (cmd === "hang" ? skynet.ignoreret() : skynet.kill(skynet.self())));
    const t = await testNode({ services: { s, killed } });
    const [to, p] = [await t.newservice("s"), await t.newservice("killed")];
    t.send(to, "lua", p);
    t.advance(5);
    expect(result).toBe("dead-letter");
    await t.stop();
  });

  it("skynet.dispatch('error') reads a function, and one put in front of it sees each error and may pass it on", async () => {
    const seen: unknown[] = [];
    const s = () => {
      const before = skynet.dispatch("error")!;
      expect(typeof before).toBe("function");
      expect(skynet.dispatch("response")).toBeUndefined();
      expect(
        skynet.dispatch("error", (session, source, ...rest) => {
          seen.push([session > 0, source]);
          before(session, source, ...(rest as []));
        }),
      ).toBe(before);
      skynet.dispatch("lua", function* (_s, _f, to: number) {
        skynet.fork(() => skynet.call(to, "debug", "LINK"));
        try {
          yield* skynet.call(to, "lua", "exit");
        } catch (error) {
          skynet.retpack((error as Error).message, (error as { reason: string }).reason);
        }
      });
    };
    const t = await testNode({ services: { s, peer } });
    const [to, p] = [await t.newservice("s"), await t.newservice("peer")];
    expect(await t.call(to, "lua", p)).toBe("call failed");
    expect(seen).toEqual([
      [true, p],
      [true, p],
    ]);
    expect(text(t)).not.toContain("Maybe forgot");
    await t.stop();
  });

  it("an unpack that throws is only logged; the caller gets no answer (semantics §5)", async () => {
    const s = () => {
      skynet.register_protocol({
        name: "text",
        id: skynet.PTYPE_TEXT,
        pack: (x: string) => x,
        unpack: () => {
          throw new Error("cannot read this");
        },
        dispatch: () => skynet.ret(),
      });
      skynet.dispatch("lua", () => skynet.retpack("still here"));
    };
    const caller = () => {
      skynet.register_protocol({ name: "text", id: skynet.PTYPE_TEXT, pack: (x: string) => x, unpack: (b) => b });
      skynet.dispatch("lua", (_s, _f, to: number) => skynet.call(to, "text", "x"));
    };
    const t = await testNode({ services: { s, caller } });
    const [to, from] = [await t.newservice("s"), await t.newservice("caller")];
    void t.call(from, "lua", to);
    t.advance(100);
    expect(text(t)).toMatch(/\[:00000008\] lua call \[a to :8 : \d+ msgsz = 1\] error : .*cannot read this/);
    expect(await t.call(to, "lua")).toBe("still here");
    await expect(t.stop()).rejects.toThrow("1 call is still pending");
  });

  it("a reply to a session that only waits completes the wait, and its token is free again", async () => {
    const seen: unknown[] = [];
    const s = () =>
      skynet.start(() => {
        skynet.fork(function* () {
          const id = skynet.genid() + 1;
          skynet.fork(() => skynet.redirect(skynet.self(), 0, "response", id, undefined));
          yield* skynet.wait("token");
          seen.push(skynet.wakeup("token"));
          skynet.fork(() => skynet.wakeup("token"));
          yield* skynet.wait("token");
          seen.push("again");
        });
      });
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    t.advance(5);
    expect(seen).toEqual([undefined, "again"]);
    await t.stop();
  });
});

describe("much and nested", () => {
  it("100,000 forks run in the order they were made", async () => {
    let next = 0;
    let inOrder = true;
    const s = () =>
      skynet.dispatch("lua", () => {
        for (let i = 0; i < 100_000; i++)
          skynet.fork(() => {
            inOrder &&= i === next;
            next++;
          });
        return "made";
      });
    const t = await testNode({ services: { s } });
    expect(await t.call(await t.newservice("s"), "lua")).toBe("made");
    expect([next, inOrder]).toEqual([100_000, true]);
    await t.stop();
  });

  it("100,000 tasks wait at once and are woken in the order of the wake-ups", async () => {
    const n = 100_000;
    const order: number[] = [];
    const s = () =>
      skynet.dispatch("lua", function* () {
        for (let i = 0; i < n; i++)
          skynet.fork(function* () {
            yield* skynet.wait(i);
            order.push(i);
          });
        yield* skynet.yield();
        const tasks = skynet.task();
        for (let i = n - 1; i >= 0; i--) skynet.wakeup(i);
        yield* skynet.yield();
        skynet.retpack([tasks, skynet.task()]);
      });
    const t = await testNode({ services: { s }, stacks: false });
    expect(await t.call(await t.newservice("s"), "lua")).toEqual([n, 0]);
    expect(order.length).toBe(n);
    expect(order.every((x, i) => x === n - 1 - i)).toBe(true);
    await t.stop();
  });

  it("a handler of node A calls node B's promise API, also when B runs inside of A's turn", async () => {
    const echo = defineService(() => ({ echo: (x: string) => `B says ${x}` }));
    const b = await testNode({ services: { echo } });
    const there = await b.newservice("echo");
    const ask = () =>
      skynet.dispatch("lua", function* (_s, _f, x: string) {
        const me = skynet.self();
        const promise = b.node.call(there, "lua", "echo", x);
        b.settle(); // B's services run here, inside of A's task
        const answer = yield* skynet.await(promise);
        return [answer, skynet.self() === me, skynet.running().toString() !== ""];
      });
    const a = await testNode({ services: { ask } });
    expect(await a.call(await a.newservice("ask"), "lua", "hi")).toEqual(["B says hi", true, true]);
    await Promise.all([a.stop(), b.stop()]);
  });

  it("a service started inside another node's turn does not take its context away", async () => {
    const b = await testNode({ services: { peer } });
    const s = () =>
      skynet.dispatch("lua", () => {
        const me = skynet.self();
        void b.node.newservice("peer");
        b.settle();
        return skynet.self() === me;
      });
    const a = await testNode({ services: { s } });
    expect(await a.call(await a.newservice("s"), "lua")).toBe(true);
    await Promise.all([a.stop(), b.stop()]);
  });
});
