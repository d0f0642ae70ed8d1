/**
 * The `memory` channel: what each service holds. All figures are estimates by accounting: a lower bound, to be shown with ≈.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { TableInfo } from "./channel.ts";

/** What one service holds, in bytes unless said otherwise. */
export interface MemorySample {
  addr: number;
  name: string;
  type: string;
  node: string;
  /** Everything known of. */
  mem: number;
  /** Bodies of the messages that wait. */
  mailboxBytes: number;
  /** Written to its sockets and not yet sent. */
  socketBytes: number;
  /** Timeouts it has under way, counted. */
  timers: number;
  /** Suspended tasks, counted. */
  tasks: number;
  /** Its limit (`memlimit`); 0 for none. */
  limit: number;
  /** 1 for the framework's own services. */
  system: number;
}

/** See the file's comment. */
export const memoryChannel: TableInfo = {
  name: "memory",
  hz: 0.2,
  identity: ["addr", "node"],
  fields: [
    ...numbers("addr"),
    ...texts("name", "type", "node"),
    ...numbers("mem", "mailboxBytes", "socketBytes", "timers", "tasks", "limit", "system"),
  ],
};
