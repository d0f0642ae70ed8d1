/**
 * The `logs` channel: what services and the framework write with `skynet.error`.
 *
 * @module
 */
import { numbers, texts } from "./channel.ts";
import type { EventInfo } from "./channel.ts";

/** How serious a line is. Skynet's lines have no level: it is guessed from the text, and shown as a guess. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** All levels; the order is part of the protocol and only grows at the end. */
export const logLevels: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** See the file's comment. `t` is in microseconds of the host's monotonic clock. */
export const logsChannel: EventInfo = {
  name: "logs",
  hz: 4,
  fields: [
    ...numbers("t", "addr"),
    ...texts("node", "name"),
    { name: "level", kind: "number", values: logLevels },
    { name: "text", kind: "inline" },
  ],
};
