/** The watch over real services that really wait, on virtual time. */
import { afterEach, describe, expect, it } from "vitest";
import { skynet } from "../../core/skynet.ts";
import { createNode } from "../../node.ts";
import { simPorts, testNode } from "../../testing/index.ts";
import type { TestNode, TestNodeOptions } from "../../testing/index.ts";
import { service as provided } from "../../lib/service.ts";
import { createWatch, kernelWaits, reportText } from "./index.ts";
import type { Deadlock, SweepResult, WatchOptions } from "./index.ts";

async function settle(clock: { advance(ms: number): unknown }): Promise<void> {
  for (let i = 0; i < 40; i++) {
    clock.advance(0);
    // oxlint-disable-next-line no-await-in-loop -- one round after the other is the point
    await Promise.resolve();
  }
}

type Commands = Record<string, (...args: never[]) => unknown>;

/** A service in the long form, whose commands answer themselves. */
const service = (body: () => Commands) => (): void => {
  const commands = body();
  skynet.dispatch("lua", (_session: number, _source: number, command: string, ...args: unknown[]) =>
    commands[command]!(...(args as never[])),
  );
};

/** A service with a lock whose `hold` calls somebody while it holds it. */
const locked = service(() => {
  const lock = skynet.queue();
  return {
    *hold(next: number, ...rest: [string, ...unknown[]]) {
      yield* lock(function* () {
        yield* skynet.sleep(1);
        yield* skynet.call(next, "lua", ...rest);
      });
      skynet.ret();
    },
    *touch() {
      yield* lock(() => undefined);
      skynet.ret();
    },
  };
});

class Watched {
  readonly t: TestNode;
  readonly #watch;
  last!: SweepResult;
  constructor(t: TestNode, options?: WatchOptions) {
    this.t = t;
    this.#watch = createWatch(kernelWaits([{ name: "game", node: t.node }]), options);
  }
  look(): SweepResult {
    const sweep = this.#watch.sweep(this.t.ports.clock.now());
    let step = sweep.next();
    while (step.done !== true) step = sweep.next();
    return (this.last = step.value);
  }
  /** Looks once a second; which alerts were there, and when they came (seconds). */
  watch(seconds: number): Map<string, number> {
    const seen = new Map<string, number>();
    for (let s = 1; s <= seconds; s++) {
      this.t.advance(100);
      for (const alert of this.look().alerts) if (!alert.cleared && !seen.has(alert.kind)) seen.set(alert.kind, s);
    }
    return seen;
  }
  report(): string {
    const [deadlock] = this.last.deadlocks;
    return deadlock === undefined ? "none" : reportText(deadlock, { stacks: false });
  }
}

let open: TestNode | undefined;
async function watched(services: TestNodeOptions["services"], options?: WatchOptions): Promise<Watched> {
  open = await testNode({ services: services! });
  return new Watched(open, options);
}
afterEach(async () => {
  await open?.stop().catch(() => undefined);
  open = undefined;
});

describe("deadlocks", () => {
  it("INS-DL-3 INS-DL-6 two services with queues: the four tasks of the picture", async () => {
    const w = await watched({ locked });
    const { t } = w;
    const a = await t.newservice("locked");
    const b = await t.newservice("locked");
    t.send(a, "lua", "hold", b, "touch");
    t.send(b, "lua", "hold", a, "touch");
    t.advance(1);
    expect(w.look().alerts).toEqual([]);
    t.advance(100);
    const suspected = w.look();
    expect(suspected.deadlocks.map((d) => d.confirmed)).toEqual([false]);
    expect(suspected.alerts).toEqual([]);
    expect(suspected.calls.map((c) => c.state)).toEqual(["waiting", "waiting"]);
    t.advance(100);
    const confirmed = w.look();
    expect(confirmed.deadlocks.map((d) => d.confirmed)).toEqual([true]);
    expect(confirmed.calls.map((c) => c.state)).toEqual(["cycle", "cycle"]);
    expect(confirmed.edges.map((e) => `${e.kind} ${e.resource}`).sort()).toEqual([
      "call :00000008-3",
      "call :0000000a-3",
      "lock queue #1 of :00000008",
      "lock queue #1 of :0000000a",
    ]);
    expect(w.report()).toBe(
      [
        "Deadlock: 4 tasks of 2 services wait for each other",
        "1. :00000008 locked, a message",
        "   holds queue #1",
        "   waits for the reply to lua touch of :0000000a locked (session 3) from 4",
        "2. :00000008 locked, lua touch for :0000000a locked (session 3)",
        "   waits for queue #1, held by 1",
        "3. :0000000a locked, a message",
        "   holds queue #1",
        "   waits for the reply to lua touch of :00000008 locked (session 3) from 2",
        "4. :0000000a locked, lua touch for :00000008 locked (session 3)",
        "   waits for queue #1, held by 3",
      ].join("\n"),
    );
    const [alert] = confirmed.alerts;
    expect(alert).toMatchObject({ kind: "deadlock", severity: "error", title: "Deadlock of 4 tasks", cleared: false });
    expect(alert!.entities.filter((e) => e.kind === "service").map((e) => e.id)).toEqual([":00000008", ":0000000a"]);
    expect(alert!.evidence).toContain("waits 2.00 s for queue #1");
    // Ended from outside: gone with the next look.
    t.send(b, "debug", "EXIT");
    t.advance(1);
    const after = w.look();
    expect(after.deadlocks).toEqual([]);
    expect(after.alerts.map((x) => [x.id, x.cleared])).toEqual([[alert!.id, true]]);
    expect(w.look().alerts).toEqual([]);
  });

  it("INS-DL-3 a service that calls itself for the lock it holds", async () => {
    const w = await watched({ locked });
    const a = await w.t.newservice("locked");
    w.t.send(a, "lua", "hold", a, "touch");
    expect(w.watch(2).get("deadlock")).toBe(2);
    expect(w.report()).toBe(
      [
        "Deadlock: 2 tasks of 1 service wait for each other",
        "1. :00000008 locked, a message",
        "   holds queue #1",
        "   waits for the reply to lua touch of :00000008 locked (session 3) from 2",
        "2. :00000008 locked, lua touch for :00000008 locked (session 3)",
        "   waits for queue #1, held by 1",
      ].join("\n"),
    );
  });

  it("INS-DL-3 a ring of three", async () => {
    const w = await watched({ locked });
    const all = [await w.t.newservice("locked"), await w.t.newservice("locked"), await w.t.newservice("locked")];
    for (const [i, one] of all.entries()) w.t.send(one, "lua", "hold", all[(i + 1) % 3]!, "touch");
    expect(w.watch(2).get("deadlock")).toBe(2);
    expect(w.last.deadlocks[0]!.tasks).toHaveLength(6);
    // A task that waits behind it is not of it, and makes no alert of its own.
    w.t.send(all[0]!, "lua", "touch");
    expect([...w.watch(10).keys()]).toEqual(["deadlock"]);
    expect(w.last.deadlocks[0]!.tasks).toHaveLength(6);
  });

  it("INS-DL-3 a unique service that asks for itself while it starts", async () => {
    const selfish = () =>
      skynet.start(function* () {
        yield* skynet.uniqueservice("selfish");
      });
    const asker = service(() => ({
      *go() {
        yield* skynet.uniqueservice("selfish");
      },
    }));
    const w = await watched({ selfish, asker });
    const a = await w.t.newservice("asker");
    w.t.send(a, "lua", "go");
    expect(w.watch(2).get("deadlock")).toBe(2);
    expect(w.report()).toMatch(
      new RegExp(
        [
          "^Deadlock: 3 tasks of 2 services wait for each other",
          String.raw`1\. :0{7}\d \.service SERVICE, lua LAUNCH for :0{7}8 asker \(session \d+\)`,
          String.raw`   waits for the start of :0{7}a selfish, done by 3`,
          String.raw`2\. :0{7}\d \.service SERVICE, lua LAUNCH for :0{7}a selfish \(session \d+\)`,
          "   waits for unique service selfish, done by 1",
          String.raw`3\. :0{7}a selfish, its start function`,
          String.raw`   waits for the reply to lua LAUNCH of :0{7}\d \.service SERVICE \(session \d+\) from 2$`,
        ].join("\n"),
      ),
    );
  });

  it("INS-DL-3 a provided service that asks for itself while it starts", async () => {
    const asker = service(() => ({
      *go() {
        yield* provided.new("mirror", function* () {
          yield* provided.query("mirror");
        });
      },
    }));
    const w = await watched({ asker });
    const a = await w.t.newservice("asker");
    w.t.send(a, "lua", "go");
    expect(w.watch(3).get("deadlock")).toBe(2);
    expect(w.report()).toMatch(/waits for unique service mirror, done by \d/);
  });

  it("a deadlock of thousands is found, written out in part, and held up by nobody", async () => {
    const w = await watched({ locked });
    const all: number[] = [];
    for (let i = 0; i < 1000; i++) all.push(await w.t.newservice("locked"));
    for (const [i, one] of all.entries()) w.t.send(one, "lua", "hold", all[(i + 1) % all.length]!, "touch");
    w.watch(2);
    expect(w.last.deadlocks.map((d) => d.tasks.length)).toEqual([2000]);
    expect(w.report().split("\n").at(-1)).toBe("… and 1900 more tasks");
    expect(w.last.alerts).toHaveLength(1);
  });

  it("INS-DL-1 a batch is deadlocked only when every answer is", async () => {
    const asker = service(() => {
      const lock = skynet.queue();
      return {
        *ask(...list: number[]) {
          yield* lock(function* () {
            const batch = skynet.request<readonly [number, string, string, number]>();
            for (const to of list) batch.add([to, "lua", "back", skynet.self()]);
            const replies = batch.select();
            for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next());
          });
        },
        *touch() {
          yield* lock(() => undefined);
          skynet.ret();
        },
      };
    });
    const other = service(() => ({
      *back(to: number) {
        yield* skynet.call(to, "lua", "touch");
        skynet.ret();
      },
    }));
    const slow = service(() => ({
      *back() {
        yield* skynet.sleep(250);
        skynet.ret();
      },
    }));
    const w = await watched({ asker, other, slow });
    const a = await w.t.newservice("asker");
    const b = await w.t.newservice("other");
    const c = await w.t.newservice("other");
    const d = await w.t.newservice("slow");
    w.t.send(a, "lua", "ask", b, c, d);
    expect(w.watch(2).size).toBe(0);
    // The slow one answers in the third second: from then on the other two are all that is left.
    expect(w.watch(3).get("deadlock")).toBe(2);
    expect(w.last.deadlocks[0]!.tasks).toHaveLength(5);
    expect(w.report()).toContain("waits for any reply of a batch (4, 5)");
  });

  it("says the same for the same situation", async () => {
    const reports: Deadlock[] = [];
    for (let i = 0; i < 2; i++) {
      const w = await watched({ locked });
      const a = await w.t.newservice("locked");
      const b = await w.t.newservice("locked");
      w.t.send(a, "lua", "hold", b, "touch");
      w.t.send(b, "lua", "hold", a, "touch");
      w.watch(2);
      reports.push(w.last.deadlocks[0]!);
      await w.t.stop();
    }
    const text = (d: Deadlock) => reportText(d, { nowMs: d.sinceMs + 2000 });
    expect(text(reports[0]!)).toBe(text(reports[1]!));
    expect(reports[0]!.tasks[0]!.stack).not.toBe("");
  });
});

describe("no deadlocks (INS-DL-3)", () => {
  const plain = service(() => ({
    *via(next: number, ...rest: [string, ...unknown[]]) {
      yield* skynet.call(next, "lua", ...rest);
      skynet.ret();
    },
    *sleep(ticks: number) {
      yield* skynet.sleep(ticks);
      skynet.ret();
    },
    *forever() {
      yield* skynet.wait({});
    },
    forget: () => undefined,
    later: () => void skynet.response(),
    keep: () => skynet.ignoreret(),
  }));

  it("re-entrant calls that wait, long calls, sleeping callees", async () => {
    const w = await watched({ plain });
    const a = await w.t.newservice("plain");
    const b = await w.t.newservice("plain");
    w.t.send(a, "lua", "via", b, "via", a, "via", b, "sleep", 300);
    expect(w.watch(4).size).toBe(0);
    w.t.send(a, "lua", "via", b, "sleep", 2000);
    const seen = w.watch(10);
    expect([...seen]).toEqual([["stuck-call", 6]]);
    expect(w.last.calls).toMatchObject([{ state: "waiting", command: "sleep", type: "lua", hops: 1, queueMs: 0 }]);
  });

  it("a lock that changes hands, a batch with a time limit, a batch that another service answers", async () => {
    const asker = service(() => {
      const lock = skynet.queue();
      return {
        *crowd() {
          for (let i = 0; i < 20; i++) skynet.fork(() => lock(() => skynet.sleep(100)));
          yield* lock(() => undefined);
          skynet.ret();
        },
        /** Would wait for itself for ever, were it not for the time. */
        *limited() {
          yield* lock(function* () {
            const replies = skynet.request([skynet.self(), "lua", "touch"] as const).select(400);
            for (let r = yield* replies.next(); r !== undefined; r = yield* replies.next());
          });
        },
        *touch() {
          yield* lock(() => undefined);
          skynet.ret();
        },
      };
    });
    const w = await watched({ asker, plain });
    const a = await w.t.newservice("asker");
    const b = await w.t.newservice("plain");
    w.t.send(b, "lua", "via", a, "crowd");
    expect([...w.watch(15).keys()].filter((kind) => kind !== "stuck-call")).toEqual([]);
    w.t.advance(700);
    w.t.send(a, "lua", "limited");
    expect(w.watch(4).size).toBe(0);
    expect(w.watch(10).size).toBe(0);
    expect(w.last.calls).toEqual([]);
  });

  it("a request that was passed on is followed to where it went", async () => {
    const gate = service(() => ({
      pass(to: number) {
        const [session, source] = skynet.context();
        skynet.ignoreret();
        skynet.redirect(to, source!, "lua", session!, skynet.pack("sleep", 300));
      },
    }));
    const w = await watched({ plain, gate });
    const a = await w.t.newservice("plain");
    const b = await w.t.newservice("gate");
    const c = await w.t.newservice("plain");
    w.t.send(a, "lua", "via", b, "pass", c);
    w.watch(1);
    expect(w.last.calls).toMatchObject([{ callerAddr: a, calleeAddr: b, state: "waiting" }]);
    expect(w.last.edges).toMatchObject([{ fromAddr: a, toAddr: c, kind: "call" }]);
  });

  it("two nodes on one clock are told apart", async () => {
    const one = await testNode({ services: { locked } });
    const two = await testNode({ services: { locked }, clock: one.ports.clock });
    const watch = createWatch(
      kernelWaits([
        { name: "one", node: one.node },
        { name: "two", node: two.node },
      ]),
    );
    const look = (): SweepResult => {
      const sweep = watch.sweep(one.ports.clock.now());
      for (;;) {
        const step = sweep.next();
        if (step.done === true) return step.value;
      }
    };
    const a = await one.newservice("locked");
    const b = await two.newservice("locked");
    one.send(a, "lua", "hold", a, "touch");
    two.send(b, "lua", "hold", b, "touch");
    for (let i = 0; i < 2; i++) {
      one.advance(100);
      look();
    }
    const found = look();
    expect(found.deadlocks.map((d) => d.tasks.map((t) => t.node))).toEqual([
      ["one", "one"],
      ["two", "two"],
    ]);
    expect(found.alerts.map((x) => x.entities[0]!.id)).toEqual(["one/:00000008", "two/:00000008"]);
    await one.stop();
    await two.stop();
  });

  it("user wait and wakeup; the state says who can help", async () => {
    const w = await watched({ plain });
    const a = await w.t.newservice("plain");
    const b = await w.t.newservice("plain");
    w.t.send(a, "lua", "via", b, "forever");
    w.t.send(a, "lua", "via", b, "later");
    w.t.send(a, "lua", "via", b, "keep");
    expect(w.watch(3).size).toBe(0);
    expect(w.last.calls.map((c) => c.state)).toEqual(["unknown-waker", "unknown-waker", "unknown-waker"]);
    expect(w.watch(10).has("deadlock")).toBe(false);
  });

  it("INS-DL-5 a handler that ends without a reply is told at once; a stuck call after five seconds", async () => {
    const w = await watched({ plain });
    const a = await w.t.newservice("plain");
    const b = await w.t.newservice("plain");
    w.t.send(a, "lua", "via", b, "forget");
    expect(w.look().calls).toEqual([]);
    expect(w.last.alerts.map((x) => x.kind)).toEqual(["lost-reply"]);
    expect(w.last.alerts[0]!.text).toBe(
      ":0000000a plain ended the handler of lua forget without a reply, and :00000008 plain waits for ever.",
    );
    expect([...w.watch(10).keys()]).toEqual(["lost-reply"]);
    expect(w.last.calls.map((c) => c.state)).toEqual(["lost"]);
    w.t.send(a, "debug", "EXIT");
    w.t.advance(1);
    expect(w.look().alerts.map((x) => [x.kind, x.cleared])).toEqual([["lost-reply", true]]);
  });

  it("a request that cannot be unpacked is lost too", async () => {
    const raw = service(() => ({
      *go(to: number) {
        yield* skynet.rawcall(to, "lua", new Uint8Array([0xff, 0xff]));
      },
    }));
    const w = await watched({ plain, raw });
    const a = await w.t.newservice("raw");
    const b = await w.t.newservice("plain");
    w.t.send(a, "lua", "go", b);
    expect(w.look().alerts.map((x) => x.kind)).toEqual(["lost-reply"]);
    w.watch(1);
    expect(w.last.calls.map((c) => c.state)).toEqual(["lost"]);
  });

  it("a killed callee; a request still in the mailbox; an answer on its way", async () => {
    const w = await watched({ plain });
    const a = await w.t.newservice("plain");
    const b = await w.t.newservice("plain");
    const c = await w.t.newservice("plain");
    w.t.send(a, "lua", "via", b, "sleep", 2000);
    w.t.send(a, "lua", "via", c, "sleep", 2000);
    w.t.node.kernel.kill(b, 0);
    w.t.advance(20);
    expect(w.look().calls.map((x) => x.state)).toEqual(["callee-gone", "waiting"]);
    // Held as if its code were being loaded: what comes waits in the mailbox.
    const { kernel } = w.t.node;
    const d = await w.t.newservice("plain");
    kernel.hold(kernel.find(d)!);
    w.t.send(c, "lua", "via", d, "sleep", 1);
    w.t.advance(20);
    expect(w.look().calls.map((x) => [x.callerAddr, x.state])).toEqual([
      [a, "callee-gone"],
      [a, "waiting"],
      [c, "queued"],
    ]);
    kernel.release(kernel.find(d)!);
    kernel.hold(kernel.find(c)!);
    w.t.advance(20);
    expect(w.look().calls.find((x) => x.callerAddr === c)!.state).toBe("running");
    kernel.release(kernel.find(c)!);
  });

  it("a mailbox that is long, or grows without end, until it is short again", async () => {
    const w = await watched({ plain });
    const { kernel } = w.t.node;
    const a = await w.t.newservice("plain");
    kernel.hold(kernel.find(a)!);
    for (let i = 0; i < 1023; i++) w.t.send(a, "lua", "keep");
    expect(w.watch(1).size).toBe(0);
    w.t.send(a, "lua", "keep");
    expect(w.watch(1).size).toBe(1);
    expect(w.last.alerts[0]!.text).toBe("1024 messages wait in the mailbox of :00000008 plain.");
    kernel.release(kernel.find(a)!);
    w.t.advance(1);
    expect(w.look().alerts.map((x) => [x.kind, x.cleared])).toEqual([["overload", true]]);
    kernel.hold(kernel.find(a)!);
    for (let s = 0; s < 11; s++) {
      for (let i = 0; i < 40; i++) w.t.send(a, "lua", "keep");
      expect(w.watch(1).size).toBe(0);
    }
    for (let s = 0; s < 5; s++) {
      for (let i = 0; i < 40; i++) w.t.send(a, "lua", "keep");
      w.watch(1);
    }
    expect(w.last.alerts[0]!.text).toMatch(/at least twice as many as 10 s ago/);
    kernel.release(kernel.find(a)!);
  });

  it("a turn that held up the node", async () => {
    let offset = 0;
    const busy = service(() => ({ work: (ms: number) => void (offset += ms) }));
    const ports = simPorts({});
    const { clock } = ports;
    const shifted = {
      ...ports,
      clock: {
        now: () => clock.now() + offset,
        wall: () => clock.wall() + offset,
        after: clock.after.bind(clock),
        cancel: clock.cancel.bind(clock),
      },
    };
    const node = await Promise.all([
      createNode({ ports: shifted, services: { busy }, config: { start: "" }, profile: "full" }),
      settle(clock),
    ]).then(([n]) => n);
    const started = node.newservice("busy");
    await settle(clock);
    const a = (await started)!;
    const watch = createWatch(kernelWaits([{ name: "game", node }]));
    const look = (): SweepResult => {
      const sweep = watch.sweep(shifted.clock.now());
      for (;;) {
        const step = sweep.next();
        if (step.done === true) return step.value;
      }
    };
    node.send(a, "lua", "work", 99);
    await settle(clock);
    expect(look().alerts).toEqual([]);
    node.send(a, "lua", "work", 250);
    await settle(clock);
    expect(look().alerts.map((x) => [x.kind, x.text])).toEqual([
      ["long-task", `:${a.toString(16).padStart(8, "0")} busy took 250 ms for one message of the host; nobody else could run.`],
    ]);
    clock.advance(10_001);
    expect(look().alerts.map((x) => [x.kind, x.cleared])).toEqual([["long-task", true]]);
    await node.stop();
  });

  it("INS-PRO-7 a sweep stops every few hundred tasks", async () => {
    const w = await watched({ plain });
    const a = await w.t.newservice("plain");
    for (let i = 0; i < 3000; i++) w.t.send(a, "lua", "sleep", 5000);
    const sweep = createWatch(kernelWaits([{ name: "game", node: w.t.node }])).sweep(w.t.ports.clock.now());
    let steps = 0;
    while (sweep.next().done !== true) steps++;
    expect(steps).toBeGreaterThanOrEqual(3000 / 256);
  });
});
