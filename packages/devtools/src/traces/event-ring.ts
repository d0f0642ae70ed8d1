/**
 * The newest events of all traces, up to a hard limit: what comes in when it is full pushes out the oldest.
 *
 * Knows nothing of what events mean. Room is taken as it is needed, 52 bytes an event.
 *
 * @module
 */
import { copyEvent, emptyEvents } from "./events.ts";
import type { TraceEvents } from "./events.ts";

/** Events kept unless the user lowers it: 2²⁰. */
export const MOST_EVENTS: number = 1 << 20;
const FIRST_ROOM = 1 << 12;

/** See the file's comment. */
export class EventRing {
  readonly capacity: number;
  #events: TraceEvents;
  #first = 0;
  #count = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#events = emptyEvents(Math.min(capacity, FIRST_ROOM));
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes it takes. */
  get bytes(): number {
    return this.#events.count * 52;
  }

  /** Adds event `i`; the ring must not be full. */
  push(from: TraceEvents, i: number): void {
    if (this.#count === this.#events.count) this.#grow();
    copyEvent(from, i, this.#events, (this.#first + this.#count) % this.#events.count);
    this.#count++;
  }

  /** Forgets the `n` oldest. */
  drop(n: number): void {
    this.#first = (this.#first + n) % this.#events.count;
    this.#count -= n;
  }

  /** Trace of the event at place `i`, the oldest being 0. */
  traceAt(i: number): number {
    return this.#events.traceId[(this.#first + i) % this.#events.count]!;
  }

  /** Visits the `n` oldest; `copy` puts the one being visited into other columns. */
  each(n: number, visit: (trace: number, copy: (to: TraceEvents, at: number) => void) => void): void {
    let place = 0;
    const copy = (to: TraceEvents, at: number): void => copyEvent(this.#events, place, to, at);
    for (let i = 0; i < n; i++) {
      place = (this.#first + i) % this.#events.count;
      visit(this.#events.traceId[place]!, copy);
    }
  }

  /** Copies of the events of one trace, in the order they came. */
  ofTrace(trace: number): TraceEvents {
    const { traceId } = this.#events;
    const room = this.#events.count;
    const places: number[] = [];
    for (let i = 0, at = this.#first; i < this.#count; i++, at = at + 1 === room ? 0 : at + 1) if (traceId[at] === trace) places.push(at);
    const found = emptyEvents(places.length);
    for (let i = 0; i < places.length; i++) copyEvent(this.#events, places[i]!, found, i);
    return found;
  }

  #grow(): void {
    const wider = emptyEvents(Math.min(this.capacity, this.#events.count * 2));
    for (let i = 0; i < this.#count; i++) copyEvent(this.#events, (this.#first + i) % this.#events.count, wider, i);
    this.#events = wider;
    this.#first = 0;
  }
}

/** Joins lists of events. */
export function joinEvents(lists: readonly TraceEvents[]): TraceEvents {
  if (lists.length === 1) return lists[0]!;
  const all = emptyEvents(lists.reduce((n, l) => n + l.count, 0));
  let at = 0;
  for (const list of lists) for (let i = 0; i < list.count; i++) copyEvent(list, i, all, at++);
  return all;
}
