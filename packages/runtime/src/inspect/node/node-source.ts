/**
 * What the inspector's agent reads from nodes of this runtime: joins the parts of this folder.
 *
 * Reads only; nothing of it runs unless a client is attached.
 *
 * @module
 */
import type { HostInfo } from "../frames.ts";
import type { HostCommand, HostTotals, InspectSource } from "../source.ts";
import { consoleCommands } from "./commands.ts";
import type { Inspected, InspectedNodes } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";
import { LogFeed } from "./logs.ts";
import { Mailboxes } from "./mailboxes.ts";
import { memory } from "./memory.ts";
import { overview } from "./overview.ts";
import { MessageLogs } from "./message-commands.ts";
import { nodeQuestions } from "./questions.ts";
import { services } from "./services.ts";
import { sessionCommands } from "./session-commands.ts";
import { sockets } from "./sockets.ts";
import { timers } from "./timers.ts";
import { traceCommands, TraceFeed } from "./trace-feed.ts";
import { Traffic } from "./traffic.ts";
import { kernelWaits } from "../waits/index.ts";
import { Waits } from "./waits.ts";

/** What a source does besides reading. */
export interface NodeSourceOptions {
  /** Keep the last 1,000 log lines also while nobody reads them. Default false. */
  readonly keepLogs?: boolean;
  /** Commands of the host's own, e.g. to start a scenario. */
  readonly commands?: readonly HostCommand[];
  /** Questions of the host's own. */
  readonly questions?: InspectSource["questions"];
}

/** Makes a source of one or more nodes. */
export function nodeSource(host: InspectedNodes, options: NodeSourceOptions = {}): InspectSource {
  const nodes: readonly Inspected[] = host.nodes.map(({ name, node }) => ({ name, node, kernel: node.kernel }));
  const startMs = (nodes[0]?.kernel.starttime ?? 0) * 1000;
  const info: HostInfo = {
    id: host.id,
    name: host.name,
    mode: host.mode,
    runtime: host.runtime,
    startMs,
    ...(host.label === undefined ? {} : { label: host.label }),
  };
  const mailboxes = new Mailboxes(nodes);
  const kernels = new Map(nodes.map(({ name, kernel }) => [name, kernel]));
  const waits = new Waits(kernelWaits(nodes), (node, handle) => nameOfHandle(kernels.get(node)!, handle));
  const trace = new TraceFeed(nodes);
  const traffic = new Traffic(nodes);
  const messages = new MessageLogs(nodes, traffic);
  return {
    host: () => info,
    totals(): HostTotals {
      let count = 0;
      let messages = 0;
      for (const { kernel } of nodes) {
        count += kernel.serviceCount;
        messages += kernel.turns;
      }
      return { services: count, messages };
    },
    tables: {
      overview: () => overview(nodes, host.memory),
      services: () => services(nodes, (node, handle) => waits.deadlocked(node, handle)),
      mailboxes: () => mailboxes.walk(),
      memory: () => memory(nodes),
      sockets: () => sockets(nodes),
      timers: () => timers(nodes),
      sessions: () => waits.sessions(),
      waits: () => waits.edges(),
    },
    events: { logs: new LogFeed(nodes, options.keepLogs === true), trace },
    questions: { ...nodeQuestions(nodes, traffic), ...messages.questions(), tracing: () => trace.mode ?? false, ...options.questions },
    commands: [
      ...consoleCommands(nodes),
      ...sessionCommands(nodes),
      ...traceCommands(trace, nodes),
      ...messages.commands(),
      ...(options.commands ?? []),
    ],
    sweep(nowUs, rows) {
      traffic.sweep();
      messages.sweep();
      trace.sweep(nowUs);
      return waits.sweep(nowUs, rows);
    },
    unwatched() {
      traffic.rest();
      messages.rest();
    },
  };
}
