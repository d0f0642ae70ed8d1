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

/** One pending request. Moments are microseconds of the host's monotonic clock; -1 where they are not known. */
export interface SessionSample {
  node: string;
  from: number;
  fromName: string;
  session: number;
  /** The task that waits. */
  fromTask: number;
  to: number;
  toName: string;
  /** The suspended task that the answer depends on; 0 while there is none. */
  toTask: number;
  /** Name of the message type, e.g. `lua`. */
  type: string;
  command: string;
  state: CallState;
  sentUs: number;
  /** When it was taken out of the mailbox. */
  dispatchedUs: number;
  /** Since when the task it depends on has been in its present wait. */
  suspendedUs: number;
  /** Tasks behind it: 1 when the handler waits for nobody. */
  hops: number;
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
    ...numbers("sentUs", "dispatchedUs", "suspendedUs", "hops"),
    ...texts("tag"),
  ],
};
