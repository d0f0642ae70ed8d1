/**
 * Rows of the `memory` channel: what is known of each service's memory, by accounting.
 *
 * @module
 */
import type { MemorySample } from "../channels/memory.ts";
import type { RowWalk } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { isSystem, nameOf, typeOf } from "./hosts.ts";
import { serviceWalk } from "./walk.ts";

/** Sums over the sockets and timers of a node, made once for each walk. */
function perOwner<T>(items: Iterable<T>, owner: (item: T) => number, amount: (item: T) => number): Map<number, number> {
  const sums = new Map<number, number>();
  for (const item of items) sums.set(owner(item), (sums.get(owner(item)) ?? 0) + amount(item));
  return sums;
}

/** See the file's comment. */
export function memory(nodes: readonly Inspected[]): RowWalk {
  const sums = new Map(
    nodes.map(({ kernel }) => [
      kernel,
      {
        sockets: perOwner(
          kernel.sockets.info(),
          (s) => s.address,
          (s) => (s.type === "LISTEN" ? 0 : s.wbuffer),
        ),
        timers: perOwner(
          kernel.timers.count <= 100_000 ? kernel.timers.entries() : [],
          (t) => t.handle,
          () => 1,
        ),
      },
    ]),
  );
  const row: MemorySample = {
    addr: 0,
    name: "",
    type: "",
    node: "",
    mem: 0,
    mailboxBytes: 0,
    socketBytes: 0,
    timers: 0,
    tasks: 0,
    limit: 0,
    system: 0,
  };
  return serviceWalk(nodes, (service, { name, kernel }) => {
    const { sockets, timers } = sums.get(kernel)!;
    row.addr = service.handle;
    row.name = nameOf(kernel, service);
    row.type = typeOf(service);
    row.node = name;
    row.mailboxBytes = service.bytes;
    row.socketBytes = sockets.get(service.handle) ?? 0;
    row.timers = timers.get(service.handle) ?? 0;
    row.tasks = service.body?.tasks?.() ?? 0;
    row.mem = service.bytes + row.socketBytes + (service.body?.memory?.() ?? 0);
    row.limit = service.memoryLimit;
    row.system = isSystem(service) ? 1 : 0;
    return row;
  });
}
