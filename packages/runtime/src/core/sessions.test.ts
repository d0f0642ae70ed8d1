/** Session numbers and the table of pending ones: semantics §3, design D6. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LAST_SESSION, SessionTable } from "./sessions.ts";

const table = () => new SessionTable<{ readonly session: number }>();

describe("sessions (semantics §3)", () => {
  it("start at 1 and count up", () => {
    const t = table();
    expect([t.next(), t.next(), t.next()]).toEqual([1, 2, 3]);
  });

  it("after 2^31−1 they restart at 1 and skip numbers still pending", () => {
    const t = table();
    for (const session of [1, 2, 4]) t.put({ session });
    t.continueAfter(LAST_SESSION - 1);
    expect([t.next(), t.next(), t.next()]).toEqual([LAST_SESSION, 3, 5]);
  });

  it("finds every pending session, however many wait and in which order they end (property)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LAST_SESSION }),
        fc.array(fc.nat(5), { maxLength: 3000 }),
        fc.integer({ min: 1, max: 2_000 }),
        (start, steps, keep) => {
          const t = table();
          t.continueAfter(start);
          const pending = new Map<number, { readonly session: number }>();
          for (const step of steps) {
            if (step > 0 || pending.size >= keep) {
              const session = t.next();
              expect(session).toBeGreaterThan(0);
              expect(session).toBeLessThanOrEqual(LAST_SESSION);
              expect(pending.has(session)).toBe(false);
              const entry = { session };
              t.put(entry);
              pending.set(session, entry);
            }
            if (step === 0 || pending.size > keep) {
              const [session] = pending.keys();
              if (session === undefined) continue;
              expect(t.get(session)).toBe(pending.get(session));
              expect(t.take(session)).toBe(pending.get(session));
              expect(t.take(session)).toBeUndefined();
              pending.delete(session);
            }
          }
          expect(t.all()).toEqual([...pending.values()].sort((a, b) => a.session - b.session));
          for (const [session, entry] of pending) expect(t.get(session)).toBe(entry);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("one call that never ends does not make the table grow without limit", () => {
    const t = table();
    const old = { session: t.next() };
    t.put(old);
    for (let i = 0; i < 100_000; i++) {
      const entry = { session: t.next() };
      t.put(entry);
      expect(t.take(entry.session)).toBe(entry);
    }
    expect(t.get(old.session)).toBe(old);
    expect(t.all()).toEqual([old]);
  });
});
