import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findKnots, Need } from "./detect.ts";
import type { WaitsFor } from "./detect.ts";

/** A graph written as a list: -1 open, a number for one target, `["any" | "all", …targets]` for several. */
type Row = number | readonly ["any" | "all", ...number[]];
function graph(rows: readonly Row[]): WaitsFor {
  const targets = new Map<number, readonly number[]>();
  for (const [i, row] of rows.entries()) if (typeof row !== "number") targets.set(i, row.slice(1) as number[]);
  return {
    count: rows.length,
    need: rows.map((r) => (typeof r === "number" ? (r < 0 ? Need.open : Need.one) : r[0] === "any" ? Need.any : Need.all)),
    target: rows.map((r) => (typeof r === "number" ? r : -1)),
    targets,
  };
}

/**
 * The definition, tried on every subset: stuck when everybody outside gets on, and each reaches each inside. The biggest such sets are the
 * deadlocks.
 */
function bruteForce(rows: readonly Row[]): number[][] {
  const n = rows.length;
  const out = (i: number): readonly number[] => {
    const row = rows[i]!;
    return typeof row === "number" ? (row < 0 ? [] : [row]) : (row.slice(1) as number[]);
  };
  const holds = (set: readonly number[]): boolean => {
    for (const i of set) {
      const row = rows[i]!;
      const to = out(i);
      const isStuck =
        typeof row !== "number" && row[0] === "all" ? to.some((t) => set.includes(t)) : to.length > 0 && to.every((t) => set.includes(t));
      if (!isStuck) return false;
    }
    for (const from of set) {
      const seen = new Set<number>();
      const work = out(from).filter((t) => set.includes(t));
      for (let at = work.pop(); at !== undefined; at = work.pop()) {
        if (seen.has(at)) continue;
        seen.add(at);
        work.push(...out(at).filter((t) => set.includes(t)));
      }
      if (!set.every((t) => seen.has(t))) return false;
    }
    return true;
  };
  const found: number[][] = [];
  for (let bits = 1; bits < 1 << n; bits++) {
    const set = Array.from({ length: n }, (_none, i) => i).filter((i) => bits & (1 << i));
    if (holds(set)) found.push(set);
  }
  const biggest = found.filter((a) => !found.some((b) => b.length > a.length && a.every((i) => b.includes(i))));
  return biggest.sort((a, b) => a[0]! - b[0]!);
}

describe("findKnots", () => {
  it("finds the cycle and not those that wait for it", () => {
    expect(findKnots(graph([1, 2, 1, 0, -1]))).toEqual([[1, 2]]);
    expect(findKnots(graph([0]))).toEqual([[0]]);
    expect(findKnots(graph([1, 0, 3, 2]))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(findKnots(graph([1, 2, -1]))).toEqual([]);
    expect(findKnots(graph([]))).toEqual([]);
  });

  it("takes a target that is nobody for one who gets on", () => {
    expect(findKnots(graph([7, 0]))).toEqual([]);
    expect(findKnots({ count: 1, need: [Need.one], target: [-1], targets: new Map() })).toEqual([]);
  });

  it("INS-DL-1 a task that any of several frees is deadlocked only when every way leads into the knot", () => {
    expect(findKnots(graph([["any", 1, 2], 0, 0]))).toEqual([[0, 1, 2]]);
    expect(findKnots(graph([["any", 1, 2], 0, -1]))).toEqual([]);
    expect(findKnots(graph([["any", 1, -1], 0]))).toEqual([]);
    // A task that needs all is deadlocked by one of them.
    expect(findKnots(graph([["all", 1, 2], 0, -1]))).toEqual([[0, 1]]);
    expect(findKnots(graph([["any"], 0]))).toEqual([]);
    expect(findKnots(graph([["all"], 0]))).toEqual([]);
  });

  it("agrees with the definition on small graphs", () => {
    const row = (n: number) => {
      const to = fc.integer({ min: 0, max: n - 1 });
      const several = fc.uniqueArray(to, { minLength: 1, maxLength: 3 });
      return fc.oneof(
        { weight: 1, arbitrary: fc.constant(-1) },
        { weight: 4, arbitrary: to },
        {
          weight: 3,
          arbitrary: fc.tuple(fc.constantFrom("any" as const, "all" as const), several).map(([kind, list]) => [kind, ...list] as Row),
        },
      );
    };
    const rows = fc.integer({ min: 1, max: 7 }).chain((n) => fc.array(row(n) as fc.Arbitrary<Row>, { minLength: n, maxLength: n }));
    fc.assert(
      fc.property(rows, (list) => {
        expect(findKnots(graph(list))).toEqual(bruteForce(list));
      }),
      { numRuns: 3000 },
    );
  });

  it("gives the same for single waits by either way", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 9 }), { minLength: 1, maxLength: 10 }), (list) => {
        const plain = graph(list);
        // An entry for a task that does not exist makes the general way run.
        expect(findKnots({ ...plain, targets: new Map([[99, []]]) })).toEqual(findKnots(plain));
      }),
    );
  });
});
