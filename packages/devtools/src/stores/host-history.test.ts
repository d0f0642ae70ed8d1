import { createAgent } from "@skyloom/runtime/inspect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormulaSource } from "../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../runtime/test/inspect/manual-clock.ts";
import { createClient } from "../client/client.ts";
import { pageDial } from "../client/page-link.ts";
import { stripMarks } from "../shell/strip-marks.ts";
import { AxisTop, HOLD_MS, mostIn, placesIn } from "../widgets/plot/draw.ts";
import { AlertStore } from "./alert-store.ts";
import { Crosshair, CROSSHAIR_MS } from "./crosshair.ts";
import { HISTORY_SAMPLES, HostHistory, historySeries, nearestSample, valueAt } from "./host-history.ts";
import { defaultRange, readTimeRange, windowOf, within, writeTimeRange, zoomed } from "./time-range.ts";

const seconds = (history: HostHistory, from: number, to: number): void => {
  for (let s = from; s < to; s++) history.take(s * 1e6, { messageRate: s });
};

describe("the host's figures over the last hour", () => {
  it("are the newest 3,600, oldest first, in at most 0.6 MB", () => {
    const history = new HostHistory();
    seconds(history, 1, 5001);
    expect([history.length, history.t(0), history.end]).toEqual([HISTORY_SAMPLES, 1401e6, 5000e6]);
    expect(history.value("messageRate", 10)).toBe(1411);
    expect(history.value("heap", 10)).toBeNaN();
    expect((historySeries.length + 1) * HISTORY_SAMPLES * 8).toBeLessThan(600_000);
  });

  it("take a moment once, and begin anew when time runs backwards", () => {
    const history = new HostHistory();
    seconds(history, 10, 20);
    history.take(19e6, { messageRate: 7 });
    history.take(19.1e6, { messageRate: 7 });
    expect([history.length, history.value("messageRate", 9)]).toEqual([10, 19]);
    history.take(3e6, { messageRate: 1 });
    expect([history.length, history.end]).toEqual([1, 3e6]);
  });

  it("show the same while the view is paused, and everything afterwards (INS-SH-3)", () => {
    const history = new HostHistory();
    seconds(history, 1, 101);
    history.freeze();
    const { version } = history;
    seconds(history, 101, 201);
    expect([history.length, history.end, history.version]).toEqual([100, 100e6, version]);
    history.thaw();
    expect([history.length, history.end]).toEqual([200, 200e6]);
    history.freeze();
    // The ring goes over what is shown: it becomes less, and never wrong.
    seconds(history, 201, 3701);
    expect([history.length, history.t(0), history.end]).toEqual([100, 101e6, 200e6]);
    seconds(history, 3701, 5000);
    expect([history.length, history.end]).toEqual([0, 0]);
  });

  it("come from the host's signs of life where nobody watches an overview", async () => {
    const clock = new ManualClock();
    const source = new FormulaSource(100, () => clock.now());
    const agent = createAgent(source, { clock, defer: clock.defer });
    const client = createClient({ dial: pageDial(agent), title: "test", clock, random: () => 0 });
    client.connect();
    client.watch("services");
    for (let i = 0; i < 100; i++) {
      for (let k = 0; k < 10; k++) await Promise.resolve();
      clock.advance(100);
    }
    expect(client.history.length).toBeGreaterThan(7);
    expect(client.history.value("messageRate", client.history.length - 1)).toBeCloseTo(12_480, -2);
    expect(client.history.value("services", 0)).toBe(100);
    expect(client.history.value("mqlen", 0)).toBeNaN();
    client.close();
    agent.close();
  });

  it("are found by their moment", () => {
    const history = new HostHistory();
    expect(nearestSample(history, 5)).toBe(-1);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 1e6 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 0, max: 1e6 }),
        (list, at) => {
          const times = list.toSorted((a, b) => a - b);
          const series = { length: times.length, t: (i: number) => times[i]! };
          const best = Math.min(...times.map((t) => Math.abs(t - at)));
          expect(Math.abs(times[nearestSample(series, at)]! - at)).toBe(best);
        },
      ),
    );
    seconds(history, 10, 20);
    const series = history.series("messageRate");
    expect(placesIn(series, 12e6, 15e6)).toEqual([2, 6]);
    expect(placesIn(series, 30e6, 40e6)).toEqual([10, 10]);
    expect(placesIn(series, 1e6, 2e6)).toEqual([0, 0]);
    expect(mostIn(series, 12e6, 15e6)).toBe(15);
    // Far from any sample nothing is known.
    expect([valueAt(series, 12.4e6), valueAt(series, 20e6), valueAt(series, 22e6), valueAt(series, 5e6)]).toEqual([12, 19, NaN, NaN]);
  });
});

describe("the range of time in the address (inspector.md §4.2)", () => {
  it("is the last minutes or from one moment to another; anything else is the default", () => {
    expect(readTimeRange("live-15m")).toEqual({ kind: "live", us: 900e6 });
    expect(readTimeRange("10..25.5")).toEqual({ kind: "fixed", from: 10, to: 25.5 });
    expect(readTimeRange("25..10")).toEqual(defaultRange);
    fc.assert(fc.property(fc.string(), (text) => void readTimeRange(text)));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), fc.integer({ min: 0, max: 1e15 }), (a, b) => {
        expect(readTimeRange(writeTimeRange(a, b))).toEqual({ kind: "fixed", from: Math.min(a, b), to: Math.max(a, b) });
      }),
    );
  });
  it("says what is in view and what lies within", () => {
    expect(windowOf(readTimeRange(undefined), 1000e6)).toEqual([700e6, 1000e6]);
    expect(windowOf(readTimeRange("5..5"), 1000e6)).toEqual([5, 6]);
    expect([within(readTimeRange("5..9"), 9), within(readTimeRange("5..9"), 9.1), within(defaultRange, 3)]).toEqual([true, false, true]);
  });
  it("is zoomed around a moment that stays where it is; beyond all that is known it is live again", () => {
    expect(zoomed([100e6, 200e6], 1 / 2, 125e6, 0, 300e6)).toBe("112500000..162500000");
    expect(zoomed([100e6, 200e6], 2, 150e6, 0, 300e6)).toBe("50000000..250000000");
    expect(zoomed([100e6, 250e6], 2, 150e6, 0, 300e6)).toBe("live-5m");
    expect(readTimeRange(zoomed([100e6, 101e6], 1 / 2, 100e6, 0, 300e6))).toMatchObject({ from: 100e6, to: 105e6 });
  });
});

describe("the crosshair", () => {
  it("is told at most ten times a second, the last place always", () => {
    let now = 0;
    const due: { at: number; fn: () => void }[] = [];
    const crosshair = new Crosshair({ now: () => now, after: (ms, fn) => due.push({ at: now + ms, fn }) });
    const told: (number | undefined)[] = [];
    crosshair.subscribe(() => told.push(crosshair.t));
    for (; now < 1000; now += 5) {
      for (const d of due.splice(0)) {
        if (d.at <= now) d.fn();
        else due.push(d);
      }
      crosshair.set(now);
    }
    for (const d of due) d.fn();
    expect(told.length).toBeLessThanOrEqual(1000 / CROSSHAIR_MS + 1);
    expect(told.at(-1)).toBe(995);
  });
});

describe("the axis of a plot", () => {
  it("goes up at once and comes down only after ten seconds", () => {
    const top = new AxisTop();
    expect([top.next(10, 0), top.next(50, 100), top.next(5, 200), top.next(5, 200 + HOLD_MS - 1), top.next(5, 200 + HOLD_MS)]).toEqual([
      10, 50, 50, 50, 5,
    ]);
  });
});

describe("marks on the time strip", () => {
  it("are alerts with their word and shape, and stretches of errors with how many", () => {
    const alerts = new AlertStore(() => 0);
    const base = { type: "alert", entities: [], text: "", last: 9e6 } as const;
    alerts.take({ ...base, id: "1", kind: "deadlock", severity: "error", title: "Deadlock of 2 tasks", first: 5e6 });
    alerts.take({ ...base, id: "2", kind: "stuck-call", severity: "warn", title: "db waits", first: 3e6 });
    alerts.take({ ...base, id: "2", kind: "stuck-call", severity: "warn", title: "db waits", first: 3e6, cleared: true });
    const history = new HostHistory();
    [0, 0, 2, 3, 0, 0, 1].forEach((errorRate, i) => history.take((i + 1) * 1e6, { errorRate }));
    expect(stripMarks(alerts.standing, alerts.over, history).map((m) => [m.t / 1e6, m.shape, m.word, m.to])).toEqual(
      [
        [3, "cross", "5 errors", undefined],
        [3, "triangle", "Stuck call", 9e6],
        [5, "diamond", "Deadlock", undefined],
        [7, "cross", "1 error", undefined],
      ].toSorted((a, b) => (a[0] as number) - (b[0] as number) || (a[1] === "triangle" ? -1 : 1)),
    );
  });
});
