/**
 * One trace as a tree of spans, made of its events. A span is the handling of one message by one task: the wait in the mailbox, the slices it
 * ran, what it waited for between them, what it sent, how it ended.
 *
 * Pure, and fit for a worker: columns in, columns out, no recursion. Events may be missing, doubled or out of order: what is not known is
 * marked as such, nothing is made up. A parent always has a smaller number than its children, so nothing can run in a circle.
 *
 * @module
 */
import { TraceKind } from "@skyloom/runtime/inspect";
import { eventOrder } from "./events.ts";
import type { TraceEvents } from "./events.ts";
import { Floats, Words } from "./growing.ts";

/** What began a span. */
export const SpanKind = { request: 0, send: 1, fork: 2, timer: 3, socket: 4, unknown: 5 } as const;
export type SpanKind = (typeof SpanKind)[keyof typeof SpanKind];

/** What is known of a span's state after the last event. */
export const SpanState = { queued: 0, running: 1, waiting: 2, ended: 3, failed: 4 } as const;
export type SpanState = (typeof SpanState)[keyof typeof SpanState];

/** What a stretch of a span was: running, or why not. */
export const PartKind = { run: 0, call: 1, sleep: 2, wait: 3 } as const;
export type PartKind = (typeof PartKind)[keyof typeof PartKind];

/** What an arrow between two services is. */
export const ArrowKind = { call: 0, send: 1, reply: 2, error: 3 } as const;
export type ArrowKind = (typeof ArrowKind)[keyof typeof ArrowKind];

/** Bits of {@link TraceModel.flags}. */
export const SpanFlag = {
  /** Its beginning was not recorded: dropped, or before the recording. */
  partial: 1,
} as const;

/** Stretches of spans, grouped by span: those of span `s` are `first[s]` … `first[s + 1] - 1`. */
export interface Parts {
  readonly first: Uint32Array;
  readonly kind: Uint8Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** Messages, in the order they were sent. */
export interface Arrows {
  readonly count: number;
  readonly kind: Uint8Array;
  readonly src: Uint32Array;
  readonly dst: Uint32Array;
  readonly node: Uint32Array;
  readonly session: Uint32Array;
  readonly cmd: Uint32Array;
  /** The span it began, or the one that replied. */
  readonly span: Int32Array;
  readonly sent: Float64Array;
  /** When a task took it; NaN while it waits, or when nobody saw it. */
  readonly taken: Float64Array;
}

/** See the file's comment. Times are microseconds of the host's clock; NaN is not known. */
export interface TraceModel {
  readonly spans: number;
  /** First and last time of any event. */
  readonly begin: number;
  readonly end: number;
  /** −1 for a root. */
  readonly parent: Int32Array;
  readonly depth: Uint32Array;
  /** Children of span `s`: `children[childFirst[s]]` … `children[childFirst[s + 1] - 1]`, in the order they began. */
  readonly childFirst: Uint32Array;
  readonly children: Uint32Array;
  readonly kind: Uint8Array;
  readonly state: Uint8Array;
  readonly flags: Uint8Array;
  readonly task: Uint32Array;
  readonly node: Uint32Array;
  /** Handle of the service. */
  readonly addr: Uint32Array;
  /** Handle of the sender. */
  readonly from: Uint32Array;
  readonly session: Uint32Array;
  readonly cmd: Uint32Array;
  /** Name id of the kind of error, for failed spans. */
  readonly error: Uint32Array;
  /** Bytes of the message and of the reply. */
  readonly size: Uint32Array;
  readonly replySize: Uint32Array;
  readonly queued: Float64Array;
  readonly began: Float64Array;
  readonly replied: Float64Array;
  readonly ended: Float64Array;
  readonly parts: Parts;
  readonly arrows: Arrows;
}

/**
 * Makes the tree of one trace.
 *
 * @param events - All of one trace; the `traceId` is not looked at.
 */
export function buildTrace(events: TraceEvents): TraceModel {
  return new Builder(events).build();
}

const NONE = -1;
const K = TraceKind;

class Builder {
  readonly #e: TraceEvents;
  readonly #spanOf = new Map<number, number>();
  readonly #parent = new Words();
  readonly #kind = new Words();
  readonly #state = new Words();
  readonly #flags = new Words();
  readonly #task = new Words();
  readonly #node = new Words();
  readonly #addr = new Words();
  readonly #from = new Words();
  readonly #session = new Words();
  readonly #cmd = new Words();
  readonly #error = new Words();
  readonly #size = new Words();
  readonly #replySize = new Words();
  readonly #queued = new Floats();
  readonly #began = new Floats();
  readonly #replied = new Floats();
  readonly #ended = new Floats();
  /** Since when a span runs, its last event in this slice, and what it waits for after that. */
  readonly #since = new Floats();
  readonly #last = new Floats();
  readonly #why = new Words();
  /** Stretches in the order they ended. */
  readonly #partSpan = new Words();
  readonly #partKind = new Words();
  readonly #partFrom = new Floats();
  readonly #partTo = new Floats();
  readonly #arrowKind = new Words();
  readonly #arrowSrc = new Words();
  readonly #arrowDst = new Words();
  readonly #arrowNode = new Words();
  readonly #arrowSession = new Words();
  readonly #arrowCmd = new Words();
  readonly #arrowSpan = new Words();
  readonly #arrowSent = new Floats();
  readonly #arrowTaken = new Floats();
  /** Replies on their way, by session and receiver. */
  readonly #replies = new Map<number, number>();
  /** Messages nobody has taken yet, by sender's span, receiver and session. */
  readonly #open = new Map<string, number[]>();
  /** Arrows that are what came in on a socket. */
  readonly #sockets = new Set<number>();
  #begin = Infinity;
  #end = -Infinity;

  constructor(events: TraceEvents) {
    this.#e = events;
  }

  build(): TraceModel {
    const order = eventOrder(this.#e);
    for (const i of order) this.#event(i);
    this.#finishMessages();
    this.#finishParts();
    const spans = this.#parent.length;
    const parent = this.#parent.signed();
    const [childFirst, children] = group(parent, spans);
    const depth = new Uint32Array(spans);
    for (let s = 0; s < spans; s++) if (parent[s]! >= 0) depth[s] = depth[parent[s]!]! + 1;
    const none = !(this.#begin <= this.#end);
    return {
      spans,
      begin: none ? 0 : this.#begin,
      end: none ? 0 : this.#end,
      parent,
      depth,
      childFirst,
      children,
      kind: this.#kind.bytes(),
      state: this.#state.bytes(),
      flags: this.#flags.bytes(),
      task: this.#task.values(),
      node: this.#node.values(),
      addr: this.#addr.values(),
      from: this.#from.values(),
      session: this.#session.values(),
      cmd: this.#cmd.values(),
      error: this.#error.values(),
      size: this.#size.values(),
      replySize: this.#replySize.values(),
      queued: this.#queued.values(),
      began: this.#began.values(),
      replied: this.#replied.values(),
      ended: this.#ended.values(),
      parts: this.#parts(spans),
      arrows: {
        count: this.#arrowSent.length,
        kind: this.#arrowKind.bytes(),
        src: this.#arrowSrc.values(),
        dst: this.#arrowDst.values(),
        node: this.#arrowNode.values(),
        session: this.#arrowSession.values(),
        cmd: this.#arrowCmd.values(),
        span: this.#arrowSpan.signed(),
        sent: this.#arrowSent.values(),
        taken: this.#arrowTaken.values(),
      },
    };
  }

  #event(i: number): void {
    const e = this.#e;
    const t = e.t[i]!;
    if (!Number.isFinite(t)) return;
    if (t < this.#begin) this.#begin = t;
    if (t > this.#end) this.#end = t;
    const task = e.task[i]!;
    switch (e.kind[i]!) {
      case K.enqueue:
      case K.sockIn:
        this.#posted(i, NONE);
        return;
      case K.request:
      case K.dispatch:
      case K.timer:
        if (task !== 0) this.#beganAt(i);
        return;
      case K.fork:
        if (task !== 0) this.#forked(i);
        return;
      default:
    }
    if (task === 0) return;
    const span = this.#spanFor(task, i);
    switch (e.kind[i]!) {
      case K.call:
        this.#touch(span, t, PartKind.call);
        this.#posted(i, span);
        break;
      case K.send:
        this.#touch(span, t, PartKind.run);
        this.#posted(i, span);
        break;
      case K.sockOut:
        this.#touch(span, t, PartKind.run);
        break;
      case K.sleep:
        this.#touch(span, t, PartKind.sleep);
        break;
      case K.wait:
        this.#touch(span, t, PartKind.wait);
        break;
      case K.response:
        // A reply given by a later task says nothing of when this one ran.
        if (this.#state.at(span) === SpanState.running) this.#touch(span, t, PartKind.run);
        this.#replied.set(span, t);
        this.#replySize.set(span, e.size[i]!);
        this.#reply(i, span, ArrowKind.reply);
        break;
      case K.resume:
      case K.wake:
        this.#resumed(span, t, i);
        break;
      case K.end:
        this.#over(span, t, SpanState.ended);
        break;
      case K.error:
        this.#error.set(span, e.cmdId[i]!);
        this.#over(span, t, SpanState.failed);
        if (e.session[i] !== 0) this.#reply(i, span, ArrowKind.error);
        break;
      default:
    }
  }

  // --- spans

  #make(task: number, parent: number, kind: SpanKind, i: number): number {
    const e = this.#e;
    const span = this.#parent.push(parent);
    if (task !== 0) this.#spanOf.set(task, span);
    this.#kind.push(kind);
    this.#state.push(SpanState.queued);
    this.#flags.push(0);
    this.#task.push(task);
    this.#node.push(e.node[i]!);
    this.#addr.push(e.dst[i]!);
    this.#from.push(e.src[i]!);
    this.#session.push(0);
    this.#cmd.push(e.cmdId[i]!);
    this.#error.push(0);
    this.#size.push(0);
    this.#replySize.push(0);
    for (const column of [this.#queued, this.#began, this.#replied, this.#ended, this.#since, this.#last]) column.push(Number.NaN);
    this.#why.push(PartKind.run);
    return span;
  }

  /** The span of a task; one whose beginning is not known when there is none. */
  #spanFor(task: number, i: number): number {
    const known = this.#spanOf.get(task);
    if (known !== undefined) return known;
    const span = this.#make(task, NONE, SpanKind.unknown, i);
    this.#addr.set(span, this.#e.src[i]!);
    this.#cmd.set(span, 0);
    this.#flags.set(span, SpanFlag.partial);
    this.#state.set(span, SpanState.running);
    this.#since.set(span, this.#e.t[i]!);
    this.#last.set(span, this.#e.t[i]!);
    return span;
  }

  /** The span of the task that sent something, made up as one of unknown beginning when nothing else is known of it. */
  #sender(task: number, i: number): number {
    if (task === 0) return NONE;
    const known = this.#spanOf.get(task);
    if (known !== undefined) return known;
    const span = this.#make(task, NONE, SpanKind.unknown, i);
    this.#addr.set(span, this.#e.src[i]!);
    this.#cmd.set(span, 0);
    this.#flags.set(span, SpanFlag.partial);
    return span;
  }

  #beganAt(i: number): void {
    const e = this.#e;
    const t = e.t[i]!;
    const task = e.task[i]!;
    const kind = e.kind[i] === K.timer ? SpanKind.timer : e.kind[i] === K.request ? SpanKind.request : SpanKind.send;
    const by = this.#sender(e.parent[i]!, i);
    let span = this.#spanOf.get(task);
    if (span === undefined) span = this.#make(task, by, kind, i);
    else if (this.#kind.at(span) === SpanKind.unknown) {
      this.#kind.set(span, kind);
      if (by >= 0 && by < span) this.#parent.set(span, by);
    }
    if (this.#state.at(span) !== SpanState.queued && (this.#flags.at(span) & SpanFlag.partial) === 0) return;
    const wait = e.wait[i]!;
    this.#flags.set(span, 0);
    this.#node.set(span, e.node[i]!);
    this.#addr.set(span, e.dst[i]!);
    this.#from.set(span, e.src[i]!);
    this.#session.set(span, e.session[i]!);
    if (e.cmdId[i] !== 0) this.#cmd.set(span, e.cmdId[i]!);
    this.#size.set(span, e.size[i]!);
    if (Number.isNaN(this.#queued.at(span))) this.#queued.set(span, t - wait);
    if (this.#queued.at(span) < this.#begin) this.#begin = this.#queued.at(span);
    this.#began.set(span, t);
    if (this.#state.at(span) === SpanState.queued) this.#state.set(span, SpanState.running);
    this.#since.set(span, t);
    this.#last.set(span, t);
    if (kind !== SpanKind.timer && this.#kind.at(span) !== SpanKind.fork) this.#took(i, span, by);
  }

  #forked(i: number): void {
    const e = this.#e;
    const task = e.task[i]!;
    const by = this.#sender(e.parent[i]!, i);
    const known = this.#spanOf.get(task);
    const span = known ?? this.#make(task, by, SpanKind.fork, i);
    if (known !== undefined) {
      if (this.#kind.at(span) === SpanKind.send || this.#kind.at(span) === SpanKind.unknown) this.#kind.set(span, SpanKind.fork);
      if (this.#parent.signedAt(span) === NONE && by >= 0 && by < span) this.#parent.set(span, by);
    }
    this.#queued.set(span, e.t[i]!);
    // It was queued by a slice of its parent, which therefore ran until now.
    if (by >= 0 && this.#state.at(by) === SpanState.running) this.#touch(by, e.t[i]!, PartKind.run);
  }

  // --- stretches

  #touch(span: number, t: number, why: PartKind): void {
    if (this.#state.at(span) === SpanState.queued) {
      this.#state.set(span, SpanState.running);
      this.#since.set(span, t);
    }
    this.#last.set(span, t);
    this.#why.set(span, why);
  }

  #part(span: number, kind: PartKind, from: number, to: number): void {
    // Two events at one time of a virtual clock have nothing between them; the run itself stays, as one point.
    if (!(to > from) && kind !== PartKind.run) return;
    this.#partSpan.push(span);
    this.#partKind.push(kind);
    this.#partFrom.push(from);
    // A clock that went back makes a point, not a stretch of negative length.
    this.#partTo.push(Math.max(from, to));
  }

  #resumed(span: number, t: number, i: number): void {
    const session = this.#e.session[i]!;
    if (session !== 0) this.#arrived(session, this.#e.dst[i]!, t);
    const state = this.#state.at(span);
    if (state === SpanState.ended || state === SpanState.failed) return;
    const last = this.#last.at(span);
    if (state !== SpanState.queued && !Number.isNaN(last)) {
      this.#part(span, PartKind.run, this.#since.at(span), last);
      const why = this.#why.at(span);
      this.#part(span, why === PartKind.run ? PartKind.wait : (why as PartKind), last, t);
    }
    this.#state.set(span, SpanState.running);
    this.#since.set(span, t);
    this.#last.set(span, t);
    this.#why.set(span, PartKind.run);
  }

  #over(span: number, t: number, state: SpanState): void {
    const before = this.#state.at(span);
    if (before === SpanState.ended || before === SpanState.failed) return;
    if (before === SpanState.running) {
      const why = this.#why.at(span);
      const last = this.#last.at(span);
      // A task that is closed while it waits did not run until then.
      if (why === PartKind.sleep || why === PartKind.wait) {
        this.#part(span, PartKind.run, this.#since.at(span), last);
        this.#part(span, why, last, t);
      } else this.#part(span, PartKind.run, this.#since.at(span), t);
    }
    this.#state.set(span, state);
    this.#ended.set(span, t);
  }

  /** What goes on at the end of the trace. */
  #finishParts(): void {
    const spans = this.#parent.length;
    for (let s = 0; s < spans; s++) {
      if (this.#state.at(s) !== SpanState.running || Number.isNaN(this.#last.at(s))) continue;
      const why = this.#why.at(s);
      const last = this.#last.at(s);
      this.#part(s, PartKind.run, this.#since.at(s), last);
      if (why === PartKind.run) continue;
      this.#state.set(s, SpanState.waiting);
      this.#part(s, why as PartKind, last, this.#end);
    }
  }

  #parts(spans: number): Parts {
    const count = this.#partSpan.length;
    const span = this.#partSpan.values();
    const first = new Uint32Array(spans + 1);
    for (let p = 0; p < count; p++) first[span[p]! + 1]!++;
    for (let s = 0; s < spans; s++) first[s + 1]! += first[s]!;
    const next = first.slice();
    const kind = new Uint8Array(count);
    const from = new Float64Array(count);
    const to = new Float64Array(count);
    for (let p = 0; p < count; p++) {
      const at = next[span[p]!]!++;
      kind[at] = this.#partKind.at(p);
      from[at] = this.#partFrom.at(p);
      to[at] = this.#partTo.at(p);
    }
    return { first, kind, from, to };
  }

  // --- messages

  #posted(i: number, span: number): void {
    const e = this.#e;
    const arrow = this.#arrow(i, e.kind[i] === K.call || (span === NONE && e.session[i] !== 0) ? ArrowKind.call : ArrowKind.send, span);
    if (e.kind[i] === K.sockIn) {
      // Its source is a socket, not a service.
      this.#arrowSrc.set(arrow, 0);
      this.#sockets.add(arrow);
    }
    const key = `${span}>${e.dst[i]!}:${e.session[i]!}`;
    const waiting = this.#open.get(key);
    if (waiting === undefined) this.#open.set(key, [arrow]);
    else waiting.push(arrow);
  }

  /** A task took a message: its arrow ends here. */
  #took(i: number, span: number, by: number): void {
    const e = this.#e;
    const key = `${by}>${e.dst[i]!}:${e.session[i]!}`;
    const waiting = this.#open.get(key);
    let arrow = waiting?.shift();
    if (waiting?.length === 0) this.#open.delete(key);
    if (arrow === undefined) {
      if (by === NONE && e.src[i] === e.dst[i]) {
        // Nobody sent anything: a fork, or a start function, whose beginning is all that is known.
        this.#kind.set(span, SpanKind.fork);
        return;
      }
      arrow = this.#arrow(i, e.kind[i] === K.request ? ArrowKind.call : ArrowKind.send, span);
      this.#arrowSent.set(arrow, e.t[i]! - e.wait[i]!);
    }
    if (this.#sockets.has(arrow)) this.#kind.set(span, SpanKind.socket);
    this.#arrowSpan.set(arrow, span);
    this.#arrowTaken.set(arrow, e.t[i]!);
  }

  /** Messages that nobody took are spans that wait. */
  #finishMessages(): void {
    const left = [...this.#open.values()].flat().sort((a, b) => a - b);
    for (const arrow of left) {
      const by = this.#arrowSpan.signedAt(arrow);
      const span = this.#parent.push(by);
      this.#kind.push(
        this.#sockets.has(arrow) ? SpanKind.socket : this.#arrowKind.at(arrow) === ArrowKind.call ? SpanKind.request : SpanKind.send,
      );
      this.#state.push(SpanState.queued);
      this.#flags.push(0);
      this.#task.push(0);
      this.#node.push(this.#arrowNode.at(arrow));
      this.#addr.push(this.#arrowDst.at(arrow));
      this.#from.push(this.#arrowSrc.at(arrow));
      this.#session.push(this.#arrowSession.at(arrow));
      this.#cmd.push(this.#arrowCmd.at(arrow));
      this.#error.push(0);
      this.#size.push(0);
      this.#replySize.push(0);
      this.#queued.push(this.#arrowSent.at(arrow));
      for (const column of [this.#began, this.#replied, this.#ended, this.#since, this.#last]) column.push(Number.NaN);
      this.#why.push(PartKind.run);
      this.#arrowSpan.set(arrow, span);
    }
  }

  #arrow(i: number, kind: ArrowKind, span: number): number {
    const e = this.#e;
    this.#arrowKind.push(kind);
    this.#arrowSrc.push(e.src[i]!);
    this.#arrowDst.push(e.dst[i]!);
    this.#arrowNode.push(e.node[i]!);
    this.#arrowSession.push(e.session[i]!);
    this.#arrowCmd.push(e.cmdId[i]!);
    this.#arrowSpan.push(span);
    this.#arrowTaken.push(Number.NaN);
    return this.#arrowSent.push(e.t[i]!);
  }

  #reply(i: number, span: number, kind: ArrowKind): void {
    const arrow = this.#arrow(i, kind, span);
    this.#replies.set(replyKey(this.#e.session[i]!, this.#e.dst[i]!), arrow);
  }

  #arrived(session: number, addr: number, t: number): void {
    const key = replyKey(session, addr);
    const arrow = this.#replies.get(key);
    if (arrow === undefined || this.#arrowDst.at(arrow) !== addr) return;
    this.#replies.delete(key);
    this.#arrowTaken.set(arrow, t);
  }
}

/** Exact for sessions below 2³¹; addresses that share their low bits are told apart by the arrow itself. */
function replyKey(session: number, addr: number): number {
  return session * 0x20_0000 + (addr & 0x1f_ffff);
}

/** Children of each span, in their own order. */
function group(parent: Int32Array, spans: number): [first: Uint32Array, children: Uint32Array] {
  const first = new Uint32Array(spans + 1);
  let count = 0;
  for (let s = 0; s < spans; s++)
    if (parent[s]! >= 0) {
      first[parent[s]! + 1]!++;
      count++;
    }
  for (let s = 0; s < spans; s++) first[s + 1]! += first[s]!;
  const next = first.slice();
  const children = new Uint32Array(count);
  for (let s = 0; s < spans; s++) if (parent[s]! >= 0) children[next[parent[s]!]!++] = s;
  return [first, children];
}
