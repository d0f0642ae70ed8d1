import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Course } from "./course.ts";

describe("counters between surveys", () => {
  it("grow evenly, one survey late, so that a rate neither leaps nor stands still", () => {
    const course = new Course();
    for (let t = 0; t <= 10_000; t += 2_000) course.take({ message: 5_000 + t, cpu: t / 10_000 }, t);
    // The last survey came at 10 s; from there on what it found is told step by step.
    expect([10_000, 10_500, 11_000, 12_000, 20_000].map((t) => course.at(t).message)).toEqual([13_000, 13_500, 14_000, 15_000, 15_000]);
    expect(course.at(11_000).cpu).toBeCloseTo(0.9);
  });

  it("are told at once when nothing was known before", () => {
    const course = new Course();
    expect(course.at(0)).toEqual({ message: 0, cpu: 0 });
    course.take({ message: 7, cpu: 1 }, 100);
    expect(course.at(100)).toEqual({ message: 7, cpu: 1 });
  });

  it("never go back and never overtake, whenever surveys come", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.nat(10_000)), { maxLength: 20 }), (surveys) => {
        const course = new Course();
        let now = 0;
        let message = 0;
        let last = 0;
        for (const [ms, more] of surveys) {
          for (const part of [0.3, 0.9]) {
            const told = course.at(now + ms * part).message;
            expect(told).toBeGreaterThanOrEqual(last);
            expect(told).toBeLessThanOrEqual(message);
            last = told;
          }
          now += ms;
          message += more;
          course.take({ message, cpu: 0 }, now);
        }
      }),
    );
  });
});
