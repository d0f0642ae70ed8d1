/**
 * Lets several listeners share the one probe a kernel has: a recorder of traces, and who counts or keeps messages.
 *
 * The kernel looks at one field and knows nothing of this; alone, a listener is called directly. Knows nothing of what they listen for.
 *
 * @module
 */
import type { Kernel } from "../../kernel/kernel.ts";
import { PTYPE_RESPONSE } from "../../kernel/message.ts";
import type { Message } from "../../kernel/message.ts";
import type { MessageProbe } from "../../kernel/probe.ts";
import type { Service } from "../../kernel/service.ts";

/** Who listens to a kernel. */
export function probesOf(kernel: Kernel): readonly MessageProbe[] {
  const { probe } = kernel;
  return probe === undefined ? [] : probe instanceof Fan ? probe.list : [probe];
}

/** Adds a listener; one that listens already is not added again. */
export function addProbe(kernel: Kernel, probe: MessageProbe): void {
  const now = probesOf(kernel);
  if (!now.includes(probe)) set(kernel, [...now, probe]);
}

/** Takes a listener away, if it is there. */
export function removeProbe(kernel: Kernel, probe: MessageProbe): void {
  set(
    kernel,
    probesOf(kernel).filter((p) => p !== probe),
  );
}

function set(kernel: Kernel, list: readonly MessageProbe[]): void {
  kernel.probe = list.length > 1 ? new Fan(list) : list[0];
}

/** Tells each listener. Its list never changes, so that a listener may leave while it is told. */
class Fan implements MessageProbe {
  readonly list: readonly MessageProbe[];

  constructor(list: readonly MessageProbe[]) {
    this.list = list;
  }

  get replies(): boolean {
    return this.list.some((p) => p.replies);
  }

  posted(service: Service, message: Message): void {
    const reply = message.type === PTYPE_RESPONSE;
    for (const p of this.list) if (!reply || p.replies) p.posted(service, message);
  }
}
