/**
 * The task system of one service: what happens for one message, who is resumed and in which order, how tasks end.
 *
 * This is the heart of `core`. It knows tasks, sessions, protocols and the kernel's messages; it knows no files, sockets or stock services.
 * Source: lualib/skynet.lua (raw_dispatch_message, suspend, dispatch_wakeup, exit); semantics.md §5–§8, §10, §11.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { handleText } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { PTYPE_LUA, PTYPE_RESPONSE, PTYPE_TRACE } from "../kernel/message.ts";
import type { Body, Failure } from "../kernel/message.ts";
import type { Service, ServiceBody } from "../kernel/service.ts";
import { bodyBytes, bodyPreview, packedBytes } from "./body.ts";
import { errorText, ExitSignal } from "./failures.ts";
import { Queue } from "./fifo.ts";
import { complaints, neverRun, overdue } from "./made.ts";
import type { Unrun } from "./made.ts";
import { Op, OpKind, Outcome } from "./op.ts";
import { isSteps, SUSPENDED } from "./operation.ts";
import type { Steps } from "./operation.ts";
import { TraceKind } from "./probe.ts";
import type { Protocol } from "./protocol.ts";
import { MultipleValues } from "./reply.ts";
import { addressText, isCall, ServiceState } from "./service-state.ts";
import { NO_SESSION, Task, turn } from "./task.ts";
import { defaultUnknownRequest, defaultUnknownResponse, errorDispatch, isFailure } from "./unhandled.ts";
import { strayYield } from "./user-yield.ts";

const EXITED: Failure = { reason: "exited", cause: undefined };
const KILLED: Failure = { reason: "killed", cause: undefined };
const NO_DISPATCH: Failure = { reason: "no-dispatch", cause: undefined };

/** Finally blocks of a task that is being closed may stop this often; one that stops for ever is left alone then. */
const MOST_STOPS = 100;

/** The `reason` of a call whose trace tag was announced already. */
export const TRACED = "tracecall";

const SUSPENDS = true;
const ENDS = false;

/**
 * What has to happen before the current message is done. Empty between messages, so all services of a node share one.
 */
export class TurnWork {
  /** Tokens to wake, in order. */
  readonly wakeups: Queue<unknown> = new Queue<unknown>();
  /** Calls that failed. */
  readonly errors: Queue<Op> = new Queue<Op>();
  /** Tasks to begin. */
  readonly forks: Queue<Task> = new Queue<Task>();

  clear(): void {
    this.wakeups.clear();
    this.errors.clear();
    this.forks.clear();
  }
}

/** What the services of one node have in common. */
export interface SharedByServices {
  readonly protocols: readonly Protocol[];
  readonly work: TurnWork;
}

/** One service's tasks. */
export class ServiceContext extends ServiceState implements ServiceBody {
  readonly #work: TurnWork;
  #sleepers: Map<unknown, Op> | undefined = undefined;
  /** Trace tags announced by a sender for its next request. */
  #announced: Map<number, string> | undefined = undefined;
  #exiting = false;

  constructor(kernel: Kernel, service: Service, shared: SharedByServices, stacks: boolean) {
    super(kernel, service, shared.protocols, stacks);
    this.#work = shared.work;
  }

  // --- messages in

  callback(type: number, session: number, source: number, body: Body): void {
    // Usually nobody; another node's task when this turn was entered from inside of it.
    const outerContext = turn.context;
    const outerTask = turn.task;
    turn.context = this;
    turn.task = undefined;
    try {
      if (this.rarely?.filter !== undefined) this.rarely.filter(type, session, source, body);
      else this.dispatchMessage(type, session, source, body);
    } catch (error) {
      if (!this.ended) this.report(session, source, body, [error]);
    } finally {
      if (this.ended) this.#work.clear();
      turn.context = outerContext;
      turn.task = outerTask;
    }
  }

  /** One message and everything that follows from it: wake-ups, failed calls, forks. */
  dispatchMessage(type: number, session: number, source: number, body: Body): void {
    let errors: unknown[] | undefined;
    try {
      if (type === PTYPE_RESPONSE) this.#response(session, source, body);
      else this.#request(type, session, source, body);
    } catch (error) {
      if (!this.ended) errors = [error];
      // No task yet: the message could not be unpacked, and its sender gets no answer.
      if (turn.task === undefined && session > 0 && type !== PTYPE_RESPONSE) this.forgot(source, session);
    }
    for (let task = this.#work.forks.shift(); task !== undefined; task = this.#work.forks.shift()) {
      try {
        this.#run(task);
      } catch (error) {
        if (!this.ended) (errors ??= []).push(error);
      }
    }
    turn.task = undefined;
    if (errors !== undefined) this.report(session, source, body, errors);
  }

  /** The log line for errors that reached the top. */
  report(session: number, source: number, body: Body, errors: readonly unknown[]): void {
    this.service.errors++;
    const head = `lua call [${source.toString(16)} to :${this.handle.toString(16)} : ${session} msgsz = ${bodyBytes(body)}] error : `;
    this.kernel.log(this.handle, `${head}\u001B[31m${errors.map(errorText).join("\n")}\u001B[0m`);
  }

  #response(session: number, source: number, body: Body): void {
    const op = this.sessions.take(session);
    if (op === undefined) {
      (this.rarely?.unknownResponse ?? defaultUnknownResponse)(session, source, body);
      return;
    }
    if (op.broken) return;
    // A wait is completed by a reply to its session too; Skynet's libraries use that.
    if (op.kind === OpKind.sleep || op.kind === OpKind.wait) this.#forgetSleeper(op);
    op.outcome = Outcome.reply;
    op.body = body;
    if (op.receiver !== undefined) {
      op.receiver(op);
      this.#drain();
      return;
    }
    const task = op.task!;
    if (task.tag) this.traced(task, TraceKind.resume, session, "resume");
    this.#run(task);
  }

  #request(type: number, session: number, source: number, body: Body): void {
    const protocol = type === PTYPE_LUA ? this.protocols.lua : this.protocols.byId(type);
    if (protocol === undefined) {
      if (type === PTYPE_TRACE) (this.#announced ??= new Map()).set(source, bodyPreview(body));
      else this.#refuse(type, session, source, body);
      return;
    }
    const { dispatch } = protocol;
    if (dispatch === undefined) {
      this.#announced?.delete(source);
      this.#refuse(protocol.name, session, source, body);
      return;
    }
    if (dispatch === errorDispatch) {
      this.#announced?.delete(source);
      this.#errorMessage(session, source, body);
      return;
    }
    // As in Skynet, an exception inside unpack is only logged: no task is there yet, so the caller gets no answer.
    const args = protocol.unpackBody(body);
    const task = new Task(this, protocol.replies, session, source);
    task.site = protocol.site;
    if (this.#announced !== undefined || protocol.trace !== undefined) this.#tag(task, protocol);
    if (this.service.traced !== undefined || task.tag !== undefined) this.probe?.request(task, protocol, args);
    turn.task = task;
    let result: unknown;
    try {
      if (this.service.memoryLimit !== 0) this.checkMemory();
      if (protocol.direct !== undefined) result = protocol.direct(args, session, source);
      else
        switch (args.length) {
          case 0:
            result = dispatch(session, source);
            break;
          case 1:
            result = dispatch(session, source, args[0]);
            break;
          case 2:
            result = dispatch(session, source, args[0], args[1]);
            break;
          case 3:
            result = dispatch(session, source, args[0], args[1], args[2]);
            break;
          default:
            result = dispatch(session, source, ...args);
        }
      if (result !== undefined && typeof result === "object" && result !== null) {
        if (this.#returned(task, result) === SUSPENDS) {
          this.#drain();
          return;
        }
      } else this.#finish(task, result);
    } catch (error) {
      this.#failed(task, error);
    }
    this.#drain();
  }

  #refuse(type: number | string, session: number, source: number, body: Body): void {
    if (session !== 0) this.postError(source, session, NO_DISPATCH);
    else (this.rarely?.unknownRequest ?? defaultUnknownRequest)(session, source, body, type);
  }

  #tag(task: Task, protocol: Protocol): void {
    if (protocol.trace === false) {
      this.#announced?.delete(task.source);
      task.tag = false;
      return;
    }
    const tag = this.#announced?.get(task.source);
    if (tag !== undefined) {
      this.#announced!.delete(task.source);
      this.traceLog(tag, "request", undefined);
      task.tag = tag;
    } else if (protocol.trace === true) {
      turn.task = task;
      this.startTrace(task, undefined);
    }
  }

  #errorMessage(session: number, source: number, body: Body): void {
    this.peerFailed(session, source, isFailure(body) ? body : undefined);
    this.#drain();
  }

  /** PTYPE_ERROR: one call failed or, with session 0, a whole service is gone. Pending calls fail when the running task suspends. */
  peerFailed(session: number, source: number, failure: Failure | undefined): void {
    if (session === 0) {
      if (this.responders !== undefined)
        for (const [responder, owed] of this.responders) if (owed.source === source) this.responders.delete(responder);
      for (const op of this.sessions.all()) if (isCall(op) && !op.broken && op.target === source) this.#queueFailure(op, failure);
      return;
    }
    const op = this.sessions.get(session);
    if (op === undefined || !isCall(op)) return;
    if (!op.broken) this.#queueFailure(op, failure);
    // That was the answer to a call that was given up before.
    else if (failure?.reason !== "cancelled") this.sessions.take(session);
  }

  #queueFailure(op: Op, failure: Failure | undefined): void {
    op.failure = failure;
    this.#work.errors.push(op);
  }

  // --- running tasks

  /** Begins or resumes a task, then whatever it woke; throws what it threw. */
  #run(task: Task): void {
    if (this.#step(task)) this.#drain();
  }

  /** Lets the woken tasks run, then fails one call, and so on until both queues are empty. */
  #drain(): void {
    while (!this.ended) {
      while (this.#work.wakeups.length > 0) {
        const token = this.#work.wakeups.shift();
        const op = this.sleeperOf(token);
        if (op === undefined) continue;
        this.#forgetSleeper(op);
        op.outcome = Outcome.woken;
        // The timer of a sleep still comes, and is swallowed; a wait has none.
        if (op.kind === OpKind.sleep) op.broken = true;
        else this.sessions.take(op.session);
        const task = op.task!;
        if (task.tag) this.traced(task, TraceKind.wake, op.session, "resume");
        if (!this.#step(task)) return;
      }
      const op = this.#work.errors.shift();
      if (op === undefined) return;
      if (op.broken || this.sessions.get(op.session) !== op) continue;
      // What was given up from outside may still be answered: that is swallowed.
      if (op.failure?.reason === "cancelled") op.broken = true;
      else this.sessions.take(op.session);
      op.outcome = Outcome.failed;
      if (op.receiver !== undefined) op.receiver(op);
      else {
        const task = op.task!;
        if (task.tag) this.probe?.event(task, TraceKind.resume, op.session);
        if (!this.#step(task)) return;
      }
    }
  }

  /** One slice of a task. False when the service ended in it. */
  #step(task: Task): boolean {
    if (this.ended) return false;
    turn.task = task;
    try {
      if (task.steps !== undefined) this.#advance(task, task.steps);
      else {
        const begin = task.begin!;
        task.begin = undefined;
        if (this.kernel.taskProbe !== undefined) this.probe!.begin(task);
        const result = begin();
        if (result !== undefined && typeof result === "object" && result !== null) this.#returned(task, result);
        else this.#finish(task, result);
      }
    } catch (error) {
      this.#failed(task, error);
    }
    return !this.ended;
  }

  /** What a function returned: an operation or a promise goes on, anything else is the end. */
  #returned(task: Task, result: object): boolean {
    if (isSteps(result)) {
      task.steps = result;
      return this.#advance(task, result);
    }
    if (isPromise(result)) {
      const op = new Op(OpKind.promise);
      op.argument = result;
      task.steps = op;
      return this.#advance(task, op);
    }
    this.#finish(task, result);
    return ENDS;
  }

  #advance(task: Task, first: Steps): boolean {
    let steps = first;
    let result = steps.next();
    for (;;) {
      if (result === SUSPENDED) {
        if (task.made !== undefined) this.#complain(task, overdue(task));
        return SUSPENDS;
      }
      if (result.done === true) {
        const { value } = result;
        if (!isSteps(value)) {
          this.#finish(task, value);
          return ENDS;
        }
        // The generator returned an operation without running it: it is run here.
        steps = value;
        task.steps = steps;
        result = steps.next();
      } else if (steps.throw !== undefined) {
        result = steps.throw(strayYield(result.value));
      } else
        throw new SkynetError("ARGUMENT", "an operation yielded something of its own: only operations of this runtime can suspend a task");
    }
  }

  #finish(task: Task, value: unknown): void {
    if (task.over || this.ended) return;
    if (task.session > 0 && (value !== undefined || task.kind === "command") && (task.kind === "request" || task.kind === "command")) {
      if (value instanceof MultipleValues) this.replyValues(task, [...value.values]);
      else this.replyValues(task, value === undefined ? [] : [value]);
    }
    if (task.session > 0) {
      this.forgot(task.source, task.session);
      this.kernel.log(this.handle, `Maybe forgot response session ${task.session} from ${handleText(task.source)} : ${task.site ?? "?"}`);
    }
    this.#over(task);
    if (task.tag) this.traced(task, TraceKind.end, 0, "end");
  }

  #over(task: Task): void {
    task.over = true;
    task.session = NO_SESSION;
    task.source = -1;
    task.waiting = undefined;
    task.steps = undefined;
    if (task.made === undefined) return;
    // A fork that was given one begins after this; it may still run it.
    if (this.#exiting) this.#complain(task, neverRun(task));
    else this.fork(() => this.#complain(task, neverRun(task)));
  }

  /** Says which operations a task forgot. */
  #complain(task: Task, forgotten: readonly Unrun[]): void {
    if (forgotten.length === 0) return;
    const place = `    in ${task.command ?? task.kind}${task.site === undefined ? "" : ` of ${task.site}`} (the next one shows its line)`;
    for (const line of complaints(forgotten, place)) this.kernel.log(this.handle, line);
    this.stacks = true;
  }

  /** A task threw: its requester learns that, the error goes to the top. */
  #failed(task: Task, error: unknown): void {
    if (this.ended) {
      // Whatever comes out of a task whose service has ended is the signal on its way, or the wreckage of swallowing it.
      throw error instanceof ExitSignal ? error : new ExitSignal();
    }
    if (task.tag) this.probe?.failed(task, error);
    if (task.session > 0) {
      if (typeof task.tag === "string") this.traceLog(task.tag, "error", undefined);
      this.postError(task.source, task.session, { reason: "handler-error", cause: error });
    }
    if (!task.over) this.#over(task);
    task.tag = undefined;
    // As in Skynet: a task that fails drains no queue; this empty fork makes sure that they are drained all the same.
    const drain = new Task(this, "fork", NO_SESSION, -1);
    drain.begin = () => undefined;
    // No recorder shows it: it is none of the program's.
    drain.tag = 0;
    this.#work.forks.push(drain);
    throw error;
  }

  /** Queues a function to run as a task of its own when the current message is done. */
  fork(begin: () => unknown): Task {
    const task = new Task(this, "fork", NO_SESSION, -1);
    task.begin = begin;
    if (this.kernel.taskProbe !== undefined) this.probe!.forked(task);
    this.#work.forks.push(task);
    return task;
  }

  // --- waiting

  newSession(): number {
    return this.sessions.next();
  }

  beginCall(op: Op, task: Task): void {
    const { address } = op;
    if (task.tag && op.reason !== TRACED) this.announceCall(task.tag, address);
    op.session = this.newSession();
    op.since = this.kernel.coarseMs;
    const raw = op.kind === OpKind.callRaw;
    const body = raw ? (op.argument as Body) : op.protocol!.packArgs(op.argument as unknown[]);
    const target = this.send(address, op.protocol!.id, op.session, this.handle, body, raw ? bodyBytes(body) : packedBytes(body));
    if (target === undefined)
      throw new SkynetError(
        "INVALID_ADDRESS",
        op.kind === OpKind.callRaw ? "call to invalid address" : `call to invalid address ${addressText(address)}`,
      );
    op.target = target;
    this.sessions.put(op);
  }

  beginSleep(op: Op, task: Task): void {
    op.session = this.newSession();
    op.since = this.kernel.coarseMs;
    if (task.tag) this.traced(task, TraceKind.sleep, op.session, "sleep", task.site);
    this.#addSleeper(op, task);
    this.sessions.put(op);
    this.kernel.timeout(this.handle, op.session, op.ticks);
  }

  beginWait(op: Op, task: Task): void {
    op.session = this.newSession();
    op.since = this.kernel.coarseMs;
    if (task.tag) this.traced(task, TraceKind.wait, op.session, "sleep", task.site);
    this.#addSleeper(op, task);
    this.sessions.put(op);
  }

  beginPromise(op: Op, task: Task): void {
    op.session = this.newSession();
    op.since = this.kernel.coarseMs;
    if (task.tag) this.probe?.event(task, TraceKind.wait, op.session);
    this.sessions.put(op);
    const settle = (settled: PromiseSettledResult<unknown>): void => {
      this.kernel.enter(() => this.kernel.post(this.handle, PTYPE_RESPONSE, op.session, 0, settled as unknown as Body, 0));
    };
    void (op.argument as PromiseLike<unknown>).then(
      (value) => settle({ status: "fulfilled", value }),
      (reason: unknown) => settle({ status: "rejected", reason }),
    );
  }

  #addSleeper(op: Op, task: Task): void {
    // Skynet's default is the running coroutine, which may be one of the user's.
    const token = op.argument ?? task.extra?.coroutine ?? task;
    op.argument = token;
    if (this.sleeperOf(token) !== undefined)
      throw new SkynetError("TOKEN_DUPLICATIVE", "token duplicative: another task of this service sleeps on the same token");
    if (token instanceof Task) token.sleeping = op;
    else (this.#sleepers ??= new Map()).set(token, op);
  }

  sleeperOf(token: unknown): Op | undefined {
    return token instanceof Task ? token.sleeping : this.#sleepers?.get(token);
  }

  #forgetSleeper(op: Op): void {
    const token = op.argument;
    if (token instanceof Task) token.sleeping = undefined;
    else this.#sleepers?.delete(token);
  }

  /** Marks a sleeper to be woken at the next suspension. False when nobody sleeps on the token. */
  wakeup(token: unknown): boolean {
    if (this.sleeperOf(token) === undefined) return false;
    this.#work.wakeups.push(token);
    return true;
  }

  /** Posts a timer that starts a task. */
  addTimer(op: Op, ticks: number): void {
    op.session = this.newSession();
    this.sessions.put(op);
    this.kernel.timeout(this.handle, op.session, ticks);
  }

  // --- the end

  /** Removes a task that has not begun from the fork queue. */
  unfork(task: Task): boolean {
    return this.#work.forks.remove(task);
  }

  /** Ends a suspended task; its requester gets an error, what it waited for is swallowed. */
  killTask(task: Task): void {
    const { waiting: op } = task;
    if (task.session > 0) this.postError(task.source, task.session, KILLED);
    if (op !== undefined) {
      // What still comes for the session is swallowed; for a wait nothing comes.
      if (op.kind === OpKind.wait) this.sessions.take(op.session);
      else op.broken = true;
      if (op.kind === OpKind.sleep || op.kind === OpKind.wait) this.#forgetSleeper(op);
    }
    this.#close(task);
  }

  /** Finishes a task's generator, so that its `finally` blocks run. */
  #close(task: Task): void {
    const { steps } = task;
    if (task.tag && !task.over) this.probe?.event(task, TraceKind.end, 0);
    if (!task.over) this.#over(task);
    if (steps?.return === undefined) return;
    const before = turn.task;
    turn.task = undefined;
    try {
      let result: IteratorResult<unknown> = steps.return();
      const stayed = result.done !== true;
      // A finally block that stops stays where it is; those around it still give up what they hold.
      for (let n = 0; result.done !== true && n < MOST_STOPS; n++) result = steps.return();
      if (stayed)
        throw new SkynetError(
          "NOT_IN_SERVICE",
          "an operation was run in a finally block of a task that is being closed: nothing can suspend there",
        );
    } catch (error) {
      if (!(error instanceof ExitSignal)) this.kernel.log(this.handle, `error while closing a task : ${errorText(error)}`);
    } finally {
      turn.task = before;
    }
  }

  /** Ends the service in the order of semantics §7, and throws the signal that unwinds the running task. */
  exit(): never {
    // A `finally` block of a task that is being closed asks once more.
    if (this.#exiting) throw new ExitSignal();
    this.#exiting = true;
    const running = turn.task;
    this.#work.forks.clear();
    this.tellLauncher("REMOVE", this.handle, false);
    const pending = this.sessions.all();
    const tasks = new Set(pending.filter((op) => op.task !== undefined).map((op) => op.task!));
    if (running !== undefined) tasks.add(running);
    for (const task of tasks) if (task.session > 0) this.postError(task.source, task.session, EXITED);
    for (const task of tasks) if (task !== running) this.#close(task);
    if (this.responders !== undefined) for (const responder of this.responders.keys()) responder(false);
    const called = new Set(pending.filter((op) => isCall(op) && !op.broken).map((op) => op.target));
    for (const address of called) this.postError(address, 0, EXITED);
    if (running?.tag) this.probe?.event(running, TraceKind.end, 0);
    if (running !== undefined) running.session = NO_SESSION;
    const failure = this.rarely?.startFailure;
    this.kernel.kill(
      this.handle,
      this.handle,
      failure === undefined ? undefined : `its start failed: ${errorText(failure).split("\n", 1)[0]!}`,
    );
    throw new ExitSignal();
  }

  released(): void {
    this.ended = true;
    turn.task = turn.context === this ? undefined : turn.task;
  }
}

function isPromise(value: object): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}
