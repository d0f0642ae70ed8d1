/**
 * Watches for deadlocks over time: a circle is suspected at first sight, and confirmed when the next look finds the very same waits.
 *
 * A look is taken in slices while services run, so a single one may join things that were never true together. A task that waits in the
 * same wait at two looks has not moved in between; then the circle is real.
 *
 * @module
 */
import { Need } from "./detect.ts";
import { handleText } from "../../kernel/handles.ts";
import type { WaitRecord, WaitSnapshot } from "./model.ts";
import { serviceName, serviceText, taskText } from "./names.ts";
import type { Deadlock, DeadlockTask } from "./report.ts";

interface Watched {
  readonly firstMs: number;
  confirmed: Deadlock | undefined;
}

/** Tasks described between two yields. */
const STEP = 64;

/** Deadlocks of one host. Feed it one look after the other, about a second apart. */
export class DeadlockWatch {
  #watched = new Map<string, Watched>();

  /**
   * Takes what one look found, in steps.
   *
   * @param knots - Record numbers, as `findKnots` gives them.
   * @param nowMs - The host's clock.
   * @returns all deadlocks of now, suspected and confirmed, sorted by their first task.
   */
  *update(snapshot: WaitSnapshot, knots: readonly (readonly number[])[], nowMs: number): Generator<void, Deadlock[]> {
    const before = this.#watched;
    this.#watched = new Map();
    const found: Deadlock[] = [];
    for (const knot of knots) {
      const records = knot.map((i) => snapshot.records[i]!).sort(inOrder);
      // Someone went on while the look was taken.
      if (!records.every((r) => r.holds)) continue;
      const key = records.map((r) => `${r.node.index}.${r.task.id}.${r.op.session}`).join(" ");
      const seen = before.get(key);
      const firstMs = seen?.firstMs ?? nowMs;
      const deadlock = seen?.confirmed ?? (yield* describe(snapshot, records, firstMs, seen !== undefined));
      this.#watched.set(key, { firstMs, confirmed: deadlock.confirmed ? deadlock : undefined });
      found.push(deadlock);
    }
    return found;
  }
}

/** Smallest address first; within a service in the order of sessions. */
function inOrder(a: WaitRecord, b: WaitRecord): number {
  return a.node.index - b.node.index || a.addr - b.addr || a.op.session - b.op.session;
}

function* describe(snapshot: WaitSnapshot, records: readonly WaitRecord[], firstMs: number, confirmed: boolean): Generator<void, Deadlock> {
  const place = new Map(records.map((r, i) => [r.index, i]));
  const held = new Map<number, Set<string>>();
  for (const record of records) {
    if (record.kind !== "lock") continue;
    const holder = snapshot.target[record.index]!;
    held.set(holder, (held.get(holder) ?? new Set()).add(lockText(record)));
  }
  const tasks: DeadlockTask[] = [];
  for (const record of records) {
    const { node, task, op } = record;
    const { kernel } = node;
    const targets = snapshot.need[record.index] === Need.one ? [snapshot.target[record.index]!] : snapshot.targets.get(record.index)!;
    tasks.push({
      task: task.id,
      node: node.name,
      addr: record.addr,
      name: serviceName(kernel, record.addr),
      purpose: taskText(kernel, task),
      kind: record.kind,
      waitsFor: waitText(record),
      targets: targets.flatMap((t) => place.get(t) ?? []).sort((a, b) => a - b),
      session: op.session,
      sinceMs: record.sinceMs,
      ...(node.sinceSeen === true ? { sinceSeen: true } : {}),
      holds: [...(held.get(record.index) ?? [])],
      stack: op.stack ?? "",
    });
    if (tasks.length % STEP === 0) yield;
  }
  const first = records[0]!;
  return {
    id: `deadlock:${first.node.name}/${handleText(first.addr)}-${first.op.session}.${first.task.id}`,
    confirmed,
    sinceMs: tasks.reduce((latest, t) => Math.max(latest, t.sinceMs), 0),
    firstMs,
    tasks,
  };
}

/** What a task waits for, in words that end where the one who can help is named. */
export function waitText(record: WaitRecord): string {
  const { op, kind, node, resource } = record;
  switch (kind) {
    case "call":
      return `the reply to ${op.command()} of ${serviceText(node.kernel, op.target)} (session ${op.session})`;
    case "lock":
      return lockText(record);
    case "init":
      return resource ?? "a start function";
    case "select":
      return "any reply of a batch";
    case "sleep":
      return `${op.ticks / 100} s to pass`;
    case "socket":
      return "its socket";
    case "promise":
      return "a promise of the host";
    default:
      return resource ?? op.reason ?? "a wake-up";
  }
}

function lockText(record: WaitRecord): string {
  return record.resource ?? "a queue";
}
