import { createAgent } from "@skyloom/runtime/inspect";
import type { Agent } from "@skyloom/runtime/inspect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormulaSource, rateOf } from "../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../runtime/test/inspect/manual-clock.ts";
import { createClient } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { pageDial } from "../client/page-link.ts";
import { servicesView } from "../panels/services/columns.tsx";
import { formatAddress } from "./channels.ts";
import { LiveOrder } from "./live-order.ts";
import { LogStore } from "./log-store.ts";
import type { TableStore } from "./table-store.ts";

let clock: ManualClock;
let source: FormulaSource;
let agent: Agent;
let client: Client;
let table: TableStore;

/** Lets microtasks (page links) and virtual time go on together. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left >= 0; left -= 100) {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    clock.advance(Math.min(left, 100));
  }
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

beforeEach(async () => {
  clock = new ManualClock();
  source = new FormulaSource(100, () => clock.now());
  agent = createAgent(source, { clock, defer: clock.defer });
  client = createClient({ dial: pageDial(agent), title: "test", clock, random: () => 0 });
  table = client.table("services");
  client.connect();
});
afterEach(() => {
  client.close();
  agent.close();
});

/** Everything a panel could show. */
const seen = (): unknown =>
  Array.from({ length: table.high }, (_, row) => [
    table.id(row),
    table.status[row],
    table.rowVersion[row],
    ...servicesView.columns.map((c) => c.value(table, row)),
  ]);

describe("a paused view (INS-SH-3)", () => {
  it("shows the same, whatever comes, and counts it; going on jumps to now", async () => {
    client.watch("services");
    await pass(3000);
    const order = new LiveOrder(table, servicesView, () => clock.now());
    order.ask({ text: "", hidden: [], sort: [{ column: "mqlen", descending: true }] });
    order.attach();
    client.pause.set(true);
    const [before, rows, { version, t, live }] = [seen(), [...order.rows], table];
    source.first = 5;
    source.count = 130;
    await pass(8000);
    expect(seen()).toEqual(before);
    expect([[...order.rows], table.version, table.t, table.live]).toEqual([rows, version, t, live]);
    expect(client.pause.missed).toBeGreaterThan(5);
    client.pause.set(false);
    await pass(3000);
    expect(table.live).toBe(125);
    expect(table.t).toBeGreaterThan(t + 7e6);
    expect(table.find(formatAddress(1))).toBe(-1);
    expect(table.rate("msg", table.find(formatAddress(41)))).toBeCloseTo(rateOf(40), 0);
    expect(order.rows).toHaveLength(125);
    expect(client.pause.missed).toBe(0);
  });

  it("can be sorted and filtered as it was", async () => {
    client.watch("services");
    await pass(1000);
    client.pause.set(true);
    source.first = 90;
    await pass(5000);
    const order = new LiveOrder(table, servicesView, () => clock.now());
    order.ask({ text: "u1004", hidden: [], sort: [] });
    expect([...order.rows].map((r) => table.text("name", r))).toEqual(["agent u1004"]);
  });

  it("a panel that is opened meanwhile shows its first data, and then stands still", async () => {
    await pass(500);
    client.pause.set(true);
    client.watch("services");
    await pass(1000);
    expect([table.ready, table.live]).toEqual([true, 100]);
    const before = seen();
    await pass(4000);
    expect(seen()).toEqual(before);
  });

  it("old rows of a panel that is opened again meanwhile are brought up to date once", async () => {
    const stop = client.watch("services");
    await pass(1000);
    stop();
    const { t } = table;
    await pass(5000);
    client.pause.set(true);
    client.watch("services");
    await pass(1500);
    expect(table.t).toBeGreaterThan(t);
    const now = table.t;
    await pass(3000);
    expect(table.t).toBe(now);
  });

  it("holds the lines of a log, and has all of them afterwards", () => {
    const logs = new LogStore();
    const line = (text: string): void =>
      logs.take({
        t: 0,
        first: 0,
        leftOut: 0,
        dropped: 0,
        count: 1,
        numbers: new Map(),
        texts: new Map(),
        inline: new Map([["text", [text]]]),
      });
    let missed = 0;
    line("a");
    logs.freeze(() => missed++);
    line("b");
    line("c");
    expect([logs.lines.map((l) => l.text), missed]).toEqual([["a"], 2]);
    logs.thaw();
    expect(logs.lines.map((l) => l.text)).toEqual(["a", "b", "c"]);
  });
});

describe("rows that are kept (INS-TAB-4)", () => {
  it("stay when they end, and go when they are kept no longer", async () => {
    client.watch("services");
    await pass(1000);
    const [first, second] = [table.find(formatAddress(1)), table.find(formatAddress(2))];
    table.keep(first, true);
    expect([table.kept(first), table.kept(second)]).toEqual([true, false]);
    source.first = 2;
    await pass(8000);
    expect([table.status[first], table.status[second]]).toEqual([2, 0]);
    const { version } = table;
    table.keepNone();
    expect(table.status[first]).toBe(0);
    expect(table.version).toBeGreaterThan(version);
  });

  it("are the same ones when the view goes on after a pause in which their numbers were used again", async () => {
    client.watch("services");
    await pass(1000);
    client.pause.set(true);
    const row = table.find(formatAddress(50));
    table.keep(row, true);
    source.first = 60;
    await pass(6000);
    source.count = 140;
    await pass(3000);
    client.pause.set(false);
    const kept = table.find(formatAddress(50));
    expect([table.text("name", kept), table.status[kept], table.kept(kept)]).toEqual(["agent u1049", 2, true]);
    expect(Array.from({ length: table.high }, (_, r) => r).filter((r) => table.status[r] !== 0 && table.kept(r))).toEqual([kept]);
  });
});

describe("is:changed", () => {
  const changed = (): number[] =>
    Array.from({ length: source.count }, (_, i) => i).filter((i) => {
      const row = table.find(formatAddress(i + 1));
      return row >= 0 && servicesView.flags["changed"]!(table, row);
    });

  it("names the rows the host has said something new of within ten seconds; growing ages are no news", async () => {
    client.watch("services");
    await pass(300);
    // Nothing was seen to change yet, whatever the first table says.
    expect(changed()).toEqual([]);
    await pass(4000);
    const active = Array.from({ length: 100 }, (_, i) => i).filter((i) => rateOf(i) > 0);
    expect(changed()).toEqual(active);
    source.count = 101;
    await pass(1100);
    expect(changed()).toEqual([...active, 100]);
    source.names.set(9, "agent renamed");
    await pass(1100);
    expect(changed()).toContain(9);
    await pass(11_000);
    expect(changed()).not.toContain(9);
    expect(changed()).toEqual([...active, 100]);
  });
});
