/** Trees of traces: from what a real node records, and from what is left of it. */
import { skynet } from "@skyloom/runtime";
import { TraceRecorder } from "@skyloom/runtime/inspect";
import { testNode } from "@skyloom/runtime/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyEvent, emptyEvents } from "./events.ts";
import type { TraceEvents } from "./events.ts";
import { asBatch, generateTrace } from "./fixtures/generate.ts";
import { ArrowKind, buildTrace, PartKind, SpanFlag, SpanKind, SpanState } from "./model.ts";
import type { TraceModel } from "./model.ts";
import { TraceStore } from "./trace-store.ts";

const KIND = Object.keys(SpanKind);
const STATE = Object.keys(SpanState);
const PART = Object.keys(PartKind);
const ARROW = Object.keys(ArrowKind);

/** Some of the events, in some order. */
function pick(events: TraceEvents, places: readonly number[]): TraceEvents {
  const picked = emptyEvents(places.length);
  for (const [k, i] of places.entries()) copyEvent(events, i, picked, k);
  return picked;
}

/** A span as a line, times in milliseconds after the beginning. */
function line(m: TraceModel, s: number, names: readonly string[], who: (addr: number) => string): string {
  const ms = (t: number): string => (Number.isNaN(t) ? "?" : `${Math.round((t - m.begin) / 1000)}`);
  const parts: string[] = [];
  for (let p = m.parts.first[s]!; p < m.parts.first[s + 1]!; p++)
    parts.push(`${PART[m.parts.kind[p]!]} ${ms(m.parts.from[p]!)}-${ms(m.parts.to[p]!)}`);
  const error = m.error[s] === 0 ? "" : ` ${names[m.error[s]!]}`;
  return `${"  ".repeat(m.depth[s]!)}${who(m.addr[s]!)}.${names[m.cmd[s]!] || "-"} ${KIND[m.kind[s]!]} ${ms(m.queued[s]!)}/${ms(m.began[s]!)}/${ms(m.replied[s]!)}/${ms(m.ended[s]!)} ${STATE[m.state[s]!]}${error} [${parts.join(", ")}]`;
}

/** A recording of a real node on virtual time, as the store has it. */
async function recorded(): Promise<{ store: TraceStore; model: TraceModel; who: (addr: number) => string }> {
  const db = () =>
    skynet.dispatch("lua", function* (_s, _f, cmd: string) {
      yield* skynet.sleep(cmd === "get" ? 2 : 1);
      if (cmd === "bad") throw new TypeError("no such user");
      skynet.retpack(1);
    });
  const auth = (database: number) =>
    skynet.dispatch("lua", function* (_s, _f, cmd: string) {
      skynet.retpack(yield* skynet.call(Number(database), "lua", cmd));
    });
  const gate = (authHandle: number) =>
    skynet.dispatch("lua", function* () {
      const to = Number(authHandle);
      yield* skynet.call(to, "lua", "get");
      const replies = skynet.request([to, "lua", "get"]).add([to, "lua", "bad"]).select();
      while ((yield* replies.next()) !== undefined);
      skynet.fork(function* () {
        yield* skynet.sleep(3);
      });
      skynet.retpack(1);
    });
  const t = await testNode({ services: { db, auth, gate } });
  const d = await t.newservice("db");
  const a = await t.newservice("auth", d);
  const g = await t.newservice("gate", a);
  const recorder = new TraceRecorder([{ kernel: t.node.kernel }]);
  recorder.start({ kind: "all" });
  await t.call(g, "lua", "login");
  t.advance(10);
  const store = new TraceStore();
  store.append(recorder.drain(recorder.cursor(), 1000), "all");
  recorder.release();
  await t.stop();
  const names = new Map([
    [d, "db"],
    [a, "auth"],
    [g, "gate"],
  ]);
  return { store, model: buildTrace(store.eventsOf(1)), who: (addr) => names.get(addr) ?? "host" };
}

describe("the tree of a trace (inspector.md §6.4)", () => {
  it("of a real node: waits, slices, errors, parallel calls, a fork", async () => {
    const { store, model, who } = await recorded();
    expect(Array.from({ length: model.spans }, (_, s) => line(model, s, store.names, who))).toEqual([
      "gate.login request 0/0/40/40 ended [run 0-0, call 0-20, run 20-20, wait 20-30, run 30-30, wait 30-40, run 40-40]",
      "  auth.get request 0/0/20/20 ended [run 0-0, call 0-20, run 20-20]",
      "    db.get request 0/0/20/20 ended [run 0-0, sleep 0-20, run 20-20]",
      "  auth.get request 20/20/40/40 ended [run 20-20, call 20-40, run 40-40]",
      "    db.get request 20/20/40/40 ended [run 20-20, sleep 20-40, run 40-40]",
      "  auth.bad request 20/20/?/30 failed CALL_FAILED [run 20-20, call 20-30, run 30-30]",
      "    db.bad request 20/20/?/30 failed TypeError [run 20-20, sleep 20-30, run 30-30]",
      "  gate.- fork 40/40/?/70 ended [run 40-40, sleep 40-70, run 70-70]",
    ]);
    const { arrows } = model;
    expect(
      Array.from(
        { length: arrows.count },
        (_, i) =>
          `${ARROW[arrows.kind[i]!]} ${who(arrows.src[i]!)}>${who(arrows.dst[i]!)} ${Math.round((arrows.sent[i]! - model.begin) / 1000)}-${Math.round((arrows.taken[i]! - model.begin) / 1000)}`,
      ),
    ).toEqual([
      "call host>gate 0-0",
      "call gate>auth 0-0",
      "call auth>db 0-0",
      "reply db>auth 20-20",
      "reply auth>gate 20-20",
      "call gate>auth 20-20",
      "call gate>auth 20-20",
      "call auth>db 20-20",
      "call auth>db 20-20",
      "error db>auth 30-30",
      // Replies of a batch wake a task that waits for any of them, and nobody waits outside: when they were taken is not recorded.
      "error auth>gate 30-NaN",
      "reply db>auth 40-40",
      "reply auth>gate 40-NaN",
      "reply gate>host 40-NaN",
    ]);
    expect(store.rows()).toMatchObject([
      {
        id: 1,
        command: "login",
        durationUs: 70_000,
        spans: 8,
        services: 3,
        nodes: 1,
        errors: 2,
        open: 0,
        sampledBy: "all",
        partial: false,
      },
    ]);
    expect(store.rows()[0]!.tag).toMatch(/^:[0-9a-f]{8}-1$/);
  });
});

const small = generateTrace({ spans: 40, seed: 7, errors: 0.1 }).events;

/** What must hold of every tree, whatever it was made of. */
function sound(m: TraceModel): void {
  for (let s = 0; s < m.spans; s++) {
    expect(m.parent[s]!).toBeLessThan(s);
    expect(m.parent[s]!).toBeGreaterThanOrEqual(-1);
    for (let p = m.parts.first[s]!; p < m.parts.first[s + 1]!; p++) expect(m.parts.to[p]!).toBeGreaterThanOrEqual(m.parts.from[p]!);
  }
  expect(m.parts.first[m.spans]).toBe(m.parts.kind.length);
  expect(m.children.length).toBe([...m.parent].filter((p) => p >= 0).length);
  for (let i = 0; i < m.arrows.count; i++) expect(m.arrows.span[i]!).toBeLessThan(m.spans);
}

describe("events that are missing or out of order", () => {
  it("in any order give the same tree", () => {
    const whole = buildTrace(small);
    sound(whole);
    expect(whole.spans).toBe(40);
    expect([...whole.parent].filter((p) => p < 0)).toHaveLength(1);
    const places = Array.from({ length: small.count }, (_, i) => i);
    fc.assert(
      fc.property(fc.shuffledSubarray(places, { minLength: places.length }), (order) => {
        expect(buildTrace(pick(small, order))).toEqual(whole);
      }),
    );
  });

  it("in any number give some tree", () => {
    const places = Array.from({ length: small.count }, (_, i) => i);
    fc.assert(
      fc.property(fc.shuffledSubarray(places), (order) => {
        const m = buildTrace(pick(small, order));
        sound(m);
        expect(m.spans).toBeLessThanOrEqual(2 * order.length);
      }),
    );
  });

  it("of any content give some tree", () => {
    const word = fc.oneof(fc.nat(5), fc.nat(0xffff_ffff));
    const event = fc.tuple(fc.double(), fc.nat(20), word, word, word, word, word, word, word, word, word);
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (list) => {
        const events = emptyEvents(list.length);
        for (const [i, e] of list.entries()) {
          events.seq[i] = e[2];
          [events.t[i], events.kind[i], events.src[i], events.dst[i], events.session[i], events.task[i]] = [
            e[0],
            e[1],
            e[3],
            e[4],
            e[5],
            e[6],
          ];
          [events.cmdId[i], events.size[i], events.parent[i], events.wait[i]] = [e[7], e[8], e[9], e[10]];
        }
        sound(buildTrace(events));
        const store = new TraceStore();
        store.append(asBatch({ events, names: [] }));
        store.rows();
      }),
      { numRuns: 300 },
    );
  });

  it("says which beginnings are not known", () => {
    const m = buildTrace(
      pick(
        small,
        Array.from({ length: small.count - 2 }, (_, i) => i + 2),
      ),
    );
    expect(m.flags[0]).toBe(SpanFlag.partial);
    expect(m.kind[0]).toBe(SpanKind.unknown);
    expect(m.began[0]).toBeNaN();
  });

  it("shows a message nobody has taken as one that waits", () => {
    const m = buildTrace(pick(small, [0]));
    expect([m.spans, m.state[0], m.kind[0]]).toEqual([1, SpanState.queued, SpanKind.request]);
    expect(m.began[0]).toBeNaN();
  });
});

describe("large traces (INS-UI-4; how long they take is measured by bench:ui)", () => {
  it("50,000 spans", () => {
    expect(buildTrace(generateTrace({ spans: 50_000 }).events).spans).toBe(50_000);
  });
});
