/**
 * Reads the suspended tasks of kernels, and finds out whom each of them waits for.
 *
 * Only tasks, sessions and locks tell the truth: a service may be waiting in one task and answering in another. A call leads to the task
 * that serves its session, a lock to the task that holds it, the start of a service to the task that runs its start function.
 *
 * @module
 */
import { ServiceContext } from "../../core/context.ts";
import { ALTERNATIVES, OpKind, WaitReason } from "../../core/op.ts";
import type { Op, WithAlternatives } from "../../core/op.ts";
import type { Task } from "../../core/task.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { PTYPE_ERROR, PTYPE_RESPONSE } from "../../kernel/message.ts";
import type { Service } from "../../kernel/service.ts";
import * as model from "./model.ts";
import type { CallState, WaitKind } from "./model.ts";
import { PairTable } from "./pair-table.ts";

/** The parts of a node of this runtime. */
interface Runtime {
  readonly kernel: Kernel;
  readonly task: Task;
  readonly op: Op;
}
type WaitNode = model.WaitNode<Runtime>;
type WaitRecord = model.WaitRecord<Runtime>;
type CallRecord = model.CallRecord<Runtime>;
type WaitSnapshot = model.WaitSnapshot<Runtime>;
type WaitSource = model.WaitSource<Runtime>;

/** Tasks, calls or services between two yields. */
const STEP = 256;
/** Queued messages looked at between two yields, and most of one mailbox. */
const MESSAGE_STEP = 4096;
const MAILBOX_LOOK = 10_000;
/** Mailboxes this long are worth watching. */
const BACKLOG = 128;

/**
 * A source of the waits of one or more nodes that run on this thread.
 *
 * @example
 * ```ts
 * import { createWatch, kernelWaits } from "@skyloom/runtime/inspect";
 *
 * const watch = createWatch(kernelWaits([{ name: "game", node }]));
 * ```
 */
export function kernelWaits(list: readonly { readonly name: string; readonly node: { readonly kernel: Kernel } }[]): WaitSource {
  const nodes = list.map(({ name, node }, index): WaitNode => ({ index, name, kernel: node.kernel }));
  const served = new PairTable();
  const open = new PairTable();
  const byTask = new PairTable();
  return {
    nodes,
    *collect(into) {
      const batches = new Map<Op, CallRecord>();
      yield* readTasks(nodes, into, batches);
      yield* joinCalls(into, served);
      const dependent = yield* explainOpenCalls(into, open);
      yield* addEdges(into, dependent, batches, byTask);
    },
  };
}

function* readTasks(nodes: readonly WaitNode[], into: WaitSnapshot, batches: Map<Op, CallRecord>): Generator<void, void> {
  const ops: Op[] = [];
  const put = (op: Op): void => void ops.push(op);
  let left = STEP;
  for (const node of nodes) {
    for (const turn of node.kernel.longTurns) into.longTurns.push({ ...turn, node });
    for (const service of node.kernel.snapshot()) {
      if (--left <= 0) {
        left = STEP;
        yield;
      }
      if (!service.alive) continue;
      if (service.mqlen >= BACKLOG) into.backlogs.push({ node, service, mqlen: service.mqlen });
      const { body } = service;
      if (!(body instanceof ServiceContext)) continue;
      ops.length = 0;
      body.sessions.each(put);
      for (const op of ops) {
        if (op.broken || op.task === undefined) continue;
        if (op.kind === OpKind.batch) addBatchCall(node, op, into, batches);
        else addTask(node, op, into);
        if (--left > 0) continue;
        left = STEP;
        yield;
      }
    }
  }
}

function addTask(node: WaitNode, op: Op, into: WaitSnapshot): void {
  const task = op.task!;
  // A timer that has not fired and the limit of a batch suspend nobody; others may have gone on since the list was made.
  if (op.kind === OpKind.timer || op.kind === OpKind.limit || task.waiting !== op) return;
  const record = new model.WaitRecord<Runtime>(into.records.length, node, task, op, kindOf(op));
  into.records.push(record);
  if (op.kind <= OpKind.callRaw) into.calls.push(new model.CallRecord<Runtime>(node, op, record));
}

function addBatchCall(node: WaitNode, op: Op, into: WaitSnapshot, batches: Map<Op, CallRecord>): void {
  const call = new model.CallRecord<Runtime>(node, op, undefined);
  batches.set(op, call);
  into.calls.push(call);
}

function kindOf(op: Op): WaitKind {
  switch (op.kind) {
    case OpKind.sleep:
      return "sleep";
    case OpKind.promise:
      return "promise";
    case OpKind.wait:
      if (op.reason === undefined) return "wait";
      if (op.reason === WaitReason.socket) return "socket";
      if (op.holder === undefined) return alternatives(op) === undefined ? "wait" : "select";
      if (op.reason.startsWith(WaitReason.queue)) return "lock";
      return op.reason === WaitReason.start || op.reason.startsWith(WaitReason.unique) ? "init" : "wait";
    default:
      return "call";
  }
}

function alternatives(op: Op): WithAlternatives | undefined {
  const token = op.argument;
  return typeof token === "object" && token !== null && ALTERNATIVES in token ? (token as WithAlternatives) : undefined;
}

/** Runs a pass over a list in steps. */
function* inSteps(length: number, pass: (from: number, to: number) => void): Generator<void, void> {
  for (let from = 0; from < length; from += STEP) {
    pass(from, Math.min(from + STEP, length));
    yield;
  }
}

/** Finds the task that serves each call: the one that owes an answer to this session. */
function* joinCalls(into: WaitSnapshot, served: PairTable): Generator<void, void> {
  const { records, calls } = into;
  into.prepareEdges();
  if (calls.length === 0) return;
  served.clear(records.length);
  yield* inSteps(records.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const { task } = records[i]!;
      if (task.session > 0 && task.source >= 0) served.add(task.source, task.session, i);
    }
  });
  yield* inSteps(calls.length, (from, to) => {
    for (let i = from; i < to; i++) joinCall(into, calls[i]!, served);
  });
}

function joinCall(into: WaitSnapshot, call: CallRecord, served: PairTable): void {
  const { records } = into;
  const { op, node } = call;
  for (let slot = served.find(op.task!.context.handle, op.session); slot >= 0; slot = served.next(slot)) {
    const record = records[served.value(slot)]!;
    if (record.node !== node) continue;
    call.servedBy = record;
    // A request may have been passed on to another service; the one that was called comes first.
    if (record.addr === op.target) break;
  }
  const { servedBy } = call;
  if (servedBy === undefined) return;
  if (call.caller !== undefined) into.waitForOne(call.caller, servedBy);
  call.state = servedBy.kind === "wait" && servedBy.op.holder === undefined ? "unknown-waker" : "waiting";
}

function withoutCallee({ target }: Op, kernel: Kernel): CallState {
  // A global name that nobody has registered yet: the request waits for somebody who does.
  if (target === 0) return "unknown-waker";
  return target >>> 24 === kernel.harbor ? "callee-gone" : "net";
}

/** Finds out about calls that no suspended task serves. @returns those whose answer depends on some task all the same. */
function* explainOpenCalls({ calls }: WaitSnapshot, open: PairTable): Generator<void, readonly CallRecord[]> {
  const unexplained: CallRecord[] = [];
  const callees = new Map<Service, WaitNode>();
  yield* inSteps(calls.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const call = calls[i]!;
      if (call.servedBy !== undefined) continue;
      const { op, node } = call;
      const callee = node.kernel.find(op.target);
      if (callee === undefined) call.state = withoutCallee(op, node.kernel);
      else {
        call.state = callee.held ? "queued" : "unknown-waker";
        callees.set(callee, node);
      }
      unexplained.push(call);
    }
  });
  if (unexplained.length === 0) return [];
  open.clear(unexplained.length);
  yield* inSteps(unexplained.length, (from, to) => {
    for (let i = from; i < to; i++) open.add(unexplained[i]!.context.handle, unexplained[i]!.op.session, i);
  });
  const callOf = (node: WaitNode, source: number, session: number): CallRecord | undefined => {
    for (let slot = open.find(source, session); slot >= 0; slot = open.next(slot)) {
      const call = unexplained[open.value(slot)]!;
      if (call.node === node) return call;
    }
    return undefined;
  };
  yield;

  let left = MESSAGE_STEP;
  for (const [callee, node] of callees) {
    const { body } = callee;
    if (body instanceof ServiceContext) {
      for (const { source, session, at } of body.forgotten) {
        const call = callOf(node, source, session);
        if (call !== undefined && call.op.target === callee.handle && call.op.since <= at) call.state = "lost";
      }
      if (body.responders !== undefined)
        for (const owed of body.responders.values()) {
          const call = callOf(node, owed.source, owed.session);
          if (call !== undefined && call.op.target === callee.handle && owed.holder !== undefined)
            dependOn(call, owed.reason, owed.holder());
          left--;
        }
    }
    let looked = 0;
    for (let m = callee.head; m !== undefined && looked < MAILBOX_LOOK; m = m.next, looked++) {
      if (m.session <= 0 || m.type === PTYPE_RESPONSE || m.type === PTYPE_ERROR) continue;
      const call = callOf(node, m.source, m.session);
      if (call !== undefined && call.op.target === callee.handle) call.state = "queued";
    }
    left -= looked + 1;
    if (left > 0) continue;
    left = MESSAGE_STEP;
    yield;
  }

  const callers = new Map<Service, WaitNode>();
  for (const { state, context, node } of unexplained)
    if (state === "unknown-waker" || state === "callee-gone") callers.set(context.service, node);
  for (const [caller, node] of callers) {
    let looked = 0;
    for (let m = caller.head; m !== undefined && looked < MAILBOX_LOOK; m = m.next, looked++) {
      if (m.type !== PTYPE_RESPONSE && m.type !== PTYPE_ERROR) continue;
      const call = callOf(node, caller.handle, m.session);
      // The answer is there, and only has to be taken out.
      if (call !== undefined) call.state = "running";
    }
    left -= looked + 1;
    if (left > 0) continue;
    left = MESSAGE_STEP;
    yield;
  }
  return unexplained.filter((call) => call.dependsOn !== undefined);
}

/** The answer waits for a task, e.g. for the one that runs the start function of a new service. */
function dependOn(call: CallRecord, reason: string | undefined, task: Task | undefined): void {
  if (task === undefined) return;
  call.dependsOn = task;
  call.state = "waiting";
  if (call.caller === undefined) return;
  call.caller.kind = "init";
  call.caller.resource = reason;
}

/** Who waits for whom beside plain calls, as far as it is sure. Everybody else is taken for free. */
function* addEdges(
  into: WaitSnapshot,
  dependent: readonly CallRecord[],
  batches: ReadonlyMap<Op, CallRecord>,
  byTask: PairTable,
): Generator<void, void> {
  const { records } = into;
  let known = false;
  /** Finds the record of a task; the table is made when the first is asked for. */
  const recordOf = (task: Task | undefined): WaitRecord | undefined => {
    if (task?.waiting === undefined) return undefined;
    if (!known) {
      known = true;
      byTask.clear(records.length);
      for (const r of records) byTask.add(r.task.id, 0, r.index);
    }
    const slot = byTask.find(task.id, 0);
    return slot < 0 ? undefined : records[byTask.value(slot)];
  };
  yield;
  yield* inSteps(dependent.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const call = dependent[i]!;
      call.servedBy = recordOf(call.dependsOn);
      if (call.caller !== undefined && call.servedBy !== undefined) into.waitForOne(call.caller, call.servedBy);
    }
  });
  yield* inSteps(records.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const record = records[i]!;
      const { op } = record;
      if (op.holder !== undefined) {
        record.resource = op.reason;
        const task = op.holder();
        const holder = task === record.task ? undefined : recordOf(task);
        if (holder !== undefined) into.waitForOne(record, holder);
      } else if (record.kind === "select") {
        const list = alternatives(op)![ALTERNATIVES]();
        if (list === undefined) continue;
        into.waitForAny(
          record,
          list.map((o) => batches.get(o)?.servedBy),
        );
      }
    }
  });
}
