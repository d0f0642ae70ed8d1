/**
 * The `timers` channel: the timeouts that fire next.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { TableInfo } from "./channel.ts";

/** What a timeout is for. */
export type TimerKind = "sleep" | "timeout" | "limit" | "other";

/** All kinds; the order is part of the protocol and only grows at the end. */
export const timerKinds: readonly TimerKind[] = ["sleep", "timeout", "limit", "other"];

/** Rows that are sent: the next ones to fire. */
export const TIMER_ROWS = 1000;

/** One timeout under way. */
export interface TimerSample {
  node: string;
  owner: number;
  ownerName: string;
  session: number;
  kind: TimerKind;
  /** When it fires, in microseconds of the host's monotonic clock. */
  dueUs: number;
  /** Its length in centiseconds; -1 where it is not known. */
  ticks: number;
  /** The task that sleeps; 0 where the timeout starts a new one. */
  task: number;
  /** Timeouts of the node that fire in the same tick, this one included. */
  together: number;
}

/** See the file's comment. */
export const timersChannel: TableInfo = {
  name: "timers",
  hz: 1,
  identity: ["owner", "session", "node"],
  fields: [
    ...texts("node"),
    ...numbers("owner"),
    ...texts("ownerName"),
    ...numbers("session"),
    { name: "kind", kind: "number", values: timerKinds },
    ...numbers("dueUs", "ticks", "task", "together"),
  ],
};
