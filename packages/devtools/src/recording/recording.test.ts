import { gzipSync } from "node:zlib";
import { createNode } from "@skyloom/runtime";
import { createAgent, nodeSource, tableChannels } from "@skyloom/runtime/inspect";
import type { TableChannel } from "@skyloom/runtime/inspect";
import { nodePorts } from "@skyloom/node-host";
import { services } from "@skyloom/example-02-counter";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { afterEach, describe, expect, it } from "vitest";
import { FormulaSource } from "../../../runtime/test/inspect/formula-source.ts";
import { ManualClock } from "../../../runtime/test/inspect/manual-clock.ts";
import { createClient } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { pageDial } from "../client/page-link.ts";
import { servicesView } from "../panels/services/columns.tsx";
import { makeFilter, orderRows } from "../stores/order.ts";
import type { TableStore } from "../stores/table-store.ts";
import { fileDial } from "./file-link.ts";
import { readSkyi, SkyiError, skyiLimits, writeSkyi } from "./skyi.ts";
import type { Recording } from "./skyi.ts";
import { takeSnapshot } from "./take-snapshot.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};
const all = { logs: true, traces: true };

/** A client of a made-up host with so many services, after some seconds. */
async function formula(count: number): Promise<{ client: Client; clock: ManualClock; source: FormulaSource }> {
  const clock = new ManualClock();
  const source = new FormulaSource(count, () => clock.now());
  const agent = createAgent(source, { clock, defer: clock.defer });
  const client = createClient({ dial: pageDial(agent), title: "live", clock, random: () => 0 });
  closers.push(
    () => agent.close(),
    () => client.close(),
  );
  client.watch("services");
  client.connect();
  for (let s = 0; s < 40; s++) {
    await settle();
    clock.advance(100);
  }
  await settle();
  return { client, clock, source };
}

/** Opens a recording, with everything that it holds. */
async function open(recording: Recording): Promise<Client> {
  const clock = new ManualClock();
  const client = createClient({ dial: fileDial(recording), title: "file", clock, random: () => 0 });
  closers.push(() => client.close());
  for (const name of Object.keys(tableChannels) as TableChannel[]) client.watch(name);
  client.watchLogs();
  client.watchTraces();
  client.connect();
  await settle();
  return client;
}

/** Saves and opens again. */
async function through(client: Client): Promise<{ opened: Client; bytes: number }> {
  const recording = takeSnapshot(client, all, 1_700_000_000_000)!;
  const file = await writeSkyi(recording);
  return { opened: await open(await readSkyi(file)), bytes: file.length };
}

/** Rows alive as a panel shows them, in the order of a query. */
function rowsOf(table: TableStore, text = ""): unknown[] {
  const { test } = makeFilter(table, servicesView, { text, hidden: [], sort: [] });
  const rows = orderRows(table, servicesView, [{ column: "mqlen", descending: true }], (r) => table.status[r] === 1 && test(r));
  return Array.from(rows, (r) => [
    table.id(r),
    ...servicesView.columns.map((c) => {
      const value = c.value(table, r);
      return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value;
    }),
  ]);
}

describe("a snapshot", () => {
  it("has the same rows, rates and filters when it is opened again (INS-EXP-3)", async () => {
    const { client, clock, source } = await formula(500);
    // Services of which there is one sample only: their rates are not known.
    source.count = 510;
    for (let s = 0; s < 12; s++) {
      await settle();
      clock.advance(100);
    }
    await settle();
    const live = client.table("services");
    const { opened } = await through(client);
    const saved = opened.table("services");
    expect(opened.connection.getState()).toMatchObject({ phase: "live", scopes: ["read"], host: { name: "formula", mode: "file" } });
    expect([saved.live, saved.t, saved.total]).toEqual([live.live, live.t, live.total]);
    for (const query of ["", "state:busy", "mqlen>10", "msg>100", "cpu>1 -type:room", "is:deadlocked", "no:msg", "u10"])
      expect([query, rowsOf(saved, query)]).toEqual([query, rowsOf(live, query)]);
    expect(rowsOf(saved, "msg>100").length).toBeGreaterThan(5);
    expect(opened.connection.getState().figures!.messagesPerSecond).toBeCloseTo(
      client.connection.getState().figures!.messagesPerSecond!,
      3,
    );
  });

  it("of a snapshot is the same snapshot", async () => {
    const { client } = await formula(120);
    const { opened } = await through(client);
    const again = await through(opened);
    expect(rowsOf(again.opened.table("services"))).toEqual(rowsOf(client.table("services")));
  });

  it("of 10,000 services is small and made at once; both are printed", async () => {
    const { client } = await formula(10_000);
    const from = performance.now();
    const { bytes, opened } = await through(client);
    console.log(
      `snapshot of 10,000 services: ${(bytes / 1024).toFixed(0)} KiB, saved and opened in ${(performance.now() - from).toFixed(0)} ms`,
    );
    expect(opened.table("services").live).toBe(10_000);
    expect(bytes).toBeLessThan(2 << 20);
  });

  it("holds what is shown while the view is paused", async () => {
    const { client, clock, source } = await formula(50);
    client.pause.set(true);
    source.first = 40;
    for (let s = 0; s < 30; s++) {
      await settle();
      clock.advance(100);
    }
    const { opened } = await through(client);
    expect(opened.table("services").live).toBe(50);
  });

  it("can only be looked at, and says so; what nobody had looked at is missing with a reason", async () => {
    const { client } = await formula(10);
    const { opened } = await through(client);
    await expect(opened.ask("tasks", 1)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(opened.act("kill", [":1"])).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const real = { ...takeSnapshot(client, all, 0)!, caps: { services: true, sockets: true, cluster: "no cluster here" } as const };
    const { caps } = (await open(real)).connection.getState();
    expect(caps).toMatchObject({ services: true, sockets: expect.stringContaining("nobody looked at it"), cluster: "no cluster here" });
  });

  it("of a client that never met its host is none", () => {
    const client = createClient({ dial: () => ({ send: () => {}, close: () => {} }), title: "x" });
    expect(takeSnapshot(client, all, 0)).toBeUndefined();
  });
});

describe("a snapshot of real nodes", () => {
  it("has their tables, log lines and traces", async () => {
    const ports = nodePorts();
    const node = await createNode({ ports, services, config: { start: "main" } });
    const source = nodeSource({ mode: "node", name: "real", id: "r", runtime: "0", nodes: [{ name: "alpha", node }] });
    const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn), scopes: ["read", "operate"] });
    const client = createClient({ dial: pageDial(agent), title: "real" });
    closers.push(
      () => node.stop(),
      () => agent.close(),
      () => client.close(),
    );
    client.watch("services");
    client.watch("timers");
    client.watchLogs();
    client.watchTraces();
    client.connect();
    await expect.poll(() => client.connection.getState().phase).toBe("live");
    await client.act("trace.start", [{ kind: "all" }]);
    await expect.poll(() => client.traces.count, { timeout: 8000 }).toBeGreaterThan(2);
    await expect.poll(() => client.logs.lines.some((l) => l.text.includes("count")), { timeout: 8000 }).toBe(true);
    client.pause.set(true);
    const recording = takeSnapshot(client, all, 1)!;
    const traces = client.traces.rows();
    const opened = await open(await readSkyi(await writeSkyi(recording)));
    const lines = (of: Client): unknown[] => of.logs.lines.map((l) => [l.t, l.addr, l.node, l.name, l.level, l.text, l.times]);
    expect(lines(opened)).toEqual(lines(client));
    expect(opened.table("timers").live).toBe(client.table("timers").live);
    const shape = (of: typeof traces): unknown[] =>
      of
        .map((r) => [r.tag, r.t, r.addr, r.command, r.spans, r.events, r.errors, r.durationUs, r.services, r.queueShare])
        .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])));
    expect(shape(opened.traces.rows())).toEqual(shape(traces));
    const row = opened.traces.rows()[0]!;
    expect(opened.traceNames.nodes[row.node]).toBe("alpha");
    // The same lines are not told twice when their panel is opened again.
    const { length } = opened.logs.lines;
    opened.watchLogs()();
    opened.watchLogs();
    await settle();
    expect(opened.logs.lines).toHaveLength(length);
  }, 20_000);
});

describe("a hostile file", () => {
  const packr = new Packr({ useRecords: false });
  const zip = (value: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(packr.pack(value)));
  const refusal = async (file: Uint8Array<ArrayBuffer>): Promise<SkyiError> => {
    try {
      await readSkyi(file);
    } catch (error) {
      expect(error).toBeInstanceOf(SkyiError);
      return error as SkyiError;
    }
    throw new Error("the file was read");
  };
  const sound = async (): Promise<Recording> => takeSnapshot((await formula(20)).client, all, 1)!;

  it("is refused with what is wrong: no gzip, no snapshot, another version, cut off, damaged", async () => {
    const recording = await sound();
    expect(await refusal(new TextEncoder().encode("hello"))).toMatchObject({ code: "FORMAT" });
    expect(await refusal(new Uint8Array())).toMatchObject({ code: "FORMAT" });
    expect(await refusal(zip({ a: 1 }))).toMatchObject({ code: "FORMAT", message: "this is no snapshot of the inspector" });
    expect(await refusal(zip([1]))).toMatchObject({ code: "FORMAT" });
    expect(await refusal(zip({ ...recording, version: 2 }))).toMatchObject({
      code: "VERSION",
      message: expect.stringContaining("the snapshot has format 2 and protocol 1; this inspector reads format 1 and protocol 1"),
    });
    const file = await writeSkyi(recording);
    expect(await refusal(file.slice(0, file.length / 2))).toMatchObject({ code: "BROKEN", message: expect.stringContaining("cut off") });
    for (const part of [
      { host: null },
      { host: { ...recording.host, name: 5 } },
      { caps: { services: {} } },
      { savedMs: "yesterday" },
      { alerts: [{ type: "alert" }] },
      { channels: [] },
      { channels: { services: [{ type: "ev" }] } },
      { channels: { services: Array.from({ length: skyiLimits.frames + 1 }, () => ({ type: "delta" })) } },
      { figures: { services: "many" } },
    ])
      expect([part, (await refusal(zip({ ...recording, ...part }))).code]).toEqual([part, "BROKEN"]);
  });

  it("that unpacks to gigabytes is refused before it does", async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(skyiLimits.unpacked + 1024)));
    expect(bomb.length).toBeLessThan(1 << 20);
    expect(await refusal(bomb)).toMatchObject({ code: "TOO_BIG" });
  });

  it("of any bytes is either read or refused, never worse", async () => {
    const file = await writeSkyi(await sound());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
        const bad = file.slice();
        for (const [at, byte] of changes) bad[at] = byte;
        await readSkyi(bad).catch((error: unknown) => expect(error).toBeInstanceOf(SkyiError));
      }),
      { numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await readSkyi(new Uint8Array(gzipSync(bytes))).catch((error: unknown) => expect(error).toBeInstanceOf(SkyiError));
      }),
      { numRuns: 60 },
    );
  });

  it("whose frames are nonsense is opened as a host that sends nonsense: nothing shown, nothing thrown", async () => {
    const recording = await sound();
    const frame = fc.oneof(fc.constant("key"), fc.constant("delta")).chain((type) =>
      fc.record({
        type: fc.constant(type),
        seq: fc.nat(3),
        t: fc.oneof(fc.double(), fc.string()),
        rest: fc.oneof(fc.nat(), fc.string()),
        total: fc.nat(),
        strings: fc.anything(),
        added: fc.oneof(fc.anything(), fc.record({ count: fc.nat(), slots: fc.anything(), columns: fc.anything() })),
        changed: fc.anything(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 3 }), async (frames) => {
        const client = await open({ ...recording, channels: { services: frames as never, logs: frames as never, trace: frames as never } });
        // Where a host would be left and called again, so is this: with the reason.
        const { phase, trouble } = client.connection.getState();
        expect(phase === "live" || (phase === "reconnecting" && trouble?.code === "GARBAGE")).toBe(true);
        client.close();
      }),
      { numRuns: 100 },
    );
  });
});
