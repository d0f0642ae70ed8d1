/** Lists of the Traces panel: order and filter, names in addresses, times as text, the plot's axes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asBatch, generateTrace } from "../../traces/fixtures/generate.ts";
import { endOf, startOf } from "../../traces/layout.ts";
import { buildTrace, SpanState } from "../../traces/model.ts";
import { TraceReader } from "../../traces/read-events.ts";
import type { TraceRow } from "../../traces/trace-row.ts";
import { TraceStore } from "../../traces/trace-store.ts";
import { duration, share } from "./format.ts";
import { findTrace, listView, traceKey } from "./list-view.tsx";
import type { TraceSource } from "./list-view.tsx";
import { readRange, writeRange } from "./rest.ts";
import { orderOf } from "./row-view.ts";
import { nearest, scatterScale } from "./scatter.ts";
import { partsUs, queueUs, spanView, totalUs } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";

const trace = (spans: number, seed = 1): SpanSource => {
  const { events, names } = generateTrace({ spans, seed, errors: 0.1 });
  return { model: buildTrace(events), reader: new TraceReader(), texts: names };
};

describe("spans under a filter and a sort", () => {
  it("are those that the filter names, and in the order that was asked for", () => {
    const source = trace(300);
    const { model: m } = source;
    const failed = orderOf(spanView, source, m.spans, "is:error", []);
    expect(failed.fault).toBeUndefined();
    expect([...failed.rows]).toEqual(Array.from({ length: m.spans }, (_, s) => s).filter((s) => m.state[s] === SpanState.failed));
    expect(failed.rows.length).toBeGreaterThan(0);
    const { rows } = orderOf(spanView, source, m.spans, "run>10us -is:fork", [{ column: "run", descending: true }]);
    expect(rows.length).toBeGreaterThan(10);
    for (let i = 1; i < rows.length; i++) expect(partsUs(m, rows[i - 1]!)).toBeGreaterThanOrEqual(partsUs(m, rows[i]!));
    for (const s of rows) expect(partsUs(m, s)).toBeGreaterThan(10);
  });

  it("a filter with a fault leaves all and says what is wrong; an unknown column sorts nothing", () => {
    const source = trace(20);
    const { rows, fault } = orderOf(spanView, source, 20, "durration>3", [{ column: "nothing", descending: false }]);
    expect([...rows]).toEqual(Array.from({ length: 20 }, (_, s) => s));
    expect(fault?.message).toContain("did you mean duration");
  });

  it("sorting keeps every row once, whatever the keys; equal ones stay in their order; unknown values come last", () => {
    const columns = [{ key: "n", title: "", hint: "", numeric: true, width: "1px", value: (v: readonly number[], i: number) => v[i]! }];
    const view = { name: "x", title: "", things: "", flags: {}, columns, id: String, search: () => "" };
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(NaN))), fc.boolean(), (values, descending) => {
        const { rows } = orderOf(view, values, values.length, "", [{ column: "n", descending }]);
        expect([...rows].sort((a, b) => a - b)).toEqual(values.map((_, i) => i));
        for (let i = 1; i < rows.length; i++) {
          const [a, b] = [values[rows[i - 1]!]!, values[rows[i]!]!];
          if (Number.isNaN(a)) expect(b).toBeNaN();
          else if (!Number.isNaN(b)) expect(descending ? a >= b : a <= b).toBe(true);
          if (Object.is(a, b)) expect(rows[i - 1]!).toBeLessThan(rows[i]!);
        }
      }),
    );
  });

  it("mailbox, running and waiting together are the whole of an ended span", () => {
    const { model: m } = trace(200, 7);
    for (let s = 0; s < m.spans; s++) {
      expect(totalUs(m, s)).toBeCloseTo(endOf(m, s) - startOf(m, s), 6);
      expect(queueUs(m, s) + partsUs(m, s)).toBeLessThanOrEqual(totalUs(m, s) + 1e-6);
    }
  });
});

describe("the list of traces", () => {
  const store = new TraceStore();
  for (const [i, seed] of [1, 2, 3].entries()) {
    const made = generateTrace({ spans: 20 * (i + 1), seed, traceId: i + 1, task: 1 + 1000 * i, t: 1e6 * (i + 1) });
    store.append(asBatch(made, 0, made.events.count, 10_000 * i), "1/64");
  }
  const source: TraceSource = {
    list: store.rows(),
    reader: new TraceReader(),
    texts: store.names,
    slowUs: Infinity,
    time: String,
    offsetUs: 0,
  };

  it("filters and sorts by its columns, and a brush narrows it further", () => {
    const kept: [number, boolean][] = [];
    const view = listView((row, keep) => kept.push([row.id, keep]));
    const sorted = orderOf(view, source, 3, "sampled:1/64 spans>20", [{ column: "time", descending: true }]);
    expect(Array.from(sorted.rows, (i) => source.list[i]!.spans)).toEqual([60, 40]);
    const brushed = orderOf(view, source, 3, "", [], (i) => source.list[i]!.t < 2e6);
    expect(Array.from(brushed.rows, (i) => source.list[i]!.spans)).toEqual([20]);
  });

  it("a trace is found by its tag; of two with one tag each has a key of its own", () => {
    const [first] = source.list;
    expect(findTrace(source.list, traceKey(source.list, first!))).toBe(first);
    const twin: TraceRow = { ...first!, id: 99 };
    const both = [...source.list, twin];
    expect(traceKey(both, first!)).toBe(`${first!.tag}.${first!.id}`);
    for (const row of both) expect(findTrace(both, traceKey(both, row))).toBe(row);
    expect(findTrace(both, first!.tag)).toBe(twin);
    expect(findTrace(both, "nothing")).toBeUndefined();
    expect(findTrace(both, undefined)).toBeUndefined();
  });

  it("its plot has all traces on the axes, and finds the nearest", () => {
    const scale = scatterScale(source.list, 800, 120);
    for (const [i, row] of source.list.entries()) {
      const [x, y] = [scale.x(row.t), scale.y(row.durationUs)];
      expect(x).toBeGreaterThanOrEqual(64);
      expect(x).toBeLessThanOrEqual(788.001);
      expect(y).toBeGreaterThanOrEqual(8);
      expect(y).toBeLessThanOrEqual(100.001);
      expect(scale.t(x)).toBeCloseTo(row.t, 3);
      expect(scale.duration(y) / row.durationUs).toBeCloseTo(1, 6);
      expect(nearest(source.list, scale, x + 2, y - 2, 8)).toBe(i);
    }
    expect(nearest(source.list, scale, -500, -500, 8)).toBe(-1);
    const none = scatterScale([], 300, 100);
    expect(Number.isFinite(none.x(0) + none.y(10))).toBe(true);
  });
});

it("ranges of addresses are read as they are written, and nothing else is", () => {
  expect(readRange(writeRange(-3.4, 1e12))).toEqual([-3, 1e12]);
  for (const bad of [undefined, "", "5", "..", "9..3", "a..b", "1..2..3"]) expect(readRange(bad)).toBeUndefined();
});

it("times are texts of three digits with a unit", () => {
  expect([0, 0.4, 1, 850.2, 999.6, 1250, 48_100, 999_499, 1_200_000, 75e6, NaN, -5].map(duration)).toEqual([
    "0 µs",
    "0.4 µs",
    "1 µs",
    "850 µs",
    "1.00 ms",
    "1.25 ms",
    "48.1 ms",
    "999 ms",
    "1.20 s",
    "1m15",
    "–",
    "−5 µs",
  ]);
  expect([0, 0.021, 0.5, NaN].map(share)).toEqual(["0 %", "2.1 %", "50 %", "–"]);
});
