import { VirtualClock } from "@skyloom/runtime/testing";
import { describe, expect, it } from "vitest";
import { Poller } from "./poller.ts";

/** Runs timers, and lets what they began go on. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    clock.advance(Math.min(10, left));
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}

function setup(tookMs: number): { clock: VirtualClock; poller: Poller; asked: number[]; pause: { until: number } } {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const pause = { until: -Infinity };
  const poller = new Poller(
    clock,
    {
      stat: {
        everyMs: 2_000,
        ask: async () => {
          asked.push(clock.now());
          await new Promise<void>((resolve) => void clock.after(tookMs, resolve));
        },
      },
    },
    () => pause.until,
  );
  return { clock, poller, asked, pause };
}

describe("a poller", () => {
  it("asks for nothing that nobody looks at, and stops a while after somebody has", async () => {
    const { clock, poller, asked } = setup(1);
    await pass(clock, 10_000);
    expect(asked).toEqual([]);
    poller.want("stat");
    await pass(clock, 60_000);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked.length).toBeLessThanOrEqual(4);
    poller.close();
  });

  it("keeps its pace while somebody looks, however often that is said", async () => {
    const { clock, poller, asked } = setup(1);
    for (let i = 0; i < 100; i++) {
      poller.want("stat");
      await pass(clock, 200);
    }
    expect(asked.length).toBeGreaterThanOrEqual(10);
    expect(asked.length).toBeLessThanOrEqual(11);
    poller.close();
  });

  it("asks more rarely the longer a server takes, so that at most a hundredth of the time goes into it, and at the latest every 20 s", async () => {
    for (const [took, period] of [
      [120, 12_000],
      [3_000, 20_000],
    ] as const) {
      const { clock, poller, asked } = setup(took);
      for (let i = 0; i < 300; i++) {
        poller.want("stat");
        await pass(clock, 200);
      }
      const gaps = asked.slice(1).map((t, i) => t - asked[i]!);
      expect(gaps.length).toBeGreaterThan(2);
      for (const gap of gaps) expect(Math.abs(gap - period)).toBeLessThan(200);
      poller.close();
    }
  });

  it("waits while there is nobody to ask", async () => {
    const { clock, poller, asked, pause } = setup(1);
    pause.until = clock.now() + 4_000;
    poller.want("stat");
    await pass(clock, 3_900);
    expect(asked).toEqual([]);
    await pass(clock, 300);
    expect(asked).toHaveLength(1);
    poller.close();
  });
});
