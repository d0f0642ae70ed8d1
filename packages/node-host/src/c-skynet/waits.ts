/**
 * From what the probe read of C Skynet services to the graph that the detector takes: the same as it gets from kernels of this runtime.
 *
 * A C Skynet does not note when a wait begins, so ages count from when a wait was first seen.
 *
 * @module
 */
import { CallRecord, WaitRecord } from "@skyloom/runtime/inspect";
import type { WaitKind, WaitNode, WaitSource } from "@skyloom/runtime/inspect";
import type { ProbeTable, ProbeTask } from "./probe-answer.ts";
import { Context, Op, Picture, Task } from "./probe-model.ts";
import type { LostLock, Probed, ProbedNode } from "./probe-model.ts";
import { addLocks, addSelects, addStarts, joinCalls } from "./wait-edges.ts";

/** Records between two yields. */
const STEP = 256;

/** Where snapshots of C Skynet nodes come from. `nowMs` is when the tables were read, on the host's clock. */
export interface ProbeWaits extends WaitSource<Probed> {
  /** New tables have come. */
  update(nodes: readonly ProbedNode[], nowMs: number): void;
  /** Critical sections that nobody will ever get, as the last snapshot showed. */
  readonly lost: readonly LostLock[];
}

/** Makes a source of waits for nodes with these names; it is empty until its first update. */
export function probeWaits(names: readonly string[]): ProbeWaits {
  const picture = new Picture(names);
  const { nodes } = picture;
  return {
    nodes,
    get lost() {
      return picture.lost;
    },
    update(list, nowMs) {
      picture.records = [];
      picture.calls = [];
      picture.selects = new Map();
      picture.recordOf = new Map();
      picture.contexts = nodes.map(() => new Map<number, Context>());
      picture.lost = [];
      for (const [index, node] of nodes.entries()) {
        const probed = list[index]!;
        picture.current[index] = probed;
        picture.seen[index]!.begin();
        for (const addr of [...probed.tables.keys()].sort((a, b) => a - b))
          readTable(picture, node, probed, probed.tables.get(addr)!, nowMs);
      }
      picture.calls = picture.calls.filter((call) => !isOwn(picture, call));
    },
    *collect(into) {
      let left = STEP;
      picture.lost = [];
      for (const record of picture.records) into.records.push(record);
      for (const call of picture.calls) into.calls.push(call);
      into.prepareEdges();
      yield;
      for (const join of [joinCalls, addLocks, addStarts, addSelects]) {
        for (const _ of join(picture, into)) {
          if (--left > 0) continue;
          left = STEP;
          yield;
        }
      }
    },
  };
}

/** A console waits for the very answers that it was asked for: these questions are the inspector's own. */
function isOwn({ current, contexts }: Picture, { node, context, op }: CallRecord<Probed>): boolean {
  if (!/^snlua debug_console\b/.test(current[node.index]!.launches.get(context.handle) ?? "")) return false;
  const table = contexts[node.index]!.get(op.target)?.table;
  return table === undefined || !table.tasks.some((t) => t.serving === op.session && t.source === context.handle);
}

function readTable(picture: Picture, node: WaitNode<Probed>, probed: ProbedNode, table: ProbeTable, nowMs: number): void {
  const { index } = node;
  const { records, calls, contexts, seen, recordOf, selects } = picture;
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
