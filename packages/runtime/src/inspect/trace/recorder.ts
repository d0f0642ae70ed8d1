/**
 * Records traces of the nodes of one host, and hands them out in batches of columns.
 *
 * Costs nothing while it is off: no field of a kernel or service is set, no memory is held. Knows nothing of clients and frames.
 *
 * @module
 */
import type { Kernel } from "../../kernel/kernel.ts";
import { readMode } from "./mode.ts";
import type { TraceMode } from "./mode.ts";
import { NodeProbe } from "./node-probe.ts";
import { Recording } from "./recording.ts";
import type { TextTag } from "./recording.ts";
import { emptyColumns, RING_EVENTS } from "./ring.ts";
import type { TraceColumns } from "./ring.ts";

/** Where a reader stands; made by {@link TraceRecorder.cursor}, moved on by {@link TraceRecorder.drain}. */
export interface TraceCursor {
  /** Which recording it reads; another one begins at its own start. */
  recording: number;
  /** Number of the next event it wants. */
  next: number;
  /** Names it has got. */
  names: number;
  /** Tags it has got. */
  tags: number;
}

/** Some events, with the texts that are new to the reader. */
export interface TraceBatch {
  /** Tells recordings of one recorder apart, from 1: trace, task and name numbers hold within one. */
  readonly recording: number;
  /** Number of the first event. */
  readonly first: number;
  readonly count: number;
  /** Events that were overwritten before this reader came, since its last batch. */
  readonly dropped: number;
  /** Events that wait for the next {@link TraceRecorder.drain}. */
  readonly rest: number;
  readonly columns: TraceColumns;
  /** Names of commands that are new to the reader: `values[0]` has the id `first`. */
  readonly names: { readonly first: number; readonly values: readonly string[] };
  /** Tags given by `skynet.trace` that are new to the reader. Other traces are called after their root: `:<address>-<number>`. */
  readonly tags: readonly TextTag[];
}

/** A node to record. */
export interface RecordedNode {
  readonly kernel: Kernel;
}

/**
 * See the file's comment.
 *
 * @example
 * ```ts
 * const recorder = new TraceRecorder([{ kernel: node.kernel }]);
 * recorder.start({ kind: "sample", n: 64 });
 * const cursor = recorder.cursor();
 * const batch = recorder.drain(cursor, 4096);
 * recorder.stop();
 * ```
 */
export class TraceRecorder {
  readonly #nodes: readonly RecordedNode[];
  readonly #capacity: number;
  #recording: Recording | undefined = undefined;
  #recordings = 0;
  #probes: NodeProbe[] = [];
  #mode: TraceMode | undefined = undefined;

  /** @param nodes - Their place in the list is the `node` of an event. @param capacity - Events kept; a power of two. */
  constructor(nodes: readonly RecordedNode[], capacity: number = RING_EVENTS) {
    this.#nodes = nodes;
    this.#capacity = capacity;
  }

  /** What is being traced; `undefined` while off. */
  get mode(): TraceMode | undefined {
    return this.#mode;
  }

  /** Events written since the recording began. */
  get written(): number {
    return this.#recording?.ring.written ?? 0;
  }

  /**
   * Begins to record, or changes what is recorded: traces that have begun go on.
   *
   * @param mode - Checked, as it may come from outside.
   * @param place - Of the only node where it may begin traces; default: all of them.
   * @throws TypeError for a mode that is none; Error when another recorder holds one of the nodes.
   */
  start(mode: TraceMode, place?: number): void {
    const checked = readMode(mode);
    if (this.#probes.length === 0) {
      if (this.#nodes.some(({ kernel }) => kernel.taskProbe !== undefined))
        throw new Error("traces of this node are being recorded already: stop the other recorder first");
      const recording = new Recording(this.#capacity);
      this.#recording = recording;
      this.#recordings++;
      this.#probes = this.#nodes.map(({ kernel }, i) => new NodeProbe(kernel, i, recording, checked));
      for (const probe of this.#probes) probe.attach();
    } else for (const probe of this.#probes) probe.choose(checked);
    if (place !== undefined) for (const [i, probe] of this.#probes.entries()) if (i !== place) probe.chooseNothing();
    this.#mode = checked;
  }

  /** Messages that were not recorded because more happened than is {@link allow}ed, about; in this recording. */
  get leftOut(): number {
    return Math.floor(this.#probes.reduce((sum, probe) => sum + probe.passed, this.#recording?.leftOut ?? 0));
  }

  /**
   * Lets traces begin until so many events have been {@link written}, and then no more: what has begun goes on, so that what is recorded is
   * whole, and what is too much costs next to nothing. A recorder that was never told records for ever, and overwrites the oldest.
   */
  allow(events: number): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    recording.limit = events;
    if (!recording.full) for (const probe of this.#probes) probe.wake();
  }

  /** Of the mode `next`: tasks of its trace that go on, and `undefined` until it has begun. */
  get following(): number | undefined {
    return this.#probes.find((p) => p.following !== undefined)?.following;
  }

  /** Stops recording. What was recorded stays readable until {@link release} or the next {@link start}. */
  stop(): void {
    for (const probe of this.#probes) probe.detach();
    this.#probes = [];
    this.#mode = undefined;
  }

  /** Stops and forgets everything that was recorded. */
  release(): void {
    this.stop();
    this.#recording = undefined;
  }

  /** A new reader's place: before the oldest event that is there. */
  cursor(): TraceCursor {
    return { recording: this.#recordings, next: this.#recording?.ring.first ?? 0, names: 1, tags: 0 };
  }

  /**
   * Reads on. Takes about 1 ms for 10,000 events.
   *
   * @param cursor - Where to begin; stands behind what was read afterwards.
   * @param max - Events at most.
   */
  drain(cursor: TraceCursor, max: number): TraceBatch {
    if (cursor.recording !== this.#recordings) Object.assign(cursor, { recording: this.#recordings, next: 0, names: 1, tags: 0 });
    const recording = this.#recording;
    if (recording === undefined) {
      const none = { first: cursor.next, count: 0, dropped: 0, rest: 0, columns: emptyColumns(0), tags: [] };
      return { recording: cursor.recording, ...none, names: { first: cursor.names, values: [] } };
    }
    const { ring, names, tags } = recording;
    const first = Math.max(cursor.next, ring.first);
    const dropped = first - cursor.next;
    const count = Math.max(0, Math.min(max, ring.written - first));
    const batch: TraceBatch = {
      recording: cursor.recording,
      first,
      count,
      dropped,
      rest: ring.written - first - count,
      columns: ring.read(first, count),
      names: { first: cursor.names, values: names.slice(cursor.names) },
      tags: tags.slice(cursor.tags),
    };
    cursor.next = first + count;
    cursor.names = names.length;
    cursor.tags = tags.length;
    return batch;
  }
}
