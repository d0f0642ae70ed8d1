/**
 * Rows of the `overview` channel: sums over each node.
 *
 * @module
 */
import type { OverviewSample } from "../channels/overview.ts";
import type { RowWalk } from "../source.ts";
import { ServiceContext } from "../../core/context.ts";
import type { Inspected, ProcessMemory } from "./hosts.ts";

const UNKNOWN: ProcessMemory = { heap: -1, heapLimit: -1, rss: -1, external: -1 };

/** Services that are added up in one step of the walk. */
const STEP = 256;

/** See the file's comment. One step of the walk adds up some services; a node's row comes after its last one. */
export function overview(nodes: readonly Inspected[], memory: (() => ProcessMemory) | undefined): RowWalk {
  const queue = nodes.map((inspected) => ({
    inspected,
    list: inspected.kernel.snapshot(),
    at: 0,
    nowMs: inspected.kernel.elapsedMs(),
    row: emptyRow(inspected.name),
  }));
  const process = memory?.() ?? UNKNOWN;
  return {
    next(_limit, visit) {
      const part = queue[0];
      if (part === undefined) return false;
      const { kernel } = part.inspected;
      const { row } = part;
      for (const end = Math.min(part.list.length, part.at + STEP); part.at < end; part.at++) {
        const service = part.list[part.at]!;
        if (!service.alive) continue;
        row.services++;
        row.mqlen += service.mqlen;
        row.cpuUs += service.cpuMs * 1000;
        row.errors += service.errors;
        row.tasks += service.body?.tasks?.() ?? 0;
        if (service.body instanceof ServiceContext) row.pending += service.body.pendingCalls();
        const oldest = service.body?.oldestCall?.();
        if (oldest !== undefined) row.oldestUs = Math.max(row.oldestUs, Math.round((part.nowMs - oldest) * 1000));
      }
      if (part.at < part.list.length) return true;
      row.messages = kernel.turns;
      row.cpuUs = Math.round(row.cpuUs + kernel.retired.cpuMs * 1000);
      row.errors += kernel.retired.errors;
      row.bytesIn = kernel.sockets.closedBytes.read;
      row.bytesOut = kernel.sockets.closedBytes.written;
      row.timers = kernel.timers.count;
      for (const s of kernel.sockets.info()) {
        row.sockets++;
        if (s.type === "LISTEN") continue;
        row.bytesIn += s.read;
        row.bytesOut += s.write;
      }
      visit(Object.assign(row, process));
      queue.shift();
      return queue.length > 0;
    },
  };
}

function emptyRow(node: string): OverviewSample {
  return {
    node,
    services: 0,
    messages: 0,
    mqlen: 0,
    pending: 0,
    oldestUs: 0,
    cpuUs: 0,
    errors: 0,
    tasks: 0,
    sockets: 0,
    bytesIn: 0,
    bytesOut: 0,
    timers: 0,
    heap: -1,
    heapLimit: -1,
    rss: -1,
    external: -1,
  };
}
