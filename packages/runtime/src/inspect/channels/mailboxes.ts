/**
 * The `mailboxes` channel: what waits in front of each service, and how fast it comes and goes.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { TableInfo } from "./channel.ts";

/** One mailbox at one moment. Counters are cumulative. */
export interface MailboxSample {
  addr: number;
  name: string;
  type: string;
  node: string;
  /** Messages waiting now. */
  mqlen: number;
  /** Most messages that ever waited since the last sample. */
  mqmax: number;
  /** Bytes of the waiting messages' bodies. */
  bytes: number;
  /** Messages that came in since the start. */
  in: number;
  /** Messages taken out since the start. */
  out: number;
  /** Since when the oldest message has waited at least, in microseconds of the host's monotonic clock: the first sample that saw it; -1: none waits. */
  oldestSinceUs: number;
  /** Who sent most of the messages that wait (of the first few hundred); 0 for nobody. */
  topSender: number;
  topSenderName: string;
  /** The type that most of them have. */
  topType: string;
  /** 1 for the framework's own services. */
  system: number;
}

/** See the file's comment. */
export const mailboxesChannel: TableInfo = {
  name: "mailboxes",
  hz: 2,
  identity: ["addr", "node"],
  fields: [
    ...numbers("addr"),
    ...texts("name", "type", "node"),
    ...numbers("mqlen", "mqmax", "bytes", "in", "out", "oldestSinceUs", "topSender"),
    ...texts("topSenderName", "topType"),
    ...numbers("system"),
  ],
};
