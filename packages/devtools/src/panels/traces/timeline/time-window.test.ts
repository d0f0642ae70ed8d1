/** The stretch in view: whatever is done to it, it stays on the axis and keeps its length where it should. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { niceStep, TimeWindow } from "./time-window.ts";

describe("the stretch in view", () => {
  it("begins whole, shows a stretch whichever end comes first, and is whole again", () => {
    const w = new TimeWindow(1000);
    expect([w.from, w.to, w.whole]).toEqual([0, 1000, true]);
    w.show(400, 200);
    expect([w.from, w.to, w.whole]).toEqual([200, 400, false]);
    w.reset();
    expect(w.whole).toBe(true);
  });

  it("zooms around a place that stays where it is, and stops at the ends", () => {
    const w = new TimeWindow(1000);
    w.zoom(0.5, 250);
    expect([w.from, w.to]).toEqual([125, 625]);
    w.pan(-500);
    expect([w.from, w.to]).toEqual([0, 500]);
    w.pan(5000);
    expect([w.from, w.to]).toEqual([500, 1000]);
    w.zoom(10);
    expect(w.whole).toBe(true);
  });

  it("stays whole when the axis grows, and otherwise where it was", () => {
    const w = new TimeWindow(100);
    w.resize(300);
    expect([w.from, w.to]).toEqual([0, 300]);
    w.show(50, 100);
    w.resize(1000);
    expect([w.from, w.to]).toEqual([50, 100]);
    w.resize(60);
    expect([w.from, w.to]).toEqual([50, 60]);
  });

  it("tells its listeners of changes only", () => {
    const w = new TimeWindow(100);
    let told = 0;
    const stop = w.subscribe(() => told++);
    w.reset();
    w.pan(5);
    expect(told).toBe(0);
    w.show(10, 20);
    w.show(10, 20);
    expect(told).toBe(1);
    stop();
    w.reset();
    expect(told).toBe(1);
  });

  it("never leaves the axis", () => {
    const number = fc.double({ min: -1e7, max: 1e7, noNaN: true });
    const step = fc.oneof(
      fc.tuple(fc.constant("show" as const), number, number),
      fc.tuple(fc.constant("zoom" as const), fc.double({ min: 1e-4, max: 1e4, noNaN: true }), number),
      fc.tuple(fc.constant("pan" as const), number, fc.constant(0)),
      fc.tuple(fc.constant("resize" as const), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(0)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const w = new TimeWindow(5000);
        for (const [what, a, b] of steps) {
          if (what === "show") w.show(a, b);
          else if (what === "zoom") w.zoom(a, b);
          else if (what === "pan") w.pan(a);
          else w.resize(a);
          expect(w.from).toBeGreaterThanOrEqual(0);
          expect(w.to).toBeLessThanOrEqual(w.length);
          expect(w.to - w.from).toBeGreaterThan(0.99);
        }
      }),
    );
  });
});

it("steps are 1, 2 or 5 of a power of ten, and no more than asked for", () => {
  expect([niceStep(1000, 10), niceStep(1001, 10), niceStep(7, 3), niceStep(0.5, 5)]).toEqual([100, 200, 5, 0.1]);
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e12, noNaN: true }), fc.integer({ min: 1, max: 50 }), (width, most) => {
      expect(width / niceStep(width, most)).toBeLessThanOrEqual(most + 1e-6);
    }),
  );
});
