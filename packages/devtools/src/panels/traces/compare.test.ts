/** Two traces compared: ways matched by name, sums of each, and the order of the differences. */
import { describe, expect, it } from "vitest";
import { generateTrace } from "../../traces/fixtures/generate.ts";
import { buildTrace } from "../../traces/model.ts";
import { TraceReader } from "../../traces/read-events.ts";
import { compareTraces, compareView, signed } from "./compare.ts";
import { orderOf } from "./row-view.ts";
import { partsUs, queueUs, totalUs } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";

const trace = (options: Parameters<typeof generateTrace>[0]): SpanSource => {
  const { events, names } = generateTrace({ errors: 0.1, ...options });
  return { model: buildTrace(events), reader: new TraceReader(), texts: names };
};
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

describe("compareTraces", () => {
  it("a trace with itself, at another time and with other task numbers, differs in nothing", () => {
    const a = trace({ spans: 300, seed: 3 });
    const b = trace({ spans: 300, seed: 3, task: 5000, t: 7e6 });
    const { rows } = compareTraces(a, b);
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      expect(row.b.count, row.path).toBe(row.a.count);
      expect(row.b.errors).toBe(row.a.errors);
      for (const key of ["self", "queue", "total"] as const) expect(row.b[key]).toBeCloseTo(row.a[key], 3);
    }
  });

  it("every span counts once on its side, whatever the other has", () => {
    for (const [m, n] of [
      [200, 300],
      [1, 50],
      [40, 1],
    ] as const) {
      const [a, b] = [trace({ spans: m, seed: 1 }), trace({ spans: n, seed: 2 })];
      const { rows } = compareTraces(a, b);
      for (const [side, of] of [
        ["a", a],
        ["b", b],
      ] as const) {
        const all = Array.from({ length: of.model.spans }, (_, s) => s);
        expect(sum(rows.map((r) => r[side].count))).toBe(of.model.spans);
        expect(sum(rows.map((r) => r[side].self))).toBeCloseTo(sum(all.map((s) => partsUs(of.model, s))), 2);
        expect(sum(rows.map((r) => r[side].queue))).toBeCloseTo(sum(all.map((s) => queueUs(of.model, s))), 2);
        expect(sum(rows.map((r) => r[side].total))).toBeCloseTo(sum(all.map((s) => totalUs(of.model, s))), 2);
      }
      expect(new Set(rows.map((r) => r.path)).size).toBe(rows.length);
    }
  });

  it("sorts by the size of the difference, tells what only one has, and filters by it", () => {
    const comparison = compareTraces(trace({ spans: 200, seed: 1 }), trace({ spans: 300, seed: 2 }));
    const { rows } = comparison;
    const by = (i: number): number => Math.abs(rows[i]!.b.total - rows[i]!.a.total);
    const order = orderOf(compareView, comparison, rows.length, "", [{ column: "difference", descending: true }]).rows;
    for (let i = 1; i < order.length; i++) expect(by(order[i - 1]!)).toBeGreaterThanOrEqual(by(order[i]!));
    const added = orderOf(compareView, comparison, rows.length, "is:added", []);
    expect(added.fault).toBeUndefined();
    expect([...added.rows]).toEqual(rows.flatMap((r, i) => (r.a.count === 0 ? [i] : [])));
    expect(added.rows.length).toBeGreaterThan(0);
    const column = compareView.columns.find((c) => c.key === "difference")!;
    expect(column.cell!(comparison, added.rows[0]!)).toMatch(/^▲ \+.* \(only in B\)$/);
  });

  it("a chain of any depth is summed up without filling the memory", () => {
    const deep = trace({ spans: 20_000, width: 1, seed: 4 });
    const { rows } = compareTraces(deep, deep);
    expect(sum(rows.map((r) => r.a.count))).toBe(20_000);
    expect(Math.max(...rows.map((r) => r.path.split(" › ").length))).toBeLessThanOrEqual(40);
  });

  it("writes differences with their sign", () => {
    expect([signed(1200), signed(-1200), signed(0)]).toEqual(["+1.20 ms", "−1.20 ms", "0 µs"]);
  });
});
