import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { FormulaSource, sampleAt } from "../../../test/inspect/formula-source.ts";
import { ManualClock } from "../../../test/inspect/manual-clock.ts";
import { Recorder } from "../../../test/inspect/mirror.ts";
import { createAgent } from "./agent.ts";
import type { Agent } from "./agent.ts";
import type { AgentAccess, AgentConnection } from "./connection.ts";
import { limits } from "./limits.ts";
import { serviceStates } from "../channels/services.ts";
import type { InspectSource, RowWalk } from "../source.ts";

let clock: ManualClock;
let source: FormulaSource;
let agent: Agent;

beforeEach(() => {
  clock = new ManualClock();
  source = new FormulaSource(10, () => clock.now());
  agent = createAgent(source, { clock, defer: clock.defer });
});

const host = (of: FormulaSource): InspectSource => ({ host: () => of.host(), totals: () => of.totals(), tables: of.tables });

/** A walk that calls `step` before each step. */
const slowly = (walk: RowWalk, step: () => void): RowWalk => ({
  next(limit, visit) {
    step();
    return walk.next(limit, visit);
  },
});

function join(access?: AgentAccess, hello: object = { type: "hello", v: 1 }): { link: Recorder; c: AgentConnection } {
  const link = new Recorder();
  const c = agent.connect(link, access);
  c.receive(hello);
  return { link, c };
}

const withToken: AgentAccess = { peer: "10.0.0.1", check: (t) => (t === "right" ? ["read"] : undefined) };
const err = (link: Recorder): unknown => link.of("err").at(-1);

describe("coming in", () => {
  it("answers hello with host, capabilities, scopes and both clocks", () => {
    const { link } = join();
    expect(link.frames).toEqual([
      {
        type: "hello",
        v: 1,
        host: { id: "formula-1", name: "formula", mode: "node", runtime: "0.1.0", startMs: 1_700_000_000_000 },
        caps: { services: true },
        scopes: ["read"],
        clock: { monoUs: 1_000_000, epochMs: 1_700_000_001_000 },
      },
    ]);
  });

  it("asks for a token where a check is given, and closes the link without one", () => {
    const { link } = join(withToken);
    expect(err(link)).toEqual({
      type: "err",
      code: "AUTH_REQUIRED",
      msg: "this inspector asks for a token: open the address that the host printed when it started (it ends in #k=…)",
    });
    expect(link.closed).toMatch(/asks for a token/);
    expect(clock.waiting).toBe(0);
  });

  it("lets the right token in with the scopes it grants, and a wrong one not", () => {
    expect(join(withToken, { type: "auth", v: 1, token: "right" }).link.of("hello")[0]!.scopes).toEqual(["read"]);
    const wrong = join(withToken, { type: "auth", v: 1, token: "wrong" }).link;
    expect(err(wrong)).toMatchObject({ code: "AUTH", msg: expect.stringContaining("wrong token") });
    expect(wrong.closed).toBeDefined();
    expect(agent.clients).toBe(1);
  });

  it("takes five wrong tokens a minute from one address, then also refuses the right one for a while (INS-CON-4)", () => {
    for (let i = 0; i < 5; i++) join(withToken, { type: "auth", v: 1, token: `guess ${i}` });
    const blocked = join(withToken, { type: "auth", v: 1, token: "right" }).link;
    expect(err(blocked)).toEqual({
      type: "err",
      code: "AUTH_BLOCKED",
      msg: "too many wrong tokens from this address; try again in 60 s",
    });
    expect(join({ ...withToken, peer: "10.0.0.2" }, { type: "auth", v: 1, token: "right" }).link.of("hello")).toHaveLength(1);
    clock.advance(60_000);
    expect(join(withToken, { type: "auth", v: 1, token: "right" }).link.of("hello")).toHaveLength(1);
  });

  it("names both versions and the way out when they do not meet (INS-CON-6)", () => {
    const { link } = join(undefined, { type: "hello", v: 0 });
    expect(err(link)).toEqual({
      type: "err",
      code: "VERSION",
      v: 1,
      msg: "this host speaks inspector protocol 1, the client speaks 0: open the inspector page that this host serves itself, or update the older of the two",
    });
    expect(err(join(undefined, { type: "hello", v: 4, min: 2 }).link)).toMatchObject({ msg: expect.stringContaining("speaks 2 to 4") });
    expect(join(undefined, { type: "hello", v: 2, min: 1 }).link.of("hello")).toHaveLength(1);
  });

  it("closes a link that says nothing for 5 s", () => {
    const link = new Recorder();
    agent.connect(link);
    clock.advance(4_999);
    expect(link.closed).toBeUndefined();
    clock.advance(1);
    expect(err(link)).toMatchObject({ code: "AUTH_TIMEOUT" });
  });

  it("has room for 8 clients and 16 strangers (INS-CON-4)", () => {
    const links = Array.from({ length: 9 }, () => join().link);
    expect(links.map((l) => l.closed === undefined)).toEqual([...Array.from({ length: 8 }, () => true), false]);
    expect(err(links[8]!)).toMatchObject({ code: "LIMIT", msg: expect.stringContaining("8 clients look at this host already") });
    const strangers = Array.from({ length: 17 }, () => {
      const link = new Recorder();
      agent.connect(link);
      return link;
    });
    expect(strangers.filter((l) => l.closed !== undefined)).toHaveLength(1);
  });
});

describe("services", () => {
  it("sends the truth as a key frame, then deltas that keep it true (semantics of inspector.md §7)", () => {
    source.count = 3000;
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 7 });
    clock.advance(0);
    for (let second = 0; second < 4; second++) {
      const table = link.tables.get(7)!;
      const ms = table.t / 1000;
      expect(table.byAddress()).toEqual(
        Array.from({ length: 3000 }, (_, i) => {
          const truth = sampleAt(i, ms);
          return { ...truth, state: serviceStates.indexOf(truth.state) };
        }),
      );
      clock.advance(1000);
    }
    expect(link.of("key").length).toBe(1);
    expect(link.tables.get(7)!.t).toBe((1000 + 4000) * 1000);
  });

  it("repeats a key frame every 30 s and numbers frames without a gap (INS-PRO-3)", () => {
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(61_000);
    expect(link.of("key").map((f) => f.t / 1000 - 1000)).toEqual([0, 30_000, 60_000]);
  });

  it("answers a repeated sub with a fresh key frame, which is how a client closes a gap", () => {
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(1000);
    c.receive({ type: "sub", ch: "services", id: 1, fields: ["mqlen"] });
    clock.advance(250);
    expect(link.of("key").map((f) => [f.seq, Object.keys(f.added.columns)])).toEqual([
      [1, expect.arrayContaining(["msg"])],
      [1, ["addr", "node", "mqlen"]],
    ]);
  });

  it("reads the host once per tick for all clients", () => {
    const joined = Array.from({ length: 5 }, () => join());
    for (const { c } of joined) c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(9_900);
    expect(source.walks).toBeLessThanOrEqual(11);
    for (const { link } of joined) expect(link.tables.get(1)!.rows.size).toBe(10);
  });

  it("sends at the rate asked for, clamped to 0.1 … 4 Hz", () => {
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1, hz: 100 });
    c.receive({ type: "sub", ch: "services", id: 2, hz: 0.5 });
    clock.advance(10_000);
    const frames = (id: number): number => [...link.of("key"), ...link.of("delta")].filter((f) => f.id === id).length;
    expect(frames(1)).toBe(41);
    expect(frames(2)).toBe(6);
  });

  it("holds no timer and reads nothing while nobody is subscribed (rule 1)", () => {
    const { link, c } = join();
    clock.advance(20_000);
    expect([agent.active, source.walks, clock.waiting]).toEqual([false, 0, 0]);
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(3_000);
    expect(agent.active).toBe(true);
    c.receive({ type: "unsub", id: 1 });
    const { walks } = source;
    const { length } = link.frames;
    clock.advance(20_000);
    expect([agent.active, source.walks, clock.waiting, link.frames.length]).toEqual([false, walks, 0, length]);
    c.receive({ type: "sub", ch: "services", id: 1 });
    c.closed();
    clock.advance(20_000);
    expect([agent.active, agent.clients, clock.waiting]).toEqual([false, 0, 0]);
  });

  it("refuses a channel without the scope read, an unknown channel and a 17th subscription, and keeps the client", () => {
    const { link, c } = join({ scopes: [] });
    c.receive({ type: "sub", ch: "services", id: 1 });
    expect(err(link)).toMatchObject({ code: "FORBIDDEN", id: 1, msg: expect.stringContaining("scope read") });
    const other = join();
    other.c.receive({ type: "sub", ch: "weather", id: 1 });
    expect(err(other.link)).toMatchObject({
      code: "UNKNOWN_CHANNEL",
      id: 1,
      msg: expect.stringMatching(/no channel "weather"; there are: .*services/),
    });
    other.c.receive({ type: "sub", ch: "timers", id: 1 });
    expect(err(other.link)).toMatchObject({ code: "UNAVAILABLE", id: 1, msg: 'this host has no channel "timers"' });
    for (let id = 0; id < 17; id++) other.c.receive({ type: "sub", ch: "services", id });
    expect(err(other.link)).toMatchObject({ code: "LIMIT", id: 16 });
    expect([link.closed, other.link.closed]).toEqual([undefined, undefined]);
  });

  it("tells clients when the host cannot be read, and goes on when it can again", () => {
    const { link, c } = join();
    source.broken = new Error("table is locked");
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(100);
    expect(err(link)).toMatchObject({ code: "SOURCE", id: 1, msg: "the host could not be read: table is locked" });
    source.broken = undefined;
    clock.advance(2_000);
    expect(link.tables.get(1)!.rows.size).toBe(10);
  });

  it("starts the string table afresh before it grows without bound, without losing a row", () => {
    let round = 0;
    const row = sampleAt(5, 0);
    agent = createAgent(
      {
        host: () => source.host(),
        totals: () => source.totals(),
        tables: {
          services: () => {
            let i = 0;
            const base = round++ * 40_000;
            return {
              next: (limit, visit) => {
                for (const end = Math.min(40_000, i + limit); i < end; i++) {
                  row.addr = i + 1;
                  row.name = `n${base + i}`;
                  visit(row);
                }
                return i < 40_000;
              },
            };
          },
        },
      },
      { clock, defer: clock.defer },
    );
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(9_500);
    const resets = link.frames.filter((f) => (f.type === "key" || f.type === "delta") && f.strings?.first === 0);
    expect(resets.length).toBeGreaterThanOrEqual(2);
    expect(resets.every((f) => f.type === "key")).toBe(true);
    expect(link.tables.get(1)!.byAddress()[0]!["name"]).toBe(`n${(round - 1) * 40_000}`);
  });
});

describe("keeping out of the way", () => {
  it("works in slices of at most 4 ms between which the runtime runs (INS-PRO-7)", () => {
    source.count = 20_000;
    const slices: number[] = [];
    let from = clock.now();
    const defer = (fn: () => void): void => {
      slices.push(clock.now() - from);
      clock.defer(() => {
        from = clock.now();
        fn();
      });
    };
    const slow = { ...host(source), tables: { services: () => slowly(source.services(), () => clock.spend(0.7)) } };
    agent = createAgent(slow, { clock, defer });
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(0);
    expect(link.tables.get(1)!.rows.size).toBe(20_000);
    expect(slices.length).toBeGreaterThan(20_000 / limits.stepRows / 4);
    expect(Math.max(...slices)).toBeLessThanOrEqual(4);
  });

  it("ends a slice after some steps where the clock stands still (virtual time)", () => {
    source.count = 20_000;
    let steps = 0;
    const perSlice: number[] = [];
    const defer = (fn: () => void): void => {
      perSlice.push(steps);
      steps = 0;
      clock.defer(fn);
    };
    agent = createAgent({ ...host(source), tables: { services: () => slowly(source.services(), () => steps++) } }, { clock, defer });
    join().c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(0);
    expect(perSlice.length).toBeGreaterThan(4);
    expect(Math.max(...perSlice)).toBeLessThanOrEqual(limits.sliceSteps);
  });

  it("holds deltas back above 256 KiB of queued bytes; the next one carries the sum (INS-PRO-4)", () => {
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(0);
    const { length } = link.of("delta");
    link.queuedBytes = limits.queuedBytes + 1;
    source.first = 4;
    clock.advance(5_000);
    expect(link.of("delta")).toHaveLength(length);
    link.queuedBytes = 0;
    clock.advance(1_000);
    expect(link.of("delta")).toHaveLength(length + 1);
    expect(link.tables.get(1)!.rows.size).toBe(6);
    clock.advance(1_000);
    expect(link.of("stat").at(-1)).toMatchObject({ skipped: 5, dropped: 0 });
  });

  it("ends a subscription whose client leaves more than 1 MiB unread for 10 s, with the reason", () => {
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1 });
    clock.advance(0);
    link.queuedBytes = limits.cloggedBytes + 1;
    clock.advance(12_000);
    expect(err(link)).toMatchObject({ code: "SLOW", id: 1, msg: expect.stringContaining("did not read for 10 s") });
    expect(agent.active).toBe(false);
    expect(link.closed).toBeUndefined();
  });

  it("reports its own cost, the lag of the loop and the host's counters once a second", () => {
    const { link, c } = join();
    c.receive({ type: "sub", ch: "services", id: 1, hz: 4 });
    clock.advance(3_100);
    expect(link.of("stat")).toHaveLength(4);
    expect(link.of("stat")[0]).toMatchObject({ services: 10, messages: Math.floor(1000 * 12.48), lagUs: 0, skipped: 0 });
  });
});

describe("bytes and frames from outside", () => {
  it("closes the client that sent a bad frame, with a text that names the field, and no other", () => {
    const good = join();
    for (const [frame, msg] of [
      [null, "bad frame: a frame is a map with a type; this is null"],
      [[1], "bad frame: a frame is a map with a type; this is a list"],
      [{ type: 5 }, "bad frame: the frame's type is no text"],
      [{ type: "sub", ch: "services", id: -1 }, "bad frame: sub.id is -1, expected a whole number from 0"],
      [{ type: "sub", ch: "services", id: 1, fields: "addr" }, "bad frame: sub.fields is a string, expected a list of at most 64 names"],
      [{ type: "ping" }, "bad frame: ping.t0 is missing, expected a number"],
      [{ type: "hello", v: 1 }, "bad frame: a second hello; a connection is opened once"],
    ] as const) {
      const { link, c } = join();
      c.receive(frame);
      expect(err(link)).toEqual({ type: "err", code: "BAD_FRAME", msg });
      expect(link.closed).toBe(msg);
    }
    good.c.receive({ type: "ping", t0: 5 });
    expect(good.link.of("pong")).toEqual([{ type: "pong", t0: 5, t1: 1_000_000 }]);
  });

  it("ignores frames and fields it does not know (INS-PRO-6)", () => {
    const { link, c } = join(undefined, { type: "hello", v: 1, colour: "red" });
    c.receive({ type: "teleport", to: "mars" });
    expect(link.closed).toBeUndefined();
  });

  it("survives any value in any order, and answers others as before", () => {
    const frame = fc.oneof(
      fc.anything(),
      fc.record(
        {
          type: fc.constantFrom("hello", "auth", "sub", "unsub", "ping", "key", "x"),
          v: fc.anything(),
          id: fc.oneof(fc.nat(3), fc.anything()),
          ch: fc.oneof(fc.constant("services"), fc.anything()),
          hz: fc.anything(),
          fields: fc.anything(),
          t0: fc.anything(),
          token: fc.anything(),
        },
        { requiredKeys: ["type"] },
      ),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 10 }), (frames) => {
        const { link, c } = join();
        for (const f of frames) {
          c.receive(f);
          clock.advance(100);
        }
        c.closed();
        expect(link.frames[0]!.type).toBe("hello");
        expect(agent.clients).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(agent.active).toBe(false);
  });

  it("closes a client that floods it with frames", () => {
    const { link, c } = join();
    for (let i = 0; i < limits.framesPerSecond + 1; i++) c.receive({ type: "ping", t0: i });
    expect(err(link)).toMatchObject({ code: "LIMIT", msg: expect.stringContaining("200 frames") });
  });

  it("drops a client whose link throws, and serves the others", () => {
    const { link } = join();
    const bad = new Recorder();
    const c = agent.connect({
      queued: bad.queued,
      close: bad.close,
      send: () => {
        throw new Error("gone");
      },
    });
    c.receive({ type: "hello", v: 1 });
    expect(agent.clients).toBe(1);
    expect(link.closed).toBeUndefined();
  });
});

it("closing tells every client why and leaves nothing behind", () => {
  const { link, c } = join();
  c.receive({ type: "sub", ch: "services", id: 1 });
  clock.advance(1_000);
  agent.close();
  expect(err(link)).toEqual({ type: "err", code: "CLOSING", msg: "the host ends its inspector" });
  expect([agent.active, agent.clients, clock.waiting]).toEqual([false, 0, 0]);
  expect(err(join().link)).toMatchObject({ code: "CLOSING" });
});
