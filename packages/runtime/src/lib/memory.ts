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
import type { HeapSnapshot } from "../ports/index.ts";

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

/**
 * Writes a heap snapshot of the process into the folder of the configuration key `logpath`, else the working directory. Nothing else runs
 * meanwhile.
 *
 * @returns where it lies, and its size in bytes.
 * @throws {@link SkynetError} `UNSUPPORTED` where the host cannot, `ARGUMENT` when the file cannot be written.
 */
function dumpheap(): HeapSnapshot {
  const { kernel } = currentContext("memory.dumpheap");
  const { heap } = kernel.ports;
  if (heap === undefined) throw new SkynetError("UNSUPPORTED", "memory.dumpheap is not available here: this host writes no heap snapshots");
  const folder = kernel.env.get("logpath") || ".";
  try {
    return heap.snapshot(folder);
  } catch (error) {
    throw new SkynetError(
      "ARGUMENT",
      `no heap snapshot can be written into ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** What is known of memory. */
export const memory: {
  readonly total: typeof total;
  readonly block: typeof block;
  readonly info: typeof info;
  readonly current: typeof current;
  readonly dumpinfo: () => never;
  readonly dump: () => never;
  readonly dumpheap: typeof dumpheap;
  readonly profactive: () => never;
} = {
  total,
  block,
  info,
  current,
  dumpinfo: refuse("dumpinfo"),
  dump: refuse("dump"),
  dumpheap,
  profactive: refuse("profactive"),
};
