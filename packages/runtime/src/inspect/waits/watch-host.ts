/**
 * The whole watch over one host: a look at all suspended tasks, what it proves, and what to say about it.
 *
 * Runs nothing by itself: whoever owns it asks for a sweep about once a second, and drives it in slices.
 *
 * @module
 */
import { alertLimits, AlertWatch } from "./alerts.ts";
import type { AlertLimits, AlertRecord } from "./alerts.ts";
import { findKnots } from "./detect.ts";
import { WaitSnapshot } from "./model.ts";
import type { Watched, WaitSource } from "./model.ts";
import type { Deadlock } from "./report.ts";
import { addEdgeRows, callRow } from "./rows.ts";
import type { CallRow, WaitEdge } from "./rows.ts";
import { DeadlockWatch } from "./watch.ts";

const STEP = 256;

/** When to look closer. */
export interface WatchOptions extends Partial<AlertLimits> {
  /** Waits younger than this are left out, in milliseconds; 0: none are, also where clocks are rounded. Default 100. */
  readonly minAgeMs?: number;
}

/** What a sweep is for. */
export interface SweepOptions {
  /** Make rows and edges too. Default true; a watch that nobody looks at needs only alerts. */
  readonly rows?: boolean;
}

/** What one sweep found. */
export interface SweepResult {
  /** Pending calls that are old enough. */
  readonly calls: readonly CallRow[];
  /** Who waits for whom, among tasks that have waited long enough. */
  readonly edges: readonly WaitEdge[];
  /** Suspected and confirmed ones. */
  readonly deadlocks: readonly Deadlock[];
  /** All alerts of now; one that has ended is there once more, as cleared. */
  readonly alerts: readonly AlertRecord[];
}

/** A watch over one host. */
export interface WaitWatch {
  /**
   * Takes a look. Step it until it ends, with the services running in between as they like; a new sweep must not begin before.
   *
   * @param nowMs - The host's clock, in milliseconds.
   */
  sweep(nowMs: number, options?: SweepOptions): Generator<void, SweepResult>;
}

/**
 * Makes a watch.
 *
 * @example
 * ```ts
 * import { createWatch, kernelWaits } from "@skyloom/runtime/inspect";
 *
 * const watch = createWatch(kernelWaits([{ name: "game", node }]));
 * const sweep = watch.sweep(ports.clock.now());
 * let step = sweep.next();
 * while (!step.done) step = sweep.next();   // an agent stops here when its slice is over
 * for (const alert of step.value.alerts) node.kernel.log(0, `${alert.title}: ${alert.text}`);
 * ```
 */
export function createWatch<W extends Watched>(source: WaitSource<W>, options: WatchOptions = {}): WaitWatch {
  const { minAgeMs = 100, ...limits } = options;
  const deadlockWatch = new DeadlockWatch();
  const alertWatch = new AlertWatch({ ...alertLimits, ...limits }, source.nodes.length > 1);
  return {
    *sweep(nowMs, { rows = true } = {}) {
      const old = (sinceMs: number): boolean => minAgeMs <= 0 || nowMs - sinceMs >= minAgeMs;
      const snapshot = new WaitSnapshot<W>();
      yield* source.collect(snapshot);
      const knots = findKnots(snapshot).filter((knot) => knot.every((i) => old(snapshot.records[i]!.sinceMs)));
      yield;
      const deadlocks = yield* deadlockWatch.update(snapshot, knots, nowMs);
      markCycles(snapshot, deadlocks);
      yield;
      const alerts = alertWatch.update(snapshot, deadlocks, nowMs);
      const calls: CallRow[] = [];
      const edges: WaitEdge[] = [];
      if (rows) {
        let left = STEP;
        for (const call of snapshot.calls) {
          if (old(call.sinceMs) && call.isOpen) calls.push(callRow(snapshot, call, nowMs));
          if (--left > 0) continue;
          left = STEP;
          yield;
        }
        for (const record of snapshot.records) {
          if (old(record.sinceMs)) addEdgeRows(snapshot, record, edges);
          if (--left > 0) continue;
          left = STEP;
          yield;
        }
      }
      return { calls, edges, deadlocks, alerts };
    },
  };
}

/** A call between two tasks of a proven deadlock is part of it. */
function markCycles(snapshot: WaitSnapshot, deadlocks: readonly Deadlock[]): void {
  const tasks = new Map<number, Deadlock>();
  for (const deadlock of deadlocks) if (deadlock.confirmed) for (const { task } of deadlock.tasks) tasks.set(task, deadlock);
  if (tasks.size === 0) return;
  for (const call of snapshot.calls) {
    const deadlock = tasks.get(call.op.task!.id);
    if (deadlock !== undefined && call.servedBy !== undefined && tasks.get(call.servedBy.task.id) === deadlock) call.state = "cycle";
  }
}
