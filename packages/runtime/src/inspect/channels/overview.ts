/**
 * The `overview` channel: one row of figures for each node of the host.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { TableInfo } from "./channel.ts";

/** One node at one moment. Counters are cumulative; -1 where this host cannot say. */
export interface OverviewSample {
  node: string;
  services: number;
  /** Messages handled. */
  messages: number;
  /** Messages waiting in all mailboxes. */
  mqlen: number;
  /** Requests that wait for their reply, and the age of the oldest, in microseconds. */
  pending: number;
  oldestUs: number;
  /** Microseconds in handlers. */
  cpuUs: number;
  /** Errors that reached the top of a handler. */
  errors: number;
  tasks: number;
  sockets: number;
  bytesIn: number;
  bytesOut: number;
  timers: number;
  /** Bytes of the host's heap, its limit, and the whole process. */
  heap: number;
  heapLimit: number;
  rss: number;
  external: number;
}

/** See the file's comment. */
export const overviewChannel: TableInfo = {
  name: "overview",
  hz: 1,
  identity: ["node"],
  fields: [
    ...texts("node"),
    ...numbers(
      "services",
      "messages",
      "mqlen",
      "pending",
      "oldestUs",
      "cpuUs",
      "errors",
      "tasks",
      "sockets",
      "bytesIn",
      "bytesOut",
      "timers",
      "heap",
      "heapLimit",
      "rss",
      "external",
    ),
  ],
};
