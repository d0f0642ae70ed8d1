/**
 * What a service of tasks has, sends and can tell about itself; how its messages are run is in `context.ts`.
 *
 * Knows sessions and protocols; runs nothing. Source: lualib/skynet.lua; semantics.md §2, §6, §13, §14.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { handleText } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { PTYPE_ERROR, PTYPE_LUA, PTYPE_RESPONSE, PTYPE_TRACE } from "../kernel/message.ts";
import type { Body, Failure } from "../kernel/message.ts";
import type { Service } from "../kernel/service.ts";
import { packedBytes } from "./body.ts";
import { OpKind } from "./op.ts";
import type { Op } from "./op.ts";
import type { TaskProbe, TraceKind } from "./probe.ts";
import { Protocols } from "./protocol.ts";
import type { Protocol } from "./protocol.ts";
import type { OwedReply, Responder } from "./reply.ts";
import { SessionTable } from "./sessions.ts";
import { NO_SESSION, turn } from "./task.ts";
import type { Task } from "./task.ts";

/** Handles messages no protocol is there for; see `skynet.dispatch_unknown_request`. */
export type UnknownRequest = (session: number, source: number, body: Body, type: number | string) => void;
/** Handles replies nobody waits for; see `skynet.dispatch_unknown_response`. */
export type UnknownResponse = (session: number, source: number, body: Body) => void;
/** Sees a message before it is dispatched; see `skynet.forward_type` and `skynet.filter`. */
export type MessageFilter = (type: number, session: number, source: number, body: Body) => void;

/** What an idle service and a suspended task take of the heap: measured, rounded. */
const SERVICE_BYTES = 1000;
const TASK_BYTES = 400;

/** Lost replies a service remembers; older ones are dropped. */
const FORGOTTEN_KEPT = 64;

/** A request that will get no reply, since its handler ended without one. */
export interface ForgottenReply {
  readonly source: number;
  readonly session: number;
  /** Node time in milliseconds when that showed. */
  readonly at: number;
}

/** What few services set; most have none of it. */
export interface Rarities {
  unknownRequest?: UnknownRequest;
  unknownResponse?: UnknownResponse;
  filter?: MessageFilter;
  /** Takes the function given to `skynet.start` instead of scheduling it. */
  recordStart?: (func: () => unknown) => void;
  /** Why the start function failed. */
  startFailure?: unknown;
  infoFunction?: (...args: unknown[]) => unknown;
  /** Timers remember where they were made. */
  timerOrigins?: boolean;
  /** Takes newer code for the running service and keeps its state; throws when it cannot. */
  takeOver?: (code: unknown) => void;
  /** Requests that will get no reply, oldest first. */
  forgotten?: ForgottenReply[];
}

/** State, messages out, traces and figures of one service. */
export abstract class ServiceState {
  readonly kernel: Kernel;
  readonly service: Service;
  readonly handle: number;
  readonly protocols: Protocols;
  readonly sessions: SessionTable<Op> = new SessionTable<Op>();
  /** Response closures not used yet, with what they owe to whom. */
  responders: Map<Responder, OwedReply> | undefined = undefined;
  /** The service has exited or was killed: nothing of it runs any more. */
  ended = false;
  /** Capture the stack at each operation that is made. */
  stacks: boolean;
  /** Where the services of this type registered their handlers; shared by all instances. */
  sites: Map<string, string> | undefined = undefined;
  /** What of {@link rare} was set. */
  protected rarely: Rarities | undefined = undefined;
  /** Values that libraries keep for this service; see `perService`. */
  locals: Map<object, unknown> | undefined = undefined;
  /** The file body has called `skynet.start`. */
  started = false;
  /** Functions to run before the start function; `null` once it has begun. */
  initFunctions: (() => unknown)[] | null | undefined = undefined;
  /** The task that runs the start function, while it does. */
  starter: Task | undefined = undefined;
  /** Critical sections made so far; numbers them. */
  sections = 0;
  #traces = 0;

  constructor(kernel: Kernel, service: Service, shared: readonly Protocol[], stacks: boolean) {
    this.protocols = new Protocols(shared);
    this.kernel = kernel;
    this.service = service;
    this.handle = service.handle;
    this.stacks = stacks;
  }

  /** What this service has set of the rare things; made when first asked for. */
  get rare(): Rarities {
    return (this.rarely ??= {});
  }

  // --- messages out

  /**
   * Sends to a handle or a name.
   *
   * @returns the handle it went to (0 for a global name that is not known yet), or `undefined` when there is no such service.
   */
  send(address: number | string, type: number, session: number, source: number, body: Body, size: number): number | undefined {
    const { kernel } = this;
    if (address === 0) throw new SkynetError("INVALID_ADDRESS", "Invalid service address 0");
    if (typeof address === "number") return kernel.post(address, type, session, source, body, size) ? address : undefined;
    let handle = kernel.resolve(address);
    if (handle === undefined && !address.startsWith(".") && !address.startsWith(":")) {
      handle = kernel.globals.find(address);
      if (handle === undefined) {
        kernel.globals.park(address, { type, session, source, body, size });
        return 0;
      }
    }
    return handle !== undefined && kernel.post(handle, type, session, source, body, size) ? handle : undefined;
  }

  /** A one-way command for the launcher of this node. */
  protected tellLauncher(...command: unknown[]): void {
    const body = this.protocols.lua.packArgs(command);
    this.send(".launcher", PTYPE_LUA, 0, this.handle, body, packedBytes(body));
  }

  postError(address: number, session: number, failure: Failure): boolean {
    return this.kernel.post(address, PTYPE_ERROR, session, this.handle, failure, 0);
  }

  /** Answers the request of a task. @throws SkynetError `NO_SESSION`. */
  reply(task: Task, body: Body, size: number): boolean {
    const { session } = task;
    if (task.tag) this.#replied(task, session, size);
    if (session === NO_SESSION)
      throw new SkynetError("NO_SESSION", "No session: this task owes no reply (it replied already, or it serves no request)");
    task.session = NO_SESSION;
    if (session === 0) return false;
    return this.kernel.post(task.source, PTYPE_RESPONSE, session, this.handle, body, size);
  }

  replyValues(task: Task, values: unknown[]): boolean {
    // Packed first: what cannot be sent must fail the request, not answer it.
    const body = this.protocols.lua.packArgs(values);
    return this.reply(task, body, packedBytes(body));
  }

  /** Requests whose handlers ended without a reply, oldest first; a few of the latest. */
  get forgotten(): readonly ForgottenReply[] {
    return this.rarely?.forgotten ?? [];
  }

  /** Remembers that a request will get no reply. */
  protected forgot(source: number, session: number): void {
    const list = (this.rare.forgotten ??= []);
    list.push({ source, session, at: this.kernel.coarseMs });
    if (list.length > FORGOTTEN_KEPT) list.shift();
  }

  // --- traces

  /** Who records traces of this node, while somebody does. */
  get probe(): TaskProbe | undefined {
    return this.kernel.taskProbe as TaskProbe | undefined;
  }

  startTrace(task: Task, info: string | undefined): void {
    const before = task.tag;
    this.kernel.log(this.handle, `TRACE ${typeof before === "string" || before === false ? String(before) : "nil"}`);
    if (before === false) return;
    const tag = `${handleText(this.handle)}-${++this.#traces}`;
    task.tag = tag;
    this.probe?.tagged(task, before);
    this.traceLog(tag, info === undefined ? "trace" : `trace ${info}`, undefined);
  }

  /** What a task with a tag has come to: a log line when `skynet.trace` gave the tag, an event when somebody records. */
  protected traced(task: Task, kind: TraceKind, session: number, text: string, site?: string): void {
    if (typeof task.tag === "string") this.traceLog(task.tag, text, site);
    this.probe?.event(task, kind, session);
  }

  #replied(task: Task, session: number, size: number): void {
    if (typeof task.tag === "string") this.traceLog(task.tag, "response", undefined);
    if (session > 0) this.probe?.replied(task, task.source, session, size);
  }

  traceLog(tag: string, text: string, site: string | undefined): void {
    const ns = Math.round(this.kernel.ports.clock.now() * 1e6);
    this.kernel.log(this.handle, `<TRACE ${tag}> ${ns} ${text}${site === undefined ? "" : ` : ${site}`}`);
  }

  /** Announces the running request's tag before a call. */
  protected announceCall(tag: string | number, address: number | string): void {
    if (typeof tag === "number") return;
    this.traceLog(tag, "call", turn.task?.site);
    this.send(address, PTYPE_TRACE, 0, this.handle, tag, tag.length);
  }

  /** Announces a tag to `address`, for its next request from here. */
  announce(tag: string, address: number | string): void {
    this.send(address, PTYPE_TRACE, 0, this.handle, tag, tag.length);
  }

  // --- figures

  tasks(): number {
    let count = 0;
    this.sessions.each((op) => {
      if (isTaskWait(op)) count++;
    });
    return count;
  }

  /** Sessions that a task waits for, without those already given up. */
  pendingTasks(): Op[] {
    return this.sessions.all().filter(isTaskWait);
  }

  /** Requests that somebody still has to answer. */
  pendingCalls(): number {
    let count = 0;
    this.sessions.each((op) => {
      if (isCall(op) && !op.broken) count++;
    });
    return count;
  }

  oldestCall(): number | undefined {
    let oldest: number | undefined;
    this.sessions.each((op) => {
      if (isCall(op) && !op.broken && (oldest === undefined || op.since < oldest)) oldest = op.since;
    });
    return oldest;
  }

  memory(): number {
    return SERVICE_BYTES + this.tasks() * TASK_BYTES + this.reportedBytes;
  }

  /** Bytes the service says it holds; see `skynet.memory`. */
  reportedBytes = 0;

  get starting(): boolean {
    return this.starter !== undefined;
  }

  /** @throws SkynetError `MEMORY_LIMIT` when the estimate is above the limit. */
  protected checkMemory(): void {
    const held = this.service.bytes + this.memory();
    if (held > this.service.memoryLimit)
      throw new SkynetError("MEMORY_LIMIT", `not enough memory: ${held} bytes held (estimated), the limit is ${this.service.memoryLimit}`);
  }

  /** Name or launch line of a service of this node. */
  nameOf(handle: number): string | undefined {
    const local = this.kernel.names.of(handle)[0];
    if (local !== undefined) return `.${local}`;
    return this.kernel.globals.of(handle)[0] ?? this.kernel.find(handle)?.args.split(" ")[0];
  }
}

/** Does a task stand behind this session? */
function isTaskWait(op: Op): boolean {
  return !op.broken && op.kind !== OpKind.batch && op.kind !== OpKind.limit;
}

/** Is it a request somebody must answer? */
export function isCall(op: Op): boolean {
  return op.kind <= OpKind.callRaw || op.kind === OpKind.batch;
}

/** `:0000000a` for a handle, the text itself for a name. */
export function addressText(address: number | string): string {
  return typeof address === "number" ? handleText(address) : address;
}
