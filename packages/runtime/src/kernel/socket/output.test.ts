import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputQueue } from "./output.ts";

const packet = (tag: number, size: number): Uint8Array => new Uint8Array(size).fill(tag);
const tags = (chunks: readonly Uint8Array[]): string => chunks.map((c) => `${c[0]}x${c.length}`).join(" ");

describe("output of a socket", () => {
  it("high priority goes first, low only when the high list is empty (semantics §21)", () => {
    const q = new OutputQueue();
    q.push(packet(1, 1), false);
    q.push(packet(2, 1), true);
    q.push(packet(3, 1), false);
    const out: Uint8Array[] = [];
    expect(q.take(100, out)).toBe(3);
    expect(tags(out)).toBe("1x1 3x1 2x1");
  });

  it("low priority is high when nothing else waits, as in Skynet", () => {
    const q = new OutputQueue();
    q.push(packet(1, 1), true);
    q.push(packet(2, 1), true);
    q.push(packet(3, 1), false);
    const out: Uint8Array[] = [];
    q.take(100, out);
    expect(tags(out)).toBe("1x1 3x1 2x1");
  });

  it("a partly sent packet completes first, whichever list it came from (semantics §21)", () => {
    const q = new OutputQueue();
    q.push(packet(1, 1), false);
    q.push(packet(2, 10), true);
    const out: Uint8Array[] = [];
    expect(q.take(4, out)).toBe(4);
    q.push(packet(3, 2), false);
    expect(q.take(3, out)).toBe(3);
    expect(q.take(100, out)).toBe(6);
    expect(tags(out)).toBe("1x1 2x3 2x3 2x4 3x2");
    expect(q.bytes).toBe(0);
  });

  it("loses and reorders nothing within a priority, whatever the steps", () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 40 }), low: fc.boolean() }),
      fc.record({ take: fc.integer({ min: 1, max: 60 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4000, size: "max" }), (steps) => {
        const q = new OutputQueue();
        const out: Uint8Array[] = [];
        let pushed = 0;
        let n = 0;
        for (const s of steps) {
          if ("push" in s) {
            // Each packet carries its number and its offset, so that the output can be read back.
            const p = new Uint8Array(s.push * 4);
            new Uint32Array(p.buffer).fill(n++);
            q.push(p, s.low);
            pushed += p.length;
          } else pushed -= q.take(s.take * 4, out);
          expect(q.bytes).toBe(pushed);
        }
        q.take(Infinity, out);
        const order = out.flatMap((c) => [...new Uint32Array(c.slice().buffer)]);
        // Packets are whole: a number never comes back after another has begun.
        const seen = order.filter((tag, i) => i === 0 || order[i - 1] !== tag);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.length).toBe(n);
      }),
      { numRuns: 50 },
    );
  });
});
