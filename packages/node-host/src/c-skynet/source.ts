/**
 * One or more C Skynet processes as a source of the inspector's agent: reads through their debug consoles, and never changes anything by
 * itself.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { SkynetError } from "@skyloom/runtime";
import type { Clock } from "@skyloom/runtime/ports";
import type { Alert, HostCommand, InspectSource } from "@skyloom/runtime/inspect";
import { readTasks } from "./answers.ts";
import { mailboxRows, memoryRows, nameOfHandle, overviewRows, serviceRows, socketRows } from "./channel-rows.ts";
import { consoleCommands } from "./commands.ts";
import { ConsoleNode } from "./console-node.ts";
import type { ConsoleAddress, ConsoleLimits } from "./console-client.ts";
import { Looker } from "./look.ts";
import { probeCommands, ProbeRounds } from "./probe-commands.ts";
import { colon } from "./prober.ts";

/** A console that has not answered for so long is said to be slow: longer than the 3 s that stat and mem wait for services themselves. */
const SLOW_MS = 4_000;
/** Tasks of one service that are told. */
const MOST_TASKS = 500;

/** What a source of C Skynet needs. */
export interface ConsoleSourceOptions {
  readonly addresses: readonly ConsoleAddress[];
  readonly clock: Clock;
  /** `prod` marks a production host. */
  readonly label?: string;
  readonly limits?: Partial<ConsoleLimits>;
  /** How long a service may take to answer the probe, in milliseconds. Default 1,500. */
  readonly probeMs?: number;
}

/** The source, and what lies behind it. */
export interface ConsoleSource {
  readonly source: InspectSource;
  readonly nodes: readonly ConsoleNode[];
  readonly looker: Looker;
  close(): void;
}

const NO_TRACE = "a C Skynet writes traces to its own log, and its console does not show that; trace <address> on switches them on";

/**
 * Makes the source. Nothing is asked before somebody looks.
 *
 * @example
 * ```ts
 * import { nodePorts, startInspectServer } from "@skyloom/node-host";
 * import { consoleSource } from "@skyloom/node-host/c-skynet";
 * import { createAgent } from "@skyloom/runtime/inspect";
 *
 * const { clock, defer } = nodePorts();
 * const { source } = consoleSource({ addresses: [{ host: "127.0.0.1", port: 8000 }], clock });
 * await startInspectServer({ agent: createAgent(source, { clock, defer: (fn) => defer(fn) }) });
 * ```
 */
export function consoleSource(options: ConsoleSourceOptions): ConsoleSource {
  const { addresses, clock, label, limits, probeMs } = options;
  const nodes = addresses.map((address) => new ConsoleNode(address, clock, limits));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const name = (node: string, handle: number): string => nameOfHandle(byName.get(node), handle);
  const looker = new Looker(nodes, name, probeMs);
  const rounds = new ProbeRounds(looker, clock);
  const host = {
    id: randomUUID(),
    name: nodes.map((n) => n.name).join(", "),
    mode: "skynet-c" as const,
    runtime: "C Skynet, by its debug console",
    // A console does not tell when its program started; this is since when it is looked at.
    startMs: clock.wall(),
    ...(label === undefined ? {} : { label }),
  };
  const probed = (): void => {
    const gone = nodes.flatMap((n) => n.client.gone?.error.message ?? []);
    if (gone.length === nodes.length) throw new Error(gone.join("; "));
    if (looker.last === undefined)
      throw new SkynetError(
        "UNSUPPORTED",
        "Who waits for whom is known once the probe has looked. Type probe in the Console (it needs the scope danger), or start with --probe.",
      );
  };
  const down = new Map<string, number>();
  const slow = new Map<string, Alert>();
  const commands: readonly HostCommand[] = [...consoleCommands(nodes), ...probeCommands(nodes, rounds)];
  const source: InspectSource = {
    host: () => host,
    capabilities: () => ({
      logs: "a C Skynet writes its log to its own output or file; the debug console does not show it",
      timers: "a C Skynet keeps its timers in C, and its debug console does not list them",
      trace: NO_TRACE,
    }),
    totals: () => ({
      services: nodes.reduce((sum, n) => sum + n.services.size, 0),
      messages: nodes.reduce((sum, n) => sum + n.messages, 0),
    }),
    tables: {
      overview: () => overviewRows(nodes),
      services: () => serviceRows(nodes, (node, handle) => looker.waits.deadlocked(node, handle)),
      mailboxes: () => mailboxRows(nodes),
      memory: () => memoryRows(nodes),
      sockets: () => socketRows(nodes),
      sessions: () => {
        probed();
        return looker.waits.sessions();
      },
      waits: () => {
        probed();
        return looker.waits.edges();
      },
    },
    questions: {
      tasks: async (args) => tasksOf(nodeFor(nodes, args[1]), args[0]),
      mailbox: () => {
        throw new SkynetError("UNSUPPORTED", "the debug console of a C Skynet tells how many messages wait, and nothing of what they are");
      },
      source: (args) => {
        const node = nodeFor(nodes, args[1]);
        const service = serviceOf(node, args[0]);
        return {
          node: node.name,
          kind: service.launch.split(" ", 1)[0] || "unknown",
          launch: service.launch,
          parent: 0,
          parentName: "",
          startUs: -1,
          memoryLimit: 0,
        };
      },
      // What a page asks every host for.
      tracing: () => false,
    },
    commands,
    *sweep(nowUs) {
      yield;
      return [
        ...looker.takeAlerts().map((alert) => lastKnown(alert, nodes)),
        ...goneAlerts(nodes, looker, down, nowUs),
        ...slowAlerts(nodes, slow, nowUs),
        ...silentAlerts(nodes, nowUs),
        ...rounds.alerts(nowUs),
      ];
    },
  };
  return {
    source,
    nodes,
    looker,
    close: () => {
      rounds.close();
      looker.close();
      for (const node of nodes) node.close();
    },
  };
}

function nodeFor(nodes: readonly ConsoleNode[], name: unknown): ConsoleNode {
  const node = name === undefined ? nodes[0] : nodes.find((n) => n.name === name);
  if (node === undefined)
    throw new SkynetError("ARGUMENT", `there is no node ${JSON.stringify(name)} here; there are: ${nodes.map((n) => n.name).join(", ")}`);
  return node;
}

function serviceOf(node: ConsoleNode, handle: unknown): { readonly addr: number; readonly launch: string } {
  if (typeof handle !== "number" || !Number.isInteger(handle))
    throw new SkynetError("ARGUMENT", `the handle must be a number, not ${typeof handle}`);
  const service = node.services.get(handle);
  if (service === undefined) throw new SkynetError("ARGUMENT", `no service of ${node.name} has the address ${colon(handle)}: it has ended`);
  return service;
}

/** The suspended tasks of a service, as its console shows them: threads, sessions and stacks. */
async function tasksOf(node: ConsoleNode, handle: unknown): Promise<object> {
  const { addr, launch } = serviceOf(node, handle);
  if (launch !== "" && !launch.startsWith("snlua "))
    return { tasks: [], total: 0, note: `${launch.split(" ", 1)[0]!} is a service in C: it has no tasks` };
  const { ok, text } = await node.commands.ask(`task ${colon(addr)}`);
  if (!ok) throw new SkynetError("ARGUMENT", text.trim());
  const { rows } = readTasks(text);
  return {
    total: rows.length,
    tasks: rows.slice(0, MOST_TASKS).map(({ thread, session, stack }) => ({
      id: Number.parseInt(thread.replace(/^0x/i, ""), 16) || 0,
      kind: "task",
      session,
      from: -1,
      fromName: "",
      request: -1,
      command: "",
      waits: `session ${session}`,
      to: 0,
      toName: "",
      sinceUs: -1,
      holder: 0,
      site: stack.join(" ← "),
    })),
  };
}

/** What was found in a program that does not answer any more may be so or not: nobody can say. */
function lastKnown(alert: Alert, nodes: readonly ConsoleNode[]): Alert {
  const node = nodes.find((n) => n.client.gone !== undefined && /^[a-z-]+:(.*)\/:[0-9a-f]{8}-/.exec(alert.id)?.[1] === n.name);
  if (node === undefined || alert.cleared === true) return alert;
  return { ...alert, text: `${alert.text} This is how it last was: ${node.name} does not answer.` };
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A console that does not answer any more, or again. */
function goneAlerts(nodes: readonly ConsoleNode[], looker: Looker, down: Map<string, number>, nowUs: number): Alert[] {
  const alerts: Alert[] = [];
  for (const node of nodes) {
    const { gone } = node.client;
    const since = down.get(node.name);
    if (gone === undefined && since === undefined) continue;
    if (gone !== undefined && since === undefined) down.set(node.name, nowUs);
    if (gone === undefined) {
      down.delete(node.name);
      // It may be another program now, without the probe.
      looker.forget(node.name);
    }
    alerts.push({
      id: `console-gone:${node.name}`,
      kind: "console-gone",
      severity: "error",
      entities: [{ kind: "node", id: node.name }],
      title: `${node.name} does not answer`,
      text: `${gone === undefined ? "It answers again" : sentence(gone.error.message)}. What is shown of it is as it last was; the next attempt is made within 15 s.`,
      first: since ?? nowUs,
      last: nowUs,
      ...(gone === undefined ? { cleared: true } : {}),
    });
  }
  return alerts;
}

/** A console that is still there and has not answered for a while: the program stands still, or the way to it is slow. */
function slowAlerts(nodes: readonly ConsoleNode[], slow: Map<string, Alert>, nowUs: number): Alert[] {
  const alerts: Alert[] = [];
  for (const node of nodes) {
    const before = slow.get(node.name);
    const { current } = node.client;
    const isLate = current !== undefined && node.clock.now() - current.sentMs >= SLOW_MS;
    // It is over with the next answer, and not with the next question; one that is gone has an alert of its own.
    if (node.client.gone !== undefined || !(isLate || (before !== undefined && node.failure !== undefined))) {
      slow.delete(node.name);
      if (before !== undefined) alerts.push({ ...before, last: nowUs, cleared: true });
      continue;
    }
    const alert: Alert = before ?? {
      id: `console-slow:${node.name}`,
      kind: "console-slow",
      severity: "warn",
      entities: [{ kind: "node", id: node.name }],
      title: `${node.name} takes long to answer`,
      text: `It has not answered ${current?.line ?? "the last question"} for more than ${SLOW_MS / 1000} s: the program stands still or is very busy, or the way to it is slow. What is shown of it is as it last was.`,
      first: Math.round((current?.sentMs ?? node.clock.now()) * 1000),
      last: nowUs,
    };
    slow.set(node.name, alert);
    alerts.push({ ...alert, last: nowUs });
  }
  return alerts;
}

/** Services that did not answer the last survey. */
function silentAlerts(nodes: readonly ConsoleNode[], nowUs: number): Alert[] {
  const alerts: Alert[] = [];
  for (const node of nodes) {
    const silent = [...node.services.values()].filter(({ stat }) => stat?.failure === "TIMEOUT");
    if (silent.length === 0) continue;
    const first = silent.slice(0, 3).map(({ addr, launch }) => `${colon(addr)} ${launch.replace(/^snlua /, "")}`.trimEnd());
    alerts.push({
      id: `silent:${node.name}`,
      kind: "silent-service",
      severity: "warn",
      entities: silent
        .slice(0, 16)
        .map(({ addr }) => ({ kind: "service", id: nodes.length > 1 ? `${colon(addr)}@${node.name}` : colon(addr) })),
      title: silent.length === 1 ? "A service does not answer" : `${silent.length} services do not answer`,
      text: `${first.join(", ")}${silent.length > 3 ? ` and ${silent.length - 3} more` : ""} did not answer stat within 3 s: in a long turn, or an endless loop.`,
      first: nowUs,
      last: nowUs,
    });
  }
  return alerts;
}
