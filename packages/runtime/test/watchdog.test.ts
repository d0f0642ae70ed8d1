/** Endless loops, backlogs and what a service is told about them: semantics §4, §14. */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { testNode, VirtualClock } from "@skyloom/runtime/testing";

/** Virtual time that handlers can spend. */
class SpendableClock extends VirtualClock {
  #spent = 0;
  spend(ms: number): void {
    this.#spent += ms;
  }
  override now(): number {
    return super.now() + this.#spent;
  }
}

describe("endless loops (semantics §14)", () => {
  const start = async (profile: boolean | "full") => {
    const clock = new SpendableClock();
    const s = () =>
      skynet.dispatch("lua", (_s, _f, cmd: string, ms: number) => {
        if (cmd === "spend") clock.spend(ms);
        skynet.retpack(skynet.endless(), skynet.stat("endless"));
      });
    const t = await testNode({ services: { s }, clock, profile });
    const [a, b] = [await t.newservice("s"), await t.newservice("s")];
    return { t, a, b, complaints: () => t.log.filter((l) => l.includes("endless")) };
  };

  it.each([true, "full", false] as const)(
    "a message of more than 5 s is logged and flags its service; reading clears the flag (profile %s)",
    async (profile) => {
      const { t, a, b, complaints } = await start(profile);
      await t.call(a, "lua", "spend", 4999);
      expect(complaints()).toEqual([]);
      await t.call(a, "lua", "spend", 5000);
      t.settle();
      expect(complaints()).toEqual([
        expect.stringMatching(
          /^\[:00000000\] error: A message from \[ :00ffffff \] to \[ :00000008 \] maybe in an endless loop \(version = \d+\)$/,
        ),
      ]);
      expect(await t.call(b, "lua", "x")).toBe(false);
      expect(await t.call(a, "lua", "x")).toBe(true);
      expect(await t.call(a, "lua", "x")).toBe(false);
      await t.stop();
    },
  );

  it("when several services ran since the last look at the clock, all are named and none is flagged; the next time it is known", async () => {
    const { t, a, b, complaints } = await start(true);
    t.node.send(b, "lua", "x");
    t.node.send(a, "lua", "spend", 6000);
    t.settle();
    expect(complaints()).toEqual([
      expect.stringMatching(
        /error: A message to one of \[ :0000000a :00000008 \] took 6\.0 s, maybe in an endless loop; the next ones are timed$/,
      ),
    ]);
    expect([a, b].map((h) => t.node.kernel.find(h)!.endless)).toEqual([false, false]);
    t.node.send(b, "lua", "x");
    t.node.send(a, "lua", "spend", 6000);
    t.settle();
    expect(complaints()[1]).toContain("to [ :00000008 ] maybe in an endless loop");
    expect(await t.call(a, "lua", "x")).toBe(true);
    await t.stop();
  });

  it("skynet.stat('endless') gives 0 or 1 and clears too", async () => {
    const { t, a } = await start("full");
    const read = () => t.node.kernel.find(a)!.endless;
    await t.call(a, "lua", "spend", 5000);
    t.settle();
    expect(read()).toBe(true);
    await t.call(a, "lua", "x");
    expect(read()).toBe(false);
    await t.stop();
  });
});

describe("the mailbox (semantics §4)", () => {
  it("warns at 1024, 2048, 4096 … once each, and starts over when it was empty", async () => {
    const s = () => skynet.dispatch("lua", () => undefined);
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    const warnings = () => t.log.filter((l) => l.startsWith("[:00000008] error: May overload")).map((l) => Number(/\d+$/.exec(l)![0]));
    for (let i = 0; i < 1025; i++) t.node.send(to, "lua");
    t.settle();
    expect(warnings()).toEqual([]); // 1024 wait when the first is taken
    for (let i = 0; i < 1026; i++) t.node.send(to, "lua");
    t.settle();
    expect(warnings()).toEqual([1025]);
    for (let i = 0; i < 5000; i++) t.node.send(to, "lua");
    t.settle();
    expect(warnings()).toEqual([1025, 4999]);
    await t.stop();
  });

  it("mqlen is the backlog without the message in progress", async () => {
    const seen: number[] = [];
    const s = () => skynet.dispatch("lua", () => void seen.push(skynet.mqlen(), skynet.stat("mqlen")));
    const t = await testNode({ services: { s } });
    const to = await t.newservice("s");
    for (let i = 0; i < 3; i++) t.node.send(to, "lua");
    t.settle();
    expect(seen).toEqual([2, 2, 1, 1, 0, 0]);
    await t.stop();
  });

  it.each([
    [1, "a1 b1 a2 b2 a3 b3"],
    [2, "a1 a2 b1 b2 a3 b3"],
  ])("a service handles %i message(s) before the next one's turn; messages from one sender keep their order", async (weight, order) => {
    const seen: string[] = [];
    const s = (name: string) => skynet.dispatch("lua", (_s, _f, n: number) => void seen.push(`${name}${n}`));
    const t = await testNode({ services: { s }, weight });
    const [a, b] = [await t.newservice("s", "a"), await t.newservice("s", "b")];
    for (const n of [1, 2, 3]) {
      t.node.send(a, "lua", n);
      t.node.send(b, "lua", n);
    }
    t.settle();
    expect(seen.join(" ")).toBe(order);
    await t.stop();
  });

  it("timers, messages and what a service sends to itself share one queue in the order of arrival", async () => {
    const seen: string[] = [];
    const s = () => {
      skynet.dispatch("lua", (_s, _f, what: string) => void seen.push(what));
      skynet.start(() => {
        skynet.send(skynet.self(), "lua", "first");
        skynet.timeout(0, () => seen.push("timer"));
        skynet.send(skynet.self(), "lua", "last");
      });
    };
    const t = await testNode({ services: { s } });
    await t.newservice("s");
    t.settle();
    expect(seen).toEqual(["first", "timer", "last"]);
    await t.stop();
  });
});
