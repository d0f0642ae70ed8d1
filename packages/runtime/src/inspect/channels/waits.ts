/**
 * The `waits` channel: the edges of the waits-for graph. Nodes are tasks, never services: a service works on while one of its tasks waits.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { TableInfo } from "./channel.ts";

/** What a task waits for another one by. */
export type EdgeKind = "call" | "lock" | "init" | "select" | "sleep" | "socket" | "promise" | "wait";

/** All kinds; the order is part of the protocol and only grows at the end. */
export const edgeKinds: readonly EdgeKind[] = ["call", "lock", "init", "select", "sleep", "socket", "promise", "wait"];

/** One task that waits for another. */
export interface WaitSample {
  node: string;
  /** Tells several edges of one task apart. */
  index: number;
  fromTask: number;
  from: number;
  fromName: string;
  toTask: number;
  to: number;
  toName: string;
  kind: EdgeKind;
  /** What is waited for, e.g. `session 42` or `queue 1 of :0000000a`. */
  resource: string;
  /** Since when, in microseconds of the host's monotonic clock. */
  sinceUs: number;
  /** Id of the deadlock it is part of; empty for none. */
  deadlock: string;
}

/** See the file's comment. */
export const waitsChannel: TableInfo = {
  name: "waits",
  hz: 2,
  identity: ["fromTask", "index", "node"],
  fields: [
    ...texts("node"),
    ...numbers("index", "fromTask", "from"),
    ...texts("fromName"),
    ...numbers("toTask", "to"),
    ...texts("toName"),
    { name: "kind", kind: "number", values: edgeKinds },
    ...texts("resource"),
    ...numbers("sinceUs"),
    ...texts("deadlock"),
  ],
};
