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
import { operation } from "./tracked.ts";

/** What the runtime itself needs of these modules and no user does. */
const { checkGlobalName: _name, runToEnd: _run, init_all: _init, ...serviceFunctions } = services;
const { whois: _whois, ...infoFunctions } = info;
const { RequestBatch: _batch, ...requestFunctions } = requests;

/** Everything `skynet.*`; functions of skynet.manager included. */
export type Skynet = typeof constants &
  typeof convert &
  Omit<typeof info, "whois"> &
  typeof messages &
  typeof queues &
  typeof replies &
  Omit<typeof requests, "RequestBatch"> &
  Omit<typeof services, "checkGlobalName" | "runToEnd" | "init_all"> &
  typeof tasks;

/** Skynet's API. It always means the service whose task is running. */
export const skynet: Skynet = {
  ...constants,
  ...convert,
  ...infoFunctions,
  ...messages,
  ...queues,
  ...replies,
  ...requestFunctions,
  ...serviceFunctions,
  ...tasks,
  // Made but never run, these are reported; the others that suspend are operations of the runtime itself, which always are.
  init_service: operation("skynet.init_service", services.init_service),
  monitor: operation("skynet.monitor", services.monitor),
  newservice: operation("skynet.newservice", services.newservice),
  queryservice: operation("skynet.queryservice", services.queryservice),
  tracecall: operation("skynet.tracecall", messages.tracecall),
  uniqueservice: operation("skynet.uniqueservice", services.uniqueservice),
};
