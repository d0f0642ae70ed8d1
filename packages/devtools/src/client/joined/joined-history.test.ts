/** Figures of several hosts over time. */
import { describe, expect, it } from "vitest";
import { HostHistory } from "../../stores/host-history.ts";
import { JoinedHistory } from "./joined-history.ts";
import type { Part } from "./part.ts";

/** A host as far as its figures go; its clock is `shiftS` behind the shared one. */
function host(shiftS: number): { readonly part: Part; say(s: number, messageRate: number, lagMs: number): void } {
  const history = new HostHistory();
  const shiftUs = shiftS * 1e6;
  const part = { client: { history }, shiftUs, moment: (us: number) => us + shiftUs } as unknown as Part;
  return { part, say: (s, messageRate, lagMs) => history.take(s * 1e6, { messageRate, lagMs }) };
}

describe("the history of several hosts", () => {
  it("sums what can be summed at one moment of the shared clock, and takes the worst of the rest", () => {
    const a = host(1000);
    const b = host(5000);
    const joined = new JoinedHistory([a.part, b.part]);
    let told = 0;
    joined.subscribe(() => told++);
    for (let s = 10; s < 13; s++) {
      a.say(s, 100 + s, 5);
      b.say(s - 4000 + 0.3, 1000, s);
    }
    expect(told).toBe(6);
    // The second host spoke last: its times are the ones that are shown.
    expect(Array.from({ length: joined.length }, (_, i) => joined.t(i) / 1e6)).toEqual([1010.3, 1011.3, 1012.3]);
    const rates = joined.series("messageRate");
    expect(Array.from({ length: rates.length }, (_, i) => rates.value(i))).toEqual([1110, 1111, 1112]);
    expect(joined.value("lagMs", 2)).toBe(12);
    expect(joined.end).toBe(1012.3e6);
    expect(joined.series("messageRate")).toBe(rates);
    expect(joined.value("heap", 0)).toBeNaN();
  });

  it("a host that is lost counts up to where it was lost", () => {
    const a = host(0);
    const b = host(0);
    const joined = new JoinedHistory([a.part, b.part]);
    for (let s = 0; s < 10; s++) {
      a.say(s, 1, 0);
      if (s < 4) b.say(s, 10, 0);
    }
    expect(joined.value("messageRate", 3)).toBe(11);
    expect(joined.value("messageRate", 9)).toBe(1);
  });

  it("of hosts that have said nothing there is nothing", () => {
    const joined = new JoinedHistory([host(0).part, host(0).part]);
    expect([joined.length, joined.series("cpu").length]).toEqual([0, 0]);
  });
});
