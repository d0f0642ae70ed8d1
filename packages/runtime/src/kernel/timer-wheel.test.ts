/** The timer wheel against a list that is sorted: semantics §9. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimerEntry, TimerWheel } from "./timer-wheel.ts";

/** A wheel and the naive model of it, driven together; throws where they differ. */
class Pair {
  readonly fired: number[] = [];
  readonly wheel: TimerWheel;
  readonly #model: { readonly at: number; readonly id: number }[] = [];
  readonly expected: number[] = [];
  #now = 0;
  #last = 0;
  /** Adds an entry of this many ticks each time one fires, while there are some. */
  readonly onFire: number[];

  constructor(onFire: number[] = []) {
    this.onFire = onFire;
    this.wheel = new TimerWheel((e) => {
      this.fired.push(e.session);
      const again = this.onFire.pop();
      if (again !== undefined) this.add(again);
    });
  }

  get now(): number {
    return this.#now;
  }

  add(ticks: number): void {
    const id = ++this.#last;
    this.wheel.add(new TimerEntry(1, id), ticks);
    this.#model.push({ at: this.#now + ticks, id });
  }

  turn(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      // The model's clock moves first: what fires in this tick adds entries counted from it.
      this.#now++;
      this.wheel.turn(1);
      this.#check();
    }
  }

  /** Moves far in one call; only without `onFire`, whose entries would need the ticks between. */
  leap(ticks: number): void {
    this.#now += ticks;
    this.wheel.turn(ticks);
    this.#check();
  }

  #check(): void {
    const due = this.#model.filter((e) => e.at <= this.#now).sort((a, b) => a.at - b.at || a.id - b.id);
    for (const e of due) {
      this.expected.push(e.id);
      this.#model.splice(this.#model.indexOf(e), 1);
    }
    expect(this.fired).toEqual(this.expected);
    expect(this.wheel.count).toBe(this.#model.length);
    const next = this.#model.reduce((least, e) => Math.min(least, e.at - this.#now), Infinity);
    const due1 = this.wheel.due();
    // A look may be due too early, never too late.
    if (next === Infinity) expect(due1).toBeUndefined();
    else {
      expect(due1).toBeGreaterThan(0);
      expect(due1).toBeLessThanOrEqual(next);
    }
    expect(new Set(this.wheel.entries().map((e) => `${e.session}:${e.ticks}`))).toEqual(
      new Set(this.#model.map((e) => `${e.id}:${e.at - this.#now}`)),
    );
  }
}

const ticks = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 250, max: 260 }), // about the near ring
  fc.integer({ min: 16_380, max: 16_400 }), // about the first level
  fc.integer({ min: 1_048_570, max: 1_048_590 }), // about the second
  fc.integer({ min: 1, max: 0x7fffffff }),
);

describe("the timer wheel (semantics §9)", () => {
  it("fires after n ticks, within a tick in the order of creation, as a sorted list does (property)", () => {
    const step = fc.oneof(
      ticks.map((n) => ({ add: n })),
      fc.integer({ min: 1, max: 400 }).map((n) => ({ turn: n })),
      ticks.map((n) => ({ leap: Math.min(n, 20_000) })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pair = new Pair();
        for (const s of steps) {
          if ("add" in s) pair.add(s.add);
          else if ("turn" in s) pair.leap(s.turn);
          else pair.leap(s.leap);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("entries added while others fire count from that tick (property)", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 20 }),
        (first, again) => {
          const pair = new Pair(again);
          for (const n of first) pair.add(n);
          pair.turn(1000);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("cascades a timer through every level to its exact tick", () => {
    for (const n of [255, 256, 257, 16_383, 16_384, 16_385, 1_048_575, 1_048_576, 1_048_577]) {
      const pair = new Pair();
      pair.leap(1); // off the start, so that no level begins at zero
      pair.add(n);
      pair.leap(n - 1);
      expect(pair.fired).toEqual([]);
      pair.leap(1);
      expect(pair.fired).toEqual([1]);
    }
  });

  it("keeps a far timer (0x7fffffff ticks, 248 days) and goes on over the wrap of the 32-bit tick", () => {
    const fired: number[] = [];
    const wheel = new TimerWheel((e) => void fired.push(e.session));
    wheel.turn(0xffff_ff00); // empty: jumps
    wheel.add(new TimerEntry(1, 1), 0x7fff_ffff);
    wheel.add(new TimerEntry(1, 2), 0x200); // due behind the wrap
    wheel.add(new TimerEntry(1, 3), 0x10);
    wheel.turn(0x10);
    expect(fired).toEqual([3]);
    wheel.turn(0x1ef);
    expect(fired).toEqual([3]);
    wheel.turn(1);
    expect(fired).toEqual([3, 2]);
    expect(wheel.entries()).toEqual([{ handle: 1, session: 1, ticks: 0x7fff_ffff - 0x200 }]);
  });
});
