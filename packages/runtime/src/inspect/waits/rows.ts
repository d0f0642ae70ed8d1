/**
 * Pending calls and the edges between tasks, as rows for a client.
 *
 * @module
 */
import { handleText } from "../../kernel/handles.ts";
import { Need } from "./detect.ts";
import type { CallRecord, CallState, WaitKind, WaitRecord, WaitSnapshot } from "./model.ts";

/** What is not known: when a request was dispatched whose handler cannot be told. */
export const UNKNOWN = -1;
/** Longest chain that is counted. */
const MOST_HOPS = 64;

/** One pending call. Times are milliseconds of the host's clock; {@link UNKNOWN} where nobody measures. */
export interface CallRow {
  readonly node: string;
  /** Handle and session of the caller name the call. */
  readonly callerAddr: number;
  readonly session: number;
  readonly callerTask: number;
  /** The service that was called; 0 while a global name is not known yet. */
  readonly calleeAddr: number;
  /** The suspended task its answer depends on, else 0. */
  readonly calleeTask: number;
  /** Protocol, e.g. `lua`. */
  readonly type: string;
  readonly command: string;
  readonly state: CallState;
  readonly tSend: number;
  readonly tDispatch: number;
  /** How long it was in the callee's mailbox, or has been by now. */
  readonly queueMs: number;
  /** Time since it was taken out of the mailbox, suspensions included. */
  readonly runMs: number;
  /** How long the task it depends on has been in its present wait. */
  readonly suspendedMs: number;
  readonly totalMs: number;
  /** Tasks behind it: 1 when the handler waits for nobody, 0 when there is none. */
  readonly hops: number;
  /** Tag of the trace it belongs to; empty when it is not traced. */
  readonly trace: string;
}

/** One task waits for another. */
export interface WaitEdge {
  readonly node: string;
  readonly fromTask: number;
  readonly fromAddr: number;
  /** 0 for a task that has ended and still holds what is waited for. */
  readonly toTask: number;
  readonly toAddr: number;
  readonly kind: WaitKind;
  /** Lock, start or module it is about, e.g. `queue #1 of :0000000a`; for a call its session, `:0000000a-42`. */
  readonly resource: string;
  /** When the wait began, in milliseconds of the host's clock. */
  readonly sinceMs: number;
}

/** The row of a call. */
export function callRow(snapshot: WaitSnapshot, call: CallRecord, nowMs: number): CallRow {
  const { op, servedBy, state, node } = call;
  const totalMs = Math.max(0, nowMs - call.sinceMs);
  // The handler's own start, where the task behind the call is the handler; both times are as exact as the node's coarse clock.
  const handler =
    servedBy !== undefined && servedBy.task.source === call.context.handle && servedBy.task.session === op.session ? servedBy : undefined;
  const dispatchedMs = handler === undefined ? UNKNOWN : Math.max(call.sinceMs, handler.node.kernel.startMs + handler.task.madeMs);
  return {
    node: node.name,
    callerAddr: call.context.handle,
    session: op.session,
    callerTask: op.task!.id,
    calleeAddr: op.target,
    calleeTask: servedBy?.task.id ?? 0,
    type: op.protocol?.name ?? "?",
    command: op.commandName(),
    state,
    tSend: call.sinceMs,
    tDispatch: dispatchedMs,
    queueMs: state === "queued" ? totalMs : dispatchedMs === UNKNOWN ? UNKNOWN : dispatchedMs - call.sinceMs,
    runMs: state === "queued" ? 0 : dispatchedMs === UNKNOWN ? UNKNOWN : Math.max(0, nowMs - dispatchedMs),
    suspendedMs: servedBy === undefined ? UNKNOWN : Math.max(0, nowMs - servedBy.sinceMs),
    totalMs,
    hops: hopsFrom(snapshot, servedBy),
    trace: typeof op.task!.tag === "string" ? op.task!.tag : "",
  };
}

function hopsFrom(snapshot: WaitSnapshot, record: WaitRecord | undefined): number {
  if (record === undefined) return 0;
  let hops = 1;
  let at = record.index;
  while (hops < MOST_HOPS && snapshot.need[at] === Need.one) {
    at = snapshot.target[at]!;
    hops++;
  }
  return hops;
}

/** Adds the edges that leave a task. */
export function addEdgeRows(snapshot: WaitSnapshot, record: WaitRecord, edges: WaitEdge[]): void {
  const need = snapshot.need[record.index];
  if (need === Need.one) edges.push(edgeRow(record, snapshot.records[snapshot.target[record.index]!]!));
  else if (need !== Need.open)
    for (const t of snapshot.targets.get(record.index) ?? []) if (t >= 0) edges.push(edgeRow(record, snapshot.records[t]!));
  if (record.forsaken) edges.push(edgeRow(record, undefined));
}

function edgeRow(record: WaitRecord, to: WaitRecord | undefined): WaitEdge {
  return {
    node: record.node.name,
    fromTask: record.task.id,
    fromAddr: record.addr,
    toTask: to?.task.id ?? 0,
    toAddr: (to ?? record).addr,
    kind: record.kind,
    resource: resourceOf(record),
    sinceMs: record.sinceMs,
  };
}

function resourceOf({ kind, resource, addr, op }: WaitRecord): string {
  if (kind === "call" || kind === "select") return `${handleText(addr)}-${op.session}`;
  return kind === "lock" ? `${resource ?? "queue"} of ${handleText(addr)}` : (resource ?? "");
}
