/** Who talks to whom: on a real node, asked through the agent as a client would. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Recorder } from "../../../test/inspect/mirror.ts";
import { skynet } from "../../core/skynet.ts";
import { testNode } from "../../testing/index.ts";
import type { TestNode } from "../../testing/index.ts";
import { createAgent } from "../agent/agent.ts";
import type { AgentConnection } from "../agent/connection.ts";
import { addProbe, probesOf, removeProbe } from "../traffic/probe-list.ts";
import { Marks, Tally } from "../traffic/tally.ts";
import { TrafficProbe } from "../traffic/traffic-probe.ts";
import { TraceRecorder } from "../trace/index.ts";
import { nodeSource } from "./node-source.ts";

const echo = (): void => {
  skynet.dispatch("lua", (_s, _f, what: string) => skynet.retpack(what));
};
/** Sends `n` messages when told to. */
const talker = (): void => {
  skynet.dispatch("lua", function* (_s, _f, how: string, to: number, n: number) {
    for (let i = 0; i < n; i++)
      if (how === "call") yield* skynet.call(to, "lua", "ask", i);
      else skynet.send(to, "lua", i % 2 === 0 ? "even" : "odd");
    skynet.retpack(true);
  });
};

interface Row {
  readonly addr: number;
  readonly name: string;
  readonly total: number;
  readonly lately: number;
}
interface Ranking {
  readonly top: readonly Row[];
  readonly known: number;
  readonly others: number;
}
interface Peers {
  readonly forUs: number;
  readonly latelyUs: number;
  readonly received: number;
  readonly sent: number;
  readonly senders: Ranking;
  readonly receivers: Ranking;
}
interface Flow {
  readonly flow: { readonly received: number; readonly types: Ranking; readonly commands: Ranking };
}

let t: TestNode;
let link: Recorder;
let c: AgentConnection;
let target: number;
let one: number;
let two: number;
let rid = 0;

beforeEach(async () => {
  t = await testNode({ services: { echo, talker } });
  const source = nodeSource({ mode: "sim", name: "test", id: "1", runtime: "0", nodes: [{ name: "n1", node: t.node }] });
  const agent = createAgent(source, { clock: t.ports.clock, defer: (fn) => t.ports.defer(fn), scopes: ["read"] });
  link = new Recorder();
  c = agent.connect(link);
  c.receive({ type: "hello", v: 1 });
  [target, one, two] = [await t.newservice("echo"), await t.newservice("talker"), await t.newservice("talker")];
});
afterEach(async () => {
  c.closed();
  await t.stop().catch(() => undefined);
});

function ask<T>(what: string, handle: number = target): T {
  c.receive({ type: "get", rid: ++rid, what, args: [handle, "n1"] });
  const res = link.of("res").find((r) => r.rid === rid)!;
  if (!res.ok) throw new Error(`${res.code}: ${res.msg}`);
  return res.body as T;
}
const talk = (from: number, how: string, n: number): PromiseLike<unknown> => t.call(from, "lua", how, target, n);

describe("peers", () => {
  it("counts from the first question on: both directions, most of late first", async () => {
    const { kernel } = t.node;
    await talk(one, "call", 5);
    expect(kernel.probe).toBeUndefined();
    expect(ask<Peers>("peers")).toMatchObject({ received: 0, sent: 0, senders: { top: [] }, receivers: { top: [] } });
    await talk(one, "call", 3);
    await talk(two, "send", 7);
    const got = ask<Peers>("peers");
    expect(got.received).toBe(10);
    expect(got.senders.top.map((r) => [r.addr, r.total])).toEqual([
      [two, 7],
      [one, 3],
    ]);
    expect(got.senders.top[0]!.name).toBe("talker");
    expect(got.receivers.top.map((r) => [r.addr, r.total])).toContainEqual([one, 3]);
  });

  it("is what happened in the last ten seconds, not since ever", async () => {
    ask("peers");
    await talk(one, "send", 100);
    for (let s = 0; s < 12; s++) {
      t.advance(100);
      ask("peers");
    }
    await talk(two, "send", 4);
    const got = ask<Peers>("peers");
    expect(got.latelyUs).toBeGreaterThan(8e6);
    expect(got.latelyUs).toBeLessThan(12e6);
    expect(got.senders.top.map((r) => [r.addr, r.total, r.lately])).toEqual([
      [two, 4, 4],
      [one, 100, 0],
    ]);
  });

  it("ends when nobody asks any more, when the service ends, and when the last client goes", async () => {
    const { kernel } = t.node;
    ask("peers");
    expect(kernel.probe).toBeDefined();
    t.advance(1000);
    expect(kernel.probe).toBeDefined();
    t.advance(700);
    expect(kernel.probe).toBeUndefined();
    ask("peers");
    kernel.kill(target, 0);
    t.advance(150);
    expect(kernel.probe).toBeUndefined();
    expect(() => ask("peers")).toThrow(/it has ended/);
    ask("peers", one);
    expect(kernel.probe).toBeDefined();
    c.closed();
    expect(kernel.probe).toBeUndefined();
  });

  it("names what is no service: timers come from the system, the test's own calls from the host", async () => {
    ask("peers", one);
    await talk(one, "call", 1);
    expect(ask<Peers>("peers", one).senders.top.map((r) => r.name)).toEqual(expect.arrayContaining(["host", "echo"]));
  });
});

describe("mailbox", () => {
  it("says what came in by type and command since it was first asked for", async () => {
    ask("mailbox");
    await talk(two, "send", 7);
    await talk(one, "call", 1);
    const { flow } = ask<Flow>("mailbox");
    expect(flow.received).toBe(8);
    expect(flow.types.top).toMatchObject([{ name: "lua", total: 8 }]);
    expect(flow.commands.top.map((r) => [r.name, r.total])).toEqual([
      ["even", 4],
      ["odd", 3],
      ["ask", 1],
    ]);
  });

  it("takes no first value of an answer for a command", async () => {
    ask("mailbox", one);
    await talk(one, "call", 2);
    const { flow } = ask<Flow>("mailbox", one);
    expect(flow.types.top.map((r) => r.name).sort()).toEqual(["lua", "response"]);
    expect(flow.commands.top.map((r) => r.name)).toEqual(["call"]);
  });
});

describe("a recorder of traces and a count", () => {
  it("hear the same messages side by side, whoever came first and whoever goes first", async () => {
    const { kernel } = t.node;
    for (const first of ["count", "trace"]) {
      const recorder = new TraceRecorder([{ kernel }]);
      if (first === "count") ask("peers");
      recorder.start({ kind: "all" });
      ask("peers");
      expect(probesOf(kernel).length).toBe(2);
      const cursor = recorder.cursor();
      const before = ask<Peers>("peers").received;
      await talk(one, "call", 2);
      expect(ask<Peers>("peers").received - before).toBe(2);
      expect(recorder.drain(cursor, 1000).count).toBeGreaterThan(8);
      expect(() => new TraceRecorder([{ kernel }]).start({ kind: "all" })).toThrow(/already/);
      if (first === "count") {
        recorder.stop();
        expect(probesOf(kernel).length).toBe(1);
        t.advance(2000);
      } else {
        t.advance(2000);
        expect(probesOf(kernel).length).toBe(1);
        recorder.stop();
      }
      expect([kernel.probe, kernel.taskProbe]).toEqual([undefined, undefined]);
    }
  });

  it("one that leaves while it is told keeps nobody from being told", () => {
    const { kernel } = t.node;
    const heard: string[] = [];
    const a = new TrafficProbe(kernel);
    const b = new TrafficProbe(kernel);
    a.posted = () => {
      heard.push("a");
      removeProbe(kernel, a);
    };
    b.posted = () => void heard.push("b");
    addProbe(kernel, a);
    addProbe(kernel, b);
    addProbe(kernel, b);
    kernel.post(target, 10, 0, 0, undefined, 0);
    kernel.post(target, 10, 0, 0, undefined, 0);
    removeProbe(kernel, b);
    expect(heard).toEqual(["a", "b", "b"]);
    expect(kernel.probe).toBeUndefined();
  });
});

describe("Tally", () => {
  it("holds at most 1,000 keys, counts the rest together, and makes place of those that were not seen lately", () => {
    const marks = new Marks(0);
    const tally = new Tally<number>();
    const mark = (s: number): void => {
      const { oldest } = marks;
      tally.mark(marks.set(s * 1e6), oldest);
    };
    for (let k = 0; k < 1200; k++) tally.add(k);
    expect([tally.size, tally.others]).toEqual([1000, 200]);
    for (let s = 1; s <= 11; s++) {
      tally.add(5);
      mark(s);
    }
    expect(tally.size).toBe(1);
    expect(tally.others).toBe(200 + 999);
    tally.add(7777);
    expect(tally.top(marks.oldest, 20)).toEqual([
      { key: 5, total: 12, lately: 9 },
      { key: 7777, total: 1, lately: 1 },
    ]);
  });
});
