/** The parts of the recorder against plain models of themselves. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceKind } from "../../core/probe.ts";
import { Mail } from "./mail.ts";
import { commandTest, Lottery, readMode } from "./mode.ts";
import { TraceRing } from "./ring.ts";

describe("notes beside a mailbox", () => {
  it("find each noted message once, whatever else is posted, handled and dropped", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("plain", "noted", "task", "other"), { maxLength: 200 }), (steps) => {
        const mail = new Mail();
        const waiting: { index: number; trace: number }[] = [];
        let posted = 0;
        let handled = 0;
        for (const step of steps) {
          if (step === "plain") waiting.push({ index: posted++, trace: 0 });
          else if (step === "noted") {
            const index = posted++;
            waiting.push({ index, trace: index + 7 });
            mail.add(index, handled, index + 7, index + 1, index + 0.5, index * 2, 3);
          } else {
            const message = waiting.shift();
            if (message === undefined) continue;
            const { index } = message;
            handled++;
            if (step === "other") continue;
            expect(mail.take(index)).toBe(message.trace !== 0);
            if (message.trace !== 0)
              expect([mail.trace, mail.parent, mail.t, mail.size, mail.cmd]).toEqual([index + 7, index + 1, index + 0.5, index * 2, 3]);
            expect(mail.take(index)).toBe(false);
          }
        }
        expect(mail.length).toBeLessThanOrEqual(posted);
      }),
    );
  });

  it("of messages no task handles do not pile up", () => {
    const mail = new Mail();
    for (let i = 0; i < 1000; i++) mail.add(i, i, 1, 0, 0, 0, 0);
    expect(mail.length).toBe(1);
  });
});

describe("command patterns", () => {
  it("match as the regular expression of the same meaning does", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "|"), maxLength: 8 });
    fc.assert(
      fc.property(text, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, command) => {
        const ways = pattern.split("|").map((w) => w.replace(/\*/g, ".*").replace(/\?/g, "."));
        expect(commandTest(pattern)(command)).toBe(new RegExp(`^(?:${ways.join("|")})$`).test(command));
      }),
    );
  });

  it("come to an end on patterns made to take for ever", () => {
    expect(commandTest(`${"a*".repeat(99)}b`)("a".repeat(64))).toBe(false);
  });
});

describe("the choice of roots", () => {
  it("is one in n in the mean, for any n", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (n) => {
        const lottery = new Lottery(n);
        let drawn = 0;
        for (let at = lottery.gap(); at <= n * 2000; at += lottery.gap()) drawn++;
        expect(Math.abs(drawn - 2000)).toBeLessThan(150);
      }),
      { numRuns: 20 },
    );
  });

  it("follows no pattern of the messages", () => {
    const lottery = new Lottery(4);
    const chosen = [0, 0];
    for (let at = lottery.gap(); at < 8000; at += lottery.gap()) chosen[at % 2]!++;
    expect(Math.min(...chosen)).toBeGreaterThan(800);
  });

  it("modes from outside are read or refused, never taken as they are", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          expect(["all", "sample", "services", "commands"]).toContain(readMode(value).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });
});

describe("the ring", () => {
  it("gives back the newest events as they were written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.array(fc.nat(0xffff_ffff), { minLength: 9, maxLength: 9 }), (count, n) => {
        const ring = new TraceRing(16);
        for (let i = 0; i < count; i++)
          ring.write(i + 0.25, TraceKind.call, i & 7, n[0]!, n[1]!, n[2]!, i, n[4]!, n[5]!, n[6]!, n[7]!, n[8]!);
        expect(ring.first).toBe(Math.max(0, count - 16));
        const c = ring.read(ring.first, count - ring.first);
        for (let i = 0; i < c.t.length; i++) {
          const event = ring.first + i;
          expect([c.t[i], c.kind[i], c.node[i], c.task[i]]).toEqual([event + 0.25, TraceKind.call, event & 7, event]);
          expect([c.src[i], c.dst[i], c.session[i], c.cmdId[i]]).toEqual([n[0], n[1], n[2], n[4]]);
          expect([c.size[i], c.traceId[i], c.parent[i], c.wait[i]]).toEqual([n[5], n[6], n[7], n[8]]);
        }
      }),
    );
  });

  it("refuses a capacity that is no power of two", () => {
    expect(() => new TraceRing(100)).toThrow(RangeError);
  });
});
