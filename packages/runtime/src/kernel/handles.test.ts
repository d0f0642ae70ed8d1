/** Handle allocation: semantics §1. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handleText, HandleTable } from "./handles.ts";

const table = (harbor = 0) => new HandleTable<{ readonly handle: number }>(harbor);
const made = (t: HandleTable<{ readonly handle: number }>): number => t.register((handle) => ({ handle })).handle;

describe("handle allocation (semantics §1)", () => {
  it("counts up from 1; the harbor id is the top byte", () => {
    const t = table(0xff);
    expect([made(t), made(t), made(t)]).toEqual([0xff000001, 0xff000002, 0xff000003]);
    expect(handleText(0xff000001)).toBe(":ff000001");
  });

  it("does not use a number again soon", () => {
    const t = table();
    const first = made(t);
    t.retire(first);
    expect(made(t)).toBe(2);
  });

  it("jumps over numbers whose slot is occupied, and doubles the table only when it is full", () => {
    const t = table();
    expect([made(t), made(t), made(t), made(t)]).toEqual([1, 2, 3, 4]); // four slots, all taken
    t.retire(2);
    expect(made(t)).toBe(6); // 5 shares the slot of 1; 6 that of 2, which is free: no growth
    expect(made(t)).toBe(7); // full: eight slots now, and 7 is free
  });

  it("after the last index the numbers start over at 1, skipping those alive", () => {
    const t = table(1);
    const one = made(t);
    t.continueAfter(0xfffffc);
    // …fd shares the slot of 1, which is alive; …ff is the host's own end; then 1 is alive and 2 shares the slot of …fe.
    expect([made(t), made(t), made(t)]).toEqual([0x01fffffe, 0x01000003, 0x01000004]);
    expect(t.find(one)?.handle).toBe(one);
  });

  it("never hands out 0, the host's own end or a handle that is alive, whatever is registered and retired (property)", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 300 }), fc.integer({ min: 0, max: 0xfffffe }), (steps, start) => {
        const t = table();
        t.continueAfter(start);
        const alive = new Set<number>();
        let slots = 4;
        for (const step of steps) {
          const list = [...alive];
          if (step < 4 && list.length > 0) {
            const gone = list[step % list.length]!;
            expect(t.retire(gone)).toBe(true);
            expect(t.retire(gone)).toBe(false);
            alive.delete(gone);
          } else {
            if (alive.size === slots) slots *= 2;
            const handle = made(t);
            expect(handle).toBeGreaterThan(0);
            expect(handle).not.toBe(t.hostHandle);
            expect(alive.has(handle)).toBe(false);
            // Not doubled before it is full: all live handles differ within the present number of slots.
            alive.add(handle);
            expect(new Set([...alive].map((h) => h % slots)).size).toBe(alive.size);
          }
          expect(t.count).toBe(alive.size);
          expect(t.all().map((s) => s.handle)).toEqual([...alive].sort((a, b) => a - b));
        }
        for (const handle of alive) expect(t.find(handle)?.handle).toBe(handle);
      }),
    );
  });
});
