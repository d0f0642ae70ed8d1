/**
 * What the list of traces shows of one, counted while its events come in.
 *
 * Knows one event after the other and no tree: counts hold whatever is missing.
 *
 * @module
 */
import { TraceKind } from "@skyloom/runtime/inspect";
import type { TraceEvents } from "./events.ts";

/** A row of the list. Times are microseconds of the host's clock. */
export interface TraceRow {
  /** Number of the trace in this store. */
  readonly id: number;
  /** `:0100000a-7`: the address of the root service and a number, or the tag that `skynet.trace` gave. */
  readonly tag: string;
  readonly t: number;
  /** Handle of the service it began in, and its node. */
  readonly addr: number;
  readonly node: number;
  /** Name of the command it began with. */
  readonly command: string;
  readonly durationUs: number;
  readonly spans: number;
  readonly services: number;
  readonly nodes: number;
  readonly errors: number;
  /** Of the time spent waiting in mailboxes and running, the part in mailboxes: 0 to 1. */
  readonly queueShare: number;
  /** Why it was recorded, e.g. `1/64`. */
  readonly sampledBy: string;
  /** Tasks of it that have begun and not ended. */
  readonly open: number;
  readonly events: number;
  /** The user asked to keep it. */
  readonly kept: boolean;
  /** Its first events are missing. */
  readonly partial: boolean;
}

const K = TraceKind;

/** Counts one trace. */
export class TraceCounts {
  readonly id: number;
  /** Its number at the host. */
  readonly hostTrace: number;
  readonly sampledBy: string;
  tag: string | undefined = undefined;
  begin: number = Infinity;
  end: number = -Infinity;
  addr = 0;
  node = 0;
  command = "";
  spans = 0;
  errors = 0;
  waitUs = 0;
  runUs = 0;
  open = 0;
  events = 0;
  kept = false;
  rooted = false;
  readonly #services = new Few();
  readonly #nodes = new Few();

  constructor(id: number, hostTrace: number, sampledBy: string) {
    this.id = id;
    this.hostTrace = hostTrace;
    this.sampledBy = sampledBy;
  }

  /** Counts event `i`. @param running - When each running task last did something; shared by all traces. */
  add(e: TraceEvents, i: number, running: Map<number, number>, nameOf: (id: number) => string): void {
    const t = e.t[i]!;
    const kind = e.kind[i]!;
    const task = e.task[i]!;
    this.events++;
    if (t < this.begin) this.begin = t;
    if (t > this.end) this.end = t;
    const key = e.node[i]! * 0x1_0000_0000 + task;
    switch (kind) {
      case K.enqueue:
      case K.sockIn:
        this.#root(e, i, nameOf);
        break;
      case K.request:
      case K.dispatch:
      case K.timer:
        this.spans++;
        this.open++;
        this.waitUs += e.wait[i]!;
        if (t - e.wait[i]! < this.begin) this.begin = t - e.wait[i]!;
        this.#services.add(e.node[i]! * 0x1_0000_0000 + e.dst[i]!);
        this.#nodes.add(e.node[i]!);
        if (e.parent[i] === 0 || this.events === 1) this.#root(e, i, nameOf);
        running.set(key, t);
        break;
      case K.resume:
      case K.wake:
        running.set(key, t);
        break;
      default: {
        const since = running.get(key);
        if (since !== undefined && t >= since) {
          this.runUs += t - since;
          running.set(key, t);
        }
        if (kind === K.error) this.errors++;
        if (kind === K.end || kind === K.error) {
          if (running.delete(key)) this.open = Math.max(0, this.open - 1);
        }
      }
    }
  }

  #root(e: TraceEvents, i: number, nameOf: (id: number) => string): void {
    if (this.rooted) return;
    this.rooted = true;
    this.addr = e.dst[i]!;
    this.node = e.node[i]!;
    this.command = nameOf(e.cmdId[i]!);
  }

  row(): TraceRow {
    const busy = this.waitUs + this.runUs;
    return {
      id: this.id,
      tag: this.tag ?? `:${this.addr.toString(16).padStart(8, "0")}-${this.hostTrace}`,
      t: this.begin,
      addr: this.addr,
      node: this.node,
      command: this.command,
      durationUs: Math.max(0, this.end - this.begin),
      spans: this.spans,
      services: this.#services.count,
      nodes: this.#nodes.count,
      errors: this.errors,
      queueShare: busy > 0 ? this.waitUs / busy : 0,
      sampledBy: this.tag === undefined ? this.sampledBy : "skynet.trace",
      open: this.open,
      events: this.events,
      kept: this.kept,
      partial: !this.rooted,
    };
  }
}

/** A set that is nearly always small. */
class Few {
  #list: number[] | undefined = [];
  #set: Set<number> | undefined = undefined;

  add(value: number): void {
    if (this.#set !== undefined) this.#set.add(value);
    else if (!this.#list!.includes(value)) {
      this.#list!.push(value);
      if (this.#list!.length > 16) {
        this.#set = new Set(this.#list);
        this.#list = undefined;
      }
    }
  }

  get count(): number {
    return this.#set?.size ?? this.#list!.length;
  }
}
