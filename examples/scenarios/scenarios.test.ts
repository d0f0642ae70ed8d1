/** Every scenario does what it promises, and leaves nothing behind; on virtual time, except where load needs real work. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { createNode } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { createWatch, kernelWaits, reportText } from "@skyloom/runtime/inspect";
import type { SweepResult, WaitWatch } from "@skyloom/runtime/inspect";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";
import { scenarios, services } from "./index.ts";
import type { ScenarioInfo } from "./index.ts";

vi.setConfig({ testTimeout: 60_000 });

function run(watch: WaitWatch, nowMs: number): SweepResult {
  const sweep = watch.sweep(nowMs, { rows: false });
  for (;;) {
    const step = sweep.next();
    if (step.done === true) return step.value;
  }
}

/** A node with the driver, watched once a second. */
class Stage {
  readonly t: TestNode;
  readonly #watch: WaitWatch;
  last!: SweepResult;
  constructor(t: TestNode) {
    this.t = t;
    this.#watch = createWatch(kernelWaits([{ name: "game", node: t.node }]));
  }
  /** Alerts by kind, with the virtual seconds after which they came. */
  watch(seconds: number): Map<string, number> {
    const seen = new Map<string, number>();
    for (let s = 1; s <= seconds; s++) {
      this.t.advance(100);
      this.last = run(this.#watch, this.t.ports.clock.now());
      for (const alert of this.last.alerts) if (!alert.cleared && !seen.has(alert.kind)) seen.set(alert.kind, s);
    }
    return seen;
  }
  get alerts(): string[] {
    return this.last.alerts.filter((a) => !a.cleared).map((a) => a.kind);
  }
}

let open: TestNode | undefined;
async function stage(): Promise<Stage> {
  open = await testNode({ services, config: { start: "scenario" }, stacks: false });
  return new Stage(open);
}
afterEach(async () => {
  await open?.stop();
  open = undefined;
});

const DEADLOCKS: Readonly<Record<string, string>> = {
  "deadlock-two-queues": `Deadlock: 4 tasks of 2 services wait for each other
1. :a account a, a message
   holds queue #1
   waits for the reply to lua touch of :b account b (session 3) from 4
2. :a account a, lua touch for :b account b (session 3)
   waits for queue #1, held by 1
3. :b account b, a message
   holds queue #1
   waits for the reply to lua touch of :a account a (session 3) from 2
4. :b account b, lua touch for :a account a (session 3)
   waits for queue #1, held by 3`,
  "deadlock-ring": `Deadlock: 6 tasks of 3 services wait for each other
1. :a philosopher 1, a message
   holds queue #1
   waits for the reply to lua touch of :b philosopher 2 (session 3) from 4
2. :a philosopher 1, lua touch for :c philosopher 3 (session 3)
   waits for queue #1, held by 1
3. :b philosopher 2, a message
   holds queue #1
   waits for the reply to lua touch of :c philosopher 3 (session 3) from 6
4. :b philosopher 2, lua touch for :a philosopher 1 (session 3)
   waits for queue #1, held by 3
5. :c philosopher 3, a message
   holds queue #1
   waits for the reply to lua touch of :a philosopher 1 (session 3) from 2
6. :c philosopher 3, lua touch for :b philosopher 2 (session 3)
   waits for queue #1, held by 5`,
  "deadlock-self-call": `Deadlock: 2 tasks of 1 service wait for each other
1. :a ouroboros, a message
   holds queue #1
   waits for the reply to lua touch of :a ouroboros (session 3) from 2
2. :a ouroboros, lua touch for :a ouroboros (session 3)
   waits for queue #1, held by 1`,
  "init-cycle": `Deadlock: 3 tasks of 2 services wait for each other
1. :a .service SERVICE, lua LAUNCH for :b unique-cycle-user 1 (session 2)
   waits for the start of :c unique-cycle 1, done by 3
2. :a .service SERVICE, lua LAUNCH for :c unique-cycle 1 (session 2)
   waits for unique service unique-cycle 1, done by 1
3. :c unique-cycle 1, its start function
   waits for the reply to lua LAUNCH of :a .service SERVICE (session 2) from 2`,
};

/** Handles in the order they appear, as letters: what the node has started before does not matter. */
function lettered(report: string): string {
  const letters = new Map<string, string>();
  return report.replace(/:[0-9a-f]{8}/g, (address) => {
    if (!letters.has(address)) letters.set(address, `:${String.fromCharCode(97 + letters.size)}`);
    return letters.get(address)!;
  });
}

/** Runs and stops a scenario, twice: nothing of the first time is left, and the second is like it. */
async function twice(name: string, check: (s: Stage, round: number) => void): Promise<void> {
  const s = await stage();
  const before = s.t.node.kernel.serviceCount;
  for (const round of [1, 2]) {
    await s.t.call(".scenario", "lua", "start", name);
    check(s, round);
    const ended = s.t.call<number>(".scenario", "lua", "stop", name);
    expect(await ended).toBeGreaterThan(0);
    s.watch(2);
    expect(s.alerts).toEqual([]);
    expect(s.t.node.kernel.serviceCount).toBe(before);
    expect(s.t.pending()).toEqual([]);
  }
}

describe("INS-DL-2 deadlocks are told within 2.5 s, and are gone 2 s after their end", () => {
  for (const { name, expect: expected } of scenarios.filter((s) => s.expect === "deadlock"))
    it(name, async () => {
      await twice(name, (s, round) => {
        expect(s.watch(2).get(expected)).toBe(2);
        expect(s.alerts).toEqual(["deadlock"]);
        const report = lettered(reportText(s.last.deadlocks[0]!));
        expect(
          report
            .replaceAll(`cycle ${round}`, "cycle 1")
            .replaceAll(`user ${round}`, "user 1")
            .replaceAll(/(?<=LAUNCH.*)session \d+/g, "session 2"),
        ).toBe(DEADLOCKS[name]);
        // It stays the only one, also when everybody waits long.
        expect([...s.watch(20).keys()]).toEqual(["deadlock"]);
      });
    });
});

describe("INS-DL-5 calls without an answer", () => {
  it("lost-reply at once", () => twice("lost-reply", (s) => expect([...s.watch(10)]).toEqual([["lost-reply", 1]])));
  for (const name of ["unknown-waker", "long-call"])
    it(`${name} after five seconds, and not as a deadlock`, () =>
      twice(name, (s) => expect([...s.watch(30).keys()]).toEqual(["stuck-call"])));
});

/** What must have been done in 30 s of each scenario that only looks like trouble: turns of all services, at least. */
const TURNS: Readonly<Record<string, number>> = {
  "idle-10000": 0,
  "ping-pong": 30 * 100 * 100 * 2,
  "fan-out": 30 * 5 * 1000,
  // A round of the three sleeps one second.
  reentrant: 30 * 4,
  "sleeping-callee": 10 * 3,
  "timer-storm": 30 * 10_000,
  "log-flood": 30 * 10_000,
  churn: 30 * 1000 * 3,
  leak: 30,
  "trace-10000": 0,
};

describe("INS-DL-3 no false alarm in 30 s", () => {
  for (const { name } of scenarios.filter((s) => s.expect === "silent"))
    it(name, () =>
      twice(name, (s, round) => {
        const { kernel } = s.t.node;
        const turns = kernel.turns;
        expect([...s.watch(round === 1 ? 30 : 2)]).toEqual([]);
        if (round === 1) expect(kernel.turns - turns).toBeGreaterThanOrEqual(TURNS[name]!);
        const hoarder = name === "leak" ? kernel.services().find((x) => x.args === "hoarder") : undefined;
        if (hoarder !== undefined) expect(hoarder.body!.memory!()).toBeGreaterThan((round === 1 ? 29 : 2) * 2 ** 20);
      }),
    );
});

it("overload, on a real clock", async () => {
  const lines: string[] = [];
  const node = await createNode({
    ports: { ...nodePorts(), log: { output: { line: (text) => void lines.push(text) } } },
    services,
    config: { start: "scenario overload" },
  });
  const watch = createWatch(kernelWaits([{ name: "game", node }]));
  const look = (): string[] =>
    run(watch, node.kernel.ports.clock.now())
      .alerts.filter((a) => !a.cleared)
      .map((a) => a.kind);
  await vi.waitUntil(() => look().includes("overload"), { timeout: 20_000, interval: 100 });
  expect(await node.call(".scenario", "lua", "stop")).toBe(2);
  await vi.waitUntil(() => look().length === 0, { timeout: 2000, interval: 100 });
  await node.stop();
  expect(lines.filter((l) => l.includes("error") && !l.includes("May overload"))).toEqual([]);
});

describe("the driver", () => {
  it("lists the scenarios, and refuses what it does not know or what runs already", async () => {
    const { t } = await stage();
    const names = scenarios.map((s) => s.name);
    expect(names.toSorted()).toEqual(
      [
        "idle-10000",
        "ping-pong",
        "fan-out",
        "overload",
        "deadlock-two-queues",
        "deadlock-ring",
        "deadlock-self-call",
        "reentrant",
        "init-cycle",
        "lost-reply",
        "sleeping-callee",
        "unknown-waker",
        "long-call",
        "leak",
        "timer-storm",
        "log-flood",
        "churn",
        "trace-10000",
      ].toSorted(),
    );
    const list = await t.call<ScenarioInfo[]>(".scenario", "lua", "list");
    expect(list.map((l) => l.name)).toEqual(names);
    expect(list.every((l) => !l.running)).toBe(true);
    await expect(t.call(".scenario", "lua", "start", "nothing")).rejects.toMatchObject({
      cause: { message: `there is no scenario "nothing"; there are: ${names.join(", ")}` },
    });
    await t.call(".scenario", "lua", "start", "reentrant");
    await expect(t.call(".scenario", "lua", "start", "reentrant")).rejects.toMatchObject({
      cause: { message: "scenario reentrant runs already: stop it first" },
    });
    expect((await t.call<ScenarioInfo[]>(".scenario", "lua", "list")).filter((l) => l.running).map((l) => l.name)).toEqual(["reentrant"]);
    expect(await t.call(".scenario", "lua", "stop")).toBe(2);
    expect(await t.call(".scenario", "lua", "stop", "reentrant")).toBe(0);
  });

  it("gives every service a name of its own", () => {
    const all = scenarios.flatMap((s) => Object.keys(s.services));
    expect(new Set(all).size).toBe(all.length);
  });

  it("trace-10000 makes one trace of ten thousand requests", async () => {
    const { t } = await stage();
    await t.call(".scenario", "lua", "start", "trace-10000");
    t.advance(100);
    const tags = new Set(t.log.flatMap((line) => /<TRACE (\S+)>/.exec(line)?.[1] ?? []));
    expect(tags.size).toBe(1);
    expect(t.log.filter((line) => /<TRACE \S+> \d+ (request|trace)/.test(line)).length).toBe(10_000);
  });
});
