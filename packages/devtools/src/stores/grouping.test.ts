import { createAgent } from "@skyloom/runtime/inspect";
import type { Agent } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormulaSource, sampleAt } from "../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../runtime/test/inspect/manual-clock.ts";
import { createClient } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { pageDial } from "../client/page-link.ts";
import { servicesView } from "../panels/services/columns.tsx";
import { formatAddress } from "./channels.ts";
import { GroupTotals } from "./group-totals.ts";
import { allClosed, formatOpen, groupLine, isOpen, parseOpen, toggleGroup } from "./grouping.ts";
import { LiveOrder } from "./live-order.ts";
import type { Query } from "./order.ts";
import { exportTable } from "./table-export.ts";
import type { TableStore } from "./table-store.ts";

let clock: ManualClock;
let source: FormulaSource;
let agent: Agent;
let client: Client;
let table: TableStore;
let order: LiveOrder;

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
  client.watch("services");
  await pass(3000);
  order = new LiveOrder(table, servicesView, () => clock.now());
  order.attach();
});
afterEach(() => {
  client.close();
  agent.close();
});

const byType: Query = { text: "", hidden: [], sort: [], group: "type" };
const groups = (): [string, number][] => order.groups!.map((g) => [g.name, g.to - g.from]);
const total = (name: string, key: string) =>
  new GroupTotals(table, order).total(
    order.groups!.find((g) => g.name === name)!,
    servicesView.columns.find((c) => c.key === key)!,
  );
/** What the lines say: names of groups, addresses of rows. */
const lines = (): string[] => Array.from(order.lines, (line) => (line < 0 ? order.groups![groupLine(line)]!.name : `  ${table.id(line)}`));
/** What the host said of the services at the time of the sample. */
const truth = (test: (name: string) => boolean, of: (i: number) => number): number[] =>
  Array.from({ length: source.count }, (_, i) => i)
    .filter((i) => i >= source.first && test(sampleAt(i, table.t / 1000).type))
    .map(of);

describe("grouped rows (INS-TAB-6)", () => {
  it("come by name, each row in the group its column says, in the order of the sort", () => {
    order.ask(byType);
    expect(groups()).toEqual([
      ["agent", 87],
      ["inspect", 1],
      ["launcher", 1],
      ["room", 10],
      ["service_mgr", 1],
    ]);
    for (const g of order.groups!) for (let i = g.from; i < g.to; i++) expect(table.text("type", order.rows[i]!)).toBe(g.name);
    order.ask({ ...byType, text: "room", sort: [{ column: "name", descending: true }] });
    expect(groups()).toEqual([["room", 10]]);
    expect(Array.from(order.rows, (r) => table.text("name", r)).slice(0, 2)).toEqual([".room93", ".room83"]);
  });

  it("have the count, the sum or the most of their rows, as the column says, at any moment", async () => {
    order.ask(byType);
    for (let turn = 0; turn < 3; turn++) {
      const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0);
      const at = table.t / 1000;
      expect(total("agent", "mqlen")?.value).toBe(
        sum(
          truth(
            (t) => t === "agent",
            (i) => sampleAt(i, at).mqlen,
          ),
        ),
      );
      expect(total("room", "err")?.value).toBe(
        sum(
          truth(
            (t) => t === "room",
            (i) => sampleAt(i, at).err,
          ),
        ),
      );
      expect(total("agent", "oldest")).toEqual({ value: 41_200_000, unknown: 85, estimated: false });
      expect(total("agent", "mem")).toMatchObject({ unknown: 0, estimated: true });
      expect(total("agent", "name")).toBeUndefined();
      await pass(1000);
    }
  });

  it("says how many values a sum is without", async () => {
    source.count = 101;
    await pass(1100);
    order.ask({ ...byType, sort: [] });
    // Its rate is not known before its second sample.
    expect(total("agent", "msg")?.unknown).toBe(1);
  });

  it("are sorted by their figure where the sorted column has one, else as their first rows are", () => {
    order.ask({ ...byType, sort: [{ column: "mqlen", descending: true }] });
    const figures = order.groups!.map((g) => total(g.name, "mqlen")!.value);
    expect(figures).toEqual(figures.toSorted((a, b) => b - a));
    expect(groups()[0]![0]).toBe("agent");
    order.ask({ ...byType, sort: [{ column: "mqlen", descending: false }] });
    expect(groups().at(-1)![0]).toBe("agent");
    order.ask({ ...byType, sort: [{ column: "type", descending: true }] });
    expect(groups().map(([name]) => name)).toEqual(["service_mgr", "room", "launcher", "inspect", "agent"]);
    order.ask({ ...byType, group: "state", sort: [{ column: "state", descending: true }] });
    expect(groups()[0]![0]).toBe("deadlocked");
  });

  it("show their rows when they are opened, also while the order is frozen", () => {
    order.ask(byType);
    expect(lines()).toEqual(["agent", "inspect", "launcher", "room", "service_mgr"]);
    order.freeze(true);
    order.show(toggleGroup(order.open, "launcher"));
    expect(lines()).toEqual(["agent", "inspect", "launcher", `  ${formatAddress(1)}`, "room", "service_mgr"]);
    order.show({ all: true, names: new Set(["agent"]) });
    expect(lines()).toHaveLength(5 + 13);
    order.show(allClosed);
    expect(lines()).toHaveLength(5);
    order.ask({ ...byType, group: undefined });
    expect([order.groups, order.lines.length]).toEqual([undefined, 100]);
  });

  it("stand still while frozen: rows that go leave, new ones join the end of their group, a new group the end of the list", async () => {
    order.ask({ ...byType, sort: [{ column: "mqlen", descending: true }] });
    order.freeze(true);
    const names = (): string[] => groups().map(([name]) => name);
    const before = { names: names(), agents: [...order.rows.subarray(order.groups![0]!.from, order.groups![0]!.to)] };
    source.first = 2;
    source.count = 105;
    await pass(6000);
    expect(order.held).toBe(true);
    // .launcher and .service_mgr have ended; a group without rows goes.
    expect(names()).toEqual(before.names.filter((n) => n !== "launcher" && n !== "service_mgr"));
    const agents = [...order.rows.subarray(order.groups![0]!.from, order.groups![0]!.to)];
    expect(agents.slice(0, before.agents.length)).toEqual(before.agents);
    expect(agents.slice(before.agents.length).map((r) => table.text("name", r))).toEqual([
      "agent u1100",
      "agent u1101",
      "agent u1102",
      "agent u1104",
    ]);
    order.freeze(false);
    await pass(3000);
    expect(order.held).toBe(false);
    order.ask({ ...byType, group: "name", sort: [{ column: "name", descending: true }] });
    order.freeze(true);
    source.count = 106;
    await pass(2000);
    expect(order.groups!.at(-1)!.name).toBe("agent u1105");
    order.freeze(false);
    await pass(3000);
    expect(order.groups!.at(-1)!.name).not.toBe("agent u1105");
  });

  it("are exported group by group, closed or not, with their figures in JSON", () => {
    order.ask({ ...byType, text: "-agent", sort: [{ column: "mqlen", descending: false }] });
    const columns = servicesView.columns.filter((c) => ["addr", "mqlen", "oldest"].includes(c.key));
    const by = servicesView.columns.find((c) => c.key === "type")!;
    const head = { host: "h", panel: "services", filter: "-agent", time: "now" };
    const json = JSON.parse(exportTable("json", head, table, columns, order.rows, { by, groups: order.groups! })) as {
      by: string;
      groups: Record<string, unknown>[];
      rows: Record<string, unknown>[];
    };
    expect(json.by).toBe("type");
    expect(json.groups.find((g) => g["name"] === "room")).toMatchObject({ count: 10, "oldest.max": null });
    expect(json.rows.map((r) => r["type"]).filter((t, i, all) => t !== all[i - 1])).toEqual(json.groups.map((g) => g["name"]));
    const csv = exportTable("csv", head, table, columns, order.rows, { by, groups: order.groups! }).split("\n");
    expect(csv[4]).toBe("type,addr,mqlen,oldest (us)");
    expect(csv.filter((l) => l !== "" && !l.startsWith("#"))).toHaveLength(1 + 13);
  });

  it("are made of 10,000 rows within a moment", () => {
    source.count = 10_000;
    return pass(2000).then(() => {
      const from = performance.now();
      order.ask({ ...byType, sort: [{ column: "mqlen", descending: true }] });
      const made = performance.now() - from;
      const totals = new GroupTotals(table, order);
      const start = performance.now();
      for (const g of order.groups!) for (const c of servicesView.columns) totals.total(g, c);
      const summed = performance.now() - start;
      console.log(`10,000 rows: grouped in ${made.toFixed(1)} ms, all figures in ${summed.toFixed(1)} ms`);
      expect(order.rows).toHaveLength(10_000);
      expect(made + summed).toBeLessThan(500);
    });
  });
});

describe("which groups are open, in an address", () => {
  it("reads what it wrote, whatever the names", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.uniqueArray(fc.string({ unit: "grapheme" }), { maxLength: 5 }), (all, names) => {
        const open = { all, names: new Set(names) };
        const text = formatOpen(open);
        expect(parseOpen(text)).toEqual(open);
        for (const name of names) expect(isOpen(parseOpen(text), name)).toBe(!all);
      }),
    );
  });
  it("reads anything without throwing", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseOpen(text)));
  });
});
