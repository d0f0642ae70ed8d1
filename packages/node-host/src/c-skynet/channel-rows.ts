/**
 * Rows of the inspector's channels, made of what was last read from consoles. Reading a channel is what says that somebody looks at it.
 *
 * @module
 */
import { ServiceFlag, SocketFlag } from "@skyloom/runtime/inspect";
import type {
  MailboxSample,
  MemorySample,
  OverviewSample,
  RowWalk,
  ServiceSample,
  ServiceState,
  SocketSample,
} from "@skyloom/runtime/inspect";
import type { ConsoleNode, ConsoleService } from "./console-node.ts";

/** A backlog from here on is an overload, as in Skynet's log. */
const OVERLOAD = 1024;

/** Services of the framework itself, by the first word after `snlua`. */
const SYSTEM: ReadonlySet<string> = new Set([
  "launcher",
  "bootstrap",
  "cdummy",
  "cmaster",
  "cslave",
  "datacenterd",
  "service_mgr",
  "service_provider",
  "service_cell",
  "debug_console",
  "console",
  "multicastd",
  "clusterd",
  "clusteragent",
  "clustersender",
  "clusterproxy",
]);

/** What lists call a service: its launch line without what starts every Lua service. */
export const nameOf = ({ launch }: { readonly launch: string }): string => launch.replace(/^snlua /, "");

const typeOf = (service: ConsoleService): string => nameOf(service).split(" ", 1)[0]!;

const isSystem = (service: ConsoleService): boolean => SYSTEM.has(typeOf(service));

/** What lists call the service with a handle; empty for one that is not known. */
export function nameOfHandle(node: ConsoleNode | undefined, handle: number): string {
  const service = node?.services.get(handle);
  return service === undefined ? "" : nameOf(service);
}

/** @throws Error where no console answers any more, or none has yet: the rows that a client has are then marked as old. */
function readable(nodes: readonly ConsoleNode[], readMs: (node: ConsoleNode) => number): readonly ConsoleNode[] {
  const failures = nodes.flatMap((n) => n.failure ?? []);
  if (failures.length === nodes.length) throw new Error(failures.join("; "));
  return nodes.filter((n) => readMs(n) >= 0);
}

function* servicesOf(nodes: readonly ConsoleNode[]): Generator<readonly [ConsoleNode, ConsoleService], void> {
  for (const node of nodes) for (const service of node.services.values()) yield [node, service];
}

/** A walk over what a generator makes. */
function walk<T>(items: Iterable<T>, make: (item: T) => object): RowWalk {
  const iterator = items[Symbol.iterator]();
  let ahead = iterator.next();
  return {
    next(limit, visit) {
      for (let left = limit; left > 0 && ahead.done !== true; left--) {
        visit(make(ahead.value));
        ahead = iterator.next();
      }
      return ahead.done !== true;
    },
  };
}

function stateOf({ stat }: ConsoleService, dead: boolean): ServiceState {
  if (dead) return "deadlocked";
  if (stat === undefined) return "idle";
  if (stat.mqlen >= OVERLOAD) return "overload";
  // One that does not answer has had no turn for the question: it is in a long one.
  if (stat.failure !== undefined || stat.mqlen > 0) return "busy";
  return stat.task > 0 ? "waiting" : "idle";
}

/** Rows of `services`. */
export function serviceRows(nodes: readonly ConsoleNode[], dead: (node: string, handle: number) => boolean): RowWalk {
  for (const node of nodes) node.want("list", "stat");
  return walk(servicesOf(readable(nodes, (n) => n.listMs)), ([node, service]): ServiceSample => {
    const { stat, mem, addr } = service;
    const { mqmax } = service;
    const { message, cpu } = service.course.at(node.clock.now());
    service.mqmax = Math.max(0, stat?.mqlen ?? 0);
    return {
      addr,
      name: nameOf(service),
      type: typeOf(service),
      node: node.name,
      state: stateOf(service, dead(node.name, addr)),
      mqlen: Math.max(0, stat?.mqlen ?? 0),
      mqmax,
      task: Math.max(0, stat?.task ?? 0),
      msg: message,
      cpuUs: Math.round(cpu * 1e6),
      mem: Math.max(0, mem?.bytes ?? 0),
      err: -1,
      oldestUs: 0,
      flags:
        (isSystem(service) ? ServiceFlag.system : 0) |
        (mem === undefined || mem.bytes < 0 ? ServiceFlag.memUnknown : 0) |
        (stat === undefined || stat.cpu < 0 ? ServiceFlag.cpuUnknown : 0),
      startUs: -1,
    };
  });
}

/** Rows of `mailboxes`: their lengths; what is in them only the server knows. */
export function mailboxRows(nodes: readonly ConsoleNode[]): RowWalk {
  for (const node of nodes) node.want("list", "stat");
  return walk(servicesOf(readable(nodes, (n) => n.statMs)), ([node, service]): MailboxSample => {
    const { stat, addr, mqmax } = service;
    const mqlen = Math.max(0, stat?.mqlen ?? 0);
    service.mqmax = mqlen;
    const out = service.course.at(node.clock.now()).message;
    return {
      addr,
      name: nameOf(service),
      type: typeOf(service),
      node: node.name,
      mqlen,
      mqmax,
      bytes: -1,
      in: out + mqlen,
      out,
      oldestSinceUs: -1,
      topSender: 0,
      topSenderName: "",
      topType: "",
      system: isSystem(service) ? 1 : 0,
    };
  });
}

/** Rows of `memory`; -1 for a Lua state that has not told its size yet. */
export function memoryRows(nodes: readonly ConsoleNode[]): RowWalk {
  for (const node of nodes) node.want("list", "mem");
  return walk(servicesOf(readable(nodes, (n) => n.listMs)), ([node, service]): MemorySample => ({
    addr: service.addr,
    name: nameOf(service),
    type: typeOf(service),
    node: node.name,
    mem: service.mem?.bytes ?? -1,
    mailboxBytes: -1,
    socketBytes: node.sockets.reduce((sum, s) => (s.addr === service.addr ? sum + Math.max(0, s.wbuffer) : sum), 0),
    timers: -1,
    tasks: Math.max(0, service.stat?.task ?? 0),
    limit: 0,
    system: isSystem(service) ? 1 : 0,
  }));
}

/** Rows of `sockets`. */
export function socketRows(nodes: readonly ConsoleNode[]): RowWalk {
  for (const node of nodes) node.want("list", "netstat");
  const all = readable(nodes, (n) => n.socketsMs).flatMap((node) => node.sockets.map((socket) => ({ node, socket })));
  return walk(all, ({ node, socket }): SocketSample => {
    const when = (cs: number): number => (cs < 0 ? -1 : Math.round(node.socketsMs * 1000 - cs * 10_000));
    return {
      id: socket.id,
      node: node.name,
      type: socket.type,
      owner: socket.addr,
      ownerName: nameOfHandle(node, socket.addr),
      local: socket.sock,
      peer: socket.peer,
      read: Math.max(0, socket.read),
      write: Math.max(0, socket.write),
      rtimeUs: when(socket.rtimeCs),
      wtimeUs: when(socket.wtimeCs),
      wbuffer: Math.max(0, socket.wbuffer),
      accepted: socket.accept,
      flags: (socket.reading ? SocketFlag.reading : 0) | (socket.writing ? SocketFlag.writing : 0),
    };
  });
}

/** Rows of `overview`: one for each console. -1 is what a console does not tell. */
export function overviewRows(nodes: readonly ConsoleNode[]): RowWalk {
  for (const node of nodes) node.want("list", "stat", "netstat");
  return walk(
    readable(nodes, (n) => n.listMs),
    (node): OverviewSample => {
      const row = { mqlen: 0, cpuUs: 0, tasks: 0, bytesIn: 0, bytesOut: 0 };
      const now = node.clock.now();
      for (const { stat, course } of node.services.values()) {
        row.mqlen += Math.max(0, stat?.mqlen ?? 0);
        row.cpuUs += Math.round(course.at(now).cpu * 1e6);
        row.tasks += Math.max(0, stat?.task ?? 0);
      }
      for (const { read, write, type } of node.sockets) {
        if (type === "LISTEN") continue;
        row.bytesIn += Math.max(0, read);
        row.bytesOut += Math.max(0, write);
      }
      return {
        node: node.name,
        services: node.services.size,
        messages: node.messages,
        ...row,
        pending: -1,
        oldestUs: -1,
        errors: -1,
        sockets: node.sockets.length,
        timers: -1,
        heap: -1,
        heapLimit: -1,
        rss: -1,
        external: -1,
      };
    },
  );
}
