/**
 * The `sessions` channel: requests that wait for their reply, and where each of them stands.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { TableInfo } from "./channel.ts";

/** Where a request stands. */
export type CallState = "queued" | "running" | "waiting" | "cycle" | "lost" | "callee-gone" | "net" | "unknown-waker" | "unknown";

/** All states; the order is part of the protocol and only grows at the end. */
export const callStates: readonly CallState[] = [
  "queued",
  "running",
  "waiting",
  "cycle",
  "lost",
  "callee-gone",
  "net",
  "unknown-waker",
  "unknown",
];

/** One pending request. Times are microseconds of the host's monotonic clock; -1 where they are not known. */
export interface SessionSample {
  node: string;
  from: number;
  fromName: string;
  session: number;
  /** The task that waits. */
  fromTask: number;
  to: number;
  toName: string;
  /** The task that handles the request; 0 while there is none. */
  toTask: number;
  /** Name of the message type, e.g. `lua`. */
  type: string;
  command: string;
  state: CallState;
  sentUs: number;
  dispatchedUs: number;
  /** What the handling task waits for, for people. */
  waits: string;
  /** Trace tag of the request, if it is traced. */
  tag: string;
}

/** See the file's comment. */
export const sessionsChannel: TableInfo = {
  name: "sessions",
  hz: 2,
  identity: ["from", "session", "node"],
  fields: [
    ...texts("node"),
    ...numbers("from"),
    ...texts("fromName"),
    ...numbers("session", "fromTask", "to"),
    ...texts("toName"),
    ...numbers("toTask"),
    ...texts("type", "command"),
    { name: "state", kind: "number", values: callStates },
    ...numbers("sentUs", "dispatchedUs"),
    ...texts("waits", "tag"),
  ],
};
