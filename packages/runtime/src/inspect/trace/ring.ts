/**
 * A ring of trace events in typed arrays: written without allocating, read in batches by any number of readers.
 *
 * Knows numbers only: what they mean is the recorder's. The newest events overwrite the oldest; a reader that was too slow learns how many
 * it missed.
 *
 * @module
 */
import type { TraceKind } from "../../core/probe.ts";

/** Events a recorder keeps unless told otherwise. */
export const RING_EVENTS = 131_072;

/** 32-bit words of an event besides its time. */
const WORDS = 10;

/** Events in columns: element `i` of each belongs to event `i`. */
export interface TraceColumns {
  /** Microseconds of the host's monotonic clock, with fractions. */
  readonly t: Float64Array;
  /** A {@link TraceKind}. */
  readonly kind: Uint8Array;
  /** Which node of the host; an index into the recorder's nodes. */
  readonly node: Uint16Array;
  /** Handle of the sender; of the service itself where nothing is sent. */
  readonly src: Uint32Array;
  /** Handle of the receiver; of the service itself where nothing is sent. For socket events the socket's id. */
  readonly dst: Uint32Array;
  /** Session that joins request, response and resume; 0 for none. */
  readonly session: Uint32Array;
  /** The task it happened in; for `fork` the one that was queued; 0 while there is none. */
  readonly task: Uint32Array;
  /** Name of the command; an id into the names, 0 for none. */
  readonly cmdId: Uint32Array;
  /** Bytes of the message; an estimate for values that stayed on the node. */
  readonly size: Uint32Array;
  /** Number of the trace, from 1. */
  readonly traceId: Uint32Array;
  /** The task that sent or queued what began here; 0 at the root. */
  readonly parent: Uint32Array;
  /** Microseconds the message waited in the mailbox; where a task begins. */
  readonly wait: Uint32Array;
}

/** See the file's comment. */
export class TraceRing {
  readonly capacity: number;
  /** Events ever written; the next one gets this number. */
  written = 0;
  readonly #mask: number;
  readonly #t: Float64Array;
  readonly #words: Uint32Array;

  /** @param capacity - Events it holds, a power of two. @throws RangeError for anything else. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 2 || capacity > 1 << 24 || (capacity & (capacity - 1)) !== 0)
      throw new RangeError(`a trace ring needs a power of two from 2 to ${1 << 24} as its capacity, not ${capacity}`);
    this.capacity = capacity;
    this.#mask = capacity - 1;
    this.#t = new Float64Array(capacity);
    this.#words = new Uint32Array(capacity * WORDS);
  }

  /** Adds an event. Numbers are taken as unsigned 32-bit ones. */
  write(
    t: number,
    kind: TraceKind,
    node: number,
    src: number,
    dst: number,
    session: number,
    task: number,
    cmd: number,
    size: number,
    trace: number,
    parent: number,
    wait: number,
  ): void {
    const slot = this.written++ & this.#mask;
    this.#t[slot] = t;
    const words = this.#words;
    const at = slot * WORDS;
    words[at] = kind | (node << 8);
    words[at + 1] = src;
    words[at + 2] = dst;
    words[at + 3] = session;
    words[at + 4] = task;
    words[at + 5] = cmd;
    words[at + 6] = size;
    words[at + 7] = trace;
    words[at + 8] = parent;
    words[at + 9] = wait;
  }

  /** Number of the oldest event that is still there. */
  get first(): number {
    return Math.max(0, this.written - this.capacity);
  }

  /** Copies `count` events from number `from` on; all of them must be there. */
  read(from: number, count: number): TraceColumns {
    const columns = emptyColumns(count);
    for (let i = 0; i < count; i++) {
      const slot = (from + i) & this.#mask;
      const at = slot * WORDS;
      const words = this.#words;
      columns.t[i] = this.#t[slot]!;
      columns.kind[i] = words[at]! & 0xff;
      columns.node[i] = words[at]! >>> 8;
      columns.src[i] = words[at + 1]!;
      columns.dst[i] = words[at + 2]!;
      columns.session[i] = words[at + 3]!;
      columns.task[i] = words[at + 4]!;
      columns.cmdId[i] = words[at + 5]!;
      columns.size[i] = words[at + 6]!;
      columns.traceId[i] = words[at + 7]!;
      columns.parent[i] = words[at + 8]!;
      columns.wait[i] = words[at + 9]!;
    }
    return columns;
  }
}

/** Columns of `count` events, all zero. */
export function emptyColumns(count: number): TraceColumns {
  const u32 = (): Uint32Array => new Uint32Array(count);
  return {
    t: new Float64Array(count),
    kind: new Uint8Array(count),
    node: new Uint16Array(count),
    src: u32(),
    dst: u32(),
    session: u32(),
    task: u32(),
    cmdId: u32(),
    size: u32(),
    traceId: u32(),
    parent: u32(),
    wait: u32(),
  };
}
