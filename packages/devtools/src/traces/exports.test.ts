/** Exports: what other programs need to hold of them, and a small one to the letter. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportInfo, ExportTrace } from "./export-info.ts";
import { exportOtlp, otlpTraceId } from "./export-otlp.ts";
import { exportPerfetto, perfettoEvents } from "./export-perfetto.ts";
import type { PerfettoEvent } from "./export-perfetto.ts";
import { otlpFaults, perfettoFaults } from "./fixtures/check-exports.ts";
import { generateTrace } from "./fixtures/generate.ts";
import { buildTrace } from "./model.ts";

/** Names of commands for the small ones. */
const LETTERS = ["", ...Array.from({ length: 23 }, (_, i) => String.fromCharCode(97 + i))];
const HOSTILE = `</script><img src=x onerror=alert(1)>"\\\u2028\u0000\uD800 {{x}} %s`;

function info(names: readonly string[], service = (addr: number): string => `service${addr & 0xff}`): ExportInfo {
  return {
    hostId: "host-1",
    hostName: "demo",
    runtime: "0.1.0",
    epochOffsetUs: 1_700_000_000_000_000,
    nodeName: (node) => `node${node}`,
    serviceName: service,
    nameOf: (id) => names[id] ?? "",
  };
}

function made(spans: number, seed: number): { traces: ExportTrace[]; info: ExportInfo } {
  const a = generateTrace({ spans, seed, errors: 0.1 });
  const b = generateTrace({ spans: 5, seed: seed + 1, task: 100_000, t: 9_000_000 });
  return {
    traces: [
      { tag: ":0100000a-1", model: buildTrace(a.events) },
      { tag: ":0100000b-2", model: buildTrace(b.events) },
    ],
    info: info(a.names),
  };
}

/** A trace of two spans, one event of which is a wait in the mailbox. */
const tiny = (): ExportTrace => {
  const { events } = generateTrace({ spans: 2, seed: 5, services: 2, errors: 0 });
  return { tag: ":0100000a-1", model: buildTrace(events) };
};

describe("Chrome trace-event JSON (inspector.md §11)", () => {
  it("every slice that begins ends, nested; flows come in pairs; times of one task rise", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.nat(1000), (spans, seed) => {
        const { traces, info: about } = made(spans, seed);
        const read = JSON.parse(exportPerfetto(traces, about)) as { traceEvents: PerfettoEvent[] };
        expect(read.traceEvents).toEqual(JSON.parse(JSON.stringify([...perfettoEvents(traces, about)])));
        expect(perfettoFaults(read.traceEvents)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("to the letter", () => {
    expect(exportPerfetto([tiny()], info(LETTERS)).trim().split("\n")).toMatchInlineSnapshot(`
      [
        "{"displayTimeUnit":"ms","otherData":{"host":"demo","hostId":"host-1","runtime":"0.1.0"},"traceEvents":[",
        "{"ph":"M","pid":1,"name":"process_name","args":{"name":"node0"}},",
        "{"ph":"M","pid":1,"tid":16777226,"name":"thread_name","args":{"name":"service10"}},",
        "{"ph":"M","pid":1,"tid":16777227,"name":"thread_name","args":{"name":"service11"}},",
        "{"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":"service1"}},",
        "{"ph":"b","pid":1,"tid":16777226,"ts":1000000,"id":"0x1","cat":"task","name":"service10.k","args":{"trace":":0100000a-1","address":":0100000a","session":1,"bytes":0}},",
        "{"ph":"b","pid":1,"tid":16777226,"ts":1000000,"id":"0x1","cat":"task","name":"queue","args":{}},",
        "{"ph":"e","pid":1,"tid":16777226,"ts":1000020,"id":"0x1","cat":"task","name":"queue"},",
        "{"ph":"X","pid":1,"tid":16777226,"ts":1000020,"cat":"run","name":"service10.k","dur":12},",
        "{"ph":"b","pid":1,"tid":16777226,"ts":1000032,"id":"0x1","cat":"task","name":"call","args":{}},",
        "{"ph":"e","pid":1,"tid":16777226,"ts":1000044,"id":"0x1","cat":"task","name":"call"},",
        "{"ph":"X","pid":1,"tid":16777226,"ts":1000044,"cat":"run","name":"service10.k","dur":12},",
        "{"ph":"e","pid":1,"tid":16777226,"ts":1000056,"id":"0x1","cat":"task","name":"service10.k"},",
        "{"ph":"b","pid":1,"tid":16777227,"ts":1000032,"id":"0x2","cat":"task","name":"service11.k","args":{"trace":":0100000a-1","address":":0100000b","session":2,"bytes":0}},",
        "{"ph":"b","pid":1,"tid":16777227,"ts":1000032,"id":"0x2","cat":"task","name":"queue","args":{}},",
        "{"ph":"e","pid":1,"tid":16777227,"ts":1000037,"id":"0x2","cat":"task","name":"queue"},",
        "{"ph":"X","pid":1,"tid":16777227,"ts":1000037,"cat":"run","name":"service11.k","dur":4},",
        "{"ph":"e","pid":1,"tid":16777227,"ts":1000041,"id":"0x2","cat":"task","name":"service11.k"},",
        "{"ph":"s","pid":1,"tid":1,"ts":1000000,"id":"1+1","cat":"message","name":"k"},",
        "{"ph":"f","pid":1,"tid":16777226,"ts":1000020,"id":"1+1","cat":"message","name":"k","bp":"e"},",
        "{"ph":"s","pid":1,"tid":16777226,"ts":1000032,"id":"100000a+2","cat":"message","name":"k"},",
        "{"ph":"f","pid":1,"tid":16777227,"ts":1000037,"id":"100000a+2","cat":"message","name":"k","bp":"e"},",
        "{"ph":"s","pid":1,"tid":16777227,"ts":1000041,"id":"100000a+2r","cat":"message","name":"reply"},",
        "{"ph":"f","pid":1,"tid":16777226,"ts":1000044,"id":"100000a+2r","cat":"message","name":"reply","bp":"e"},",
        "{"ph":"C","pid":1,"ts":1000000,"name":"tasks","args":{"waiting":1,"open":0}},",
        "{"ph":"C","pid":1,"ts":1000020,"name":"tasks","args":{"waiting":0,"open":1}},",
        "{"ph":"C","pid":1,"ts":1000032,"name":"tasks","args":{"waiting":1,"open":1}},",
        "{"ph":"C","pid":1,"ts":1000037,"name":"tasks","args":{"waiting":0,"open":2}},",
        "{"ph":"C","pid":1,"ts":1000041,"name":"tasks","args":{"waiting":0,"open":1}},",
        "{"ph":"C","pid":1,"ts":1000056,"name":"tasks","args":{"waiting":0,"open":0}}",
        "]}",
      ]
    `);
  });

  it("names from the host are texts", () => {
    const { traces, info: about } = made(3, 1);
    const hostile = { ...about, hostName: HOSTILE, serviceName: () => HOSTILE, nameOf: () => HOSTILE };
    const read = JSON.parse(exportPerfetto(traces, hostile)) as { otherData: { host: string }; traceEvents: PerfettoEvent[] };
    expect(read.otherData.host).toBe(HOSTILE);
    expect(read.traceEvents.find((e) => e.ph === "X")?.name).toBe(`${HOSTILE}.${HOSTILE}`);
  });
});

describe("OTLP/JSON (inspector.md §11)", () => {
  it("ids are sound and unique, parents exist, times do not go back, a call is client and server", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.nat(1000), (spans, seed) => {
        const { traces, info: about } = made(spans, seed);
        const read = exportOtlp(traces, about);
        expect(JSON.parse(JSON.stringify(read))).toEqual(read);
        const all = read.resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans));
        expect(otlpFaults(read)).toEqual([]);
        expect(all.filter((span) => span.parentSpanId === undefined)).toHaveLength(2);
        const server = all.filter((s) => s.kind === 2).length;
        expect(all.filter((s) => s.kind === 3)).toHaveLength(server - 2);
      }),
      { numRuns: 50 },
    );
  });

  it("to the letter", () => {
    expect(exportOtlp([tiny()], info(LETTERS))).toMatchInlineSnapshot(`
      {
        "resourceSpans": [
          {
            "resource": {
              "attributes": [
                {
                  "key": "service.name",
                  "value": {
                    "stringValue": "demo",
                  },
                },
                {
                  "key": "service.instance.id",
                  "value": {
                    "stringValue": "host-1",
                  },
                },
                {
                  "key": "skynet.node",
                  "value": {
                    "stringValue": "node0",
                  },
                },
              ],
            },
            "scopeSpans": [
              {
                "scope": {
                  "name": "skyloom",
                  "version": "0.1.0",
                },
                "spans": [
                  {
                    "attributes": [
                      {
                        "key": "skynet.address",
                        "value": {
                          "stringValue": ":0100000a",
                        },
                      },
                      {
                        "key": "skynet.type",
                        "value": {
                          "stringValue": "request",
                        },
                      },
                      {
                        "key": "skynet.session",
                        "value": {
                          "intValue": "1",
                        },
                      },
                      {
                        "key": "messaging.system",
                        "value": {
                          "stringValue": "skynet",
                        },
                      },
                      {
                        "key": "messaging.destination.name",
                        "value": {
                          "stringValue": "service10",
                        },
                      },
                      {
                        "key": "messaging.message.body.size",
                        "value": {
                          "intValue": "0",
                        },
                      },
                    ],
                    "endTimeUnixNano": "1700000001000056000",
                    "events": [
                      {
                        "attributes": [
                          {
                            "key": "skynet.queue.us",
                            "value": {
                              "intValue": "20",
                            },
                          },
                        ],
                        "name": "queue",
                        "timeUnixNano": "1700000001000000000",
                      },
                    ],
                    "kind": 2,
                    "name": "service10.k",
                    "spanId": "fc14bc4000000001",
                    "startTimeUnixNano": "1700000001000000000",
                    "status": {
                      "code": 0,
                    },
                    "traceId": "fc14bc4e6ac5e5de7820b665e2fe2245",
                  },
                  {
                    "attributes": [
                      {
                        "key": "skynet.address",
                        "value": {
                          "stringValue": ":0100000a",
                        },
                      },
                      {
                        "key": "skynet.session",
                        "value": {
                          "intValue": "2",
                        },
                      },
                      {
                        "key": "messaging.system",
                        "value": {
                          "stringValue": "skynet",
                        },
                      },
                      {
                        "key": "messaging.destination.name",
                        "value": {
                          "stringValue": "service11",
                        },
                      },
                      {
                        "key": "messaging.message.body.size",
                        "value": {
                          "intValue": "0",
                        },
                      },
                    ],
                    "endTimeUnixNano": "1700000001000044000",
                    "events": [],
                    "kind": 3,
                    "name": "service11.k",
                    "parentSpanId": "fc14bc4000000001",
                    "spanId": "fc14bc4c00000002",
                    "startTimeUnixNano": "1700000001000032000",
                    "status": {
                      "code": 0,
                    },
                    "traceId": "fc14bc4e6ac5e5de7820b665e2fe2245",
                  },
                  {
                    "attributes": [
                      {
                        "key": "skynet.address",
                        "value": {
                          "stringValue": ":0100000b",
                        },
                      },
                      {
                        "key": "skynet.type",
                        "value": {
                          "stringValue": "request",
                        },
                      },
                      {
                        "key": "skynet.session",
                        "value": {
                          "intValue": "2",
                        },
                      },
                      {
                        "key": "messaging.system",
                        "value": {
                          "stringValue": "skynet",
                        },
                      },
                      {
                        "key": "messaging.destination.name",
                        "value": {
                          "stringValue": "service11",
                        },
                      },
                      {
                        "key": "messaging.message.body.size",
                        "value": {
                          "intValue": "0",
                        },
                      },
                    ],
                    "endTimeUnixNano": "1700000001000041000",
                    "events": [
                      {
                        "attributes": [
                          {
                            "key": "skynet.queue.us",
                            "value": {
                              "intValue": "5",
                            },
                          },
                        ],
                        "name": "queue",
                        "timeUnixNano": "1700000001000032000",
                      },
                    ],
                    "kind": 2,
                    "name": "service11.k",
                    "parentSpanId": "fc14bc4c00000002",
                    "spanId": "fc14bc4000000002",
                    "startTimeUnixNano": "1700000001000032000",
                    "status": {
                      "code": 0,
                    },
                    "traceId": "fc14bc4e6ac5e5de7820b665e2fe2245",
                  },
                ],
              },
            ],
          },
        ],
      }
    `);
  });

  it("the same tag at the same host is the same trace, and no other", () => {
    expect(otlpTraceId(":0100000a-1", "h")).toBe(otlpTraceId(":0100000a-1", "h"));
    expect(new Set([otlpTraceId("a", "h"), otlpTraceId("b", "h"), otlpTraceId("a", "i"), otlpTraceId("h", "a")]).size).toBe(4);
  });

  it("names from the host are texts, times are exact", () => {
    const { traces, info: about } = made(2, 1);
    const read = exportOtlp(traces, { ...about, nameOf: () => HOSTILE, epochOffsetUs: 1_799_999_999_999_999 });
    const [span] = read.resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(span!.name).toContain(HOSTILE);
    expect(span!.startTimeUnixNano).toBe("1800000000999999000");
  });
});

it("the checks find what is wrong", () => {
  const { traces, info: about } = made(20, 1);
  const events = [...perfettoEvents(traces, about)];
  expect(perfettoFaults(events.filter((e) => e.ph !== "M")).length).toBeGreaterThan(0);
  expect(perfettoFaults(events.filter((e) => e.ph !== "e")).length).toBeGreaterThan(0);
  expect(perfettoFaults(events.filter((e) => e.ph !== "f")).length).toBeGreaterThan(0);
  expect(perfettoFaults(events.toReversed()).length).toBeGreaterThan(0);
  const read = exportOtlp(traces, about);
  const [resource] = read.resourceSpans;
  const [scope] = resource!.scopeSpans;
  const without = { resourceSpans: [{ ...resource!, scopeSpans: [{ ...scope!, spans: scope!.spans.filter((s) => s.kind !== 3) }] }] };
  expect(otlpFaults(without).length).toBeGreaterThan(0);
});
