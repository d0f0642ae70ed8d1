/**
 * `skynet.multicast`: channels that any number of services publish to and hear.
 *
 * A message is packed once and unpacked by each subscriber. `new` and the methods of channels are Skynet's; `create`, `send` and
 * `del_group` are the seed's. Source: lualib/skynet/multicast.lua; api.md §9.
 *
 * @module
 */
import { copyValues } from "../codec/copy.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import type { Body } from "../kernel/message.ts";

/** Hears a channel: gets the channel, who published, and what. Plain or a generator. */
// oxlint-disable-next-line typescript/no-explicit-any -- a handler names the types of what is published; nothing can check them here
export type MulticastDispatch = (channel: MulticastChannel, source: number, ...values: any[]) => unknown;

/** What {@link multicast.new} takes. */
export interface MulticastConf {
  /** The number of a channel that exists; absent: a new one is made. */
  readonly channel?: number | undefined;
  /** Turns what is published into bytes or text. Absent: the values are copied. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as for MulticastDispatch
  readonly pack?: ((...values: any[]) => Uint8Array | string) | undefined;
  /** Turns such a body back into a list of values. */
  readonly unpack?: ((body: Body) => readonly unknown[]) | undefined;
  readonly dispatch?: MulticastDispatch | undefined;
}

interface State {
  readonly daemon: number;
  /** Subscribed channels. */
  readonly heard: Map<number, MulticastChannel>;
  readonly groups: Map<string | number, Group>;
}

const states = perService(() => ({ current: undefined as State | undefined }));

function unpackShared(body: Body): unknown[] {
  // The body is everybody's: each subscriber takes its own copy.
  return Array.isArray(body) ? copyValues(body) : skynet.unpack(body);
}

/** Finds the node's multicastd, and makes this service one that can hear. */
function* connect(): Operation<State> {
  const holder = states();
  if (holder.current !== undefined) return holder.current;
  const daemon = yield* skynet.uniqueservice("multicastd");
  if (holder.current !== undefined) return holder.current;
  const state: State = { daemon, heard: new Map(), groups: new Map() };
  holder.current = state;
  skynet.register_protocol({
    name: "multicast",
    id: skynet.PTYPE_MULTICAST,
    unpack: (body) => [body],
    dispatch: (id: number, source: number, body: Body) => {
      skynet.ignoreret();
      return state.heard.get(id)?.hear(source, body);
    },
  });
  return state;
}

/** A channel, as one service sees it. */
export class MulticastChannel {
  readonly #state: State;
  readonly #conf: MulticastConf;
  #id: number | undefined;
  #subscribed = false;

  /** @internal */
  constructor(state: State, id: number, conf: MulticastConf) {
    this.#state = state;
    this.#conf = conf;
    this.#id = id;
  }

  /** Its number, which other services can make the channel from; `undefined` once it was deleted here. */
  get channel(): number | undefined {
    return this.#id;
  }

  #open(what: string): number {
    if (this.#id === undefined) throw new SkynetError("ARGUMENT", `channel:${what}: this channel was deleted`);
    return this.#id;
  }

  /** Begins to hear it; nothing when it is heard already. A channel that does not exist is never heard of. @remarks Suspends. */
  readonly subscribe: () => Operation<void> = operation("channel.subscribe", () => this.#subscribe());

  *#subscribe(): Operation<void> {
    const id = this.#open("subscribe");
    if (this.#subscribed) return;
    yield* skynet.call(this.#state.daemon, "lua", "SUB", id);
    this.#subscribed = true;
    this.#state.heard.set(id, this);
  }

  /** Hears it no more; what is on its way is dropped. */
  unsubscribe(): void {
    if (!this.#subscribed) return;
    const id = this.#open("unsubscribe");
    skynet.send(this.#state.daemon, "lua", "USUB", id);
    this.#subscribed = false;
    this.#state.heard.delete(id);
  }

  /**
   * Gives values to all subscribers, in all nodes. They have it in their mailboxes when this returns; nobody answers.
   *
   * @throws SkynetError `ARGUMENT` after {@link delete}, `PACK` for what cannot be sent.
   * @remarks Suspends.
   */
  readonly publish: (...values: unknown[]) => Operation<void> = operation("channel.publish", (...values: unknown[]) =>
    this.#publish(values),
  );

  *#publish(values: unknown[]): Operation<void> {
    const id = this.#open("publish");
    const { pack } = this.#conf;
    if (pack === undefined) yield* skynet.call(this.#state.daemon, "lua", "PUB", id, false, ...values);
    else yield* skynet.call(this.#state.daemon, "lua", "PUB", id, true, pack(...values));
  }

  /** Removes the channel for everybody. @throws SkynetError `ARGUMENT` when it was deleted here already. */
  delete(): void {
    const id = this.#open("delete");
    skynet.send(this.#state.daemon, "lua", "DEL", id);
    this.#id = undefined;
    this.#subscribed = false;
    if (this.#state.heard.get(id) === this) this.#state.heard.delete(id);
  }

  /** @internal A message of the channel has come. */
  hear(source: number, body: Body): unknown {
    const { dispatch, unpack } = this.#conf;
    if (dispatch === undefined)
      throw new SkynetError("ARGUMENT", `${String(this)} is subscribed and has no dispatch: give one to multicast.new`);
    return dispatch(this, source, ...(unpack ?? unpackShared)(body));
  }

  toString(): string {
    return `[Multicast:${(this.#id ?? 0).toString(16)}]`;
  }
}

/**
 * Makes a channel, or the object for one that exists.
 *
 * @remarks Suspends.
 *
 * @example
 * ```ts
 * import { multicast } from "@skyloom/runtime/multicast";
 *
 * function* newsdesk(): Operation<number> {
 *   const news = yield* multicast.new();
 *   yield* news.publish("headline", 1);
 *   return news.channel!; // others: multicast.new({ channel, dispatch: (_channel, source, text) => … }), then subscribe
 * }
 * ```
 */
function* newChannel(conf: MulticastConf = {}): Operation<MulticastChannel> {
  const state = yield* connect();
  const id = conf.channel ?? (yield* skynet.call<number>(state.daemon, "lua", "NEW"));
  if (!Number.isInteger(id) || id < 0)
    throw new SkynetError("ARGUMENT", `multicast.new: channel must be a number that a channel has, not ${id}`);
  return new MulticastChannel(state, id, conf);
}

/** A service, or a function of this one. */
export type GroupMember = number | MulticastDispatch;

interface Group {
  readonly channel: MulticastChannel;
  readonly members: GroupMember[];
}

/**
 * Opens a channel, or makes one, and joins a named group of this service to it.
 *
 * @param channel - Number of a channel; absent: the group's, or a new one.
 * @param group - Name of the group; absent: none, a member hears the channel by itself.
 * @param member - Hears it: a function, or the handle of a service, which gets what is published as a "lua" message of the publisher.
 * @returns the channel.
 * @throws SkynetError `ARGUMENT` when the group has another channel.
 * @remarks Suspends.
 */
function* create(channel?: number, group?: string | number, member?: GroupMember): Operation<MulticastChannel> {
  const state = yield* connect();
  let joined = group === undefined ? undefined : state.groups.get(group);
  if (joined !== undefined && channel !== undefined && channel !== joined.channel.channel)
    throw new SkynetError("ARGUMENT", `multicast.create: group "${group}" has channel ${joined.channel.channel}, not ${channel}`);
  if (joined === undefined) {
    const members: GroupMember[] = [];
    const made = yield* newChannel({ channel, dispatch: (c, source, ...values) => tell(members, c, source, values) });
    // Another task may have made the group meanwhile: then its channel is the group's.
    joined = group === undefined ? undefined : state.groups.get(group);
    if (joined === undefined) {
      joined = { members, channel: made };
      if (group !== undefined) state.groups.set(group, joined);
    } else if (channel === undefined) made.delete();
  }
  if (member !== undefined) {
    joined.members.push(member);
    yield* joined.channel.subscribe();
  }
  return joined.channel;
}

/** Each member by itself: one that throws or waits keeps nothing from the others. Services that are gone are members no more. */
function tell(members: GroupMember[], channel: MulticastChannel, source: number, values: unknown[]): void {
  for (const member of members.slice()) {
    const mine = copyValues(values);
    if (typeof member === "function") skynet.fork(() => member(channel, source, ...mine));
    else if (skynet.redirect(member, source, "lua", 0, mine as unknown as Body) === undefined) members.splice(members.indexOf(member), 1);
  }
}

/** Publishes one value. @param channel - A channel, or its number. @remarks Suspends. */
function* send(channel: MulticastChannel | number, data: unknown): Operation<void> {
  const to = typeof channel === "number" ? yield* newChannel({ channel }) : channel;
  yield* to.publish(data);
}

/** Ends a group of this service: its members hear no more, its channel is deleted. @throws SkynetError `ARGUMENT` for an unknown group. */
function del_group(group: string | number): void {
  const groups = states().current?.groups;
  const found = groups?.get(group);
  if (groups === undefined || found === undefined) {
    const known = [...(groups?.keys() ?? [])].join(", ") || "none";
    throw new SkynetError("ARGUMENT", `multicast.del_group: this service has no group "${group}"; it has: ${known}`);
  }
  groups.delete(group);
  found.channel.unsubscribe();
  if (found.channel.channel !== undefined) found.channel.delete();
}

/** The functions of `skynet.multicast`. */
export const multicast: {
  readonly new: typeof newChannel;
  readonly create: typeof create;
  readonly send: typeof send;
  readonly del_group: typeof del_group;
} = {
  new: operation("multicast.new", newChannel),
  create: operation("multicast.create", create),
  send: operation("multicast.send", send),
  del_group,
};
