/**
 * The `trace` channel: what happened to the requests that are recorded, one event after the other.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { EventInfo } from "./channel.ts";

/** What happened. */
export type TraceKind =
  | "send"
  | "enqueue"
  | "dispatch"
  | "call"
  | "request"
  | "response"
  | "resume"
  | "sleep"
  | "wait"
  | "wake"
  | "end"
  | "error"
  | "timer"
  | "sock-in"
  | "sock-out";

/** All kinds; the order is part of the protocol and only grows at the end. */
export const traceKinds: readonly TraceKind[] = [
  "send",
  "enqueue",
  "dispatch",
  "call",
  "request",
  "response",
  "resume",
  "sleep",
  "wait",
  "wake",
  "end",
  "error",
  "timer",
  "sock-in",
  "sock-out",
];

/** See the file's comment. `t` is in microseconds of the host's monotonic clock; `trace` is the tag, e.g. `:0000000a-7`. */
export const traceChannel: EventInfo = {
  name: "trace",
  hz: 4,
  fields: [
    ...numbers("t"),
    { name: "kind", kind: "number", values: traceKinds },
    ...numbers("src", "dst", "session", "task", "size", "parent"),
    ...texts("command", "trace", "node"),
  ],
};
