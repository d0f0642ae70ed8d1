/**
 * A walk over all services of all nodes, of which each channel makes its rows.
 *
 * @module
 */
import type { Service } from "../../kernel/service.ts";
import type { RowWalk } from "../source.ts";
import type { Inspected } from "./hosts.ts";

/**
 * Visits the services that live when it begins, and still live when their turn comes.
 *
 * @param make - Makes the row of a service, or `undefined` for none; may fill one object again and again. `nowMs` is the node's time.
 * @param stamp - A number that is another one when the row has to be made again; NaN when it has to in any case.
 */
export function serviceWalk(
  nodes: readonly Inspected[],
  make: (service: Service, node: Inspected, nowMs: number) => object | undefined,
  stamp?: (service: Service, node: Inspected, row?: object) => number,
): RowWalk {
  const queue = nodes.map((node) => ({ node, list: node.kernel.snapshot(), at: 0, nowMs: node.kernel.elapsedMs() }));
  return {
    next(limit, visit, unchanged) {
      let left = limit;
      for (let part = queue[0]; part !== undefined; part = queue[0]) {
        while (left > 0 && part.at < part.list.length) {
          const service = part.list[part.at++]!;
          left--;
          if (!service.alive) continue;
          const now = unchanged === undefined || stamp === undefined ? NaN : stamp(service, part.node);
          if (!Number.isNaN(now) && unchanged!(part.node.name, service.handle, now)) continue;
          const row = make(service, part.node, part.nowMs);
          if (row !== undefined) visit(row, stamp?.(service, part.node, row));
        }
        if (part.at < part.list.length) return true;
        queue.shift();
      }
      return false;
    },
  };
}

/** A walk over rows that are there already. */
export function listWalk(rows: readonly object[]): RowWalk {
  let at = 0;
  return {
    next(limit, visit) {
      for (const end = Math.min(rows.length, at + limit); at < end; at++) visit(rows[at]!);
      return at < rows.length;
    },
  };
}
