/**
 * The client: keeps one connection to an agent up, restores what was subscribed, and feeds the stores.
 *
 * Knows nothing of React and of how frames travel (a {@link Dial} does). Panels see the {@link Client} interface only, so that a live host, a host
 * in the page and later a recording look the same to them.
 *
 * @module
 */
import { PROTOCOL_VERSION } from "@skyloom/runtime/inspect";
import type { AgentErrorCode, AgentFrame, ChannelName, ClientFrame, EventChannel, StatFrame, TableChannel } from "@skyloom/runtime/inspect";
import type { Clock, ClockTimer } from "@skyloom/runtime/ports";
import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";
import { backoffMs } from "./backoff.ts";
import { checkHostFrame } from "./check-host-frame.ts";
import { initialConnection } from "./connection.ts";
import type { ConnectionView, HostFigures, Trouble } from "./connection.ts";
import type { ClientLink, Dial } from "./link.ts";
import { AlertStore } from "../stores/alert-store.ts";
import type { Alerts } from "../stores/alert-store.ts";
import type { HostList } from "../stores/host-list.ts";
import { tableShapes } from "../stores/channels.ts";
import { HostHistory } from "../stores/host-history.ts";
import type { History } from "../stores/host-history.ts";
import { overviewSample } from "../stores/overview-sample.ts";
import { Pause } from "../stores/pause.ts";
import { LogStore } from "../stores/log-store.ts";
import { EventReader } from "../stores/event-reader.ts";
import type { EventView } from "../stores/event-reader.ts";
import { LiveTable } from "../stores/table-store.ts";
import type { TableStore } from "../stores/table-store.ts";
import { TraceReader } from "../traces/read-events.ts";
import { TraceStore } from "../traces/trace-store.ts";
import { PendingRequests, RequestError } from "./requests.ts";
import type { CommandResult } from "./requests.ts";
import { StringTable } from "./string-table.ts";

/** One connection to a host, and the data that came over it. */
export interface Client {
  /** What to call the host before it has said its name, e.g. the address that is dialled. */
  readonly title: string;
  readonly connection: Pick<StoreApi<ConnectionView>, "getState" | "subscribe">;
  readonly alerts: Alerts;
  /** The host's figures over the last hour, of what this client was told anyway. */
  readonly history: History;
  /** Holds tables, logs, alerts, traces and plots as they are while the user looks. */
  readonly pause: Pause;
  /** The rows of a channel: empty until somebody watches it, and kept when nobody does any more. */
  table(channel: TableChannel): TableStore;
  /** The hosts behind it and which of their nodes are shown, where the client joins hosts; absent: there is one, and all of it is shown. */
  readonly hosts?: HostList;
  /** The client's own clock, in milliseconds: what the times in {@link ConnectionView} are measured with. */
  now(): number;
  /** Starts connecting; harmless when it has begun. */
  connect(): void;
  /** Tries again at once, whatever the state; also asks for a list anew that the host has ended. */
  retry(): void;
  /** Asks for a table until the returned function is called. */
  watch(channel: TableChannel): () => void;
  /** Asks for a stream until the returned function is called; each batch is handed over once. */
  follow(channel: EventChannel, take: (batch: EventView) => void): () => void;
  /** The lines of the host's log: collected from when somebody first watches them. */
  readonly logs: LogStore;
  /** Collects log lines until the returned function is called. */
  watchLogs(): () => void;
  /** Traces that were recorded: collected while {@link Client.watchTraces} is in force. */
  readonly traces: TraceStore;
  /** Names of nodes and services that the traces speak of. */
  readonly traceNames: TraceReader;
  /**
   * Collects traces until the returned function is called. The host stops recording when its last reader goes.
   *
   * @param sampledBy - How the traces that begin from now on were chosen, for the list.
   */
  watchTraces(sampledBy?: string): () => void;
  /** Asks the host something once. @throws RequestError */
  ask(what: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Tells the host to do something. @param confirm - What the user typed where a confirmation was asked for. @throws RequestError */
  act(cmd: string, args: readonly unknown[], confirm?: string): Promise<CommandResult>;
  /** Ends the connection for good. */
  close(): void;
}

/** A client of one host. */
export interface HostClient extends Client {
  table(channel: TableChannel): LiveTable;
}

/** Options of {@link createClient}. */
export interface ClientOptions {
  readonly dial: Dial;
  readonly title: string;
  /** The host's token, if it asks for one. Kept in memory only. */
  readonly token?: string;
  /** Default: the browser's clock. */
  readonly clock?: Clock;
  /** From 0 up to 1; spreads reconnects. Default `Math.random`. */
  readonly random?: () => number;
}

/** Nothing heard for this long: the data is stale. */
export const STALE_MS = 3_000;
/** Nothing heard for this long: the link is given up. */
const DEAD_MS = 15_000;
/** An attempt to connect may take this long. */
const OPEN_MS = 10_000;
const PING_MS = 1_500;
/** Round trips that are looked at for the clock offset. */
const ROUND_TRIPS = 8;
/** At least this long between two requests for a key frame after bad or missing frames. */
const HEAL_MS = 1_000;
/** Subscription ids, one for each channel. */
const ids: Readonly<Record<ChannelName, number>> = {
  services: 1,
  overview: 2,
  mailboxes: 3,
  sessions: 4,
  waits: 5,
  memory: 6,
  sockets: 7,
  timers: 8,
  logs: 9,
  trace: 10,
};
const channelOf = new Map(Object.entries(ids).map(([name, id]) => [id, name as ChannelName]));
const isTable = (channel: ChannelName): channel is TableChannel => Object.hasOwn(tableShapes, channel);

/** Refusals that the next attempt would meet again. */
const final: ReadonlySet<AgentErrorCode> = new Set<AgentErrorCode>(["AUTH", "AUTH_REQUIRED", "AUTH_BLOCKED", "VERSION"]);

const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, fn) => setTimeout(fn, ms) as unknown as ClockTimer,
  cancel: (timer) => clearTimeout(timer as unknown as ReturnType<typeof setTimeout>),
};

/**
 * Makes a client. It does nothing until {@link Client.connect}.
 *
 * @example
 * ```ts
 * import { createClient, webSocketDial } from "@skyloom/devtools";
 *
 * const client = createClient({ dial: webSocketDial("ws://127.0.0.1:7400/inspect"), title: "127.0.0.1:7400" });
 * client.connect();
 * ```
 */
export function createClient(options: ClientOptions): HostClient {
  return new LiveClient(options);
}

/** One channel as this client follows it. */
interface Followed {
  watchers: number;
  subscribed: boolean;
  waitsForKey: boolean;
  healedAt: number;
  healTimer: ClockTimer | undefined;
  /** Who takes the batches of a stream, and how often each has asked for them. */
  readonly takers: Map<(batch: EventView) => void, number>;
}

class LiveClient implements HostClient {
  readonly title: string;
  readonly alerts: AlertStore;
  readonly pause: Pause = new Pause();
  readonly history: HostHistory = new HostHistory();
  readonly logs: LogStore = new LogStore();
  readonly traces: TraceStore = new TraceStore();
  traceNames: TraceReader = new TraceReader();
  #sampledBy = "";
  readonly connection: StoreApi<ConnectionView> = createStore(() => initialConnection);

  readonly #dial: Dial;
  readonly #token: string | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #strings = new StringTable();
  readonly #tables = new Map<TableChannel, LiveTable>();
  readonly #followed = new Map<ChannelName, Followed>();
  readonly #requests = new PendingRequests();
  #link: ClientLink | undefined;
  #attempt = 0;
  #retryTimer: ClockTimer | undefined;
  #pulseTimer: ClockTimer | undefined;
  #openTimer: ClockTimer | undefined;
  #pingedAt = -Infinity;
  #trips: { readonly rtt: number; readonly offset: number }[] = [];
  #stat: StatFrame | undefined;
  /** What the host said before it closed the link. */
  #refusal: Trouble | undefined;

  constructor(options: ClientOptions) {
    this.title = options.title;
    this.#dial = options.dial;
    this.#token = options.token;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.alerts = new AlertStore(() => this.#clock.now());
    this.pause.add(this.alerts);
    this.pause.add(this.logs);
    this.pause.add(this.traces);
    this.pause.add(this.history);
    this.table("overview").observe((rows) => {
      const { lagMs, agentPercent } = this.connection.getState().figures ?? {};
      this.history.take(rows.t, {
        ...overviewSample(rows),
        ...(lagMs === undefined ? {} : { lagMs }),
        ...(agentPercent === undefined ? {} : { agentPercent }),
      });
    });
  }

  now(): number {
    return this.#clock.now();
  }

  connect(): void {
    if (this.connection.getState().phase === "idle") this.#open();
  }

  retry(): void {
    const { phase } = this.connection.getState();
    if (phase === "live" || phase === "stale") {
      for (const channel of this.#followed.keys()) this.#subscribe(channel);
      return;
    }
    if (phase === "reconnecting" || phase === "closed" || phase === "idle") this.#open();
  }

  table(channel: TableChannel): LiveTable {
    let table = this.#tables.get(channel);
    if (table === undefined) {
      table = new LiveTable(tableShapes[channel], this.#strings, () => this.#clock.now());
      this.#tables.set(channel, table);
      this.pause.add(table, () => {
        const followed = this.#followed.get(channel);
        return followed?.subscribed === true && !followed.waitsForKey;
      });
    }
    return table;
  }

  watch(channel: TableChannel): () => void {
    this.table(channel);
    return this.#follow(channel);
  }

  follow(channel: EventChannel, take: (batch: EventView) => void): () => void {
    const stop = this.#follow(channel);
    const { takers } = this.#followed.get(channel)!;
    let taking = true;
    takers.set(take, (takers.get(take) ?? 0) + 1);
    return () => {
      if (!taking) return;
      taking = false;
      stop();
      const left = (takers.get(take) ?? 1) - 1;
      if (left === 0) takers.delete(take);
      else takers.set(take, left);
    };
  }

  watchLogs(): () => void {
    return this.follow("logs", this.#takeLogs);
  }

  watchTraces(sampledBy: string = ""): () => void {
    this.#sampledBy = sampledBy;
    return this.follow("trace", this.#takeTraces);
  }

  readonly #takeTraces = (view: EventView): void => {
    for (const batch of this.traceNames.read(view)) this.traces.append(batch, this.#sampledBy);
  };

  /** One function, so that several watchers take each batch once. */
  readonly #takeLogs = (batch: EventView): void => this.logs.take(batch);

  ask(what: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#request<unknown>((rid) => ({ type: "get", rid, what, args }));
  }

  act(cmd: string, args: readonly unknown[], confirm?: string): Promise<CommandResult> {
    return this.#request<CommandResult>((rid) => ({ type: "do", rid, cmd, args, ...(confirm === undefined ? {} : { confirm }) }));
  }

  #request<T>(frame: (rid: number) => ClientFrame): Promise<T> {
    const { phase } = this.connection.getState();
    if (this.#link === undefined || (phase !== "live" && phase !== "stale"))
      return Promise.reject(new RequestError("LOST", "there is no connection to the host"));
    const { rid, answer } = this.#requests.open<T>();
    this.#link.send(frame(rid));
    return answer;
  }

  #follow(channel: ChannelName): () => void {
    let followed = this.#followed.get(channel);
    if (followed === undefined)
      this.#followed.set(
        channel,
        (followed = { watchers: 0, subscribed: false, waitsForKey: false, healedAt: -Infinity, healTimer: undefined, takers: new Map() }),
      );
    const entry = followed;
    let watching = true;
    if (++entry.watchers === 1) this.#subscribe(channel);
    return () => {
      if (!watching) return;
      watching = false;
      if (--entry.watchers > 0 || !entry.subscribed) return;
      entry.subscribed = false;
      this.#link?.send({ type: "unsub", id: ids[channel] });
    };
  }

  close(): void {
    this.#hangUp();
    this.#set({ phase: "closed", trouble: undefined, retryAt: undefined });
  }

  #set(part: Partial<ConnectionView>): void {
    this.connection.setState(part);
  }

  #open(): void {
    this.#hangUp();
    this.#set({ phase: "connecting", retryAt: undefined });
    this.#refusal = undefined;
    // Each link has its own events: a late one of a link that was given up finds that it is no longer the current one.
    const current = (): boolean => this.#link === link;
    const link: ClientLink = this.#dial({
      opened: () => {
        if (!current()) return;
        const version = { v: PROTOCOL_VERSION } as const;
        link.send(this.#token === undefined ? { type: "hello", ...version } : { type: "auth", ...version, token: this.#token });
      },
      frame: (value) => {
        if (current()) this.#frame(value);
      },
      garbage: (why) => {
        if (current()) this.#lost({ code: "GARBAGE", msg: `the host sent something that cannot be read: ${why}` });
      },
      closed: ({ reason }) => {
        if (current()) this.#lost(this.#refusal ?? { code: "LOST", msg: reason === "" ? "the connection was lost" : reason });
      },
    });
    this.#link = link;
    this.#openTimer = this.#clock.after(OPEN_MS, () => this.#lost({ code: "LOST", msg: `no answer within ${OPEN_MS / 1000} s` }));
  }

  /** Ends link and timers. */
  #hangUp(): void {
    for (const timer of [this.#retryTimer, this.#pulseTimer, this.#openTimer]) if (timer !== undefined) this.#clock.cancel(timer);
    this.#retryTimer = this.#pulseTimer = this.#openTimer = undefined;
    for (const followed of this.#followed.values()) {
      if (followed.healTimer !== undefined) this.#clock.cancel(followed.healTimer);
      followed.healTimer = undefined;
      followed.subscribed = false;
    }
    this.#strings.clear();
    const link = this.#link;
    this.#link = undefined;
    this.#trips = [];
    this.#stat = undefined;
    link?.close();
    this.#requests.lost("the connection to the host was lost before it answered");
  }

  #lost(trouble: Trouble): void {
    this.#hangUp();
    const past = { trouble, figures: undefined, rttMs: undefined } as const;
    if ((final as ReadonlySet<string>).has(trouble.code)) return this.#set({ ...past, phase: "closed", retryAt: undefined });
    const wait = backoffMs(this.#attempt++, this.#random());
    this.#set({ ...past, phase: "reconnecting", retryAt: this.#clock.now() + wait });
    this.#retryTimer = this.#clock.after(wait, () => this.#open());
  }

  #frame(value: unknown): void {
    const frame = checkHostFrame(value);
    if (frame === undefined) return;
    const heardAt = this.#clock.now();
    const { phase } = this.connection.getState();
    if (phase === "stale") this.#set({ phase: "live", heardAt });
    else this.#set({ heardAt });
    switch (frame.type) {
      case "hello":
        return this.#welcome(frame);
      case "key":
      case "delta":
        return this.#table(frame);
      case "ev":
        return this.#events(frame);
      case "res":
      case "done":
        return this.#requests.settle(frame);
      case "alert":
        return this.alerts.take(frame);
      case "stat":
        return this.#figures(frame);
      case "pong":
        return this.#pong(frame.t0, frame.t1);
      case "err": {
        const trouble: Trouble = { code: frame.code, msg: frame.msg };
        const channel = frame.id === undefined ? undefined : channelOf.get(frame.id);
        if (channel !== undefined) {
          const followed = this.#followed.get(channel);
          // These two pass: the host goes on trying, and rows come without being asked for again.
          const passes = frame.code === "SOURCE" || frame.code === "UNAVAILABLE";
          if (!passes && followed !== undefined) followed.subscribed = false;
          this.#trouble(channel, trouble);
        } else if (frame.id === undefined) this.#refusal = trouble;
      }
    }
  }

  #welcome(frame: Extract<AgentFrame, { type: "hello" }>): void {
    if (this.#openTimer !== undefined) this.#clock.cancel(this.#openTimer);
    this.#openTimer = undefined;
    this.#attempt = 0;
    const known = this.connection.getState().host;
    if (known !== undefined && known.id !== frame.host.id) {
      for (const table of this.#tables.values()) table.newHost();
      this.history.clear();
      // Another run of the host numbers its recordings anew.
      this.traces.clear();
      this.traceNames = new TraceReader();
    }
    this.alerts.reset();
    this.#set({
      phase: "live",
      trouble: undefined,
      retryAt: undefined,
      host: frame.host,
      caps: frame.caps,
      scopes: frame.scopes,
      protocol: frame.v,
      commands: frame.commands ?? [],
      epochOffsetMs: frame.clock === undefined ? undefined : frame.clock.epochMs - frame.clock.monoUs / 1000,
      clockOffsetMs: undefined,
    });
    for (const channel of this.#followed.keys()) this.#subscribe(channel);
    this.#pulse();
  }

  #trouble(channel: ChannelName, trouble: Trouble | undefined): void {
    const { troubles } = this.connection.getState();
    if (troubles[channel] === trouble) return;
    const { [channel]: _old, ...others } = troubles;
    this.#set({ troubles: trouble === undefined ? others : { ...others, [channel]: trouble } });
  }

  #subscribe(channel: ChannelName): void {
    const followed = this.#followed.get(channel);
    if (this.#link === undefined || followed === undefined || followed.watchers === 0) return;
    const { phase, host, caps } = this.connection.getState();
    if (host === undefined || (phase !== "live" && phase !== "stale")) return;
    // What the host has said it does not offer need not be asked for; the panel shows its reason.
    if (caps[channel] !== true) return;
    followed.subscribed = true;
    followed.waitsForKey = true;
    this.#trouble(channel, undefined);
    this.#ask(channel);
  }

  #table(frame: Extract<AgentFrame, { type: "key" | "delta" }>): void {
    const channel = channelOf.get(frame.id);
    if (channel === undefined || !isTable(channel)) return;
    const followed = this.#followed.get(channel);
    // Texts count also where the rows are not wanted any more: later frames name them.
    if (followed === undefined || !followed.subscribed || (followed.waitsForKey && frame.type !== "key")) {
      const fault = this.#strings.add(frame.strings);
      if (fault !== undefined) this.#broken(fault);
      return;
    }
    const fault = this.table(channel).apply(frame);
    if (fault === undefined) {
      followed.waitsForKey = false;
      return this.#trouble(channel, undefined);
    }
    // A frame is missing or broken: what is shown stays, a key frame makes it whole again.
    followed.waitsForKey = true;
    if (fault !== "gap") this.#trouble(channel, { code: "GARBAGE", msg: `the host sent a table that cannot be read: ${fault}` });
    const wait = Math.max(0, followed.healedAt + HEAL_MS - this.#clock.now());
    followed.healTimer ??= this.#clock.after(wait, () => {
      followed.healTimer = undefined;
      followed.healedAt = this.#clock.now();
      if (followed.subscribed && followed.waitsForKey) this.#ask(channel);
    });
  }

  #events(frame: Extract<AgentFrame, { type: "ev" }>): void {
    const channel = channelOf.get(frame.id);
    if (channel === undefined || isTable(channel)) return;
    const batch = new EventReader(channel, this.#strings).read(frame);
    if (typeof batch === "string")
      return this.#trouble(channel, { code: "GARBAGE", msg: `the host sent events that cannot be read: ${batch}` });
    for (const take of this.#followed.get(channel)?.takers.keys() ?? []) take(batch);
  }

  /** The texts of the connection are out of step: only a new connection helps. */
  #broken(fault: string): void {
    this.#lost({ code: "GARBAGE", msg: `the host sent something that cannot be read: ${fault}` });
  }

  #ask(channel: ChannelName): void {
    this.#link?.send({
      type: "sub",
      ch: channel,
      id: ids[channel],
      ...(isTable(channel) ? { fields: tableShapes[channel].fields } : {}),
    });
  }

  #figures(frame: StatFrame): void {
    const before = this.#stat;
    this.#stat = frame;
    const us = before === undefined ? 0 : frame.t - before.t;
    const rate = (now: number, then: number): number | undefined => (us > 0 && now >= then ? (now - then) / us : undefined);
    const messages = before && rate(frame.messages, before.messages);
    const cost = before && rate(frame.costUs, before.costUs);
    const figures: HostFigures = {
      services: frame.services,
      messagesPerSecond: messages === undefined ? undefined : messages * 1e6,
      lagMs: frame.lagUs / 1000,
      agentPercent: cost === undefined ? undefined : cost * 100,
      skipped: frame.skipped,
      dropped: frame.dropped,
    };
    this.#set({ figures });
    // While nobody watches the overview, the host's signs of life say the most of it.
    if (this.#followed.get("overview")?.subscribed !== true)
      this.history.take(frame.t, {
        services: frame.services,
        lagMs: figures.lagMs,
        ...(figures.messagesPerSecond === undefined ? {} : { messageRate: figures.messagesPerSecond }),
        ...(figures.agentPercent === undefined ? {} : { agentPercent: figures.agentPercent }),
      });
  }

  #pong(t0: number, t1: number): void {
    const now = this.#clock.now();
    const rtt = now - t0;
    if (!(rtt >= 0) || typeof t1 !== "number") return;
    this.#trips.push({ rtt, offset: t1 / 1000 - (t0 + rtt / 2) });
    if (this.#trips.length > ROUND_TRIPS) this.#trips.shift();
    const best = this.#trips.reduce((a, b) => (b.rtt < a.rtt ? b : a));
    this.#set({ clockOffsetMs: best.offset, rttMs: best.rtt });
  }

  /** While connected: asks for a sign of life and looks whether there was one. */
  #pulse(): void {
    const now = this.#clock.now();
    if (now - this.#pingedAt >= PING_MS) {
      this.#pingedAt = now;
      this.#link?.send({ type: "ping", t0: now });
    }
    this.#pulseTimer = this.#clock.after(500, () => {
      const silence = this.#clock.now() - (this.connection.getState().heardAt ?? 0);
      if (silence > DEAD_MS) return this.#lost({ code: "LOST", msg: `nothing was heard for ${DEAD_MS / 1000} s` });
      if (silence > STALE_MS && this.connection.getState().phase === "live") this.#set({ phase: "stale" });
      this.#pulse();
    });
  }
}
