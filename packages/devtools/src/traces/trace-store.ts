/**
 * Traces as they come from a host: the newest events of all, counts of each, and for longer those that matter.
 *
 * When the ring of events is full the oldest go; of them only traces with errors, slow ones and those the user keeps stay, up to a limit of
 * their own. While the view is paused events go on being taken, and readers see the traces as they were. Knows nothing of React, links or frames. The tree of a trace is made when it is opened: `buildTrace(store.events(id))`, which
 * can be done in a worker.
 *
 * @module
 */
import type { TextTag, TraceColumns } from "@skyloom/runtime/inspect";
import type { Pausable } from "../stores/pause.ts";
import { EventRing, joinEvents, MOST_EVENTS } from "./event-ring.ts";
import { emptyEvents, eventsUntil } from "./events.ts";
import type { TraceEvents } from "./events.ts";
import { TraceCounts } from "./trace-row.ts";
import type { TraceRow } from "./trace-row.ts";

/** What the host sends; `TraceBatch` of the runtime is one. */
export interface EventBatch {
  /** Tells recordings of one host apart. */
  readonly recording: number;
  /** Number of the first event. */
  readonly first: number;
  readonly count: number;
  /** Events lost before this batch. */
  readonly dropped: number;
  /** Messages before this batch that were not recorded, about. */
  readonly leftOut?: number;
  readonly columns: TraceColumns;
  /** Names that join the recording's list: `values[0]` gets the id `first`. */
  readonly names: { readonly first: number; readonly values: readonly string[] };
  readonly tags: readonly TextTag[];
}

/** Limits, for tests and for users who want less. */
export interface TraceLimits {
  /** Events of all traces. */
  readonly events?: number;
  /** Events of traces that outlive the ring. */
  readonly archived?: number;
}

/** Events that leave the ring at once. */
const STEP = 1 << 12;
/** Running tasks remembered; more than this many are those whose end was lost. */
const MOST_RUNNING = 1 << 17;
/** Names of one recording; the host has fewer. */
const MOST_NAMES = 1 << 16;
/** Recordings remembered: older ones send nothing any more. */
const MOST_RECORDINGS = 16;
/** Durations the limit of slowness is taken from. */
const DURATIONS = 1024;

/** Names and traces of one recording of the host. */
interface Recorded {
  readonly names: number[];
  readonly traces: Map<number, TraceCounts>;
  readonly tags: Map<number, string>;
}

/** See the file's comment. */
export class TraceStore implements Pausable {
  /** Grows with every change. */
  version = 0;
  /** Events the host lost because nobody fetched them in time. */
  dropped = 0;
  /** Messages the host did not record because more happened than could be sent, about. */
  leftOut = 0;
  /** Names of commands and kinds of errors; events name them by their place. */
  readonly names: string[] = [""];

  readonly #ring: EventRing;
  readonly #archiveLimit: number;
  readonly #nameIds = new Map<string, number>([["", 0]]);
  readonly #recordings = new Map<number, Recorded>();
  readonly #traces = new Map<number, TraceCounts>();
  /** Events still in the ring, by trace. */
  readonly #inRing = new Map<number, number>();
  readonly #archive = new Map<number, TraceEvents>();
  #archived = 0;
  readonly #running = new Map<number, number>();
  readonly #listeners = new Set<() => void>();
  #lastId = 0;
  /** The moment of the newest event. */
  #newest = -Infinity;
  /** What readers see while the view is paused. */
  #held: { readonly rows: readonly TraceRow[]; readonly t: number; readonly slowUs: number; readonly missed: () => void } | undefined;
  /** Durations of traces that ended, newest over oldest, and the limit made of them. */
  readonly #durations = new Float64Array(DURATIONS);
  #ended = 0;
  #slowUs = Infinity;

  constructor(limits: TraceLimits = {}) {
    this.#ring = new EventRing(Math.max(2 * STEP, limits.events ?? MOST_EVENTS));
    this.#archiveLimit = limits.archived ?? MOST_EVENTS / 8;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Takes a batch. Nothing in it is trusted: columns that are too short and numbers without a name cost their events, no more.
   *
   * @param sampledBy - How the traces that begin in it were chosen, for the list.
   */
  append(batch: EventBatch, sampledBy = ""): void {
    const { columns, recording } = batch;
    const recorded = this.#recorded(recording);
    const { first, values } = batch.names;
    // A list with a hole is none: names are then missing, and shown as such.
    if (first <= recorded.names.length && first + values.length <= MOST_NAMES)
      for (const [i, text] of values.entries()) recorded.names[first + i] = this.name(String(text));
    for (const { traceId, text } of batch.tags) {
      recorded.tags.set(traceId, text);
      const known = recorded.traces.get(traceId);
      if (known !== undefined) known.tag = text;
    }
    this.dropped += Math.max(0, batch.dropped);
    this.leftOut += Math.max(0, batch.leftOut ?? 0);
    const count = Math.min(batch.count, ...Object.values(columns).map((c: ArrayLike<number>) => c.length));
    const event = emptyEvents(1);
    const nameOf = (id: number): string => this.names[id] ?? "";
    for (let i = 0; i < count; i++) {
      const t = columns.t[i]!;
      const hostTrace = columns.traceId[i]!;
      if (!Number.isFinite(t) || hostTrace === 0) continue;
      const counts = this.#trace(recorded, hostTrace, sampledBy);
      event.seq[0] = batch.first + i;
      event.t[0] = t;
      if (t > this.#newest) this.#newest = t;
      event.kind[0] = columns.kind[i]!;
      event.node[0] = columns.node[i]!;
      event.src[0] = columns.src[i]!;
      event.dst[0] = columns.dst[i]!;
      event.session[0] = columns.session[i]!;
      event.task[0] = columns.task[i]!;
      event.cmdId[0] = recorded.names[columns.cmdId[i]!] ?? 0;
      event.size[0] = columns.size[i]!;
      event.traceId[0] = counts.id;
      event.parent[0] = columns.parent[i]!;
      event.wait[0] = columns.wait[i]!;
      if (this.#ring.count === this.#ring.capacity) this.#makeRoom();
      this.#ring.push(event, 0);
      this.#inRing.set(counts.id, (this.#inRing.get(counts.id) ?? 0) + 1);
      const open = counts.open;
      counts.add(event, 0, this.#running, nameOf);
      if (open > 0 && counts.open === 0) this.#noteDuration(counts.end - counts.begin);
    }
    if (this.#running.size > MOST_RUNNING) this.#running.clear();
    if (this.#held === undefined) this.#changed();
    else if (count > 0) this.#held.missed();
  }

  /** The id of a name, a new one for a new name. */
  name(text: string): number {
    const known = this.#nameIds.get(text);
    if (known !== undefined) return known;
    this.names.push(text);
    this.#nameIds.set(text, this.names.length - 1);
    return this.names.length - 1;
  }

  /** Traces there are. */
  get count(): number {
    return this.#held?.rows.length ?? this.#traces.size;
  }

  /** Events there are, in the ring and kept beyond it. */
  get events(): number {
    return this.#ring.count + this.#archived;
  }

  /** Rows of all traces, in the order they began to come. */
  rows(): TraceRow[] {
    return this.#held === undefined ? Array.from(this.#traces.values(), (c) => c.row()) : [...this.#held.rows];
  }

  row(id: number): TraceRow | undefined {
    return this.#held === undefined ? this.#traces.get(id)?.row() : this.#held.rows.find((row) => row.id === id);
  }

  /** Copies of all events of a trace: may be given to a worker, and to `buildTrace`. */
  eventsOf(id: number): TraceEvents {
    const live = this.#ring.ofTrace(id);
    const old = this.#archive.get(id);
    const all = old === undefined ? live : joinEvents([old, live]);
    return this.#held === undefined ? all : eventsUntil(all, this.#held.t);
  }

  /** Slower than this (microseconds) is slow: the 99th hundredth of what has ended lately. Infinity while too few have. */
  get slowUs(): number {
    return this.#held?.slowUs ?? this.#slowUs;
  }

  /** Keeps a trace when the ring goes on, or no longer. */
  keep(id: number, kept: boolean): void {
    const counts = this.#traces.get(id);
    if (counts === undefined) return;
    counts.kept = kept;
    if (this.#held !== undefined)
      this.#held = { ...this.#held, rows: this.#held.rows.map((row) => (row.id === id ? { ...row, kept } : row)) };
    this.#changed();
  }

  freeze(missed: () => void): void {
    this.#held = undefined;
    this.#held = { rows: this.rows(), t: this.#newest, slowUs: this.#slowUs, missed };
  }

  thaw(): void {
    this.#held = undefined;
    this.#changed();
  }

  /** Forgets everything, for a new host or because the user wants it. */
  clear(): void {
    this.#ring.drop(this.#ring.count);
    this.#traces.clear();
    this.#inRing.clear();
    this.#archive.clear();
    this.#archived = 0;
    this.#running.clear();
    this.#ended = 0;
    this.#slowUs = Infinity;
    this.#newest = -Infinity;
    if (this.#held !== undefined) this.#held = { ...this.#held, rows: [] };
    this.dropped = this.leftOut = 0;
    for (const recorded of this.#recordings.values()) recorded.traces.clear();
    this.#changed();
  }

  // --- inside

  #recorded(recording: number): Recorded {
    let recorded = this.#recordings.get(recording);
    if (recorded === undefined) {
      recorded = { names: [0], traces: new Map(), tags: new Map() };
      this.#recordings.set(recording, recorded);
      if (this.#recordings.size > MOST_RECORDINGS) this.#recordings.delete(this.#recordings.keys().next().value!);
    }
    return recorded;
  }

  #trace(recorded: Recorded, hostTrace: number, sampledBy: string): TraceCounts {
    let counts = recorded.traces.get(hostTrace);
    if (counts === undefined) {
      counts = new TraceCounts(++this.#lastId, hostTrace, sampledBy);
      counts.tag = recorded.tags.get(hostTrace);
      recorded.traces.set(hostTrace, counts);
      this.#traces.set(counts.id, counts);
    }
    return counts;
  }

  #noteDuration(us: number): void {
    this.#durations[this.#ended++ % DURATIONS] = us;
    if (this.#ended % 128 !== 0) return;
    const sorted = this.#durations.slice(0, Math.min(this.#ended, DURATIONS)).sort();
    this.#slowUs = sorted[Math.floor(sorted.length * 0.99)]!;
  }

  /** The oldest events go; those of traces that matter are put aside first, whole. */
  #makeRoom(): void {
    const going = new Map<number, number>();
    for (let i = 0; i < STEP; i++) {
      const id = this.#ring.traceAt(i);
      going.set(id, (going.get(id) ?? 0) + 1);
    }
    const saved = new Set<number>();
    for (const id of going.keys()) {
      const counts = this.#traces.get(id);
      if (counts !== undefined && (counts.kept || counts.errors > 0 || counts.end - counts.begin > this.#slowUs)) saved.add(id);
    }
    if (saved.size > 0) this.#putAside(saved, going);
    this.#ring.drop(STEP);
    for (const [id, n] of going) {
      const left = (this.#inRing.get(id) ?? 0) - n;
      if (left > 0) this.#inRing.set(id, left);
      else {
        this.#inRing.delete(id);
        if (!this.#archive.has(id)) this.#forget(id);
      }
    }
  }

  #putAside(saved: ReadonlySet<number>, going: ReadonlyMap<number, number>): void {
    const places = new Map<number, { events: TraceEvents; at: number }>();
    for (const id of saved) places.set(id, { events: emptyEvents(going.get(id)!), at: 0 });
    this.#ring.each(STEP, (trace, copy) => {
      const place = places.get(trace);
      if (place !== undefined) copy(place.events, place.at++);
    });
    for (const [id, { events }] of places) {
      const old = this.#archive.get(id);
      this.#archive.delete(id);
      this.#archive.set(id, old === undefined ? events : joinEvents([old, events]));
      this.#archived += events.count;
    }
    // The limit holds: what was put aside longest goes first, what the user keeps last.
    for (const kept of [false, true])
      for (const [id, events] of this.#archive) {
        if (this.#archived <= this.#archiveLimit) return;
        if ((this.#traces.get(id)?.kept === true) !== kept) continue;
        this.#archive.delete(id);
        this.#archived -= events.count;
        if (!this.#inRing.has(id)) this.#forget(id);
      }
  }

  #forget(id: number): void {
    const counts = this.#traces.get(id);
    if (counts === undefined) return;
    this.#traces.delete(id);
    for (const { traces, tags } of this.#recordings.values())
      if (traces.get(counts.hostTrace) === counts) {
        traces.delete(counts.hostTrace);
        tags.delete(counts.hostTrace);
      }
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
