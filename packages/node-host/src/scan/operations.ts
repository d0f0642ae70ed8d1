/**
 * The names of functions that suspend, by the object they are called on. The compiler keeps the lists complete.
 *
 * @module
 */
import type { Operation, skynet } from "@skyloom/runtime";
import type { coroutine } from "@skyloom/runtime/coroutine";
import type { mqueue } from "@skyloom/runtime/mqueue";
import type { profile } from "@skyloom/runtime/profile";
import type { queue } from "@skyloom/runtime/queue";
import type { require } from "@skyloom/runtime/require";
import type { service } from "@skyloom/runtime/service";
import type { socket } from "@skyloom/runtime/socket";
import type { sockethelper } from "@skyloom/runtime/sockethelper";

/** Names of the members of `T` that return an operation. */
type OperationNames<T> = {
  [K in keyof T & string]: T[K] extends (...args: never[]) => infer R ? (R extends Operation<unknown> ? K : never) : never;
}[keyof T & string];

const skynetNames: Readonly<Record<OperationNames<typeof skynet>, true>> = {
  await: true,
  call: true,
  callall: true,
  init_service: true,
  monitor: true,
  newservice: true,
  queryservice: true,
  rawcall: true,
  sleep: true,
  tracecall: true,
  uniqueservice: true,
  wait: true,
  yield: true,
};
const socketNames: Readonly<Record<OperationNames<typeof socket>, true>> = {
  bind: true,
  block: true,
  close: true,
  listen: true,
  open: true,
  pause: true,
  read: true,
  readall: true,
  readline: true,
  resolve: true,
  start: true,
  stdin: true,
};
const sockethelperNames: Readonly<Record<OperationNames<typeof sockethelper>, true>> = { close: true, connect: true, readall: true };
const serviceNames: Readonly<Record<OperationNames<typeof service>, true>> = {
  close: true,
  new: true,
  query: true,
};

const coroutineNames: Readonly<Record<OperationNames<typeof coroutine>, true>> = { resume: true, yield: true };
const mqueueNames: Readonly<Record<OperationNames<typeof mqueue>, true>> = { call: true };
const profileNames: Readonly<Record<OperationNames<typeof profile>, true>> = { resume: true };
const queueNames: Readonly<Record<OperationNames<typeof queue>, true>> = { pop: true };
const requireNames: Readonly<Record<OperationNames<typeof require>, true>> = { init_all: true };

/** Exported name → names of its functions that must be run with `yield*`. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, true>>>> = {
  skynet: skynetNames,
  socket: socketNames,
  sockethelper: sockethelperNames,
  service: serviceNames,
  coroutine: coroutineNames,
  mqueue: mqueueNames,
  profile: profileNames,
  queue: queueNames,
  require: requireNames,
};
