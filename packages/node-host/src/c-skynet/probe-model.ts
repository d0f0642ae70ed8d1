/**
 * Tasks, waits and services of a C Skynet in the shape that the detector takes, made of what the probe read.
 *
 * Knows nothing of who waits for whom.
 *
 * @module
 */
import { CallRecord, WaitRecord } from "@skyloom/runtime/inspect";
import type { Watched, WatchedContext, WatchedKernel, WatchedOp, WatchedTask, WaitNode } from "@skyloom/runtime/inspect";
import type { ProbeTable, ProbeTask } from "./probe-answer.ts";

/** Task numbers of one node lie below this, those of the next above it: addresses of threads have 48 bits. */
const NODE = 2 ** 48;

/** Launch lines of services begin with their kind. */
const KIND = /^snlua /;

/** One node as the probe read it. */
export interface ProbedNode {
  readonly name: string;
  /** Launch lines by handle, e.g. `snlua agent 7`. */
  readonly launches: ReadonlyMap<number, string>;
  /** The last tables by handle. */
  readonly tables: ReadonlyMap<number, ProbeTable>;
  /** Stacks by thread, where they were asked for. */
  readonly stacks?: ReadonlyMap<string, string>;
}

/** When waits were first seen. Lives as long as its node is looked at. */
export class FirstSeen {
  #before = new Map<string, number>();
  #now = new Map<string, number>();

  /** A new look begins at `nowMs`; what the last one did not see is forgotten. */
  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  since(addr: number, thread: string, session: number, nowMs: number): number {
    const key = `${addr} ${thread} ${session}`;
    const since = this.#before.get(key) ?? nowMs;
    this.#now.set(key, since);
    return since;
  }
}

/** Names of the queues of each service, in the order in which they were first seen. */
export class LockNames {
  readonly #numbers = new Map<string, number>();
  readonly #counts = new Map<number, number>();

  of(addr: number, id: string): string {
    const key = `${addr} ${id}`;
    let n = this.#numbers.get(key);
    if (n === undefined) {
      n = (this.#counts.get(addr) ?? 0) + 1;
      this.#counts.set(addr, n);
      this.#numbers.set(key, n);
    }
    return `queue #${n}`;
  }
}

/** A service. */
export class Context implements WatchedContext {
  readonly handle: number;
  starter: Task | undefined;
  readonly sessions: Map<number, Op> = new Map();
  readonly table: ProbeTable;
  constructor(table: ProbeTable) {
    this.handle = table.addr;
    this.table = table;
  }
}

/** A task that waits. */
export class Task implements WatchedTask {
  readonly id: number;
  readonly context: Context;
  readonly kind: string;
  readonly thread: string;
  readonly session: number;
  readonly source: number;
  readonly protocol: string;
  readonly command: string | undefined;
  readonly madeMs = 0;
  readonly tag = undefined;
  waiting: Op | undefined;

  constructor(context: Context, { thread, serving, source, init, protocol, command }: ProbeTask, node: number) {
    this.id = taskNumber(thread) + node * NODE;
    this.thread = thread;
    this.context = context;
    this.session = serving;
    this.source = source;
    this.protocol = protocol;
    this.command = command === "" ? undefined : command;
    this.kind = init ? "init" : serving >= 0 || protocol !== "" ? "request" : "task";
  }
}

/** What a task waits under. */
export class Op implements WatchedOp {
  readonly session: number;
  readonly target: number;
  readonly task: Task;
  readonly since: number;
  readonly stack: string | undefined;
  readonly ticks = 0;
  readonly broken = false;
  reason: string | undefined;
  /** The task that serves this call, once that is known: it knows what was asked for. */
  server: Task | undefined;

  constructor(task: Task, session: number, target: number, since: number, stack: string | undefined) {
    this.task = task;
    this.session = session;
    this.target = target;
    this.since = since;
    this.stack = stack;
  }

  get protocol(): { readonly name: string } | undefined {
    const name = this.server?.protocol ?? "";
    return name === "" ? undefined : { name };
  }

  command(): string {
    const words = [this.protocol?.name ?? "", this.commandName()].filter((w) => w !== "");
    return words.length === 0 ? "a request" : words.join(" ");
  }

  commandName(): string {
    return this.server?.command ?? "";
  }
}

/** Parts of a C Skynet. */
export interface Probed extends Watched {
  readonly kernel: WatchedKernel;
  readonly task: Task;
  readonly op: Op;
}

/** `thread: 0x7f51780d4058` of the debug console as a number. */
function taskNumber(thread: string): number {
  const n = Number.parseInt(thread.replace(/^0x/i, ""), 16);
  return Number.isNaN(n) ? 0 : n % NODE;
}

/** A critical section that nobody will ever get: the task that holds it has ended without giving it up. */
export interface LostLock {
  readonly node: string;
  readonly addr: number;
  /** E.g. `queue #1`. */
  readonly lock: string;
  /** Thread of the task that has ended. */
  readonly holder: string;
  readonly waiters: readonly WaitRecord<Probed>[];
}

/** All that was read, joined to one picture. */
export class Picture {
  readonly nodes: readonly WaitNode<Probed>[];
  readonly current: ProbedNode[];
  readonly seen: readonly FirstSeen[];
  readonly locks: readonly LockNames[];
  contexts: readonly Map<number, Context>[];
  records: WaitRecord<Probed>[] = [];
  calls: CallRecord<Probed>[] = [];
  recordOf: Map<Op, WaitRecord<Probed>> = new Map();
  /** A call that was not told may be answered at any time. */
  selects: Map<WaitRecord<Probed>, readonly (CallRecord<Probed> | undefined)[]> = new Map();
  lost: LostLock[] = [];

  constructor(names: readonly string[]) {
    this.current = names.map((name) => ({ name, launches: new Map(), tables: new Map() }));
    this.seen = names.map(() => new FirstSeen());
    this.locks = names.map(() => new LockNames());
    this.contexts = names.map(() => new Map<number, Context>());
    this.nodes = names.map((name, index): WaitNode<Probed> => ({
      index,
      name,
      sinceSeen: true,
      kernel: {
        startMs: 0,
        hostHandle: -1,
        names: { of: () => [] },
        globals: { of: () => [] },
        find: (handle) => {
          const launch = this.current[index]!.launches.get(handle);
          const body = this.contexts[index]!.get(handle);
          return launch === undefined && body === undefined ? undefined : { args: (launch ?? "").replace(KIND, ""), body };
        },
      },
    }));
  }

  /** The waits of a service by thread. */
  threadsOf(index: number, table: ProbeTable): Map<string, WaitRecord<Probed>> {
    const found = new Map<string, WaitRecord<Probed>>();
    const context = this.contexts[index]!.get(table.addr)!;
    for (const t of table.tasks) {
      const op = context.sessions.get(t.session);
      const record = op === undefined ? undefined : this.recordOf.get(op);
      if (record !== undefined) found.set(t.thread, record);
    }
    return found;
  }
}
