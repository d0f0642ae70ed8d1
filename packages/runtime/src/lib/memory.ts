/**
 * `skynet.memory`: what is known of the memory services hold.
 *
 * JavaScript has one heap for all services of a node, so these are estimates: the messages in the mailboxes and what services report with
 * `skynet.memory(bytes)`. What only Skynet's own allocator can tell is 0 or refused, as it is in a Skynet built without it.
 * Source: lualib-src/lua-memory.c; api.md §14, semantics.md §14.
 *
 * @module
 */
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import type { Service } from "../kernel/service.ts";

function held(service: Service): number {
  return service.bytes + (service.body?.memory?.() ?? 0);
}

/** Bytes all services of this node are known to hold; an estimate. */
function total(): number {
  return currentContext("memory.total")
    .kernel.snapshot()
    .reduce((sum, service) => sum + held(service), 0);
}

/** Blocks that were allocated: nothing counts them here, so 0. */
function block(): number {
  return 0;
}

/** Bytes by handle; estimates. */
function info(): Map<number, number> {
  return new Map(
    currentContext("memory.info")
      .kernel.services()
      .map((service) => [service.handle, held(service)]),
  );
}

/** Bytes this service is known to hold; an estimate. */
function current(): number {
  return held(currentContext("memory.current").service);
}

const refuse = (what: string) => (): never => {
  throw new SkynetError("UNSUPPORTED", `memory.${what} looks into Skynet's own allocator: take a heap snapshot of the JavaScript engine`);
};

/** What is known of memory. */
export const memory: {
  readonly total: typeof total;
  readonly block: typeof block;
  readonly info: typeof info;
  readonly current: typeof current;
  readonly dumpinfo: () => never;
  readonly dump: () => never;
  readonly dumpheap: () => never;
  readonly profactive: () => never;
} = {
  total,
  block,
  info,
  current,
  dumpinfo: refuse("dumpinfo"),
  dump: refuse("dump"),
  dumpheap: refuse("dumpheap"),
  profactive: refuse("profactive"),
};
