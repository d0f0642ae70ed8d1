/**
 * Tasks, and which of them is running. A task is what a coroutine at work is in Skynet.
 *
 * Holds state only; the rules are in `context.ts`.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { ServiceContext } from "./context.ts";
import { ExitSignal } from "./failures.ts";
import type { Unfinished, Unrun } from "./made.ts";
import type { Op } from "./op.ts";
import type { Steps } from "./operation.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** What is done with the value a task's function returns. */
export type TaskKind = "request" | "command" | "fork" | "timer" | "init" | "coroutine";

/** `session` of a task that owes no reply: never had a request, or has answered. Skynet's nil. */
export const NO_SESSION = -1;

/** What few tasks have. */
export interface TaskExtra {
  /** The user coroutine that runs in it at the moment. */
  coroutine?: object | undefined;
  /** Measures its slices; see the profile library. */
  stopwatch?: Stopwatch | undefined;
  /** Takes the init functions that are registered while the task loads a module. */
  inits?: (() => unknown)[] | undefined;
  /** Watches over what it makes and does not run. */
  unfinished?: Unfinished;
}

let lastTask = 0;

/** The id of the task that was made last; later ones have higher ids. */
export const newestTask = (): number => lastTask;

/** One handler, fork or timer at work. */
export class Task {
  readonly id: number;
  readonly context: ServiceContext;
  readonly kind: TaskKind;
  /** Session of the request it serves; 0 for a send, {@link NO_SESSION} otherwise. */
  session: number;
  /** Who sent the request; -1 when there is none. */
  source: number;
  /** Node time in milliseconds when it was made: for a request, when that was taken out of the mailbox. */
  readonly madeMs: number;
  /** First thing to run, until it has begun. */
  begin: (() => unknown) | undefined = undefined;
  /** What is stepped, once it has suspended. */
  steps: Steps | undefined = undefined;
  /** What it waits for. */
  waiting: Op | undefined = undefined;
  /** The sleep or wait whose token is this task. */
  sleeping: Op | undefined = undefined;
  /** Operations made here that were not run yet, newest first. */
  made: Unrun | undefined = undefined;
  /** Trace tag: a text for `skynet.trace`, a number for a recorder's own traces, 0 for none of them; `false` is forced off. */
  tag: string | number | false | undefined = undefined;
  /** Command name of the request, for people. */
  command: string | undefined = undefined;
  /** Where its function was registered, for people. */
  site: string | undefined = undefined;
  /** Where it was made, when timers are traced. */
  origin: string | undefined = undefined;
  /** What few tasks have. */
  extra: TaskExtra | undefined = undefined;
  over = false;

  constructor(context: ServiceContext, kind: TaskKind, session: number, source: number) {
    this.id = ++lastTask;
    this.context = context;
    this.kind = kind;
    this.session = session;
    this.source = source;
    this.madeMs = context.kernel.coarseMs;
  }

  /** As debug TASK prints it: `thread: 0x0000002a`. */
  toString(): string {
    return `thread: 0x${this.id.toString(16).padStart(8, "0")}`;
  }
}

/** Whose turn it is in this realm. `task` is absent while a service's file body runs; both are absent outside of services. */
export const turn: { context: ServiceContext | undefined; task: Task | undefined } = { context: undefined, task: undefined };

/**
 * The running service.
 *
 * @throws SkynetError `NOT_IN_SERVICE` outside of services; {@link ExitSignal} when the service has ended.
 */
export function currentContext(what: string): ServiceContext {
  const { context } = turn;
  if (context === undefined) throw notInService(what);
  if (context.ended) throw new ExitSignal();
  return context;
}

/**
 * The running task.
 *
 * @throws SkynetError `NOT_IN_SERVICE` outside of tasks; {@link ExitSignal} when the service has ended.
 */
export function currentTask(what: string): Task {
  const { task } = turn;
  if (task === undefined || task.context.ended) throw noTask(what);
  return task;
}

/** Why an operation cannot run now: no task runs, or its service has ended. */
export function noTask(what: string): SkynetError | ExitSignal {
  return turn.task === undefined && turn.context?.ended !== true ? notInService(what) : new ExitSignal();
}

function notInService(what: string): SkynetError {
  const hint =
    turn.context !== undefined
      ? "a service's file body cannot suspend: do it in the function given to skynet.start, or in skynet.fork"
      : "no task of a service is running. At the top of a file there is none: put the code into the function that the file exports by default. After an await, in a promise's then or in a native callback there is none: write a generator with yield* skynet.await(promise), or wrap the callback with skynet.bind(fn)";
  return new SkynetError("NOT_IN_SERVICE", `${what} was called outside of a service: ${hint}`);
}
