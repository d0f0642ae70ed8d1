/**
 * Listens to one node while traces are recorded: decides which messages begin a trace, follows them from task to task, writes events.
 *
 * Inheritance costs the untraced nothing: a task of a trace has its number as tag, and what such a task posts is noted beside the
 * receiver's mailbox. Knows nothing of clients.
 *
 * @module
 */
import { ServiceContext } from "../../core/context.ts";
import { OpKind } from "../../core/op.ts";
import { TraceKind } from "../../core/probe.ts";
import type { TaskProbe } from "../../core/probe.ts";
import type { Protocol } from "../../core/protocol.ts";
import { newestTask, turn } from "../../core/task.ts";
import type { Task } from "../../core/task.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import {
  PTYPE_DEBUG,
  PTYPE_ERROR,
  PTYPE_LUA,
  PTYPE_SNAX,
  PTYPE_SOCKET,
  PTYPE_SYSTEM,
  PTYPE_TEXT,
  PTYPE_TRACE,
} from "../../kernel/message.ts";
import type { Body, Message } from "../../kernel/message.ts";
import type { MessageProbe } from "../../kernel/probe.ts";
import type { Service } from "../../kernel/service.ts";
import { addProbe, removeProbe } from "../traffic/probe-list.ts";
import { Mail } from "./mail.ts";
import { commandTest, Lottery } from "./mode.ts";
import type { TraceMode } from "./mode.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Recording } from "./recording.ts";
import type { TraceRing } from "./ring.ts";

/** A task that serves nobody leaves a trace older than this (microseconds) when it wakes: loops that never end would never let it end. */
const LONG_US = 5_000_000;

/** Messages to let pass at once where none begins a trace. */
const SELDOM = 64;

/** Names of the message types, for messages that have no command. */
const TYPE_NAMES = ["text", "response", "multicast", "client", "system", "harbor", "socket", "error", "queue", "debug", "lua", "snax"];

/** See the file's comment. */
export class NodeProbe implements MessageProbe, TaskProbe {
  readonly replies = false;
  readonly #kernel: Kernel;
  readonly #node: number;
  readonly #recording: Recording;
  readonly #ring: TraceRing;
  readonly #clock: Clock;
  /** Tags up to here belong to earlier recordings. */
  readonly #base: number;
  /** Tasks up to here had begun before this was chosen: nobody has asked whether they are to be followed. */
  #before = 0;
  /** Commands are looked for, which a packed message shows only when its task begins: every service that gets messages is marked. */
  #packed = false;
  /** Any message without a trace behind it may begin one, so a request that was not chosen stays out with all that follows. */
  #any = false;
  #every = false;
  /** The time that was read last. */
  #last = 0;
  #lottery: Lottery | undefined = undefined;
  /** Messages to let pass before the next that may begin a trace: 1 where each may. Only what belongs to no trace is counted. */
  #left = 1;
  /** Which part of all messages is to be recorded. */
  #share = 1;
  /** Since this turn of the kernel no trace may begin; -1 while they may. */
  #restsSince = -1;
  /** Whether messages are heard of all the same. */
  #listens = false;
  #services: ReadonlySet<number> | undefined = undefined;
  #chosen: ((command: string) => boolean) | undefined = undefined;
  /** The one message that is waited for. */
  #next: { readonly service: number; readonly command?: string } | undefined = undefined;
  /** No message begins a trace any more. */
  #nothing = false;
  /** Of the trace that was waited for, when it has come: tasks that have begun and not ended. */
  #following: Set<number> | undefined = undefined;

  constructor(kernel: Kernel, node: number, recording: Recording, mode: TraceMode) {
    this.#kernel = kernel;
    this.#node = node;
    this.#recording = recording;
    this.#ring = recording.ring;
    this.#clock = kernel.ports.clock;
    this.#base = recording.base;
    this.choose(mode);
  }

  /** Changes what begins a trace from now on. */
  choose(mode: TraceMode): void {
    this.wake();
    this.#any = mode.kind === "all" || mode.kind === "sample";
    this.#every = mode.kind === "all";
    this.#lottery = mode.kind === "sample" ? new Lottery(mode.n) : undefined;
    this.#share = mode.kind === "sample" ? 1 / mode.n : 1;
    this.#services = mode.kind === "services" ? new Set(mode.services) : undefined;
    this.#chosen = mode.kind === "commands" ? commandTest(mode.pattern) : undefined;
    this.#next = mode.kind === "next" ? mode : undefined;
    this.#following = undefined;
    this.#nothing = false;
    this.#left = this.#gap();
    this.#before = newestTask();
    this.#packed = this.#chosen !== undefined || this.#next !== undefined;
    if (this.#packed) for (const service of this.#kernel.snapshot()) if (service.mqlen > 0) service.traced ??= new Mail();
  }

  /** Chooses nothing: goes on with what has begun, and with traces of other nodes. */
  chooseNothing(): void {
    this.#any = this.#every = false;
    this.#lottery = this.#services = this.#chosen = this.#next = this.#following = undefined;
    this.#nothing = true;
    this.#left = this.#gap();
    this.#packed = false;
  }

  /** Of the mode `next`: tasks of its trace that go on; `undefined` until it has begun. */
  get following(): number | undefined {
    return this.#following?.size;
  }

  attach(): void {
    this.#kernel.taskProbe = this;
    addProbe(this.#kernel, this);
    this.#kernel.sockets.wrote = (id, size) => this.#wrote(id, size);
  }

  detach(): void {
    if (this.#kernel.taskProbe !== this) return;
    this.wake();
    this.#kernel.taskProbe = undefined;
    removeProbe(this.#kernel, this);
    this.#kernel.sockets.wrote = undefined;
    for (const service of this.#kernel.snapshot()) service.traced = undefined;
  }

  // --- rest: while no trace may begin, messages are heard of only while a task of a trace runs

  /** Messages that were to be recorded and went by since no trace may begin, about. */
  get passed(): number {
    return this.#restsSince < 0 ? 0 : (this.#kernel.turns - this.#restsSince) * this.#share;
  }

  /** Traces may begin again. */
  wake(): void {
    if (this.#restsSince < 0) return;
    this.#recording.leftOut += this.passed;
    this.#restsSince = -1;
    this.#left = this.#gap();
    if (!this.#listens) addProbe(this.#kernel, this);
  }

  #rest(): void {
    if (this.#restsSince >= 0) return;
    this.#restsSince = this.#kernel.turns;
    this.#listens = false;
    this.#left = this.#gap();
    removeProbe(this.#kernel, this);
  }

  /** A task of a trace runs: what it posts belongs to the trace. */
  #listen(): void {
    if (this.#restsSince < 0 || this.#listens) return;
    this.#listens = true;
    addProbe(this.#kernel, this);
  }

  /** Another task has posted; unless within the turn of the first, as the file of a service does that is launched, that one is over. */
  #heardAnother(task: Task | undefined): void {
    if (task === undefined || task.context.service !== this.#kernel.current) return;
    this.#listens = false;
    removeProbe(this.#kernel, this);
  }

  // --- messages

  posted(service: Service, message: Message): void {
    const { task } = turn;
    // What most messages come to: they belong to no trace, and begin none. Small, so that it becomes part of what calls it.
    if ((task === undefined || !task.tag) && --this.#left > 0) return;
    this.#looked(service, message, task);
  }

  #looked(service: Service, message: Message, task: Task | undefined): void {
    if (this.#left <= 0) this.#left = this.#gap();
    if (this.#packed) service.traced ??= new Mail();
    if (this.#restsSince >= 0 && (task === undefined || !task.tag)) {
      this.#heardAnother(task);
      return;
    }
    const { type } = message;
    if (type === PTYPE_ERROR || type === PTYPE_TRACE) return;
    let trace = 0;
    if (task !== undefined && task.context.kernel === this.#kernel) {
      const { tag } = task;
      if (tag) {
        trace = this.#traceOf(tag);
        // Of a trace that was cut, or of another recording: as if it belonged to none.
        if (trace === 0 && --this.#left > 0) return;
        if (this.#left <= 0) this.#left = this.#gap();
      } else if (tag === false || (this.#any && this.#staysOut(task))) return;
    }
    // Log lines would only say again what the events say.
    if (service.handle === this.#kernel.logger) return;
    if (trace === 0) this.#root(service, message);
    else this.#sent(service, message, trace, task!);
  }

  #sent(service: Service, message: Message, trace: number, task: Task): void {
    const { type, session, source, size } = message;
    const t = this.#now();
    const cmd = this.#command(type, message.body);
    // What is passed on with somebody else's session is a request, but not this task's.
    const kind = session > 0 && source === task.context.handle ? TraceKind.call : TraceKind.send;
    this.#ring.write(t, kind, this.#node, source, service.handle, session, task.id, cmd, size, trace, task.id, 0);
    this.#note(service, trace, task.id, t, size, cmd);
  }

  #root(service: Service, message: Message): void {
    const { type, body, source, session, size } = message;
    if (this.#nothing) return;
    // A system's own message, or one that no task will handle.
    if (type === PTYPE_SYSTEM || type === PTYPE_DEBUG || (type === PTYPE_TEXT && source === 0)) return;
    if (service.body !== undefined && !(service.body instanceof ServiceContext)) return;
    if (this.#services !== undefined && !this.#services.has(service.handle)) return;
    if (this.#chosen !== undefined && !this.#chosen(commandText(type, body))) return;
    if (this.#next !== undefined) {
      if (!this.#isNext(service.handle, commandText(type, body))) return;
    } else if (this.#full()) return;
    const t = this.#now();
    const trace = this.#recording.begin(t);
    const socket = type === PTYPE_SOCKET;
    const from = socket ? (body as unknown as readonly [number, number])[1] : source;
    const cmd = this.#command(type, body);
    const kind = socket ? TraceKind.sockIn : TraceKind.enqueue;
    this.#ring.write(t, kind, this.#node, from, service.handle, session, 0, cmd, size, trace, 0, 0);
    this.#note(service, trace, 0, t, size, cmd);
  }

  /** Does the task handle a message that was not chosen? What it sends begins no trace either. */
  #staysOut(task: Task): boolean {
    return (task.kind === "request" || task.kind === "command") && task.id > this.#before;
  }

  /** Messages until the next that may begin a trace. Where none is to, a look now and then is enough. */
  #gap(): number {
    if (this.#restsSince >= 0) return 0;
    return this.#nothing ? SELDOM : (this.#lottery?.gap() ?? 1);
  }

  /** Is more recorded than its readers fetch? Then nothing begins before they have caught up, and what passes by is counted. */
  #full(): boolean {
    const recording = this.#recording;
    if (!recording.full) return false;
    if (this.#any) this.#rest();
    else recording.leftOut++;
    return true;
  }

  /** Is it what is waited for? Then nothing else is any more. */
  #isNext(handle: number, command: string): boolean {
    const next = this.#next!;
    if (handle !== next.service || (next.command !== undefined && command !== next.command)) return false;
    this.#next = undefined;
    this.#nothing = true;
    this.#following = new Set();
    return true;
  }

  #note(service: Service, trace: number, parent: number, t: number, size: number, cmd: number): void {
    let mail = service.traced as Mail | undefined;
    if (mail === undefined) service.traced = mail = new Mail();
    mail.add(service.messages + service.mqlen - 1, service.messages, trace, parent, t, size, cmd);
  }

  #wrote(id: number, size: number): void {
    const { task } = turn;
    if (task === undefined || !task.tag || task.context.kernel !== this.#kernel) return;
    const trace = this.#traceOf(task.tag);
    if (trace !== 0)
      this.#ring.write(this.#now(), TraceKind.sockOut, this.#node, task.context.handle, id, 0, task.id, 0, size, trace, task.id, 0);
  }

  // --- tasks

  request(task: Task, protocol: Protocol, args: readonly unknown[]): void {
    const { service } = task.context;
    const mail = service.traced as Mail | undefined;
    const { tag } = task;
    if (mail !== undefined && mail.take(service.messages - 1)) {
      if (tag === false) return;
      this.#listen();
      if (typeof tag === "string") this.#recording.join(tag, mail.trace, mail.t);
      else task.tag = this.#recording.tagOf(mail.trace);
      const t = this.#turnBegan();
      this.#recording.count(mail.trace);
      // A packed body shows its command only now.
      const cmd = protocol.id === PTYPE_LUA && !protocol.border ? mail.cmd : this.#commandOf(protocol, args);
      this.#began(task, t, cmd, mail.size, mail.trace, mail.parent, t - mail.t);
      return;
    }
    // Looked into no more until the next note.
    if (mail?.length === 0 && this.#restsSince >= 0) service.traced = undefined;
    if (typeof tag === "string") {
      this.#listen();
      const t = this.#now();
      const trace = this.#recording.traceOf(tag, t);
      if (trace !== 0) this.#began(task, t, this.#commandOf(protocol, args), 0, trace, 0, 0);
    } else if (tag === undefined && !this.#any) {
      if (protocol.id === PTYPE_LUA && typeof args[0] === "string" && this.#choosesPacked(service.handle, args[0])) {
        const t = this.#now();
        const trace = this.#recording.begin(t);
        task.tag = this.#recording.tagOf(trace);
        this.#began(task, t, this.#commandOf(protocol, args), 0, trace, 0, 0);
      }
    }
  }

  /** A packed body shows its command only when its task begins. */
  #choosesPacked(handle: number, command: string): boolean {
    if (this.#next !== undefined) return this.#isNext(handle, command);
    return this.#chosen?.(command) === true && !this.#full();
  }

  #began(task: Task, t: number, cmd: number, size: number, trace: number, parent: number, wait: number): void {
    const { session, source, id } = task;
    this.#following?.add(id);
    const kind = session > 0 ? TraceKind.request : TraceKind.dispatch;
    const { handle } = task.context;
    const from = source < 0 ? handle : source;
    this.#ring.write(t, kind, this.#node, from, handle, session > 0 ? session : 0, id, cmd, size, trace, parent, wait);
  }

  forked(task: Task): void {
    const by = turn.task;
    if (by === undefined || !by.tag) return;
    const trace = this.#traceOf(by.tag);
    if (trace === 0) return;
    task.tag = this.#recording.tagOf(trace);
    this.#following?.add(task.id);
    this.#plain(task, TraceKind.fork, 0, trace, by.id);
  }

  begin(task: Task): void {
    const { tag } = task;
    if (typeof tag === "number" && tag !== 0) {
      this.#listen();
      const trace = this.#traceOf(tag);
      if (trace !== 0) this.#plain(task, TraceKind.dispatch, 0, trace, 0);
      return;
    }
    if (tag !== undefined) return;
    if (this.#any) {
      if (--this.#left > 0) return;
      this.#left = this.#gap();
      if (this.#full()) return;
    } else if (this.#services?.has(task.context.handle) !== true || this.#full()) return;
    const trace = this.#recording.begin(this.#now());
    task.tag = this.#recording.tagOf(trace);
    this.#plain(task, task.kind === "timer" ? TraceKind.timer : TraceKind.dispatch, 0, trace, 0);
  }

  event(task: Task, kind: TraceKind, session: number): void {
    const trace = this.#traceOf(task.tag as string | number);
    if (trace === 0) return;
    if (kind === TraceKind.end) this.#following?.delete(task.id);
    else this.#listen();
    if (kind === TraceKind.resume && task.waiting !== undefined && task.waiting.kind < OpKind.sleep) {
      const { handle } = task.context;
      this.#ring.write(this.#turnBegan(), kind, this.#node, handle, handle, session, task.id, 0, 0, trace, 0, 0);
      return;
    }
    if ((kind === TraceKind.resume || kind === TraceKind.wake) && this.#lasts(task, trace)) {
      this.#plain(task, TraceKind.end, 0, trace, 0);
      this.#following?.delete(task.id);
      task.tag = undefined;
      return;
    }
    this.#plain(task, kind, session, trace, 0);
  }

  /** Is it a loop that serves nobody, in a trace that is old? */
  #lasts(task: Task, trace: number): boolean {
    if (task.kind === "request" || task.kind === "command" || typeof task.tag === "string") return false;
    const waited = task.waiting?.kind;
    return (waited === OpKind.sleep || waited === OpKind.wait) && this.#now() - this.#recording.began(trace) > LONG_US;
  }

  replied(task: Task, dest: number, session: number, size: number): void {
    const trace = this.#traceOf(task.tag as string | number);
    if (trace === 0) return;
    const { handle } = task.context;
    this.#ring.write(this.#now(), TraceKind.response, this.#node, handle, dest, session, task.id, 0, size, trace, 0, 0);
  }

  failed(task: Task, error: unknown): void {
    const trace = this.#traceOf(task.tag as string | number);
    if (trace === 0) return;
    const { handle } = task.context;
    this.#following?.delete(task.id);
    const cmd = this.#recording.name(errorName(error));
    const session = task.session > 0 ? task.session : 0;
    const to = session > 0 ? task.source : handle;
    this.#ring.write(this.#now(), TraceKind.error, this.#node, handle, to, session, task.id, cmd, 0, trace, 0, 0);
  }

  tagged(task: Task, before: Task["tag"]): void {
    this.#listen();
    const t = this.#now();
    const known = before ? this.#traceOf(before) : 0;
    const trace = this.#recording.join(task.tag as string, known, t);
    if (known === 0 && trace !== 0)
      this.#began(task, t, task.command === undefined ? 0 : this.#recording.name(task.command), 0, trace, 0, 0);
  }

  // --- small things

  /** An event that stays inside one service. */
  #plain(task: Task, kind: TraceKind, session: number, trace: number, parent: number): void {
    const { handle } = task.context;
    this.#ring.write(this.#now(), kind, this.#node, handle, handle, session, task.id, 0, 0, trace, parent, 0);
  }

  #traceOf(tag: string | number): number {
    if (typeof tag === "number") return tag > this.#base && this.#recording.count(tag - this.#base) ? tag - this.#base : 0;
    return this.#recording.traceOf(tag, this.#now());
  }

  #command(type: number, body: Body): number {
    return this.#recording.name(commandText(type, body));
  }

  #commandOf(protocol: Protocol, args: readonly unknown[]): number {
    const first = (protocol.id === PTYPE_LUA || protocol.id === PTYPE_SNAX) && typeof args[0] === "string" ? args[0] : "";
    return (first === "" ? 0 : this.#recording.name(first)) || this.#recording.name(protocol.name);
  }

  /** Microseconds of the host's monotonic clock. */
  #now(): number {
    return (this.#last = this.#clock.now() * 1000);
  }

  /**
   * The time at the beginning of a turn. Reading the clock is what costs most here; while everything is traced, a turn begins when the one
   * before it ended, whose last event has just read it, or after the kernel's own last look.
   */
  #turnBegan(): number {
    if (!this.#every) return this.#now();
    const looked = (this.#kernel.startMs + this.#kernel.coarseMs) * 1000;
    return looked > this.#last ? (this.#last = looked) : this.#last;
  }
}

/** The command of a message that is not packed, or the name of its type. */
function commandText(type: number, body: Body): string {
  if ((type === PTYPE_LUA || type === PTYPE_SNAX) && Array.isArray(body)) {
    const first = (body as readonly unknown[])[0];
    if (typeof first === "string" && first.length <= 64) return first;
  }
  return TYPE_NAMES[type] ?? "other";
}

/** What kind of error it was: its code or its name, never its text, which may hold anything. */
function errorName(error: unknown): string {
  if (typeof error !== "object" || error === null) return "error";
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === "string" && code !== "") return code;
  return typeof name === "string" && name !== "" ? name : "error";
}
