/**
 * All channels of the protocol by name.
 *
 * @module
 */
import type { EventChannel, TableChannel } from "../frames.ts";
import type { EventInfo, TableInfo } from "./channel.ts";
import { logsChannel } from "./logs.ts";
import { mailboxesChannel } from "./mailboxes.ts";
import { memoryChannel } from "./memory.ts";
import { overviewChannel } from "./overview.ts";
import { servicesChannel } from "./services.ts";
import { sessionsChannel } from "./sessions.ts";
import { socketsChannel } from "./sockets.ts";
import { timersChannel } from "./timers.ts";
import { traceChannel } from "./trace.ts";
import { waitsChannel } from "./waits.ts";

/** Channels that show a table. */
export const tableChannels: Readonly<Record<TableChannel, TableInfo>> = {
  overview: overviewChannel,
  services: servicesChannel,
  mailboxes: mailboxesChannel,
  sessions: sessionsChannel,
  waits: waitsChannel,
  memory: memoryChannel,
  sockets: socketsChannel,
  timers: timersChannel,
};

/** Channels that show a stream. */
export const eventChannels: Readonly<Record<EventChannel, EventInfo>> = {
  logs: logsChannel,
  trace: traceChannel,
};
