/**
 * What the nodes of one host share while traces are recorded: the ring, the numbers of traces, the names of commands and the tags of
 * `skynet.trace`.
 *
 * Knows nothing of tasks and services; see `node-probe.ts` for that.
 *
 * @module
 */
import { TraceRing } from "./ring.ts";

/** Different commands a recording can name; further ones are nameless. */
const MOST_NAMES = 4096;
/** Longer texts are no commands. */
const NAME_LENGTH = 64;
/** Different tags of `skynet.trace` it can tell apart. */
const MOST_TAGS = 16_384;
/** Traces that are remembered: when they began, and how long they are. A power of two. */
const REMEMBERED = 16_384;
/** A trace of more events, about, is cut: who makes them goes on in others. The second number holds while readers are far behind. */
const [LONGEST, LONG] = [100_000, 1_000];

/** The highest tag any recording of this realm has given: tags of an earlier one can still be on tasks that wait. */
let highest = 0;

/** A tag of `skynet.trace`, and the trace it names. */
export interface TextTag {
  readonly traceId: number;
  readonly text: string;
}

/** See the file's comment. */
export class Recording {
  readonly ring: TraceRing;
  /** Names of commands; 0 is none. */
  readonly names: string[] = [""];
  readonly tags: TextTag[] = [];
  /** Tags up to here belong to earlier recordings. */
  readonly base: number = highest;
  #traces = 0;
  readonly #ids = new Map<string, number>();
  #lastName = "";
  #lastId = 0;
  readonly #byText = new Map<string, number>();
  readonly #began = new Float64Array(REMEMBERED);
  readonly #events = new Uint32Array(REMEMBERED);
  /** No trace begins while as many events have been written: its readers must catch up first. */
  limit: number = Infinity;
  /** Messages that were not recorded for that reason, about. */
  leftOut = 0;

  constructor(capacity: number) {
    this.ring = new TraceRing(capacity);
  }

  /** Begins a trace. @returns its number, from 1. */
  begin(t: number): number {
    const trace = ++this.#traces;
    this.#began[trace & (REMEMBERED - 1)] = t;
    this.#events[trace & (REMEMBERED - 1)] = 0;
    const tag = this.base + trace;
    if (tag > highest) highest = tag;
    return trace;
  }

  /** When a trace began; 0 when so many followed that it is forgotten. */
  began(trace: number): number {
    return trace + REMEMBERED <= this.#traces ? 0 : this.#began[trace & (REMEMBERED - 1)]!;
  }

  /** Counts one more event of a trace. False when it has become too long. */
  count(trace: number): boolean {
    if (trace + REMEMBERED <= this.#traces) return true;
    const events = ++this.#events[trace & (REMEMBERED - 1)]!;
    return events <= LONG || (events <= LONGEST && this.ring.written - this.limit < this.ring.capacity >> 1);
  }

  /** Whether more has been recorded than is fetched. */
  get full(): boolean {
    return this.ring.written >= this.limit;
  }

  /** What tasks of this trace have as their tag. */
  tagOf(trace: number): number {
    return this.base + trace;
  }

  /** The trace of a tag of `skynet.trace`, a new one when it is new; 0 when there are too many. */
  traceOf(tag: string, t: number): number {
    return this.#byText.get(tag) ?? this.join(tag, 0, t);
  }

  /** Gives the tag of `skynet.trace` to a trace, a new one for 0. @returns its number; 0 when there are too many tags. */
  join(text: string, trace: number, t: number): number {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#byText.size >= MOST_TAGS) return 0;
    const traceId = trace === 0 ? this.begin(t) : trace;
    this.#byText.set(text, traceId);
    this.tags.push({ traceId, text });
    return traceId;
  }

  /** Number of a command's name. */
  name(text: string): number {
    // The same one again is what most messages have.
    if (text === this.#lastName) return this.#lastId;
    const id = this.#name(text);
    this.#lastName = text;
    this.#lastId = id;
    return id;
  }

  #name(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (text.length > NAME_LENGTH || this.names.length >= MOST_NAMES) return 0;
    const id = this.names.length;
    this.names.push(text);
    this.#ids.set(text, id);
    return id;
  }
}
