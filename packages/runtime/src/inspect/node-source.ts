/**
 * What the inspector's agent reads from nodes of this runtime.
 *
 * Reads only; nothing of it runs unless a client is attached.
 *
 * @module
 */
import { ServiceContext } from "../core/context.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Service } from "../kernel/service.ts";
import type { HostInfo, HostMode } from "./frames.ts";
import { emptySample, ServiceFlag } from "./services-channel.ts";
import type { ServiceSample, ServiceState } from "./services-channel.ts";
import type { HostTotals, InspectSource, ServiceWalk } from "./source.ts";

/** A backlog from here on is an overload, as in Skynet's log. */
const OVERLOAD = 1024;
/** A call that waits longer (milliseconds) makes its service stuck. */
const STUCK_MS = 5000;

/** Services of the framework itself; lists hide them unless asked. */
const SYSTEM = new Set(["launcher", "cdummy", "datacenterd", "service_mgr", "service_provider", "bootstrap", "debug_console", "console"]);

/** The nodes of one host, as the inspector names them. */
export interface InspectedNodes {
  readonly mode: HostMode;
  /** For people, e.g. `demo`. */
  readonly name: string;
  /** Version of the runtime. */
  readonly runtime: string;
  /** Tells two runs apart. */
  readonly id: string;
  /** `prod` marks a production host. */
  readonly label?: string;
  readonly nodes: readonly { readonly name: string; readonly node: { readonly kernel: Kernel } }[];
}

/** Makes a source of one or more nodes. */
export function nodeSource(host: InspectedNodes): InspectSource {
  const kernels = host.nodes.map(({ name, node }) => ({ name, kernel: node.kernel }));
  const first = kernels[0]?.kernel;
  const startMs = first === undefined ? 0 : first.starttime * 1000;
  const info: HostInfo = {
    id: host.id,
    name: host.name,
    mode: host.mode,
    runtime: host.runtime,
    startMs,
    ...(host.label === undefined ? {} : { label: host.label }),
  };
  return {
    host: () => info,
    totals(): HostTotals {
      let services = 0;
      let messages = 0;
      for (const { kernel } of kernels) {
        services += kernel.serviceCount;
        messages += kernel.turns;
      }
      return { services, messages };
    },
    services: () => walk(kernels),
  };
}

function walk(kernels: readonly { readonly name: string; readonly kernel: Kernel }[]): ServiceWalk {
  const queue = kernels.map(({ name, kernel }) => ({ name, kernel, list: kernel.snapshot(), at: 0 }));
  const row = emptySample();
  return {
    next(limit, visit) {
      let left = limit;
      for (let part = queue[0]; part !== undefined; part = queue[0]) {
        while (left > 0 && part.at < part.list.length) {
          const service = part.list[part.at++]!;
          if (!service.alive) continue;
          fill(row, part.name, part.kernel, service);
          visit(row);
          left--;
        }
        if (part.at < part.list.length) return true;
        queue.shift();
      }
      return false;
    },
  };
}

function fill(row: ServiceSample, node: string, kernel: Kernel, service: Service): void {
  const { body, handle } = service;
  const now = kernel.coarseMs;
  const first = service.args.split(" ", 1)[0]!;
  const tasks = body?.tasks?.() ?? 0;
  const oldest = body?.oldestCall?.();
  row.addr = handle;
  row.name = nameOf(kernel, service);
  row.type = service.kind === "snlua" ? first : service.kind;
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
    (service.kind !== "snlua" || SYSTEM.has(first) ? ServiceFlag.system : 0) |
    (kernel.profile === false ? ServiceFlag.cpuUnknown : kernel.profile === true ? ServiceFlag.cpuEstimated : 0) |
    ServiceFlag.memEstimated |
    (body instanceof ServiceContext && body.protocols.lua.trace === true ? ServiceFlag.traced : 0);
  row.startUs = Math.round(kernel.startMs + service.since) * 1000;
}

function nameOf(kernel: Kernel, service: Service): string {
  const local = kernel.names.of(service.handle);
  const global = kernel.globals.of(service.handle);
  if (local.length > 0 || global.length > 0) return [...local.map((n) => `.${n}`), ...global].join(" ");
  return service.kind === "snlua" ? service.args : `${service.kind} ${service.args}`.trim();
}

function stateOf(service: Service, tasks: number, oldestMs: number): ServiceState {
  if (service.held || service.body?.starting === true) return "init";
  if (service.mqlen >= OVERLOAD) return "overload";
  if (oldestMs > STUCK_MS) return "stuck";
  if (service.mqlen > 0) return "busy";
  return tasks > 0 ? "waiting" : "idle";
}
