/** Sums of a trace: nothing is lost, nothing counted twice, and siblings lie side by side below what called them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateTrace } from "../../traces/fixtures/generate.ts";
import { PartKind, SpanState, buildTrace } from "../../traces/model.ts";
import type { TraceModel } from "../../traces/model.ts";
import { flameOf } from "./flame.ts";

const running = (m: TraceModel): number => {
  let sum = 0;
  for (let p = 0; p < m.parts.kind.length; p++) if (m.parts.kind[p] === PartKind.run) sum += m.parts.to[p]! - m.parts.from[p]!;
  return sum;
};

describe("a trace summed up by who called whom", () => {
  it("holds every span and every microsecond once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(1000), (spans, seed) => {
        const m = buildTrace(generateTrace({ spans, seed, services: 3, commands: 2, errors: 0.1 }).events);
        const f = flameOf(m);
        const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
        expect(sum(f.spans)).toBe(m.spans);
        expect(sum(f.self)).toBeCloseTo(running(m), 3);
        expect(f.all).toBeCloseTo(running(m), 3);
        expect(sum(f.errors)).toBe(Array.from(m.state).filter((s) => s === SpanState.failed).length);
      }),
      { numRuns: 60 },
    );
  });

  it("what is below a node lies within it, side by side, the largest first", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(1000), (spans, seed) => {
        const f = flameOf(buildTrace(generateTrace({ spans, seed, services: 4, commands: 3 }).events));
        const above: number[] = [];
        const free: number[] = [];
        for (let i = 0; i < f.count; i++) {
          const d = f.depth[i]!;
          above.length = d;
          free.length = d + 1;
          const parent = above.at(-1);
          if (parent !== undefined) {
            expect(f.from[i]!).toBeGreaterThanOrEqual(f.from[parent]! - 1e-6);
            expect(f.from[i]! + f.total[i]!).toBeLessThanOrEqual(f.from[parent]! + f.total[parent]! + 1e-6);
          }
          if (free[d] !== undefined) expect(f.from[i]!).toBeGreaterThanOrEqual(free[d] - 1e-6);
          free[d] = f.from[i]! + f.total[i]!;
          above.push(i);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("joins what was reached the same way, and nothing else", () => {
    const m = buildTrace(generateTrace({ spans: 200, seed: 3, services: 1, commands: 1, errors: 0 }).events);
    const f = flameOf(m);
    // One service and one command: on each level there are calls and forks, and no third way.
    const perLevel = new Map<number, number>();
    for (const d of f.depth) perLevel.set(d, (perLevel.get(d) ?? 0) + 1);
    expect(f.depth[0]).toBe(0);
    expect(perLevel.get(0)).toBe(1);
    expect(perLevel.get(1)).toBeLessThanOrEqual(2);
    expect(f.count).toBeLessThan(m.spans);
    expect(flameOf(buildTrace(generateTrace({ spans: 1 }).events)).count).toBe(1);
  });
});
