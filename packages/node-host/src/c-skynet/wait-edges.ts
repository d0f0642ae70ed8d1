/**
 * Who waits for whom among what the probe read: calls, queues, starts, selects.
 *
 * What was not read is taken for free: it can hide a deadlock, and never make one up.
 *
 * @module
 */
import type { CallRecord, WaitNode, WaitRecord, WaitSnapshot } from "@skyloom/runtime/inspect";
import type { ProbeTable } from "./probe-answer.ts";
import type { Picture, Probed, Task } from "./probe-model.ts";

/** Calls lead to the tasks that serve them. Handles of other harbors are other services, so a call may lead to another node. */
export function* joinCalls(picture: Picture): Generator<void, void> {
  const { nodes, records, calls } = picture;
  const serving = nodes.map(() => new Map<string, WaitRecord<Probed>>());
  for (const record of records) {
    const { task } = record;
    if (task.session > 0 && task.source > 0) serving[record.node.index]!.set(`${task.source} ${task.session}`, record);
    yield;
  }
  for (const call of calls) {
    const key = `${call.context.handle} ${call.op.session}`;
    const there = harborNode(picture, call);
    const servedBy = serving[call.node.index]!.get(key) ?? (there === undefined ? undefined : serving[there.index]!.get(key));
    call.servedBy = servedBy;
    call.op.server = servedBy?.task;
    call.state = servedBy === undefined ? stateOf(picture, call) : servedBy.kind === "wait" ? "unknown-waker" : "waiting";
    yield;
  }
}

/** The node that a call to another harbor goes to, where it is among those that are looked at. */
function harborNode({ nodes, contexts }: Picture, call: CallRecord<Probed>): WaitNode<Probed> | undefined {
  const harbor = call.op.target >>> 24;
  if (harbor === 0 || harbor === call.context.handle >>> 24) return undefined;
  const there = nodes.filter((n) => contexts[n.index]!.has(call.op.target));
  return there.length === 1 ? there[0] : undefined;
}

function stateOf(picture: Picture, call: CallRecord<Probed>): CallRecord["state"] {
  const { node, op, context } = call;
  const callee = (harborNode(picture, call) ?? node).index;
  const table = picture.contexts[callee]!.get(op.target)?.table;
  if (table === undefined) {
    if (op.target !== 0 && op.target >>> 24 !== context.handle >>> 24) return "net";
    return "unknown";
  }
  if (table.told < table.total) return "unknown";
  return table.owed.some((o) => o.source === context.handle && o.session === op.session) ? "unknown-waker" : "queued";
}

/** Callers wait for those who serve them; those in the line of a queue for its holder, or for ever. */
export function* addLocks(picture: Picture, into: WaitSnapshot<Probed>): Generator<void, void> {
  const { calls, nodes, contexts, locks } = picture;
  for (const call of calls) {
    if (call.caller !== undefined && call.servedBy !== undefined) into.waitForOne(call.caller, call.servedBy);
    yield;
  }
  for (const { index } of nodes)
    for (const { table } of contexts[index]!.values()) {
      const byThread = picture.threadsOf(index, table);
      // The order in which the tasks came is the order of the queues: the same at each look, and in each run.
      const order = (lock: ProbeTable["locks"][number]): number =>
        Math.min(...[lock.holder, ...lock.waiters].map((t) => byThread.get(t)?.op.session ?? Infinity));
      for (const lock of table.locks.toSorted((a, b) => order(a) - order(b))) {
        const name = locks[index]!.of(table.addr, lock.id);
        const holder = byThread.get(lock.holder);
        const waiters: WaitRecord<Probed>[] = [];
        for (const thread of lock.waiters) {
          const waiter = byThread.get(thread);
          if (waiter?.kind !== "wait" && waiter?.kind !== "lock") continue;
          waiter.kind = "lock";
          waiter.resource = name;
          waiters.push(waiter);
          waiter.forsaken = lock.dead;
          if (holder !== undefined) into.waitForOne(waiter, holder);
        }
        if (lock.dead && waiters.length > 0)
          picture.lost.push({ node: nodes[index]!.name, addr: table.addr, lock: name, holder: lock.holder, waiters });
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

/** A call that a launcher answers once a service has started waits for the task that starts it. */
export function* addStarts(picture: Picture, into: WaitSnapshot<Probed>): Generator<void, void> {
  const { nodes, contexts, calls, recordOf } = picture;
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

/** A select waits for any of its calls. */
export function* addSelects({ selects }: Picture, into: WaitSnapshot<Probed>): Generator<void, void> {
  for (const [record, list] of selects) {
    if (list.length > 0)
      into.waitForAny(
        record,
        list.map((call) => call?.servedBy),
      );
    yield;
  }
}
