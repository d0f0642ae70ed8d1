/**
 * What one look at a host's suspended tasks gives: a record for each of them, one for each pending call, and who waits for whom.
 *
 * Holds data; how it is read from kernels is in `collect.ts`, what it means in `detect.ts`, `watch.ts` and `alerts.ts`.
 *
 * @module
 */
import { Need } from "./detect.ts";
import type { WaitsFor } from "./detect.ts";

/** What a suspended task waits for. */
export type WaitKind = "call" | "lock" | "init" | "select" | "sleep" | "socket" | "promise" | "wait";

/**
 * How far a call has come: `queued` (in the callee's mailbox), `running` (its handler or its answer is about to run), `waiting` (its
 * handler is suspended), `cycle` (part of a deadlock), `lost` (its handler ended without a reply), `callee-gone`, `net` (on another node),
 * `unknown-waker` (only code of the user can bring the answer).
 */
export type CallState = "queued" | "running" | "waiting" | "cycle" | "lost" | "callee-gone" | "net" | "unknown-waker" | "unknown";

/** What the watch reads of a program: enough to name its services. A kernel is one; so is what was read of a program far away. */
export interface WatchedKernel {
  /** When the node started, in milliseconds of the host's clock. */
  readonly startMs: number;
  /** Handle of calls from outside of all services. */
  readonly hostHandle: number;
  readonly names: { of(handle: number): readonly string[] };
  readonly globals: { of(handle: number): readonly string[] };
  /** A service: its launch line, and what runs in it. */
  find(handle: number): { readonly args: string; readonly body?: unknown } | undefined;
}

/** What the watch reads of a service with tasks. */
export interface WatchedContext {
  readonly handle: number;
  /** The task that runs its start function, while it does. */
  readonly starter: WatchedTask | undefined;
  readonly sessions: { get(session: number): WatchedOp | undefined };
}

/** What the watch reads of a task. */
export interface WatchedTask {
  readonly id: number;
  readonly context: WatchedContext;
  readonly kind: string;
  /** Session and source of the request it serves; 0 and less: none. */
  readonly session: number;
  readonly source: number;
  readonly command: string | undefined;
  readonly madeMs: number;
  readonly tag: string | number | false | undefined;
  readonly waiting: WatchedOp | undefined;
}

/** What the watch reads of a wait. */
export interface WatchedOp {
  readonly session: number;
  readonly target: number;
  readonly task: WatchedTask | undefined;
  readonly protocol: { readonly name: string } | undefined;
  /** When it began, in milliseconds since the node's start. */
  readonly since: number;
  readonly ticks: number;
  readonly reason: string | undefined;
  readonly stack: string | undefined;
  readonly broken: boolean;
  /** Who can end the wait, where that is known. */
  readonly holder?: (() => WatchedTask | undefined) | undefined;
  command(): string;
  commandName(): string;
}

/** A turn that was too long. */
export interface WatchedTurn {
  readonly handle: number;
  readonly source: number;
  readonly at: number;
  readonly tookMs: number;
}

/** The parts of one kind of program. Where the detector reads kernels of this runtime, they are its own classes. */
export interface Watched {
  readonly kernel: WatchedKernel;
  readonly task: WatchedTask;
  readonly op: WatchedOp;
}

/** One node of the host. */
export interface WaitNode<W extends Watched = Watched> {
  readonly index: number;
  readonly name: string;
  readonly kernel: W["kernel"];
  /** Nobody there notes when a wait begins: since when is since it was first seen, and every age is a lower bound. */
  readonly sinceSeen?: boolean;
}

/** One suspended task. */
export class WaitRecord<W extends Watched = Watched> {
  readonly index: number;
  readonly node: WaitNode<W>;
  readonly task: W["task"];
  readonly op: W["op"];
  kind: WaitKind;
  /** Lock, start or module it waits for, in a few words. */
  resource: string | undefined = undefined;
  /** The task that held what it waits for has ended without giving it up: nobody will ever let it go on. */
  forsaken = false;

  constructor(index: number, node: WaitNode<W>, task: W["task"], op: W["op"], kind: WaitKind) {
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
export class CallRecord<W extends Watched = Watched> {
  readonly node: WaitNode<W>;
  readonly op: W["op"];
  /** The task that waits for the answer; absent while it waits for something else. */
  readonly caller: WaitRecord<W> | undefined;
  /** The suspended task its answer depends on, when that is known. */
  servedBy: WaitRecord<W> | undefined = undefined;
  /** A task the answer depends on although it serves something else. */
  dependsOn: W["task"] | undefined = undefined;
  state: CallState = "running";

  constructor(node: WaitNode<W>, op: W["op"], caller: WaitRecord<W> | undefined) {
    this.node = node;
    this.op = op;
    this.caller = caller;
  }

  /** Is there still no answer? */
  get isOpen(): boolean {
    return this.context.sessions.get(this.op.session) === this.op;
  }

  get context(): NonNullable<W["op"]["task"]>["context"] {
    return this.op.task!.context;
  }

  get sinceMs(): number {
    return this.node.kernel.startMs + this.op.since;
  }
}

/** A mailbox worth watching. */
export interface Backlog {
  readonly node: WaitNode;
  readonly service: { readonly handle: number };
  readonly mqlen: number;
}

/** A turn that held up a node. */
export interface NodeLongTurn extends WatchedTurn {
  readonly node: WaitNode;
}

/** All suspended tasks at one moment. Filled anew for each look. */
export class WaitSnapshot<W extends Watched = Watched> implements WaitsFor {
  readonly records: WaitRecord<W>[] = [];
  readonly calls: CallRecord<W>[] = [];
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
export interface WaitSource<W extends Watched = Watched> {
  readonly nodes: readonly WaitNode<W>[];
  /** Fills an empty snapshot in steps: at most a few hundred tasks between two yields. Services may run in between. */
  collect(into: WaitSnapshot<W>): Generator<void, void>;
}
