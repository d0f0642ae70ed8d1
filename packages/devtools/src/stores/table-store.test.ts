import { createAgent, inspectLimits } from "@skyloom/runtime/inspect";
import type { AgentFrame, DeltaFrame, KeyFrame } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { cpuOf, FormulaSource, rateOf, sampleAt } from "../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../runtime/test/inspect/manual-clock.ts";
import { LiveOrder, REORDER_MS } from "./live-order.ts";
import { StringTable } from "../client/string-table.ts";
import { cpuPercent, servicesView } from "../panels/services/columns.tsx";
import { formatAddress, parseAddress, tableShapes } from "./channels.ts";
import { makeFilter, orderRows } from "./order.ts";
import type { Query } from "./order.ts";
import { GHOST_MS, LiveTable } from "./table-store.ts";

let clock: ManualClock;
let source: FormulaSource;
let table: LiveTable;
let frames: (KeyFrame | DeltaFrame)[];
/** Frames for which this says no never reach the table. */
let passes: (frame: KeyFrame | DeltaFrame) => boolean;
let faults: string[];
let again: () => void;

beforeEach(() => {
  clock = new ManualClock();
  source = new FormulaSource(100, () => clock.now());
  table = new LiveTable(tableShapes.services, new StringTable(), () => clock.now());
  frames = [];
  faults = [];
  passes = () => true;
  const agent = createAgent(source, { clock, defer: clock.defer });
  const connection = agent.connect({
    send: (frame: AgentFrame) => {
      if (frame.type !== "key" && frame.type !== "delta") return;
      frames.push(frame);
      const fault = passes(frame) ? table.apply(frame) : undefined;
      if (fault !== undefined) faults.push(fault);
    },
    queued: () => 0,
    close: () => {},
  });
  connection.receive({ type: "hello", v: 1 });
  again = () => connection.receive({ type: "sub", ch: "services", id: 1, fields: tableShapes.services.fields });
  again();
});

const rowOf = (i: number): number => table.find(formatAddress(i + 1));
const query = (part: Partial<Query> = {}): Query => ({ text: "", hidden: [], sort: [], ...part });
const ordered = (of: LiveTable, q: Query): Uint32Array => orderRows(of, servicesView, q.sort, makeFilter(of, servicesView, q).test);
const shown = (rows: Uint32Array): string[] => [...rows].map((r) => table.text("name", r));

describe("the services table", () => {
  it("holds what the host said, by address", () => {
    clock.advance(0);
    expect([table.ready, table.live, table.total]).toEqual([true, 100, 100]);
    for (const i of [0, 3, 50, 99]) {
      const truth = sampleAt(i, table.t / 1000);
      const row = rowOf(i);
      expect(table.text("name", row)).toBe(truth.name);
      for (const f of ["mqlen", "task", "msg", "cpuUs", "mem", "err", "flags"] as const)
        expect([f, table.number(f, row)]).toEqual([f, truth[f]]);
    }
  });

  it("makes rates from counters and host time, unknown until there are two samples (INS-PRO-2)", () => {
    clock.advance(0);
    expect(table.rate("msg", rowOf(40))).toBeNaN();
    clock.advance(2000);
    for (const i of [0, 20, 40, 41]) {
      expect(Math.abs(table.rate("msg", rowOf(i)) - rateOf(i))).toBeLessThanOrEqual(1);
      expect(Math.abs(cpuPercent(table, rowOf(i)) - cpuOf(i))).toBeLessThan(0.01);
    }
  });

  it("a frame that is missing is noticed, changes nothing, and corrupts no rate", () => {
    clock.advance(2000);
    const { version } = table;
    let lost = 0;
    passes = () => ++lost !== 1;
    clock.advance(2000);
    expect(faults).toEqual(["gap"]);
    expect(table.version).toBe(version);
    again();
    clock.advance(1000);
    expect(table.version).toBeGreaterThan(version);
    expect(Math.abs(table.rate("msg", rowOf(40)) - rateOf(40))).toBeLessThanOrEqual(1);
  });

  it("a service that ends stays greyed for 3 s, then goes; a pinned one stays (INS-TAB-4)", () => {
    clock.advance(0);
    const [first, second] = [rowOf(0), rowOf(1)];
    table.pin(second);
    source.first = 2;
    clock.advance(1000);
    expect([table.live, table.status[first], table.status[second]]).toEqual([98, 2, 2]);
    expect(table.find(formatAddress(1))).toBe(first);
    clock.advance(GHOST_MS + 1000);
    expect([table.status[first], table.status[second]]).toEqual([0, 2]);
    expect(table.find(formatAddress(1))).toBe(-1);
    table.pin(-1);
    clock.advance(1000);
    expect(table.status[second]).toBe(0);
  });

  it("an address that is used again is a service of its own", () => {
    clock.advance(0);
    const row = rowOf(0);
    source.first = 1;
    clock.advance(1000);
    source.first = 0;
    clock.advance(1000);
    expect(rowOf(0)).not.toBe(row);
    expect(table.rate("msg", rowOf(0))).toBeNaN();
    expect(table.live).toBe(100);
  });

  it("a key frame keeps the rows of services that live on, and ends the others", () => {
    clock.advance(1000);
    const row = rowOf(40);
    const version = table.rowVersion[row];
    source.first = 10;
    again();
    clock.advance(300);
    expect([rowOf(40), table.live]).toEqual([row, 90]);
    expect(table.rowVersion[row]).toBeGreaterThan(version!);
    expect(table.rate("msg", row)).not.toBeNaN();
  });

  it("says what is wrong with a broken frame, and never throws", () => {
    clock.advance(0);
    const key = frames[0] as KeyFrame;
    const with_ = (added: object): string | undefined =>
      new LiveTable(tableShapes.services, new StringTable(), () => 0).apply({ ...key, added: { ...key.added, ...added } } as KeyFrame);
    expect(with_({ count: -1 })).toBe("a block has no sound number of rows");
    expect(with_({ count: 1e9 })).toBe("a block has no sound number of rows");
    expect(with_({ count: 99 })).toMatch(/^column slots has \d+ bytes where 99 rows/);
    expect(with_({ columns: { ...key.added.columns, mqlen: null } })).toBe("column mqlen is no column");
    expect(with_({ columns: { mqlen: key.added.columns["mqlen"] } })).toBe("its new rows do not say what they are: addr is missing");
    expect(with_({ columns: { ...key.added.columns, name: key.added.columns["mqlen"] } })).toBe("column name is of the wrong kind");
    expect(new LiveTable(tableShapes.services, new StringTable(), () => 0).apply({ ...key, strings: { first: 5, values: [] } })).toBe(
      "its texts begin at 5 where 0 are known",
    );
    // An object that cannot even be compared or printed.
    const hostile = { toString: {}, valueOf: {} };
    for (const part of [{ seq: hostile }, { t: hostile }, { rest: hostile }, { total: hostile }])
      expect(new LiveTable(tableShapes.services, new StringTable(), () => 0).apply({ ...key, ...part } as never)).toBe(
        "its head is broken",
      );
    expect(
      new LiveTable(tableShapes.services, new StringTable(), () => 0).apply({ ...key, strings: { first: hostile, values: [] } } as never),
    ).toBe("its texts do not say where they begin");
    expect(with_({ count: hostile })).toBe("a block has no sound number of rows");
    const noTexts = { ...key, strings: { first: 0, values: [] } };
    expect(new LiveTable(tableShapes.services, new StringTable(), () => 0).apply(noTexts)).toMatch(/^column \w+ names the unknown text/);
    fc.assert(
      fc.property(
        fc.record({
          seq: fc.anything(),
          t: fc.anything(),
          rest: fc.anything(),
          total: fc.anything(),
          strings: fc.anything(),
          added: fc.anything(),
          changed: fc.anything(),
          removed: fc.anything(),
        }),
        fc.constantFrom("key", "delta"),
        (frame, type) => {
          new LiveTable(tableShapes.services, new StringTable(), () => 0).apply({ type, ...frame } as never);
          const known = new LiveTable(tableShapes.services, new StringTable(), () => 0);
          known.apply(key);
          known.apply({
            ...key,
            seq: 2,
            type: "delta",
            ...Object.fromEntries(
              Object.entries(frame)
                .slice(1)
                .filter(([, v]) => v !== undefined),
            ),
          } as never);
        },
      ),
      { numRuns: 1000 },
    );
    expect(inspectLimits.rows).toBe(50_000);
  });

  it("writes addresses as Skynet does, and reads them back", () => {
    expect(formatAddress(0x0100001c)).toBe(":0100001c");
    fc.assert(
      fc.property(fc.nat(0xffffffff), (a) => {
        expect(parseAddress(formatAddress(a))).toBe(a);
      }),
    );
    expect([parseAddress("1c"), parseAddress(":xyz"), parseAddress(""), parseAddress(".db")]).toEqual([
      0x1c,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("filter and sort", () => {
  beforeEach(() => {
    source.count = 60;
    clock.advance(2000);
  });

  it("shows services whose name or address contains every word", () => {
    expect(shown(ordered(table, query({ text: "room" })))).toEqual([".room3", ".room13", ".room23", ".room33", ".room43", ".room53"]);
    expect(shown(ordered(table, query({ text: "AGENT u1041" })))).toEqual(["agent u1041"]);
    expect(shown(ordered(table, query({ text: ":0000002a" })))).toEqual(["agent u1041"]);
    expect(shown(ordered(table, query({ text: "room nothing" })))).toEqual([]);
  });

  it("hides the framework's own services on request", () => {
    expect(ordered(table, query({ hidden: ["system"] })).length).toBe(57);
    expect(ordered(table, query()).length).toBe(60);
  });

  it("sorts by any column as plain comparison of the true figures would, ties by address", () => {
    for (const column of ["mqlen", "mem", "err", "task"] as const)
      for (const descending of [false, true]) {
        const truth = Array.from({ length: 60 }, (_, i) => sampleAt(i, table.t / 1000)).sort(
          (a, b) => (descending ? b[column] - a[column] : a[column] - b[column]) || a.addr - b.addr,
        );
        expect([column, shown(ordered(table, query({ sort: [{ column, descending }] })))]).toEqual([column, truth.map((s) => s.name)]);
      }
    const byRate = ordered(table, query({ sort: [{ column: "msg", descending: true }] }));
    expect(shown(byRate).slice(0, 3)).toEqual(["agent u1040", "agent u1020", ".launcher"]);
    const byState = ordered(table, query({ sort: [{ column: "state", descending: true }] }));
    expect(shown(byState).slice(0, 3)).toEqual(["agent u1011", "agent u1009", "agent u1059"]);
  });

  it("puts what is not known last in both directions", () => {
    source.count = 61;
    clock.advance(1000);
    for (const descending of [false, true])
      expect(shown(ordered(table, query({ sort: [{ column: "msg", descending }] }))).at(-1)).toBe("agent u1060");
  });

  it("uses the second column where the first ties", () => {
    const sort = [
      { column: "task", descending: false },
      { column: "mem", descending: true },
    ] as const;
    const truth = Array.from({ length: 60 }, (_, i) => sampleAt(i, table.t / 1000)).sort((a, b) => a.task - b.task || b.mem - a.mem);
    expect(shown(ordered(table, query({ sort })))).toEqual(truth.map((s) => s.name));
  });
});

describe("the live order (INS-TAB-3)", () => {
  it("is made anew at most every 2 s, and at once when the question changes", () => {
    const order = new LiveOrder(table, servicesView, () => clock.now());
    order.attach();
    order.ask(query({ sort: [{ column: "mqlen", descending: true }] }));
    clock.advance(0);
    const made: number[] = [];
    order.subscribe(() => made.push(order.madeAt));
    clock.advance(10_000);
    const times = [...new Set(made)];
    expect(times.length).toBeGreaterThanOrEqual(4);
    times.slice(1).forEach((at, i) => expect(at - times[i]!).toBeGreaterThanOrEqual(REORDER_MS));
    order.ask(query({ text: "room" }));
    expect(order.madeAt).toBe(clock.now());
    expect(order.rows.length).toBe(10);
  });

  it("does not move while frozen, says that it is held, and catches up when let go", () => {
    clock.advance(1000);
    const order = new LiveOrder(table, servicesView, () => clock.now());
    order.attach();
    order.ask(query({ sort: [{ column: "mqlen", descending: true }] }));
    const before = [...order.rows];
    order.freeze(true);
    clock.advance(8000);
    expect([...order.rows]).toEqual(before);
    expect(order.held).toBe(true);
    order.freeze(false);
    expect(order.held).toBe(false);
    expect([...order.rows]).not.toEqual(before);
    expect([...order.rows]).toEqual([...ordered(table, order.query)]);
  });

  it("while frozen, new rows join at the end and ended ones leave after their time; no other moves", () => {
    clock.advance(1000);
    const order = new LiveOrder(table, servicesView, () => clock.now());
    order.attach();
    order.ask(query({ sort: [{ column: "mqlen", descending: true }] }));
    const before = [...order.rows];
    order.freeze(true);
    source.count = 102;
    source.first = 2;
    clock.advance(1000);
    expect([...order.rows].slice(0, 100)).toEqual(before);
    expect(shown(order.rows).slice(100)).toEqual(["agent u1100", "agent u1101"]);
    const ended = new Set([rowOf(0), rowOf(1)]);
    clock.advance(GHOST_MS + 1000);
    expect([...order.rows].slice(0, 98)).toEqual(before.filter((r) => !ended.has(r)));
  });

  it("an order by what never changes has nothing to freeze", () => {
    clock.advance(1000);
    const order = new LiveOrder(table, servicesView, () => clock.now());
    order.attach();
    order.ask(query({ sort: [{ column: "name", descending: false }] }));
    order.freeze(true);
    clock.advance(5000);
    expect(order.held).toBe(false);
  });
});
