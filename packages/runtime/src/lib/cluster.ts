/**
 * `skynet.cluster`: calls from one node to another, by the other's name.
 *
 * Source: lualib/skynet/cluster.lua; api.md §9, semantics.md §15, wire.md §3.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { snax } from "./snax.ts";
import type { SnaxObject } from "./snax.ts";

/**
 * Who is meant on the other node: a handle, `@name` for a name given by {@link register}, `.name` for one that is local there, or a name of
 * its own network.
 */
export type ClusterTarget = number | string;

/** Addresses of nodes by name, `host:port`, or false for one that is down; and options, whose names begin with `__`. */
export type ClusterTable = Readonly<Record<string, string | boolean | number>> | ReadonlyMap<string, string | boolean | number>;

/** What is to be sent as soon as the sender of a node is there: a push, or a task that makes its call itself. */
type Queued = { readonly address: ClusterTarget; readonly body: Uint8Array } | { readonly token: object };

interface Link {
  sender: number | undefined;
  /** While the sender is asked for. */
  queue: Queued[] | undefined;
  failure: SkynetError | undefined;
  /** What hands out the queue waits on while a task makes its call. */
  handedOn: object | undefined;
}

const state = perService(() => ({ clusterd: undefined as number | undefined, links: new Map<string, Link>() }));

function* daemon(): Operation<number> {
  const s = state();
  return (s.clusterd ??= yield* skynet.uniqueservice("clusterd"));
}

function linkTo(node: string): Link {
  const { links } = state();
  let link = links.get(node);
  if (link === undefined) links.set(node, (link = { sender: undefined, queue: undefined, failure: undefined, handedOn: undefined }));
  return link;
}

/** The queue of a node whose sender is not there; begins to ask for it. */
function queueOf(node: string, link: Link): Queued[] {
  if (link.queue === undefined) {
    link.queue = [];
    skynet.fork(() => askFor(node, link));
  }
  return link.queue;
}

/** Asks for the sender, then does in order what has waited for it. */
function* askFor(node: string, link: Link): Operation<void> {
  link.failure = undefined;
  try {
    link.sender = yield* skynet.call<number | undefined>(yield* daemon(), "lua", "sender", node);
    if (link.sender === undefined) link.failure = new SkynetError("CLUSTER", `cluster node [${node}] is down`);
  } catch (error) {
    if (!(error instanceof SkynetError)) throw error;
    link.failure = unreachable(node, error);
  }
  if (link.failure !== undefined) skynet.error(link.failure.message);
  const queue = link.queue!;
  for (let i = 0; i < queue.length; i++) {
    const next = queue[i]!;
    if ("token" in next) {
      link.handedOn = {};
      if (skynet.wakeup(next.token) !== undefined) yield* skynet.wait(link.handedOn);
    } else if (link.sender !== undefined) skynet.send(link.sender, "lua", "push", next.address, next.body);
  }
  link.queue = undefined;
}

function unreachable(node: string, error: SkynetError): SkynetError {
  const { cause } = error;
  const why = cause instanceof SkynetError && cause.code === "CLUSTER" ? cause.message : `cluster node [${node}] cannot be reached`;
  return new SkynetError("CLUSTER", why, { cause: error });
}

/** The sender; waits for its turn among what has been asked of the node before. */
function* senderOf(node: string): Operation<number | undefined> {
  const link = linkTo(node);
  if (link.queue === undefined && link.sender !== undefined) return link.sender;
  const token = {};
  queueOf(node, link).push({ token });
  yield* skynet.wait(token);
  skynet.wakeup(link.handedOn!);
  return link.sender;
}

/** As {@link senderOf}, also when the one that was known has ended. */
function* livingSender(node: string): Operation<number | undefined> {
  const sender = yield* senderOf(node);
  if (sender === undefined || lives(sender)) return sender;
  linkTo(node).sender = undefined;
  return yield* senderOf(node);
}

const lives = (handle: number): boolean => currentContext("cluster").kernel.find(handle) !== undefined;

/**
 * The handle of the service that sends to a node.
 *
 * @returns `undefined` when the node is down or cannot be reached; the log says why.
 * @remarks Suspends.
 */
function* get_sender(node: string): Operation<number | undefined> {
  return yield* livingSender(node);
}

function* request(node: string, address: ClusterTarget, args: readonly unknown[]): Operation<readonly unknown[]> {
  // As they are now, whatever becomes of them while the sender is asked for.
  const body = skynet.pack(...args);
  const sender = yield* livingSender(node);
  if (sender === undefined) throw linkTo(node).failure ?? new SkynetError("CLUSTER", `cluster node [${node}] cannot be reached`);
  return yield* skynet.callall(sender, "lua", "req", address, body);
}

/**
 * Calls a service of another node.
 *
 * @param node - Its name in the table of nodes. A call to one that nobody has named waits until {@link reload} does.
 * @returns the first value of the reply.
 * @throws SkynetError `CLUSTER` when the node is down or cannot be reached; CallError `call failed` when the request fails: its `cause` has what
 * the other node said.
 * @remarks Suspends. Skynet returns all values: that is {@link callall}.
 *
 * @example
 * ```ts
 * import { cluster } from "@skyloom/runtime/cluster";
 *
 * const gold = yield* cluster.call<number>("db", "@accounts", "gold", 1001);
 * ```
 */
function* call<T = unknown>(node: string, address: ClusterTarget, ...args: unknown[]): Operation<T> {
  return (yield* request(node, address, args))[0] as T;
}

/** {@link call} that gives all values of the reply as an array. */
function* callall<T extends readonly unknown[] = readonly unknown[]>(
  node: string,
  address: ClusterTarget,
  ...args: unknown[]
): Operation<T> {
  return (yield* request(node, address, args)) as T;
}

/** Sends to a service of another node. Waits for nothing; a message to a node that cannot be reached is lost, and the log says so. */
function send(node: string, address: ClusterTarget, ...args: unknown[]): void {
  const body = skynet.pack(...args);
  const link = linkTo(node);
  if (link.queue === undefined && link.sender !== undefined && lives(link.sender)) skynet.send(link.sender, "lua", "push", address, body);
  else queueOf(node, link).push({ address, body });
}

/** The handle of a name that a service of another node has registered. @throws CallError when there is none. @remarks Suspends. */
function* query(node: string, name: string): Operation<number> {
  return (yield* request(node, 0, [name]))[0] as number;
}

/**
 * Listens for other nodes.
 *
 * @param port - A port, on all addresses, or the name of this node in the table of nodes.
 * @param maxclient - As for a gate: one more than the connections that may be open at a time. Default 1024.
 * @returns the name, or address and port.
 * @throws CallError when the name is not in the table, or the port cannot be had.
 * @remarks Suspends.
 */
function* open(port: number | string, maxclient?: number): Operation<readonly [address: string, port?: number]> {
  const clusterd = yield* daemon();
  return typeof port === "string"
    ? yield* skynet.callall<[string]>(clusterd, "lua", "listen", port, undefined, maxclient)
    : yield* skynet.callall<[string, number]>(clusterd, "lua", "listen", "0.0.0.0", port, maxclient);
}

/**
 * Takes over a table of nodes: what it names is changed, what it does not name stays. Without a table the file of the configuration's key
 * `cluster` is read again.
 *
 * @throws CallError for a table with a mistake, which changes nothing.
 * @remarks Suspends.
 */
function* reload(config?: ClusterTable): Operation<void> {
  yield* skynet.call(yield* daemon(), "lua", "reload", config);
}

/**
 * A service of this node that stands in for one of another: what it gets by `skynet.call` and `skynet.send` goes there.
 *
 * @param name - Absent: `node` is `node@name` or `node.name`.
 * @remarks Suspends.
 */
function* proxy(node: string, name?: ClusterTarget): Operation<number> {
  return yield* skynet.call<number>(yield* daemon(), "lua", "proxy", node, name);
}

/**
 * A snax service of another node, which must have called `snax.enablecluster`, as an object.
 *
 * @param address - Absent: the unique service of that name there.
 * @remarks Suspends.
 */
function* snaxOf(node: string, name: string, address?: ClusterTarget): Operation<SnaxObject> {
  yield* snax.load(name);
  const target = address ?? (yield* call<number>(node, ".service", "QUERY", "snaxd", name));
  return snax.bind(yield* proxy(node, target), name);
}

/**
 * Makes a service reachable as `@name` from other nodes.
 *
 * @param addr - Default: the running service. A service has one name: the one it had is given up.
 * @throws CallError when the name is taken.
 * @remarks Suspends.
 */
function* register(name: string, addr?: number): Operation<void> {
  if (typeof name !== "string" || name === "") throw new SkynetError("ARGUMENT", `cluster.register takes a name, not ${String(name)}`);
  if (addr !== undefined && typeof addr !== "number")
    throw new SkynetError("ARGUMENT", `cluster.register takes the handle of a service, not ${String(addr)}`);
  yield* skynet.call(yield* daemon(), "lua", "register", name, addr);
}

/** Takes a name back. One that nobody has is fine. @remarks Suspends. */
function* unregister(name: string): Operation<void> {
  if (typeof name !== "string") throw new SkynetError("ARGUMENT", `cluster.unregister takes a name, not ${String(name)}`);
  yield* skynet.call(yield* daemon(), "lua", "unregister", name);
}

/** Skynet's `cluster` module. */
export const cluster: {
  readonly call: typeof call;
  readonly callall: typeof callall;
  readonly send: typeof send;
  readonly query: typeof query;
  readonly open: typeof open;
  readonly reload: typeof reload;
  readonly proxy: typeof proxy;
  readonly snax: typeof snaxOf;
  readonly register: typeof register;
  readonly unregister: typeof unregister;
  readonly get_sender: typeof get_sender;
} = {
  call: operation("cluster.call", call),
  callall: operation("cluster.callall", callall),
  send,
  query: operation("cluster.query", query),
  open: operation("cluster.open", open),
  reload: operation("cluster.reload", reload),
  proxy: operation("cluster.proxy", proxy),
  snax: operation("cluster.snax", snaxOf),
  register: operation("cluster.register", register),
  unregister: operation("cluster.unregister", unregister),
  get_sender: operation("cluster.get_sender", get_sender),
};
