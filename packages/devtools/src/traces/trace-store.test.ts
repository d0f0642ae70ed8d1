/** The store: rows, limits, what outlives the ring. */
import { describe, expect, it } from "vitest";
import { asBatch, generateTrace } from "./fixtures/generate.ts";
import type { Generated } from "./fixtures/generate.ts";
import { buildTrace } from "./model.ts";
import { TraceStore } from "./trace-store.ts";

const trace = (traceId: number, spans: number, errors = 0): Generated =>
  generateTrace({ spans, traceId, errors, seed: traceId, task: traceId * 10_000, t: traceId * 1_000_000 });

describe("rows", () => {
  it("count a trace as its tree does, in whatever pieces it comes", () => {
    const made = trace(1, 200, 0.1);
    const whole = new TraceStore();
    whole.append(asBatch(made), "1/64");
    const pieces = new TraceStore();
    for (let i = 0; i < made.events.count; i += 7) pieces.append(asBatch(made, i, Math.min(7, made.events.count - i)), "1/64");
    expect(pieces.rows()).toEqual(whole.rows());
    const model = buildTrace(whole.eventsOf(1));
    expect(buildTrace(pieces.eventsOf(1))).toEqual(model);
    const [row] = whole.rows();
    expect(row).toMatchObject({
      spans: 200,
      durationUs: model.end - model.begin,
      services: new Set(model.addr).size,
      errors: [...model.error].filter((e) => e !== 0).length,
      open: 0,
      sampledBy: "1/64",
      partial: false,
    });
    let waited = 0;
    let ran = 0;
    for (let s = 0; s < model.spans; s++) if (model.kind[s] !== 2) waited += model.began[s]! - model.queued[s]!;
    for (let p = 0; p < model.parts.kind.length; p++) if (model.parts.kind[p] === 0) ran += model.parts.to[p]! - model.parts.from[p]!;
    expect(row!.queueShare).toBeCloseTo(waited / (waited + ran), 6);
  });

  it("batches out of order give the same tree", () => {
    const made = trace(1, 60);
    const store = new TraceStore();
    const half = made.events.count >> 1;
    store.append(asBatch(made, half, made.events.count - half));
    store.append(asBatch(made, 0, half));
    expect(buildTrace(store.eventsOf(1))).toEqual(buildTrace(made.events));
  });

  it("have the tag of skynet.trace, whenever it comes; recordings are kept apart", () => {
    const store = new TraceStore();
    const made = trace(3, 2);
    store.append({ ...asBatch(made), tags: [{ traceId: 3, text: ":0100000c-9" }] });
    store.append({ ...asBatch(made), recording: 2 });
    store.append({ ...asBatch(made, 0, 0), recording: 2, tags: [{ traceId: 3, text: ":0100000c-10" }] });
    expect(store.rows().map((r) => [r.id, r.tag, r.sampledBy])).toEqual([
      [1, ":0100000c-9", "skynet.trace"],
      [2, ":0100000c-10", "skynet.trace"],
    ]);
  });
});

describe("limits", () => {
  it("keep the newest events, and of the oldest those of failed and kept traces, whole", () => {
    const store = new TraceStore({ events: 8192, archived: 4096 });
    const failed = trace(1, 30, 1);
    const kept = trace(2, 30);
    store.append(asBatch(failed));
    store.append(asBatch(kept));
    store.keep(2, true);
    for (let n = 3; n < 200; n++) store.append(asBatch(trace(n, 50)));
    expect(store.events).toBeLessThanOrEqual(8192 + 4096);
    const ids = store.rows().map((r) => r.id);
    expect(ids).toContain(1);
    expect(ids).toContain(2);
    expect(ids).not.toContain(3);
    expect(ids.at(-1)).toBe(199);
    expect(buildTrace(store.eventsOf(1)).spans).toBe(30);
    expect(buildTrace(store.eventsOf(2)).spans).toBe(30);
    for (let n = 200; n < 500; n++) store.append(asBatch(trace(n, 50, 0.5)));
    expect(store.events).toBeLessThanOrEqual(8192 + 4096);
    expect(store.row(1)).toBeUndefined();
    expect(store.row(2)).toBeDefined();
    store.clear();
    expect([store.count, store.events]).toEqual([0, 0]);
  });

  it("keep slow traces", () => {
    const store = new TraceStore({ events: 8192 });
    for (let n = 1; n <= 300; n++) store.append(asBatch(trace(n, 3)));
    expect(store.slowUs).toBeLessThan(Infinity);
    store.append(asBatch(trace(301, 300)));
    for (let n = 302; n < 800; n++) store.append(asBatch(trace(n, 10)));
    expect(store.row(301)).toMatchObject({ spans: 300 });
    expect(store.row(302)).toBeUndefined();
  });

  it("counts what the host dropped, and takes nothing from a batch that is broken", () => {
    const store = new TraceStore();
    const batch = asBatch(trace(1, 5));
    store.append({ ...batch, dropped: 17, count: 1_000_000 });
    expect(store.dropped).toBe(17);
    store.append({ ...batch, leftOut: 5, count: 0 });
    expect(store.leftOut).toBe(5);
    expect(store.events).toBe(batch.count);
    store.append({ ...batch, columns: { ...batch.columns, t: new Float64Array(0) } });
    expect(store.events).toBe(batch.count);
    store.append({ ...batch, count: 0, names: { first: 4_000_000_000, values: ["x"] } });
    expect(store.names).not.toContain("x");
  });
});
