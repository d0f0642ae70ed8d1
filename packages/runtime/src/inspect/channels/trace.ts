/**
 * The `trace` channel: what happened to the requests that are recorded, one event after the other.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { EventInfo } from "./channel.ts";

/**
 * See the file's comment. `t` is in microseconds of the host's monotonic clock, `kind` a `TraceKind`, `wait` the microseconds a message
 * spent in the mailbox. `trace`, `parent` and `task` are numbers within one `recording`; `tag` is the text of a trace that
 * `skynet.trace` began, empty for others.
 */
export const traceChannel: EventInfo = {
  name: "trace",
  hz: 4,
  fields: [
    ...numbers("recording", "t", "kind", "src", "dst", "session", "task", "size", "trace", "parent", "wait"),
    ...texts("command", "tag", "node", "name"),
  ],
};
