/**
 * Trace events as columns that can be handed to a worker, and a growing list of them.
 *
 * Knows nothing of traces, spans or the screen.
 *
 * @module
 */
import { emptyTraceColumns } from "@skyloom/runtime/inspect";
import type { TraceColumns } from "@skyloom/runtime/inspect";

/** Events in columns, with the number of each in the order they happened. Every column is a typed array: its buffer can be transferred. */
export interface TraceEvents extends TraceColumns {
  readonly count: number;
  /** Numbers that say which of two events came first; gaps mean nothing. */
  readonly seq: Float64Array;
}

/** The names of all columns. */
export const EVENT_COLUMNS = [
  "seq",
  "t",
  "kind",
  "node",
  "src",
  "dst",
  "session",
  "task",
  "cmdId",
  "size",
  "traceId",
  "parent",
  "wait",
] as const;

/** Room for `count` events, all zero. */
export function emptyEvents(count: number): TraceEvents {
  return { count, seq: new Float64Array(count), ...emptyTraceColumns(count) };
}

/** The buffers of events, for the transfer list of `postMessage`. */
export function eventBuffers(events: TraceEvents): ArrayBuffer[] {
  return EVENT_COLUMNS.map((name) => events[name].buffer as ArrayBuffer);
}

/** Copies one event. */
export function copyEvent(from: TraceEvents, i: number, to: TraceEvents, k: number): void {
  to.seq[k] = from.seq[i]!;
  to.t[k] = from.t[i]!;
  to.kind[k] = from.kind[i]!;
  to.node[k] = from.node[i]!;
  to.src[k] = from.src[i]!;
  to.dst[k] = from.dst[i]!;
  to.session[k] = from.session[i]!;
  to.task[k] = from.task[i]!;
  to.cmdId[k] = from.cmdId[i]!;
  to.size[k] = from.size[i]!;
  to.traceId[k] = from.traceId[i]!;
  to.parent[k] = from.parent[i]!;
  to.wait[k] = from.wait[i]!;
}

/** Copies of the events up to a moment, that moment included. */
export function eventsUntil(events: TraceEvents, t: number): TraceEvents {
  const places: number[] = [];
  for (let i = 0; i < events.count; i++) if (events.t[i]! <= t) places.push(i);
  if (places.length === events.count) return events;
  const left = emptyEvents(places.length);
  places.forEach((from, to) => copyEvent(events, from, left, to));
  return left;
}

/** Events in the order they happened: `order[i]` is the place of the i-th. Nothing is sorted that is in order already. */
export function eventOrder(events: TraceEvents): Uint32Array {
  const { count, seq } = events;
  const order = new Uint32Array(count);
  let sorted = true;
  for (let i = 0; i < count; i++) {
    order[i] = i;
    if (i > 0 && !(seq[i]! >= seq[i - 1]!)) sorted = false;
  }
  return sorted ? order : order.sort((a, b) => seq[a]! - seq[b]! || a - b);
}
