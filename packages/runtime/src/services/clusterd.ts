/**
 * `clusterd`: the nodes and names of a cluster, as one node knows them. One for each node.
 *
 * Source: service/clusterd.lua; services.md §4, semantics.md §15.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { parseAddress } from "../kernel/socket/index.ts";
import { nodename } from "../lib/cluster/node-name.ts";
import { tableOfFile } from "../lib/data-source.ts";
import { ClusterNodes } from "./cluster-nodes.ts";

const KIB_PER_MIB = 1024;

/** File body of clusterd. */
export default function clusterd(): void {
  const nodes = new ClusterNodes(nodename());
  const proxies = new Map<string, number>();
  const proxiesStarting = new Map<string, object[]>();
  /** Names others may use for handles of this node, both ways. */
  const handles = new Map<string, number>();
  const names = new Map<number, string>();
  /** Services of the connections others have made; `undefined` while one starts. */
  const agents = new Map<number, number | undefined>();

  function* reload(table: unknown): Operation<void> {
    const file = skynet.getenv("cluster");
    if (table !== undefined) nodes.reload(table);
    else if (file !== undefined) nodes.reload(yield* tableOfFile(file, []));
  }

  function* listen(address: string, port?: number, maxclient?: number): Operation<readonly [string, number?]> {
    let where = { host: address, port };
    if (port === undefined) {
      const known = nodes.address(address);
      if (typeof known !== "string")
        throw new SkynetError("CLUSTER", `cluster node [${address}] is ${known === false ? "down" : "absent"}`);
      where = parseAddress(known);
    }
    const gate = yield* skynet.newservice("gate");
    try {
      const bound = yield* skynet.callall<readonly [string, number]>(gate!, "lua", "open", {
        address: where.host,
        port: where.port,
        maxclient,
        nodelay: true,
      });
      return port === undefined ? [address] : bound;
    } catch (error) {
      skynet.kill(gate!);
      throw error;
    }
  }

  /** The stand-in for a service of another node; started once. */
  function* proxy(node: string, name?: string | number): Operation<number> {
    if (name === undefined) {
      const match = /^([^@.]+)([@.].+)$/.exec(node);
      if (match === null) throw new SkynetError("ARGUMENT", `Invalid name ${node}: write node@name or node.name`);
      [, node, name] = match as unknown as [string, string, string];
    }
    const key = `${node}.${name}`;
    const known = proxies.get(key);
    if (known !== undefined) return known;
    const others = proxiesStarting.get(key);
    if (others !== undefined) {
      const token = {};
      others.push(token);
      yield* skynet.wait(token);
      return yield* proxy(node, name);
    }
    const waiting: object[] = [];
    proxiesStarting.set(key, waiting);
    try {
      const handle = yield* skynet.newservice("clusterproxy" as string, node, name);
      proxies.set(key, handle!);
      return handle!;
    } finally {
      proxiesStarting.delete(key);
      for (const token of waiting) skynet.wakeup(token);
    }
  }

  function namesChanged(): void {
    for (const agent of agents.values()) if (agent !== undefined) skynet.send(agent, "lua", "namechange");
  }

  function register(name: string, handle: number): void {
    const taken = handles.get(name);
    if (taken !== undefined)
      throw new SkynetError("CLUSTER", `cluster name ${name} is registered already, for ${skynet.address(taken)}: unregister it first`);
    const before = names.get(handle);
    if (before !== undefined) {
      handles.delete(before);
      namesChanged();
    }
    names.set(handle, name);
    handles.set(name, handle);
    skynet.error(`Register [${name}] ${skynet.address(handle)}`);
  }

  function unregister(name: string): void {
    const handle = handles.get(name);
    if (handle === undefined) return;
    names.delete(handle);
    handles.delete(name);
    namesChanged();
    skynet.error(`Unregister [${name}] ${skynet.address(handle)}`);
  }

  function* accepted(gate: number, fd: number, from: string): Operation<void> {
    skynet.error(`socket accept from ${from}`);
    agents.set(fd, undefined);
    let agent: number | undefined;
    try {
      agent = yield* skynet.newservice("clusteragent" as string, skynet.self(), gate, fd, nodes.options.maxlarge);
    } finally {
      // Nobody would ever read it.
      if (agent === undefined) skynet.send(gate, "lua", "kick", fd);
    }
    if (agents.has(fd)) agents.set(fd, agent);
    else skynet.send(agent!, "lua", "exit");
  }

  function ended(fd: number): void {
    const agent = agents.get(fd);
    agents.delete(fd);
    if (agent !== undefined) skynet.send(agent, "lua", "exit");
  }

  function socketEvent(gate: number, event: string, fd: number, about: string | number | undefined): Operation<void> | undefined {
    if (event === "open") return accepted(gate, fd, String(about));
    if (event === "close" || event === "error") ended(fd);
    else if (event === "warning" && typeof about === "number" && about > nodes.options.maxlarge * KIB_PER_MIB) {
      skynet.error(`socket ${fd}: ${about} KiB wait for a peer that does not read them; its connection is closed`);
      ended(fd);
    } else skynet.error(`socket ${event} ${fd} ${about ?? ""}`);
    return undefined;
  }

  const commands: Readonly<Record<string, (source: number, ...args: never[]) => unknown>> = {
    reload: (_source, table: unknown) => reload(table),
    listen: (_source, address: string, port?: number, maxclient?: number) => listen(address, port, maxclient),
    sender: (_source, node: string) => nodes.sender(node),
    senders: () => nodes.senders(),
    proxy: (_source, node: string, name?: string | number) => proxy(node, name),
    register: (source, name: string, handle?: number) => register(name, handle ?? source),
    unregister: (_source, name: string) => unregister(name),
    queryname: (_source, name: string) => handles.get(name),
    socket: (source, event: string, fd: number, about?: string | number) => socketEvent(source, event, fd, about),
  };

  skynet.info_func(() => ({ nodes: nodes.describe(), names: Object.fromEntries(handles), connections: agents.size }));
  skynet.dispatch("lua", function* (session: number, source: number, name: string, ...args: unknown[]): Operation<void> {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined)
      throw new SkynetError("ARGUMENT", `clusterd has no command "${name}"; it has ${Object.keys(commands).join(", ")}`);
    const result = yield* runToEnd(command(source, ...(args as never[])));
    if (session === 0) return;
    if (Array.isArray(result)) skynet.retpack(...(result as unknown[]));
    else skynet.retpack(result);
  });
  skynet.start(() => reload(undefined));
}
