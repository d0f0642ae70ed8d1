import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import type { AgentFrame, ChannelName } from "@skyloom/runtime/inspect";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNode } from "@skyloom/runtime/testing";
import { afterEach, describe, expect, it } from "vitest";
import { services } from "../../../../../examples/scenarios/index.ts";
import { StringTable } from "../../client/string-table.ts";
import { formatAddress, tableShapes } from "../../stores/channels.ts";
import { LiveTable } from "../../stores/table-store.ts";
import { chained, connected, MOST_TASKS, show } from "./shown.ts";
import { chainFrom, joinWaits, readCalls, readEdges, taskKey } from "./waits.ts";
import type { CallFacts, EdgeFacts, Waits } from "./waits.ts";

let t: TestNode | undefined;
afterEach(async () => {
  await t?.stop().catch(() => undefined);
  t = undefined;
});

/** The graph of a real node that runs a scenario, as it arrives over the protocol. */
async function waitsOf(scenario: string, centiseconds = 300): Promise<Waits> {
  const node = (t = await testNode({ services, config: { start: `scenario ${scenario}` } }));
  const strings = new StringTable();
  const tables = {
    sessions: new LiveTable(tableShapes.sessions, strings, () => 0),
    waits: new LiveTable(tableShapes.waits, strings, () => 0),
  };
  const source = nodeSource({ mode: "sim", name: "n", id: "1", runtime: "0", nodes: [{ name: "n", node: node.node }] });
  const agent = createAgent(source, { clock: node.ports.clock, defer: (fn) => node.ports.defer(fn) });
  const link = agent.connect({
    send: (frame: AgentFrame) => {
      if (frame.type === "key" || frame.type === "delta") expect(tables[frame.ch as "waits"].apply(frame)).toBeUndefined();
    },
    queued: () => 0,
    close: () => {},
  });
  link.receive({ type: "hello", v: 1 });
  (["sessions", "waits"] satisfies ChannelName[]).forEach((ch, i) => link.receive({ type: "sub", ch, id: i + 1, hz: 4 }));
  node.advance(centiseconds);
  link.closed();
  return joinWaits(readEdges(tables.waits), readCalls(tables.sessions));
}

const words = (waits: Waits, keys: ReadonlySet<string>): string[] =>
  waits.links
    .filter((l) => keys.has(l.from) && keys.has(l.to))
    .map((l) => `${waits.nodes.get(l.from)!.name} -${l.kind}${l.deadlock === "" ? "" : "!"}-> ${waits.nodes.get(l.to)!.name}`)
    .sort();

describe("the graph of real waits", () => {
  it("of two queues: four tasks in a circle of two calls and two locks, all of one deadlock", async () => {
    const waits = await waitsOf("deadlock-two-queues");
    const keys = chained(waits);
    expect(words(waits, keys)).toEqual([
      "account a -call!-> account b",
      "account a -lock!-> account a",
      "account b -call!-> account a",
      "account b -lock!-> account b",
    ]);
    const nodes = [...keys].map((k) => waits.nodes.get(k)!);
    expect(nodes.filter((n) => n.holds.length === 1)).toHaveLength(2);
    expect(nodes.filter((n) => n.serves?.what === "lua touch")).toHaveLength(2);
    const { steps, circle } = chainFrom(waits, [...keys][0]!);
    expect([steps.length, circle]).toEqual([4, true]);
    const shown = show(waits, keys, formatAddress);
    expect(shown.boxes.map((b) => [b.title, b.tasks.length, b.dead])).toEqual([
      ["account a", 2, true],
      ["account b", 2, true],
    ]);
    expect(shown.links.every((l) => l.dead && shown.boxes.find((b) => b.id === l.toBox)!.tasks[l.toRow]!.key === l.link.to)).toBe(true);
  });

  it("of one call that takes long there is nothing to show by itself, and all of it when asked for", async () => {
    const waits = await waitsOf("long-call");
    const call = waits.links.find((l) => l.call !== undefined)!;
    expect(call).toBeDefined();
    const keys = connected(waits, [call.from]);
    expect(keys.has(call.to)).toBe(true);
    expect(show(waits, keys, formatAddress).tasks).toBeGreaterThanOrEqual(2);
  });

  it("of a lost reply it ends at the service, without a task", async () => {
    const waits = await waitsOf("lost-reply");
    const lost = waits.links.filter((l) => l.state === "lost");
    expect(lost.length).toBeGreaterThan(0);
    expect(waits.nodes.get(lost[0]!.to)).toMatchObject({ task: 0 });
    expect(chainFrom(waits, lost[0]!.from).steps.length).toBe(2);
  });
});

const edge = (from: number, to: number, more: Partial<EdgeFacts> = {}): EdgeFacts => ({
  node: "n",
  fromTask: from,
  from,
  fromName: `agent ${from}`,
  toTask: to,
  to,
  toName: `agent ${to}`,
  kind: "call",
  resource: "",
  sinceUs: 0,
  deadlock: "",
  ...more,
});

describe("what is shown", () => {
  it("chains of two and more, however they branch; not the plain calls beside them", () => {
    const waits = joinWaits([edge(1, 2), edge(2, 3), edge(7, 2), edge(4, 5), edge(6, 5)], []);
    expect([...chained(waits)].sort()).toEqual(["t1", "t2", "t3", "t7"]);
    expect([...connected(waits, [taskKey(6)])].sort()).toEqual(["t4", "t5", "t6"]);
    expect(connected(waits, ["t99"]).size).toBe(0);
  });

  it("a deadlock is shown also where its tasks wait for themselves", () => {
    const waits = joinWaits([edge(1, 1, { deadlock: "d" }), edge(2, 3)], []);
    expect([...chained(waits)]).toEqual(["t1"]);
    expect(chainFrom(waits, "t1")).toMatchObject({ circle: true });
  });

  it("more than 300 tasks become their types, with how many stand behind each arrow", () => {
    const edges = Array.from({ length: 400 }, (_, i) =>
      edge(i + 1, i + 2, { fromName: i % 2 === 0 ? "even x" : "odd x", toName: i % 2 === 0 ? "odd x" : "even x" }),
    );
    const waits = joinWaits(edges, []);
    const shown = show(waits, chained(waits), formatAddress);
    expect(waits.nodes.size).toBeGreaterThan(MOST_TASKS);
    expect(shown.grouped).toBe(true);
    expect(shown.boxes.map((b) => b.title).sort()).toEqual(["even", "odd"]);
    expect(shown.links.reduce((n, l) => n + l.count, 0)).toBe(400);
    expect(show(waits, chained(waits), formatAddress, 1)).toMatchObject({ left: 1, boxes: [{ title: "even" }], links: [] });
  });

  it("a call that one of the two tables does not know yet is there all the same", () => {
    const call: CallFacts = {
      id: ":00000001-5",
      node: "n",
      from: 1,
      fromName: "a",
      fromTask: 1,
      to: 2,
      toName: "b",
      toTask: 2,
      what: "lua get",
      state: "waiting",
      sentUs: 7,
    };
    expect(joinWaits([], [call]).links).toMatchObject([{ from: "t1", to: "t2", call: { id: call.id }, state: "waiting" }]);
    expect(joinWaits([edge(1, 2)], [call]).links).toMatchObject([{ from: "t1", to: "t2", call: { id: call.id }, kind: "call" }]);
    const forsaken = joinWaits([{ ...edge(1, 0), kind: "lock", resource: "queue #1 of :00000001", to: 1 }], []);
    const { steps } = chainFrom(forsaken, "t1");
    expect(steps.map((s) => [s.node.task, s.node.ended, s.node.holds])).toEqual([
      [1, false, []],
      [0, true, ["queue #1 of :00000001"]],
    ]);
    expect(joinWaits([], [{ ...call, toTask: 0, state: "queued" }]).links).toMatchObject([{ from: "t1", to: "s:n/2", state: "queued" }]);
  });
});
