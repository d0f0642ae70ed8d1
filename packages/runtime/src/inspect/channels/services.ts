/**
 * The `services` channel: its fields, its states and its flags, as both ends read them.
 *
 * Knows nothing of where the values come from or how they travel.
 *
 * @module
 */
import type { TableInfo } from "./channel.ts";

/** Where a service stands. The index in {@link serviceStates} is what travels. */
export type ServiceState = "init" | "idle" | "busy" | "waiting" | "overload" | "stuck" | "deadlocked" | "exiting" | "dead";

/** All states; the order is part of the protocol and only grows at the end. */
export const serviceStates: readonly ServiceState[] = [
  "init",
  "idle",
  "busy",
  "waiting",
  "overload",
  "stuck",
  "deadlocked",
  "exiting",
  "dead",
];

/** Bits of {@link ServiceSample.flags}. */
export const ServiceFlag = {
  /** One of the framework's own services, or the inspector's. */
  system: 1,
  /** `cpuUs` was counted from samples: show it with ≈. */
  cpuEstimated: 2,
  /** `mem` is an estimate: show it with ≈. */
  memEstimated: 4,
  /** `mem` is not known here. */
  memUnknown: 8,
  /** `cpuUs` is not known here (profiling is off). */
  cpuUnknown: 16,
  /** Tracing is on for this service. */
  traced: 32,
  /** Its messages are being written to a log file. */
  logged: 64,
} as const;

/** One service at one moment. Counters are cumulative. */
export interface ServiceSample {
  /** The 32-bit handle. */
  addr: number;
  /** Registered names first (`.local`, then global), else the launch line. */
  name: string;
  /** First word of the launch line. */
  type: string;
  /** Name of the node it runs in. */
  node: string;
  state: ServiceState;
  /** Messages waiting now. */
  mqlen: number;
  /** Most messages that ever waited since the last sample. */
  mqmax: number;
  /** Suspended and running tasks. */
  task: number;
  /** Messages dispatched. */
  msg: number;
  /** Microseconds spent in its handlers. */
  cpuUs: number;
  /** Bytes; see the flags. */
  mem: number;
  /** Handler errors. */
  err: number;
  /** Age of the oldest request it waits for, in microseconds; 0 when it waits for none. */
  oldestUs: number;
  /** Bits of {@link ServiceFlag}. */
  flags: number;
  /** When it was launched, in microseconds of the host's monotonic clock; below zero when that is not known. */
  startUs: number;
}

/** Fields of {@link ServiceSample} in their order on the wire. */
export const servicesChannel: TableInfo = {
  name: "services",
  hz: 1,
  identity: ["addr", "node"],
  fields: [
    { name: "addr", kind: "number" },
    { name: "name", kind: "text" },
    { name: "type", kind: "text" },
    { name: "node", kind: "text" },
    { name: "state", kind: "number", values: serviceStates },
    { name: "mqlen", kind: "number" },
    { name: "mqmax", kind: "number" },
    { name: "task", kind: "number" },
    { name: "msg", kind: "number" },
    { name: "cpuUs", kind: "number" },
    { name: "mem", kind: "number" },
    { name: "err", kind: "number" },
    { name: "oldestUs", kind: "number" },
    { name: "flags", kind: "number" },
    { name: "startUs", kind: "number" },
  ],
};

/** A sample with nothing in it, to be filled. */
export function emptySample(): ServiceSample {
  return {
    addr: 0,
    name: "",
    type: "",
    node: "",
    state: "idle",
    mqlen: 0,
    mqmax: 0,
    task: 0,
    msg: 0,
    cpuUs: 0,
    mem: 0,
    err: 0,
    oldestUs: 0,
    flags: 0,
    startUs: -1,
  };
}
