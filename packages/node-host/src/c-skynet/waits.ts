/**
 * From what the probe read of C Skynet services to the graph that the detector takes: the same as it gets from kernels of this runtime.
 *
 * A C Skynet does not note when a wait begins, so ages count from when a wait was first seen. What was not read is taken for free: it can
 * hide a deadlock, and never make one up.
 *
 * @module
 */
import { CallRecord, WaitRecord } from "@skyloom/runtime/inspect";
import type {
  Watched,
  WatchedContext,
  WatchedKernel,
  WatchedOp,
  WatchedTask,
  WaitKind,
  WaitNode,
  WaitSnapshot,
  WaitSource,
} from "@skyloom/runtime/inspect";
import type { ProbeTable, ProbeTask } from "./probe-answer.ts";

/** Records between two yields. */
const STEP = 256;
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

class Context implements WatchedContext {
  readonly handle: number;
  starter: Task | undefined;
  readonly sessions: Map<number, Op> = new Map();
  readonly table: ProbeTable;
  constructor(table: ProbeTable) {
    this.handle = table.addr;
    this.table = table;
  }
}

class Task implements WatchedTask {
  readonly id: number;
  readonly context: Context;
  readonly kind: string;
  readonly session: number;
  readonly source: number;
  readonly protocol: string;
  readonly command: string | undefined;
  readonly madeMs = 0;
  readonly tag = undefined;
  waiting: Op | undefined;

  constructor(context: Context, { thread, serving, source, init, protocol, command }: ProbeTask, node: number) {
    this.id = taskNumber(thread) + node * NODE;
    this.context = context;
    this.session = serving;
    this.source = source;
    this.protocol = protocol;
    this.command = command === "" ? undefined : command;
    this.kind = init ? "init" : serving >= 0 || protocol !== "" ? "request" : "task";
  }
}

class Op implements WatchedOp {
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

interface Probed extends Watched {
  readonly kernel: WatchedKernel;
  readonly task: Task;
  readonly op: Op;
}

/** `thread: 0x7f51780d4058` of the debug console as a number. */
function taskNumber(thread: string): number {
  const n = Number.parseInt(thread.replace(/^0x/i, ""), 16);
  return Number.isNaN(n) ? 0 : n % NODE;
}

/** As the console writes it. */
export function threadOf(task: number): string {
  return `0x${(task % NODE).toString(16)}`;
}

/** Where snapshots of C Skynet nodes come from. `nowMs` is when the tables were read, on the host's clock. */
export interface ProbeWaits extends WaitSource<Probed> {
  /** New tables have come. */
  update(nodes: readonly ProbedNode[], nowMs: number): void;
}

/** Makes a source of waits for nodes with these names; it is empty until its first update. */
export function probeWaits(names: readonly string[]): ProbeWaits {
  const current: ProbedNode[] = names.map((name) => ({ name, launches: new Map(), tables: new Map() }));
  const seen = names.map(() => new FirstSeen());
  const locks = names.map(() => new LockNames());
  let contexts: Map<number, Context>[] = names.map(() => new Map<number, Context>());
  const nodes = names.map((name, index): WaitNode<Probed> => ({
    index,
    name,
    sinceSeen: true,
    kernel: {
      startMs: 0,
      hostHandle: -1,
      names: { of: () => [] },
      globals: { of: () => [] },
      find: (handle) => {
        const launch = current[index]!.launches.get(handle);
        const body = contexts[index]!.get(handle);
        return launch === undefined && body === undefined ? undefined : { args: (launch ?? "").replace(KIND, ""), body };
      },
    },
  }));
  let records: WaitRecord<Probed>[] = [];
  let calls: CallRecord<Probed>[] = [];
  let recordOf = new Map<Op, WaitRecord<Probed>>();
  /** A call that was not told may be answered at any time. */
  let selects = new Map<WaitRecord<Probed>, readonly (CallRecord<Probed> | undefined)[]>();

  return {
    nodes,
    update(list, nowMs) {
      records = [];
      calls = [];
      selects = new Map();
      recordOf = new Map();
      contexts = nodes.map(() => new Map<number, Context>());
      for (const [index, node] of nodes.entries()) {
        const probed = list[index]!;
        current[index] = probed;
        seen[index]!.begin();
        for (const addr of [...probed.tables.keys()].sort((a, b) => a - b)) readTable(node, probed, probed.tables.get(addr)!, nowMs);
      }
      calls = calls.filter((call) => !isOwn(call));
    },
    *collect(into) {
      let left = STEP;
      into.records.push(...records);
      into.calls.push(...calls);
      into.prepareEdges();
      yield;
      for (const join of [joinCalls, addLocks, addStarts, addSelects]) {
        for (const _ of join(into)) {
          if (--left > 0) continue;
          left = STEP;
          yield;
        }
      }
    },
  };

  /** A console waits for the very answers that it was asked for: these questions are the inspector's own. */
  function isOwn({ node, context, op }: CallRecord<Probed>): boolean {
    if (!/^snlua debug_console\b/.test(current[node.index]!.launches.get(context.handle) ?? "")) return false;
    const table = contexts[node.index]!.get(op.target)?.table;
    return table === undefined || !table.tasks.some((t) => t.serving === op.session && t.source === context.handle);
  }

  function readTable(node: WaitNode<Probed>, probed: ProbedNode, table: ProbeTable, nowMs: number): void {
    const { index } = node;
    const context = new Context(table);
    contexts[index]!.set(table.addr, context);
    const callOf = new Map<number, CallRecord<Probed>>();
    const waiting: [ProbeTask, WaitRecord<Probed>][] = [];
    for (const t of table.tasks) {
      const task = new Task(context, t, index);
      const since = seen[index]!.since(table.addr, t.thread, t.session, nowMs);
      const op = new Op(task, t.session, t.target, since, probed.stacks?.get(t.thread));
      context.sessions.set(t.session, op);
      let record: WaitRecord<Probed> | undefined;
      if (t.kind !== "batch") {
        task.waiting = op;
        if (t.init) context.starter = task;
        record = new WaitRecord<Probed>(records.length, node, task, op, t.kind satisfies WaitKind);
        records.push(record);
        recordOf.set(op, record);
        waiting.push([t, record]);
      }
      if (t.kind !== "call" && t.kind !== "batch") continue;
      const call = new CallRecord<Probed>(node, op, record);
      calls.push(call);
      callOf.set(t.session, call);
    }
    for (const [t, record] of waiting)
      if (t.kind === "select" && table.any.has(t.session))
        selects.set(
          record,
          table.any.get(t.session)!.map((s) => callOf.get(s)),
        );
  }

  /** Calls lead to the tasks that serve them. Handles of other harbors are other services, so a call may lead to another node. */
  function* joinCalls(): Generator<void, void> {
    const serving = nodes.map(() => new Map<string, WaitRecord<Probed>>());
    for (const record of records) {
      const { task } = record;
      if (task.session > 0 && task.source > 0) serving[record.node.index]!.set(`${task.source} ${task.session}`, record);
      yield;
    }
    for (const call of calls) {
      const key = `${call.context.handle} ${call.op.session}`;
      const there = harborNode(call);
      const servedBy = serving[call.node.index]!.get(key) ?? (there === undefined ? undefined : serving[there.index]!.get(key));
      call.servedBy = servedBy;
      call.op.server = servedBy?.task;
      call.state = servedBy === undefined ? stateOf(call) : servedBy.kind === "wait" ? "unknown-waker" : "waiting";
      yield;
    }
  }

  /** The node that a call to another harbor goes to, where it is among those that are looked at. */
  function harborNode(call: CallRecord<Probed>): WaitNode<Probed> | undefined {
    const harbor = call.op.target >>> 24;
    if (harbor === 0 || harbor === call.context.handle >>> 24) return undefined;
    const there = nodes.filter((n) => contexts[n.index]!.has(call.op.target));
    return there.length === 1 ? there[0] : undefined;
  }

  function stateOf({ node, op, context }: CallRecord<Probed>): CallRecord["state"] {
    const callee = (harborNode({ node, op, context } as CallRecord<Probed>) ?? node).index;
    const table = contexts[callee]!.get(op.target)?.table;
    if (table === undefined) {
      if (op.target !== 0 && op.target >>> 24 !== context.handle >>> 24) return "net";
      return "unknown";
    }
    if (table.told < table.total) return "unknown";
    return table.owed.some((o) => o.source === context.handle && o.session === op.session) ? "unknown-waker" : "queued";
  }

  function* addLocks(into: WaitSnapshot<Probed>): Generator<void, void> {
    for (const call of calls) {
      if (call.caller !== undefined && call.servedBy !== undefined) into.waitForOne(call.caller, call.servedBy);
      yield;
    }
    for (const { index } of nodes)
      for (const { table } of contexts[index]!.values()) {
        const byThread = threadsOf(index, table);
        // The order in which the tasks came is the order of the queues: the same at each look, and in each run.
        const order = (lock: ProbeTable["locks"][number]): number =>
          Math.min(...[lock.holder, ...lock.waiters].map((t) => byThread.get(t)?.op.session ?? Infinity));
        for (const lock of table.locks.toSorted((a, b) => order(a) - order(b))) {
          const name = locks[index]!.of(table.addr, lock.id);
          const holder = byThread.get(lock.holder);
          for (const thread of lock.waiters) {
            const waiter = byThread.get(thread);
            if (waiter?.kind !== "wait" && waiter?.kind !== "lock") continue;
            waiter.kind = "lock";
            waiter.resource = name;
            if (holder !== undefined) into.waitForOne(waiter, holder);
          }
          yield;
        }
        for (const { waiter: thread, launcher, name } of table.uniques) {
          const waiter = byThread.get(thread);
          const to = byThread.get(launcher);
          if (waiter?.kind !== "wait" && waiter?.kind !== "init") continue;
          waiter.kind = "init";
          waiter.resource = `unique service ${name}`.trimEnd();
          if (to !== undefined) into.waitForOne(waiter, to);
        }
        yield;
      }
  }

  function threadsOf(index: number, table: ProbeTable): Map<string, WaitRecord<Probed>> {
    const found = new Map<string, WaitRecord<Probed>>();
    const context = contexts[index]!.get(table.addr)!;
    for (const t of table.tasks) {
      const op = context.sessions.get(t.session);
      const record = op === undefined ? undefined : recordOf.get(op);
      if (record !== undefined) found.set(t.thread, record);
    }
    return found;
  }

  /** A call that a launcher answers once a service has started waits for the task that starts it. */
  function* addStarts(into: WaitSnapshot<Probed>): Generator<void, void> {
    for (const { index } of nodes) {
      const starting = new Map<string, Task | undefined>();
      for (const { table } of contexts[index]!.values())
        for (const { addr, session, source } of table.starts) starting.set(`${source} ${session}`, contexts[index]!.get(addr)?.starter);
      if (starting.size === 0) continue;
      for (const call of calls) {
        if (call.node.index !== index || call.servedBy !== undefined) continue;
        const key = `${call.context.handle} ${call.op.session}`;
        if (!starting.has(key)) continue;
        const starter = starting.get(key);
        call.state = starter === undefined ? "unknown" : "waiting";
        const record = starter?.waiting === undefined ? undefined : recordOf.get(starter.waiting);
        if (record === undefined) continue;
        call.servedBy = record;
        call.dependsOn = starter;
        if (call.caller === undefined) continue;
        call.caller.kind = "init";
        call.caller.resource = "its start function";
        into.waitForOne(call.caller, record);
        yield;
      }
    }
  }

  function* addSelects(into: WaitSnapshot<Probed>): Generator<void, void> {
    for (const [record, list] of selects) {
      if (list.length > 0)
        into.waitForAny(
          record,
          list.map((call) => call?.servedBy),
        );
      yield;
    }
  }
}
