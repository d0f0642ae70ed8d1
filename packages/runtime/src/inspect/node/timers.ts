/**
 * Rows of the `timers` channel: the next timeouts to fire.
 *
 * @module
 */
import { ServiceContext } from "../../core/context.ts";
import { OpKind } from "../../core/op.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { TIMER_ROWS } from "../channels/timers.ts";
import type { TimerSample } from "../channels/timers.ts";
import type { RowWalk } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";
import { listWalk } from "./walk.ts";

/** Milliseconds of one tick. */
const TICK_MS = 10;

/** See the file's comment. */
export function timers(nodes: readonly Inspected[]): RowWalk {
  const next: { inspected: Inspected; handle: number; session: number; ticks: number }[] = [];
  const together = new Map<Inspected, Map<number, number>>();
  for (const inspected of nodes) {
    const ticks = new Map<number, number>();
    together.set(inspected, ticks);
    for (const entry of inspected.kernel.timers.entries()) {
      next.push({ inspected, ...entry });
      ticks.set(entry.ticks, (ticks.get(entry.ticks) ?? 0) + 1);
    }
  }
  next.sort((a, b) => a.ticks - b.ticks);
  return listWalk(
    next
      .slice(0, TIMER_ROWS)
      .map(({ inspected, handle, session, ticks }) => rowOf(inspected, handle, session, ticks, together.get(inspected)!.get(ticks)!)),
  );
}

function rowOf({ name, kernel }: Inspected, handle: number, session: number, ticks: number, together: number): TimerSample {
  const body = kernel.find(handle)?.body;
  const op = body instanceof ServiceContext ? body.sessions.get(session) : undefined;
  const kind = op?.kind === OpKind.sleep ? "sleep" : op?.kind === OpKind.timer ? "timeout" : op?.kind === OpKind.limit ? "limit" : "other";
  return {
    node: name,
    owner: handle,
    ownerName: nameOfHandle(kernel, handle),
    session,
    kind,
    // From the tick the wheel stands at, so that the figure does not wander from sample to sample.
    dueUs: tickUs(kernel) + ticks * TICK_MS * 1000,
    ticks: op === undefined ? -1 : op.ticks,
    task: op?.kind === OpKind.sleep ? (op.task?.id ?? 0) : 0,
    together,
  };
}

/** When the wheel was turned last, on the clock of the frames. */
function tickUs(kernel: Kernel): number {
  return Math.round((kernel.startMs + kernel.timers.time * TICK_MS) * 1000);
}
