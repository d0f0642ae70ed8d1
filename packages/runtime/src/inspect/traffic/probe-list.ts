/**
 * Lets several listeners share the one probe a kernel has: a recorder of traces, and who counts or keeps messages.
 *
 * The kernel looks at one field and knows nothing of this; alone, a listener is called directly. Knows nothing of what they listen for.
 *
 * @module
 */
import type { TaskProbe, TraceKind } from "../../core/probe.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Task } from "../../core/task.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { PTYPE_RESPONSE } from "../../kernel/message.ts";
import type { Message } from "../../kernel/message.ts";
import type { Service } from "../../kernel/service.ts";

/** Who listens to a kernel. */
export function probesOf(kernel: Kernel): readonly TaskProbe[] {
  const { probe } = kernel;
  return probe === undefined ? [] : probe instanceof Fan ? probe.list : [probe as TaskProbe];
}

/** Adds a listener; one that listens already is not added again. */
export function addProbe(kernel: Kernel, probe: TaskProbe): void {
  const now = probesOf(kernel);
  if (!now.includes(probe)) set(kernel, [...now, probe]);
}

/** Takes a listener away, if it is there. */
export function removeProbe(kernel: Kernel, probe: TaskProbe): void {
  set(
    kernel,
    probesOf(kernel).filter((p) => p !== probe),
  );
}

function set(kernel: Kernel, list: readonly TaskProbe[]): void {
  kernel.probe = list.length > 1 ? new Fan(list) : list[0];
}

/** Tells each listener. Its list never changes, so that a listener may leave while it is told. */
class Fan implements TaskProbe {
  readonly list: readonly TaskProbe[];

  constructor(list: readonly TaskProbe[]) {
    this.list = list;
  }

  get replies(): boolean {
    return this.list.some((p) => p.replies);
  }

  get requests(): boolean {
    return this.list.some((p) => p.requests);
  }

  posted(service: Service, message: Message): void {
    const reply = message.type === PTYPE_RESPONSE;
    for (const p of this.list) if (!reply || p.replies) p.posted(service, message);
  }

  request(task: Task, protocol: Protocol, args: readonly unknown[]): void {
    for (const p of this.list) p.request(task, protocol, args);
  }

  forked(task: Task): void {
    for (const p of this.list) p.forked(task);
  }

  begin(task: Task): void {
    for (const p of this.list) p.begin(task);
  }

  event(task: Task, kind: TraceKind, session: number): void {
    for (const p of this.list) p.event(task, kind, session);
  }

  replied(task: Task, dest: number, session: number, size: number): void {
    for (const p of this.list) p.replied(task, dest, session, size);
  }

  failed(task: Task, error: unknown): void {
    for (const p of this.list) p.failed(task, error);
  }

  tagged(task: Task, before: Task["tag"]): void {
    for (const p of this.list) p.tagged(task, before);
  }
}
