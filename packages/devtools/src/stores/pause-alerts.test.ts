import type { AlertFrame } from "@skyloom/runtime/inspect";
import { describe, expect, it } from "vitest";
import { emptyTraceColumns, TraceKind } from "@skyloom/runtime/inspect";
import { TraceStore } from "../traces/trace-store.ts";
import { AlertStore } from "./alert-store.ts";
import { Pause } from "./pause.ts";

const alert = (id: string, more: Partial<AlertFrame> = {}): AlertFrame => ({
  type: "alert",
  id,
  kind: "stuck-call",
  severity: "warn",
  entities: [],
  title: `alert ${id}`,
  text: "",
  first: 0,
  last: 0,
  ...more,
});

describe("alerts while the view is paused (INS-SH-3)", () => {
  const make = () => {
    const pause = new Pause();
    const alerts = new AlertStore(() => 0);
    pause.add(alerts);
    const ids = (): string[] => alerts.standing.map((a) => a.frame.id);
    const missed = (): string[] => alerts.missed.map((a) => a.frame.id);
    return { pause, alerts, ids, missed };
  };

  it("stand still; what came is counted and told, and going on shows it", () => {
    const { pause, alerts, ids, missed } = make();
    alerts.take(alert("1"));
    pause.set(true);
    const { version } = alerts;
    alerts.take(alert("2", { severity: "error" }));
    alerts.take(alert("1", { cleared: true }));
    alerts.take(alert("3"));
    alerts.take(alert("3", { cleared: true }));
    expect([ids(), missed(), pause.missed]).toEqual([["1"], ["3", "2"], 4]);
    expect(alerts.missed[0]!.frame.cleared).toBe(true);
    expect(alerts.version).toBeGreaterThan(version);
    expect(alerts.over).toEqual([]);
    pause.set(false);
    expect([ids(), missed(), alerts.over.map((a) => a.frame.id)]).toEqual([["2"], [], ["3", "1"]]);
  });

  it("an alert that was there when the view was paused is not told again after a new connection", () => {
    const { pause, alerts, ids, missed } = make();
    alerts.take(alert("1"));
    pause.set(true);
    alerts.reset();
    alerts.take(alert("1"));
    expect([ids(), missed()]).toEqual([["1"], []]);
    pause.set(false);
    expect(ids()).toEqual(["1"]);
  });

  it("can be put out of the way meanwhile", () => {
    const { pause, alerts } = make();
    alerts.take(alert("1"));
    pause.set(true);
    alerts.dismiss("1");
    expect(alerts.standing[0]!.dismissed).toBe(true);
    pause.set(false);
    expect(alerts.standing[0]!.dismissed).toBe(true);
  });
});

describe("traces while the view is paused (INS-SH-3)", () => {
  let first = 0;
  /** A trace of one message: into the mailbox, taken out, handled. */
  const batch = (trace: number, t: number) => {
    const kinds = [TraceKind.enqueue, TraceKind.dispatch, TraceKind.end];
    const columns = emptyTraceColumns(kinds.length);
    kinds.forEach((kind, i) => {
      columns.kind[i] = kind;
      columns.t[i] = t + i;
      columns.traceId[i] = trace;
      columns.task[i] = trace;
      columns.dst[i] = 8;
    });
    first += kinds.length;
    return {
      recording: 1,
      first: first - kinds.length,
      count: kinds.length,
      dropped: 0,
      columns,
      names: { first: 1, values: [] },
      tags: [],
    };
  };

  it("are those there were, with the events there were; going on shows all", () => {
    const pause = new Pause();
    const traces = new TraceStore();
    pause.add(traces);
    traces.append(batch(1, 100));
    pause.set(true);
    const { version } = traces;
    const before = traces.rows();
    traces.append(batch(2, 200));
    // The first trace goes on while the view stands still.
    traces.append(batch(1, 300));
    expect([traces.count, traces.rows(), traces.version, pause.missed]).toEqual([1, before, version, 2]);
    expect([traces.eventsOf(before[0]!.id).count, traces.row(before[0]!.id)]).toEqual([3, before[0]]);
    expect(traces.row(before[0]!.id + 1)).toBeUndefined();
    traces.keep(before[0]!.id, true);
    expect(traces.rows()[0]!.kept).toBe(true);
    pause.set(false);
    expect(traces.rows().map((r) => [r.spans, r.kept])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(traces.eventsOf(before[0]!.id).count).toBe(6);
  });

  it("are gone when the user empties the list", () => {
    const traces = new TraceStore();
    traces.append(batch(1, 100));
    traces.freeze(() => undefined);
    traces.clear();
    expect([traces.count, traces.rows()]).toEqual([0, []]);
  });
});
