/**
 * What a recorder of traces hears from tasks, and the words it uses. Nothing of it runs unless a kernel has one, as its `taskProbe`.
 *
 * A task that belongs to a trace has the number of that trace as its tag; texts are the tags of `skynet.trace`, which write log lines as in
 * Skynet and are recorded as well. Knows nothing of rings, sampling or clients.
 *
 * @module
 */
import type { Protocol } from "./protocol.ts";
import type { Task } from "./task.ts";

/** What happened. The numbers travel to clients: they never change, new ones are added at the end. */
export const TraceKind = {
  /** A message without a reply was posted by a task of the trace. */
  send: 1,
  /** A message that begins a trace was put into a mailbox. */
  enqueue: 2,
  /** A task began without owing a reply: for a send, a fork, a start function. */
  dispatch: 3,
  /** A request was posted by a task of the trace. */
  call: 4,
  /** A task began that owes a reply. */
  request: 5,
  /** A task replied. */
  response: 6,
  /** A task goes on: its reply or its time has come. */
  resume: 7,
  /** A task waits for a time. */
  sleep: 8,
  /** A task waits for a wake-up, a lock or a promise. */
  wait: 9,
  /** A task goes on because another one woke it. */
  wake: 10,
  /** A task is over. */
  end: 11,
  /** A task is over because it threw. */
  error: 12,
  /** A timer began a task. */
  timer: 13,
  /** Bytes or an event of a socket, put into its owner's mailbox; begins a trace. */
  sockIn: 14,
  /** A task wrote to a socket. */
  sockOut: 15,
  /** A task queued another one of its service. */
  fork: 16,
} as const;
export type TraceKind = (typeof TraceKind)[keyof typeof TraceKind];

/** Hears of tasks; see {@link ServiceState.probe}. None of these may throw, send or suspend. */
export interface TaskProbe {
  /**
   * A message made this task. Says by its tag whether it belongs to a trace. Only called for tasks that have a tag, and for those of services
   * it has marked (`Service.traced`).
   */
  request(task: Task, protocol: Protocol, args: readonly unknown[]): void;
  /** The running task queued this one. */
  forked(task: Task): void;
  /** A fork, timer or start function runs for the first time. */
  begin(task: Task): void;
  /** A task with a tag has come to this. @param session - Of what it waits or waited for, or 0. */
  event(task: Task, kind: TraceKind, session: number): void;
  /** A task with a tag replied, itself or through a responder. @param size - Bytes of the reply. */
  replied(task: Task, dest: number, session: number, size: number): void;
  /** A task with a tag threw. */
  failed(task: Task, error: unknown): void;
  /** `skynet.trace` has just given the task its tag. @param before - The tag it had. */
  tagged(task: Task, before: Task["tag"]): void;
}
