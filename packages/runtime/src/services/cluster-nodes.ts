/**
 * The nodes a node knows by name: their addresses, and the sender that leads to each.
 *
 * Source: service/clusterd.lua; services.md §4, semantics.md §15.
 *
 * @module
 */
import { inspectValue } from "../core/inspect-value.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import { parseAddress } from "../kernel/socket/index.ts";

/** `host:port`; false: the node is down; absent: nobody has said yet. */
export type ClusterAddress = string | false | undefined;

/** What a table of nodes may say beside addresses, with `__` before its name. */
export interface ClusterOptions {
  /** A call to an unknown node fails at once, instead of waiting for a table that names it. */
  nowaiting: boolean;
  /** MiB that bodies in parts, and answers that the peer does not read, may take on one connection. */
  maxlarge: number;
}

/** One attempt to reach a node, which others may wait for. */
interface Attempt {
  readonly waiting: object[];
  /** What it sleeps on while the node's address is not known. */
  asks: object | undefined;
  failure: unknown;
}

interface ClusterNode {
  readonly name: string;
  address: ClusterAddress;
  sender: number | undefined;
  /** Its sender leads to its address. */
  ready: boolean;
  /** Its sender has been told that it is down. */
  closed: boolean;
  attempt: Attempt | undefined;
}

/** See the file's comment. */
export class ClusterNodes {
  readonly options: ClusterOptions = { nowaiting: false, maxlarge: 256 };
  readonly #nodes = new Map<string, ClusterNode>();
  readonly #ownName: string;

  /** @param ownName - What this node calls itself in tags of traces. */
  constructor(ownName: string) {
    this.#ownName = ownName;
  }

  /** The address of a node. */
  address(name: string): ClusterAddress {
    return this.#nodes.get(name)?.address;
  }

  /** What is known, for people. */
  describe(): Record<string, { address: string | false; sender: number | undefined }> {
    const known = [...this.#nodes.values()].filter((node) => node.address !== undefined);
    return Object.fromEntries(known.map(({ name, address, sender }) => [name, { address: address!, sender }]));
  }

  /** Senders by node. */
  senders(): Record<string, number> {
    const started = [...this.#nodes.values()].filter((node) => node.sender !== undefined);
    return Object.fromEntries(started.map(({ name, sender }) => [name, sender!]));
  }

  /**
   * Takes over a table: addresses by name, and options.
   *
   * @throws SkynetError `ARGUMENT` for a table with a mistake; nothing of it is taken over then.
   */
  reload(table: unknown): void {
    const entries = readTable(table);
    const moved: ClusterNode[] = [];
    for (const [name, value] of entries) {
      if (name.startsWith("__")) {
        this.#setOption(name.slice(2), value);
        continue;
      }
      const node = this.#node(name);
      if (node.address !== value) {
        node.address = value as ClusterAddress;
        if (node.sender !== undefined) {
          node.ready = false;
          moved.push(node);
        }
      }
      if (node.attempt?.asks !== undefined && !this.options.nowaiting) {
        skynet.error(`Cluster node [${name}] resolved : ${String(value)}`);
        skynet.wakeup(node.attempt.asks);
      }
    }
    if (this.options.nowaiting)
      for (const { attempt } of this.#nodes.values()) if (attempt?.asks !== undefined) skynet.wakeup(attempt.asks);
    // Whoever needs it finds out whether it works.
    for (const { name } of moved) skynet.fork(() => this.#follow(name));
  }

  /** The sender of a node. @returns `undefined` for one that is down. @throws SkynetError `CLUSTER` when it is not known or cannot be reached. */
  *sender(name: string): Operation<number | undefined> {
    const node = this.#node(name);
    for (;;) {
      if (node.sender !== undefined && currentContext("clusterd").kernel.find(node.sender) === undefined) {
        node.sender = undefined;
        node.ready = node.closed = false;
      }
      if (node.ready) return node.sender;
      const { attempt } = node;
      if (attempt === undefined) return yield* this.#open(node);
      const token = {};
      attempt.waiting.push(token);
      yield* skynet.wait(token);
      if (node.attempt === undefined && attempt.failure !== undefined) throw attempt.failure;
    }
  }

  #node(name: string): ClusterNode {
    let node = this.#nodes.get(name);
    if (node === undefined)
      this.#nodes.set(name, (node = { name, address: undefined, sender: undefined, ready: false, closed: false, attempt: undefined }));
    return node;
  }

  #setOption(name: string, value: unknown): void {
    skynet.error(`Config ${name} = ${String(value)}`);
    if (name === "nowaiting") this.options.nowaiting = value === true;
    else if (name === "maxlarge") this.options.maxlarge = value as number;
  }

  *#follow(name: string): Operation<void> {
    try {
      yield* this.sender(name);
    } catch (error) {
      if (!(error instanceof SkynetError)) throw error;
      skynet.error(error.message);
    }
  }

  *#open(node: ClusterNode): Operation<number | undefined> {
    const attempt: Attempt = { waiting: [], asks: undefined, failure: undefined };
    node.attempt = attempt;
    try {
      if (node.address === undefined && !this.options.nowaiting) {
        skynet.error(`Waiting for cluster node [${node.name}]`);
        attempt.asks = {};
        yield* skynet.wait(attempt.asks);
        attempt.asks = undefined;
      }
      for (;;) {
        const { address } = node;
        try {
          yield* this.#lead(node, address);
        } catch (error) {
          // It is known elsewhere by now: that counts.
          if (node.address === address) throw error;
        }
        if (node.address !== address) continue;
        node.ready = typeof address === "string";
        return node.ready ? node.sender : undefined;
      }
    } catch (error) {
      attempt.failure = error;
      throw error;
    } finally {
      node.attempt = undefined;
      for (const token of attempt.waiting) skynet.wakeup(token);
    }
  }

  /** Makes the sender lead to this address. */
  *#lead(node: ClusterNode, address: ClusterAddress): Operation<void> {
    const { name } = node;
    if (address === undefined)
      throw new SkynetError("CLUSTER", `cluster node [${name}] is absent: no table of nodes names it; cluster.reload takes one`);
    if (address === false) {
      if (node.sender !== undefined && !node.closed) yield* skynet.call(node.sender, "lua", "changenode", false);
      node.closed = true;
      return;
    }
    const { maxlarge } = this.options;
    node.sender ??= yield* skynet.newservice("clustersender" as string, name, this.#ownName, address, maxlarge);
    if (node.sender === undefined) throw new SkynetError("CLUSTER", `the sender of cluster node [${name}] could not be started`);
    try {
      yield* skynet.call(node.sender, "lua", "changenode", address);
    } catch (error) {
      throw new SkynetError("CLUSTER", `changenode [${name}] (${address}) failed: the node cannot be reached`, { cause: error });
    }
    node.closed = false;
  }
}

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}

/** Checks a table of nodes. */
function readTable(table: unknown): readonly (readonly [string, unknown])[] {
  const wrong = (text: string): never => {
    throw new SkynetError("ARGUMENT", `table of cluster nodes: ${text}`);
  };
  if (typeof table !== "object" || table === null) wrong(`it must be an object or a Map of addresses by name, not ${typeof table}`);
  const entries: [unknown, unknown][] = table instanceof Map ? [...table] : Object.entries(table!);
  return entries.map(([name, value]) => {
    if (typeof name !== "string") return wrong(`the name of a node is a text, not ${String(name)}`);
    if (name.startsWith("__")) {
      if (name === "__maxlarge" && !(typeof value === "number" && value > 0)) wrong(`__maxlarge is a number of MiB, not ${String(value)}`);
    } else if (value !== false) {
      if (typeof value !== "string" || !isAddress(value))
        wrong(`the address of ${name} must be "host:port", or false when it is down, not ${inspectValue(value)}`);
    }
    return [name, value];
  });
}
