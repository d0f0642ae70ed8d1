/**
 * Who waits for whom, joined from the two tables of the host: the edges between suspended tasks, and the calls that no task answers yet.
 *
 * Knows nothing of drawing. A node of the graph is a task, never a service: a service works on while one of its tasks waits.
 *
 * @module
 */
import type { TableStore } from "../../stores/table-store.ts";

/** A pending call, as far as it matters for who waits for whom. */
export interface CallFacts {
  /** As in addresses: `:0000000a-42`. */
  readonly id: string;
  readonly node: string;
  /** Of its tasks' keys. */
  readonly at?: string;
  readonly from: number;
  readonly fromName: string;
  readonly fromTask: number;
  readonly to: number;
  readonly toName: string;
  /** 0 while no suspended task answers it. */
  readonly toTask: number;
  /** Type and command, e.g. `lua touch`. */
  readonly what: string;
  readonly state: string;
  readonly sentUs: number;
}

/** An edge between two tasks. */
export interface EdgeFacts {
  readonly node: string;
  /** Of its tasks' keys. */
  readonly at?: string;
  readonly fromTask: number;
  readonly from: number;
  readonly fromName: string;
  /** 0: a task that has ended and still holds what is waited for. */
  readonly toTask: number;
  readonly to: number;
  readonly toName: string;
  readonly kind: string;
  readonly resource: string;
  readonly sinceUs: number;
  readonly deadlock: string;
}

/** A task; or, where a call has reached no task, the service it was made to. */
export interface WaitNode {
  /**
   * `t17` for a task, with `@node` where there are several hosts; `s:<node>/<handle>` for a service without one; `ended:…` for a task that
   * has ended and still holds a lock.
   */
  readonly key: string;
  /** 0 for a service without a task, and for a task that has ended. */
  readonly task: number;
  /** A task that has ended and still holds a lock: who waits for it waits for ever. */
  readonly ended: boolean;
  readonly node: string;
  readonly addr: number;
  readonly name: string;
  /** The call it answers; `undefined` when it does something else. */
  serves: CallFacts | undefined;
  /** Locks that others wait for and this task holds. */
  readonly holds: string[];
  /** Id of the deadlock it is part of; empty for none. */
  deadlock: string;
}

/** One waits for another. */
export interface WaitLink {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly resource: string;
  readonly sinceUs: number;
  readonly deadlock: string;
  /** The call, where it is one. */
  readonly call: CallFacts | undefined;
  /** State of the call; empty for other waits. */
  readonly state: string;
}

/** The whole graph. */
export interface Waits {
  readonly nodes: ReadonlyMap<string, WaitNode>;
  readonly links: readonly WaitLink[];
  /** Links by where they begin, and by where they end. */
  readonly out: ReadonlyMap<string, readonly WaitLink[]>;
  readonly into: ReadonlyMap<string, readonly WaitLink[]>;
}

/** How the key of a task begins that has ended. */
const ENDED = "ended:";

/** Key of a task. @param at - Its node, where there are several hosts: each numbers its own tasks. */
export const taskKey = (task: number, at: string = ""): string => (at === "" ? `t${task}` : `t${task}@${at}`);

/** The node that a task's key needs. */
export const nodeOfTask = (table: TableStore, row: number): string => (table.hosts > 1 ? table.text("node", row) : "");

/** The pending calls of a table. */
export function readCalls(table: TableStore): CallFacts[] {
  const calls: CallFacts[] = [];
  for (let row = 0; row < table.high; row++) {
    if (table.status[row] !== 1) continue;
    const command = table.text("command", row);
    calls.push({
      id: table.id(row),
      node: table.text("node", row),
      at: nodeOfTask(table, row),
      from: table.number("from", row),
      fromName: table.text("fromName", row),
      fromTask: table.number("fromTask", row),
      to: table.number("to", row),
      toName: table.text("toName", row),
      toTask: table.number("toTask", row),
      what: command === "" ? table.text("type", row) : `${table.text("type", row)} ${command}`,
      state: table.word("state", row),
      sentUs: table.number("sentUs", row),
    });
  }
  return calls;
}

/** The edges of a table. */
export function readEdges(table: TableStore): EdgeFacts[] {
  const edges: EdgeFacts[] = [];
  for (let row = 0; row < table.high; row++) {
    if (table.status[row] !== 1) continue;
    edges.push({
      node: table.text("node", row),
      at: nodeOfTask(table, row),
      fromTask: table.number("fromTask", row),
      from: table.number("from", row),
      fromName: table.text("fromName", row),
      toTask: table.number("toTask", row),
      to: table.number("to", row),
      toName: table.text("toName", row),
      kind: table.word("kind", row),
      resource: table.text("resource", row),
      sinceUs: table.number("sinceUs", row),
      deadlock: table.text("deadlock", row),
    });
  }
  return edges;
}

/** Joins them. The two tables may be of different moments: what only one of them knows is shown as that one tells it. */
export function joinWaits(edges: readonly EdgeFacts[], calls: readonly CallFacts[]): Waits {
  const nodes = new Map<string, WaitNode>();
  const links: WaitLink[] = [];
  const out = new Map<string, WaitLink[]>();
  const into = new Map<string, WaitLink[]>();
  const node = (key: string, task: number, where: string, addr: number, name: string): WaitNode => {
    let found = nodes.get(key);
    if (found === undefined)
      nodes.set(
        key,
        (found = { key, task, ended: key.startsWith(ENDED), node: where, addr, name, serves: undefined, holds: [], deadlock: "" }),
      );
    return found;
  };
  const put = (map: Map<string, WaitLink[]>, key: string, link: WaitLink): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [link]);
    else list.push(link);
  };
  const add = (link: WaitLink): void => {
    links.push(link);
    put(out, link.from, link);
    put(into, link.to, link);
  };
  const callOfTask = new Map<string, CallFacts>();
  for (const call of calls) callOfTask.set(taskKey(call.fromTask, call.at), call);

  for (const e of edges) {
    const from = node(taskKey(e.fromTask, e.at), e.fromTask, e.node, e.from, e.fromName);
    const to = node(e.toTask === 0 ? `${ENDED}${e.node}/${e.to}/${e.resource}` : taskKey(e.toTask, e.at), e.toTask, e.node, e.to, e.toName);
    const found = callOfTask.get(from.key);
    // A task that waits for a lock may have a call of a batch besides; only calls and starts are about one.
    const call = (e.kind === "call" || e.kind === "init") && found?.toTask === e.toTask ? found : undefined;
    if (e.deadlock !== "") from.deadlock = to.deadlock = e.deadlock;
    if (e.kind === "lock" && !to.holds.includes(e.resource)) to.holds.push(e.resource);
    add({
      key: `${from.key} ${to.key} ${e.kind} ${e.resource}`,
      from: from.key,
      to: to.key,
      kind: e.kind,
      resource: e.resource,
      sinceUs: e.sinceUs,
      deadlock: e.deadlock,
      call,
      state: call?.state ?? "",
    });
  }
  for (const call of calls) {
    const answering = call.toTask === 0 ? undefined : nodes.get(taskKey(call.toTask, call.at));
    if (answering !== undefined && answering.addr === call.to && answering.serves === undefined) answering.serves = call;
    const from = taskKey(call.fromTask, call.at);
    if (out.get(from)?.some((l) => l.call === call || l.kind === "select") === true) continue;
    node(from, call.fromTask, call.node, call.from, call.fromName);
    const to =
      call.toTask === 0
        ? node(`s:${call.node}/${call.to}`, 0, call.node, call.to, call.toName)
        : node(taskKey(call.toTask, call.at), call.toTask, call.node, call.to, call.toName);
    add({
      key: `${from} ${to.key} call ${call.id}`,
      from,
      to: to.key,
      kind: "call",
      resource: call.id,
      sinceUs: call.sentUs,
      deadlock: "",
      call,
      state: call.state,
    });
  }
  return { nodes, links, out, into };
}

/** One step of a chain: the task that waits, and the link by which it does; the last one waits for nobody known. */
export interface ChainStep {
  readonly node: WaitNode;
  readonly link: WaitLink | undefined;
  /** More ways lead on from here; this is the first. */
  readonly others: number;
}

/** Longest chain that is followed. */
const MOST_STEPS = 64;

/** Whom a task waits for, and whom that one waits for, and so on; ends where nobody is known or where it closes a circle. */
export function chainFrom(waits: Waits, key: string): { readonly steps: readonly ChainStep[]; readonly circle: boolean } {
  const steps: ChainStep[] = [];
  const seen = new Set<string>();
  for (let at: string | undefined = key; at !== undefined && steps.length < MOST_STEPS;) {
    const node = waits.nodes.get(at);
    if (node === undefined) break;
    seen.add(at);
    const ways: readonly WaitLink[] = waits.out.get(at) ?? [];
    const link = ways[0];
    steps.push({ node, link, others: Math.max(0, ways.length - 1) });
    if (link !== undefined && seen.has(link.to)) return { steps, circle: true };
    at = link?.to;
  }
  return { steps, circle: false };
}
