/**
 * The `skynet` object: every function of the core under its Skynet name.
 *
 * @module
 */
import * as constants from "./api/constants.ts";
import * as convert from "./api/convert.ts";
import * as info from "./api/info.ts";
import * as messages from "./api/messages.ts";
import * as queues from "./api/queue.ts";
import * as replies from "./api/replies.ts";
import * as requests from "./api/request.ts";
import * as services from "./api/services.ts";
import * as tasks from "./api/tasks.ts";

type Internal = "checkGlobalName" | "runToEnd" | "init_all" | "whois";

/** Everything `skynet.*`; functions of skynet.manager included. */
export type Skynet = typeof constants &
  typeof convert &
  typeof info &
  typeof messages &
  typeof queues &
  typeof replies &
  typeof requests &
  Omit<typeof services, Internal> &
  typeof tasks;

/** Skynet's API. It always means the service whose task is running. */
export const skynet: Skynet = { ...constants, ...convert, ...info, ...messages, ...queues, ...replies, ...requests, ...services, ...tasks };
