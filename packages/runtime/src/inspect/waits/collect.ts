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
import { CallRecord, WaitRecord } from "./model.ts";
import type { WaitKind, WaitNode, WaitSnapshot, WaitSource } from "./model.ts";
import { PairTable } from "./pair-table.ts";

/** Tasks, calls or services between two yields. */
const STEP = 256;
/** Queued messages looked at between two yields, and most of one mailbox. */
const MESSAGE_STEP = 4096;
const MAILBOX_LOOK = 10_000;
/** Mailboxes this long are worth watching. */
const BACKLOG = 128;
const NODE = 0x1_0000_0000;

/**
 * A source of the waits of one or more nodes that run on this thread.
 *
 * @example `const watch = createWatch(kernelWaits([{ name: "game", node }]));`
 */
export function kernelWaits(list: readonly { readonly name: string; readonly node: { readonly kernel: Kernel } }[]): WaitSource {
  const nodes = list.map(({ name, node }, index): WaitNode => ({ index, name, kernel: node.kernel }));
  const served = new PairTable();
  const open = new PairTable();
  return {
    nodes,
    *collect(into) {
      const batches = new Map<Op, CallRecord>();
      yield* readTasks(nodes, into, batches);
      yield* joinCalls(into, served);
      yield* explainOpenCalls(into, open);
      yield* addEdges(into, batches);
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
  const record = new WaitRecord(into.records.length, node, task, op, kindOf(op));
  into.records.push(record);
  if (op.kind <= OpKind.callRaw) into.calls.push(new CallRecord(node, op, record));
}

function addBatchCall(node: WaitNode, op: Op, into: WaitSnapshot, batches: Map<Op, CallRecord>): void {
  const call = new CallRecord(node, op, undefined);
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
      if (alternatives(op) !== undefined) return "select";
      if (op.reason === WaitReason.socket) return "socket";
      if (op.holder === undefined) return "wait";
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

/** Finds the task that serves each call: the one that owes an answer to this session. */
function* joinCalls({ records, calls }: WaitSnapshot, served: PairTable): Generator<void, void> {
  if (calls.length === 0) return;
  served.clear(records.length);
  let left = STEP * 4;
  for (const { index, node, task } of records) {
    if (task.session > 0 && task.source >= 0) served.add(node.index * NODE + task.source, task.session, index);
    if (--left > 0) continue;
    left = STEP * 4;
    yield;
  }
  for (const call of calls) {
    const { op, node } = call;
    for (let slot = served.find(node.index * NODE + op.task!.context.handle, op.session); slot >= 0; slot = served.next(slot)) {
      const record = records[served.value(slot)]!;
      call.servedBy = record;
      // A request may have been passed on to another service; the one that was called comes first.
      if (record.addr === op.target) break;
    }
    if (call.servedBy !== undefined)
      call.state = call.servedBy.kind === "wait" && call.servedBy.op.holder === undefined ? "unknown-waker" : "waiting";
    if (--left > 0) continue;
    left = STEP * 4;
    yield;
  }
}

/** Finds out about calls that no suspended task serves. */
function* explainOpenCalls({ calls }: WaitSnapshot, open: PairTable): Generator<void, void> {
  const unexplained: CallRecord[] = [];
  const callees = new Map<Service, WaitNode>();
  for (const call of calls) {
    if (call.servedBy !== undefined) continue;
    const { op, node } = call;
    const callee = node.kernel.find(op.target);
    if (callee === undefined)
      call.state = op.target !== 0 && op.target >>> 24 !== node.kernel.harbor ? "net" : op.target === 0 ? "unknown-waker" : "callee-gone";
    else {
      call.state = callee.held ? "queued" : "unknown-waker";
      callees.set(callee, node);
    }
    unexplained.push(call);
  }
  if (unexplained.length === 0) return;
  open.clear(unexplained.length);
  for (const [i, { op, node }] of unexplained.entries()) open.add(node.index * NODE + op.task!.context.handle, op.session, i);
  const callOf = (node: WaitNode, source: number, session: number): CallRecord | undefined => {
    const slot = open.find(node.index * NODE + source, session);
    return slot < 0 ? undefined : unexplained[open.value(slot)];
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

/** Who waits for whom, as far as it is sure. Everybody else is taken for free. */
function* addEdges(into: WaitSnapshot, batches: ReadonlyMap<Op, CallRecord>): Generator<void, void> {
  const { records, calls } = into;
  into.prepareEdges();
  const byTask = new Map<Task, WaitRecord>();
  if (calls.some((c) => c.dependsOn !== undefined) || records.some((r) => r.op.holder !== undefined))
    for (const r of records) byTask.set(r.task, r);
  yield;
  let left = STEP * 4;
  for (const call of calls) {
    if (call.dependsOn !== undefined) call.servedBy = byTask.get(call.dependsOn);
    if (call.caller !== undefined && call.servedBy !== undefined) into.waitForOne(call.caller, call.servedBy);
    if (--left > 0) continue;
    left = STEP * 4;
    yield;
  }
  for (const record of records) {
    const { op, kind } = record;
    if (op.holder !== undefined) {
      record.resource = op.reason;
      const task = op.holder();
      const holder = task === undefined || task === record.task ? undefined : byTask.get(task);
      if (holder !== undefined) into.waitForOne(record, holder);
    } else if (kind === "select") {
      const list = alternatives(op)![ALTERNATIVES]();
      if (list !== undefined)
        into.waitForAny(
          record,
          list.map((o) => batches.get(o)?.servedBy),
        );
    }
    if (--left > 0) continue;
    left = STEP * 4;
    yield;
  }
}
