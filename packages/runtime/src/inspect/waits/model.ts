/**
 * What one look at a host's suspended tasks gives: a record for each of them, one for each pending call, and who waits for whom.
 *
 * Holds data; how it is read from kernels is in `collect.ts`, what it means in `detect.ts`, `watch.ts` and `alerts.ts`.
 *
 * @module
 */
import type { ServiceContext } from "../../core/context.ts";
import type { Op } from "../../core/op.ts";
import type { Task } from "../../core/task.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { LongTurn } from "../../kernel/turn-watch.ts";
import type { Service } from "../../kernel/service.ts";
import { Need } from "./detect.ts";
import type { WaitsFor } from "./detect.ts";

/** What a suspended task waits for. */
export type WaitKind = "call" | "lock" | "init" | "select" | "sleep" | "socket" | "promise" | "wait";

/**
 * How far a call has come: `queued` (in the callee's mailbox), `running` (its handler or its answer is about to run), `waiting` (its
 * handler is suspended), `cycle` (part of a deadlock), `lost` (its handler ended without a reply), `callee-gone`, `net` (on another node),
 * `unknown-waker` (only code of the user can bring the answer).
 */
export type CallState = "queued" | "running" | "waiting" | "cycle" | "lost" | "callee-gone" | "net" | "unknown-waker";

/** One node of the host. */
export interface WaitNode {
  readonly index: number;
  readonly name: string;
  readonly kernel: Kernel;
}

/** One suspended task. */
export class WaitRecord {
  readonly index: number;
  readonly node: WaitNode;
  readonly task: Task;
  readonly op: Op;
  kind: WaitKind;
  /** Lock, start or module it waits for, in a few words. */
  resource: string | undefined = undefined;

  constructor(index: number, node: WaitNode, task: Task, op: Op, kind: WaitKind) {
    this.index = index;
    this.node = node;
    this.task = task;
    this.op = op;
    this.kind = kind;
  }

  /** Handle of its service. */
  get addr(): number {
    return this.task.context.handle;
  }

  /** When the wait began, in milliseconds of the host's clock. */
  get sinceMs(): number {
    return this.node.kernel.startMs + this.op.since;
  }

  /** Does it still wait for the same? */
  get holds(): boolean {
    return !this.op.broken && this.task.waiting === this.op;
  }
}

/** One request that has no answer yet. */
export class CallRecord {
  readonly node: WaitNode;
  readonly op: Op;
  /** The task that waits for the answer; absent while it waits for something else. */
  readonly caller: WaitRecord | undefined;
  /** The suspended task its answer depends on, when that is known. */
  servedBy: WaitRecord | undefined = undefined;
  /** A task the answer depends on although it serves something else. */
  dependsOn: Task | undefined = undefined;
  state: CallState = "running";

  constructor(node: WaitNode, op: Op, caller: WaitRecord | undefined) {
    this.node = node;
    this.op = op;
    this.caller = caller;
  }

  /** Is there still no answer? */
  get isOpen(): boolean {
    return this.context.sessions.get(this.op.session) === this.op;
  }

  get context(): ServiceContext {
    return this.op.task!.context;
  }

  get sinceMs(): number {
    return this.node.kernel.startMs + this.op.since;
  }
}

/** A mailbox worth watching. */
export interface Backlog {
  readonly node: WaitNode;
  readonly service: Service;
  readonly mqlen: number;
}

/** A turn that held up a node. */
export interface NodeLongTurn extends LongTurn {
  readonly node: WaitNode;
}

/** All suspended tasks at one moment. Filled anew for each look. */
export class WaitSnapshot implements WaitsFor {
  readonly records: WaitRecord[] = [];
  readonly calls: CallRecord[] = [];
  readonly backlogs: Backlog[] = [];
  readonly longTurns: NodeLongTurn[] = [];
  need: Uint8Array = new Uint8Array(256);
  target: Int32Array = new Int32Array(256);
  readonly targets: Map<number, readonly number[]> = new Map();

  get count(): number {
    return this.records.length;
  }

  /** Everybody is free until an edge says otherwise. */
  prepareEdges(): void {
    const { length } = this.records;
    if (this.need.length < length) {
      const size = Math.max(length, this.need.length * 2);
      this.need = new Uint8Array(size);
      this.target = new Int32Array(size);
    } else this.need.fill(Need.open, 0, length);
    this.target.fill(-1, 0, length);
    this.targets.clear();
  }

  waitForOne(record: WaitRecord, target: WaitRecord): void {
    this.need[record.index] = Need.one;
    this.target[record.index] = target.index;
  }

  waitForAny(record: WaitRecord, targets: readonly (WaitRecord | undefined)[]): void {
    this.need[record.index] = Need.any;
    this.targets.set(
      record.index,
      targets.map((t) => t?.index ?? -1),
    );
  }
}

/** Where snapshots come from. */
export interface WaitSource {
  readonly nodes: readonly WaitNode[];
  /** Fills an empty snapshot in steps: at most a few hundred tasks between two yields. Services may run in between. */
  collect(into: WaitSnapshot): Generator<void, void>;
}
