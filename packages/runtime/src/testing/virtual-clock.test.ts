import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

describe("VirtualClock", () => {
  it("stands still until it is moved, and moves the wall clock along", () => {
    const clock = new VirtualClock({ startMs: 5000 });
    expect([clock.now(), clock.wall()]).toEqual([0, 5000]);
    clock.advance(12.5);
    expect([clock.now(), clock.wall()]).toEqual([12.5, 5012.5]);
  });

  it("never fires inside after, not even for zero milliseconds", () => {
    const clock = new VirtualClock();
    let fired = 0;
    clock.after(0, () => fired++);
    expect(fired).toBe(0);
    clock.advance(0);
    expect(fired).toBe(1);
  });

  it("fires by time, equal times in the order of creation, and cancelled ones never", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ ms: fc.integer({ min: 0, max: 20 }), cancel: fc.boolean() })), (plan) => {
        const clock = new VirtualClock();
        const fired: number[] = [];
        const timers = plan.map((p, i) => clock.after(p.ms, () => fired.push(i)));
        plan.forEach((p, i) => p.cancel && clock.cancel(timers[i]!));
        clock.runUntilIdle();
        const kept = plan.map((p, i) => ({ ...p, i })).filter((p) => !p.cancel);
        expect(fired).toEqual(kept.sort((a, b) => a.ms - b.ms || a.i - b.i).map((p) => p.i));
        expect(clock.pending).toBe(0);
      }),
    );
  });

  it("fires timers made by timers when they are due within the same move", () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    clock.after(10, () => {
      at.push(clock.now());
      clock.after(5, () => at.push(clock.now()));
      clock.after(50, () => at.push(clock.now()));
    });
    expect(clock.advance(20)).toBe(2);
    expect([at, clock.now(), clock.nextAt]).toEqual([[10, 15], 20, 60]);
  });

  it("runUntilIdle stops at its limit when a timer always comes again", () => {
    const clock = new VirtualClock();
    const tick = (): void => void clock.after(10, tick);
    tick();
    expect(clock.runUntilIdle(100)).toBe(10);
  });

  it("goes on after a timer has thrown", () => {
    const clock = new VirtualClock();
    let fired = false;
    clock.after(1, () => {
      throw new Error("boom");
    });
    clock.after(1, () => (fired = true));
    expect(() => clock.advance(1)).toThrow("boom");
    clock.advance(0);
    expect(fired).toBe(true);
  });

  it("refuses to run backwards, to be moved by a timer, and delays that are no numbers", () => {
    const clock = new VirtualClock();
    expect(() => clock.advance(-1)).toThrow("cannot move by -1 ms");
    expect(() => clock.after(Number.NaN, () => {})).toThrow("NaN");
    clock.after(0, () => clock.advance(1));
    expect(() => clock.advance(0)).toThrow("a timer must not move it");
  });
});
