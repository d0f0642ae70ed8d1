/** What is made of a tree for the screen: rows, axis, critical path, sequence. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceKind } from "@skyloom/runtime/inspect";
import { criticalPath } from "./critical-path.ts";
import { emptyEvents } from "./events.ts";
import { generateTrace } from "./fixtures/generate.ts";
import { layoutTrace, matchSpans, RowFlag } from "./layout.ts";
import { buildTrace, SpanState } from "./model.ts";
import type { TraceModel } from "./model.ts";
import { sequenceOf } from "./sequence.ts";
import { timeScale } from "./time-scale.ts";

const K = TraceKind;
type Row = readonly [t: number, kind: number, src: number, dst: number, session: number, task: number, cmd?: number, parent?: number];

/** A model of events written by hand: times in milliseconds. */
function model(rows: readonly Row[]): TraceModel {
  const events = emptyEvents(rows.length);
  for (const [i, [t, kind, src, dst, session, task, cmd = 0, parent = 0]] of rows.entries()) {
    events.seq[i] = i;
    events.t[i] = t * 1000;
    events.kind[i] = kind;
    events.src[i] = src;
    events.dst[i] = dst;
    events.session[i] = session;
    events.task[i] = task;
    events.cmdId[i] = cmd;
    events.parent[i] = parent;
  }
  return buildTrace(events);
}

/** A root that makes `n` calls of command 2 one after the other, 1 ms each, then one of command 3. */
function loop(n: number): TraceModel {
  const rows: Row[] = [[0, K.request, 1, 10, 1, 1, 1]];
  for (let i = 0; i <= n; i++) {
    const cmd = i === n ? 3 : 2;
    rows.push([i, K.call, 10, 11, i + 2, 1, cmd, 1], [i, K.request, 10, 11, i + 2, i + 2, cmd, 1]);
    rows.push([i + 1, K.response, 11, 10, i + 2, i + 2], [i + 1, K.end, 11, 11, 0, i + 2], [i + 1, K.resume, 10, 10, i + 2, 1]);
  }
  rows.push([n + 1, K.response, 10, 1, 1, 1], [n + 1, K.end, 10, 10, 0, 1]);
  return model(rows);
}

const rowsOf = (m: TraceModel, wish?: Parameters<typeof layoutTrace>[1]): string[] => {
  const l = layoutTrace(m, wish);
  return Array.from({ length: l.count }, (_, i) => {
    const flags = Object.entries(RowFlag)
      .filter(([, bit]) => (l.flags[i]! & bit) !== 0)
      .map(([name]) => name);
    return `${"  ".repeat(l.depth[i]!)}${l.span[i]}${l.joined[i] === 1 ? "" : ` ×${l.joined[i]} ${l.from[i]! / 1000}-${l.to[i]! / 1000}`} ${flags.join(",")}`.trimEnd();
  });
};

describe("rows of a waterfall", () => {
  it("joins more than five siblings of one name", () => {
    expect(rowsOf(loop(5))).toEqual(["0 parent", "  1", "  2", "  3", "  4", "  5", "  6"]);
    expect(rowsOf(loop(12))).toEqual(["0 parent", "  1 ×12 0-12 joined", "  13"]);
    expect(rowsOf(loop(12), { joinAbove: 0 })).toHaveLength(14);
    expect(rowsOf(loop(6), { opened: new Set([1]) })).toEqual(["0 parent", "  1", "  2", "  3", "  4", "  5", "  6", "  7"]);
  });

  it("folds children away", () => {
    expect(rowsOf(loop(3), { folded: new Set([0]) })).toEqual(["0 parent,folded"]);
  });

  it("keeps the ancestors of what matches", () => {
    const m = loop(12);
    expect(rowsOf(m, { matches: matchSpans(m, (s) => m.cmd[s] === 3) })).toEqual(["0 parent,ancestor", "  13"]);
    expect(rowsOf(m, { matches: matchSpans(m, () => false) })).toEqual([]);
  });

  it("shows every span once, parents first, for any tree and any wish", () => {
    const { events } = generateTrace({ spans: 300, seed: 3, width: 12, services: 2, commands: 2 });
    const m = buildTrace(events);
    const some = fc.uniqueArray(fc.nat(299), { maxLength: 60 });
    fc.assert(
      fc.property(some, some, fc.option(some, { nil: undefined }), fc.nat(8), (folded, opened, matched, joinAbove) => {
        const matches = matched === undefined ? undefined : matchSpans(m, (s) => matched.includes(s));
        const l = layoutTrace(m, {
          folded: new Set(folded),
          opened: new Set(opened),
          joinAbove,
          ...(matches === undefined ? {} : { matches }),
        });
        const seen = new Set(l.span);
        expect(seen.size).toBe(l.count);
        for (let i = 0; i < l.count; i++) {
          const s = l.span[i]!;
          const parent = m.parent[s]!;
          expect(l.depth[i]).toBe(m.depth[s]);
          if (parent >= 0) expect(seen.has(parent) && !folded.includes(parent)).toBe(true);
          // What is directly above in the tree stands above in the list.
          if (i > 0) expect(l.depth[i]!).toBeLessThanOrEqual(l.depth[i - 1]! + 1);
        }
        if (folded.length === 0 && matches === undefined && joinAbove === 0) expect(l.count).toBe(m.spans);
      }),
    );
  });
});

describe("the time axis", () => {
  /** 1 ms of work, 100 ms of sleep, 1 ms of work. */
  const sleeper = model([
    [0, K.request, 1, 10, 1, 1],
    [1, K.sleep, 10, 10, 2, 1],
    [101, K.resume, 10, 10, 2, 1],
    [102, K.end, 10, 10, 0, 1],
  ]);

  it("cuts what is idle longer than three times all work", () => {
    const scale = timeScale(sleeper, true);
    expect(scale.cuts).toEqual([{ from: 1000, to: 101_000 }]);
    expect(scale.length).toBeCloseTo(2200);
    expect([0, 500, 1000, 101_000, 102_000].map((t) => Math.round(scale.toShown(t)))).toEqual([0, 500, 1000, 1200, 2200]);
    expect(scale.toReal(1100)).toBeCloseTo(51_000);
    expect(timeScale(sleeper, false).length).toBe(102_000);
    expect(timeScale(loop(4), true).cuts).toEqual([]);
  });

  it("goes there and back", () => {
    const scale = timeScale(sleeper, true);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 102_000, noNaN: true }), (t) => {
        expect(scale.toReal(scale.toShown(t))).toBeCloseTo(t, 3);
      }),
    );
  });
});

describe("the critical path", () => {
  it("goes through the parallel call that took longest", () => {
    const m = model([
      [0, K.request, 1, 10, 1, 1],
      [1, K.call, 10, 11, 2, 1],
      [1, K.call, 10, 12, 3, 1],
      [1, K.wait, 10, 10, 4, 1],
      [1, K.request, 10, 11, 2, 2, 0, 1],
      [2, K.response, 11, 10, 2, 2],
      [2, K.end, 11, 11, 0, 2],
      [2, K.request, 10, 12, 3, 3, 0, 1],
      [8, K.response, 12, 10, 3, 3],
      [8, K.end, 12, 12, 0, 3],
      [8, K.wake, 10, 10, 4, 1],
      [9, K.response, 10, 1, 1, 1],
      [9, K.end, 10, 10, 0, 1],
    ]);
    const path = criticalPath(m);
    expect(Array.from({ length: path.count }, (_, i) => [path.span[i], path.from[i]! / 1000, path.to[i]! / 1000])).toEqual([
      [0, 0, 1],
      [1, 1, 2],
      [2, 2, 8],
      [0, 8, 9],
    ]);
  });

  it("covers the time of the root without gaps or overlaps, for any trace", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 200 }), (seed, spans) => {
        const m = buildTrace(generateTrace({ spans, seed }).events);
        const path = criticalPath(m);
        let at = m.queued[0]!;
        for (let i = 0; i < path.count; i++) {
          expect(path.from[i]).toBe(at);
          at = path.to[i]!;
        }
        expect(at).toBe(m.replied[0]);
      }),
    );
  });

  it("of nothing is nothing", () => {
    expect(criticalPath(model([])).count).toBe(0);
  });
});

describe("the sequence diagram", () => {
  it("has a lane for each service and an arrow for each message and reply", () => {
    const m = loop(2);
    const all = sequenceOf(m);
    expect(all.lanes.map((l) => l.addr)).toEqual([1, 10, 11]);
    expect(all.total).toBe(8);
    expect(Array.from(all.arrows, (a, i) => [m.arrows.kind[a], all.from[i], all.to[i]])).toEqual([
      [0, 0, 1],
      ...Array.from({ length: 3 }, () => [
        [0, 1, 2],
        [2, 2, 1],
      ]).flat(),
      [2, 1, 0],
    ]);
  });

  it("leaves out lanes, joins services, narrows to a stretch of time", () => {
    const m = loop(2);
    expect(sequenceOf(m, { hidden: new Set([11]) }).total).toBe(2);
    expect(sequenceOf(m, { laneOf: () => 1 }).lanes).toHaveLength(1);
    expect(sequenceOf(m, { from: 900, to: 1100 }).total).toBe(2);
  });

  it("shows 2,000 arrows at most, and says how many there are", () => {
    const m = buildTrace(generateTrace({ spans: 3000 }).events);
    const s = sequenceOf(m);
    expect(s.arrows).toHaveLength(2000);
    expect(s.total).toBe(m.arrows.count);
  });
});

describe("large traces (INS-UI-4; how long they take is measured by bench:ui)", () => {
  it("50,000 spans: rows, axis, path", () => {
    const m = buildTrace(generateTrace({ spans: 50_000 }).events);
    const failed = matchSpans(m, (s) => m.state[s] === SpanState.failed);
    layoutTrace(m);
    const l = layoutTrace(m, { joinAbove: 0 });
    layoutTrace(m, { matches: failed });
    timeScale(m, true);
    criticalPath(m);
    expect(l.count).toBe(50_000);
  });
});
