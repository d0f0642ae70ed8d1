/**
 * Rows of the `services` channel, read from kernels.
 *
 * @module
 */
import { ServiceContext } from "../../core/context.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Service } from "../../kernel/service.ts";
import { emptySample, ServiceFlag } from "../channels/services.ts";
import type { ServiceSample, ServiceState } from "../channels/services.ts";
import type { RowWalk } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { frameUs, isSystem, nameOf, typeOf } from "./hosts.ts";
import { serviceWalk } from "./walk.ts";

/** A backlog from here on is an overload, as in Skynet's log. */
const OVERLOAD = 1024;
/** A call that waits longer (milliseconds) makes its service stuck. */
const STUCK_MS = 5000;

/** All services of all nodes. `deadlocked` says of a service whether one of its tasks is part of a deadlock. */
export function services(nodes: readonly Inspected[], deadlocked: (node: string, handle: number) => boolean): RowWalk {
  const row = emptySample();
  return serviceWalk(
    nodes,
    (service, { name, kernel }, nowMs) => {
      fill(row, name, kernel, service, nowMs);
      if (deadlocked(name, service.handle)) row.state = "deadlocked";
      return row;
    },
    (service, { kernel }, made) => (made === undefined || rests(made as ServiceSample) ? stampOf(service, kernel) : NaN),
  );
}

/** Whether nothing in the row changes before the service handles its next message. */
function rests(row: ServiceSample): boolean {
  return row.state === "idle" && row.task === 0 && row.oldestUs === 0 && row.mqmax === 0;
}

/** Tells by how many messages a service has handled, and by what else can change its row, whether it has to be read again. */
function stampOf(service: Service, kernel: Kernel): number {
  if (service.mqlen > 0 || service.held) return NaN;
  const around = kernel.names.changes + kernel.globals.changes + (kernel.profile === true ? 0.5 : kernel.profile === false ? 0.25 : 0);
  return service.messages + around * 0x1_0000_0000;
}

function fill(row: ServiceSample, node: string, kernel: Kernel, service: Service, now: number): void {
  const { body, handle } = service;
  const tasks = body?.tasks?.() ?? 0;
  const oldest = body?.oldestCall?.();
  row.addr = handle;
  row.name = nameOf(kernel, service);
  row.type = typeOf(service);
  row.node = node;
  row.state = stateOf(service, tasks, oldest === undefined ? 0 : now - oldest);
  row.mqlen = service.mqlen;
  row.mqmax = service.mqmax;
  service.mqmax = service.mqlen;
  row.task = tasks;
  row.msg = service.messages;
  row.cpuUs = Math.round(service.cpuMs * 1000);
  row.mem = service.bytes + (body?.memory?.() ?? 0);
  row.err = service.errors;
  row.oldestUs = oldest === undefined ? 0 : Math.max(0, Math.round((now - oldest) * 1000));
  row.flags =
    (isSystem(service) ? ServiceFlag.system : 0) |
    (kernel.profile === false ? ServiceFlag.cpuUnknown : kernel.profile === true ? ServiceFlag.cpuEstimated : 0) |
    ServiceFlag.memEstimated |
    (body instanceof ServiceContext && body.protocols.lua.trace === true ? ServiceFlag.traced : 0);
  row.startUs = frameUs(kernel, service.since);
}

function stateOf(service: Service, tasks: number, oldestMs: number): ServiceState {
  if (service.held || service.body?.starting === true) return "init";
  if (service.mqlen >= OVERLOAD) return "overload";
  if (oldestMs > STUCK_MS) return "stuck";
  if (service.mqlen > 0) return "busy";
  return tasks > 0 ? "waiting" : "idle";
}
