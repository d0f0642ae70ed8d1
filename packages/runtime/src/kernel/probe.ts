/**
 * What listeners may ask of the kernel: to hear of each message that is posted. Absent unless somebody listens, so that a
 * message costs one look at an empty field. Knows no tasks and no events.
 *
 * @module
 */
import type { Message } from "./message.ts";
import type { Service } from "./service.ts";

/** Hears of messages; see {@link Kernel.probe}. It must not throw and must not send. */
export interface MessageProbe {
  /** Whether it wants to hear of replies as well. */
  readonly replies: boolean;
  /** `message` has just joined the mailbox of `service`, as its youngest. Not called for replies unless {@link replies} says so. */
  posted(service: Service, message: Message): void;
}

/**
 * The messages of one mailbox that belong to a trace. Only the recorder knows what is in it; it hangs on the service so that it goes with it.
 */
export interface TracedMail {
  /** Messages noted and not taken. */
  readonly length: number;
}
