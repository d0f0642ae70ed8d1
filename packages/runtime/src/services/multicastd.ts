/**
 * `multicastd`: the channels of a node, and who hears them. One for each node.
 *
 * What is published inside the node travels as one body that all subscribers share and each unpacks; to other nodes it goes as bytes,
 * once for each node, whose own multicastd gives it on. The low 8 bits of a channel's number are the node that owns it.
 * Source: service/multicastd.lua; services.md §5, wire.md §13.
 *
 * @module
 */
import { packBody } from "../core/body.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import type { Body } from "../kernel/message.ts";

const NODES = 256;
const LAST_ID = 0x7fffffff;

/** A channel of this node, or what this node knows of another's. */
interface Channel {
  readonly subscribers: Set<number>;
  /** Nodes with subscribers of a channel of this node. */
  readonly nodes: Set<number>;
}

/** File body of multicastd. */
export default function multicastd(): void {
  const channels = new Map<number, Channel>();
  const daemons = new Map<number, number>();
  const [here] = skynet.harbor(skynet.self());
  let nextId = here;

  /** The multicastd of another node. */
  function* daemonOf(node: number): Operation<number> {
    let handle = daemons.get(node);
    if (handle === undefined) {
      handle = yield* skynet.call<number | undefined>("DATACENTER", "lua", "QUERY", "multicast", node);
      if (handle === undefined) throw new SkynetError("ARGUMENT", `node ${node}, which owns the channel, has no multicastd`);
      daemons.set(node, handle);
    }
    return handle;
  }

  const advance = (id: number): number => (id + NODES) & LAST_ID;
  const open = (id: number): Channel => {
    const channel = { subscribers: new Set<number>(), nodes: new Set<number>() };
    channels.set(id, channel);
    return channel;
  };

  function* publish(id: number, source: number, body: Body): Operation<void> {
    const channel = channels.get(id);
    if (channel === undefined) return;
    // Others may unsubscribe, or the channel may end, while a node is looked up: those subscribed now are those who hear it.
    const subscribers = [...channel.subscribers];
    for (const node of channel.nodes) skynet.redirect(yield* daemonOf(node), source, "multicast", id, packBody(body));
    for (const to of subscribers) if (skynet.redirect(to, source, "multicast", id, body) === undefined) channel.subscribers.delete(to);
  }

  const commands: Readonly<Record<string, (source: number, id: number, ...rest: unknown[]) => unknown>> = {
    NEW() {
      while (channels.has(nextId)) nextId = advance(nextId);
      const id = nextId;
      open(id);
      nextId = advance(id);
      skynet.retpack(id);
    },
    *DEL(_source, id) {
      const owner = id % NODES;
      if (owner !== here) {
        skynet.send(yield* daemonOf(owner), "lua", "DEL", id);
        return;
      }
      const nodes = channels.get(id)?.nodes ?? [];
      channels.delete(id);
      for (const node of nodes) skynet.send(yield* daemonOf(node), "lua", "DELR", id);
    },
    /** From the owner of the channel: it is gone. */
    DELR(_source, id) {
      channels.delete(id);
    },
    *PUB(source, id, packed, ...values) {
      const body = (packed === true ? values[0] : values) as Body;
      const owner = id % NODES;
      if (owner === here) yield* publish(id, source, body);
      else skynet.redirect(yield* daemonOf(owner), source, "multicast", id, packBody(body));
      skynet.ret();
    },
    *SUB(source, id) {
      const owner = id % NODES;
      if (owner !== here && !channels.has(id)) {
        const missing = yield* skynet.call<boolean | undefined>(yield* daemonOf(owner), "lua", "SUBR", id);
        // Another subscriber may have asked meanwhile.
        if (missing !== true && !channels.has(id)) open(id);
      }
      channels.get(id)?.subscribers.add(source);
      skynet.ret();
    },
    /** From another node: it has subscribers now. True when there is no such channel. */
    SUBR(source, id) {
      const channel = channels.get(id);
      if (channel === undefined) {
        skynet.retpack(true);
        return;
      }
      const [node] = skynet.harbor(source);
      if (node === here) throw new SkynetError("ARGUMENT", "SUBR is for the multicastd of another node");
      channel.nodes.add(node);
      skynet.ret();
    },
    *USUB(source, id) {
      const channel = channels.get(id);
      if (channel?.subscribers.delete(source) !== true || channel.subscribers.size > 0) return;
      const owner = id % NODES;
      if (owner === here) return;
      channels.delete(id);
      skynet.send(yield* daemonOf(owner), "lua", "USUBR", id);
    },
    /** From another node: its last subscriber has left. */
    USUBR(source, id) {
      channels.get(id)?.nodes.delete(skynet.harbor(source)[0]);
    },
  };

  skynet.register_protocol({
    name: "multicast",
    id: skynet.PTYPE_MULTICAST,
    unpack: (body) => [body],
    dispatch: (id, source, body: Body) => {
      skynet.ignoreret();
      return publish(id, source, body);
    },
  });

  skynet.dispatch("lua", (_session, source, command: string, ...args: unknown[]) => {
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run === undefined) throw new SkynetError("ARGUMENT", `multicastd has no command "${command}"`);
    return run(source, ...(args as [number, ...unknown[]]));
  });
  skynet.info_func(() =>
    Object.fromEntries([...channels].map(([id, c]) => [id, { subscribers: c.subscribers.size, nodes: [...c.nodes] }])),
  );

  skynet.start(function* () {
    const before = yield* skynet.call("DATACENTER", "lua", "UPDATE", "multicast", here, skynet.self());
    if (before !== undefined) throw new SkynetError("ARGUMENT", "this node has a multicastd already");
  });
}
