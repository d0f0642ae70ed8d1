/**
 * Several hosts behind one client: panels, filters, exports and alerts see them as one and need not know.
 *
 * Each host keeps its own connection and stores; here they are only read together. Whoever watches a channel watches it at every host, so that
 * each sends what is on the screen and nothing else.
 *
 * @module
 */
import type { EventChannel, TableChannel } from "@skyloom/runtime/inspect";
import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";
import type { Alerts } from "../../stores/alert-store.ts";
import type { EventView } from "../../stores/event-reader.ts";
import type { HostList } from "../../stores/host-list.ts";
import type { History } from "../../stores/host-history.ts";
import { LogStore } from "../../stores/log-store.ts";
import { Pause } from "../../stores/pause.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { TraceReader } from "../../traces/read-events.ts";
import { TraceStore } from "../../traces/trace-store.ts";
import type { Client, HostClient } from "../client.ts";
import type { ConnectionView } from "../connection.ts";
import type { CommandResult } from "../requests.ts";
import { HostsView } from "./hosts-view.ts";
import { JoinedAlerts } from "./joined-alerts.ts";
import { JoinedConnection } from "./joined-connection.ts";
import { joinedEvents } from "./joined-events.ts";
import { JoinedHistory } from "./joined-history.ts";
import { JoinedRequests } from "./joined-requests.ts";
import { JoinedTable } from "./joined-table.ts";
import { NodeNames } from "./names.ts";
import { Part } from "./part.ts";

/** A host to be joined. */
export interface JoinedHost {
  /** What the address of the page calls it. */
  readonly key: string;
  readonly client: HostClient;
}

/** Several hosts as one client. */
export interface JoinedHosts extends Client {
  readonly hosts: HostList;
  /** Ends the joining; the hosts' own clients go on. */
  release(): void;
}

/**
 * Joins hosts. Their clients go on by themselves: several joined ones may be made of them, one after the other, as hosts come and go.
 *
 * With one host everything is as that host says it; only the choice of nodes is added.
 *
 * @param wall - Milliseconds since 1970; default: the browser's clock.
 *
 * @example
 * ```ts
 * import { createClient, joinHosts, webSocketDial } from "@skyloom/devtools";
 *
 * const host = (url: string) => ({ key: url, client: createClient({ dial: webSocketDial(url), title: new URL(url).host }) });
 * const client = joinHosts([host("ws://10.0.0.1:7400/inspect"), host("ws://10.0.0.2:7400/inspect")]);
 * client.connect();
 * ```
 */
export function joinHosts(hosts: readonly JoinedHost[], wall: () => number = () => Date.now()): JoinedHosts {
  if (hosts.length === 0) throw new RangeError("joinHosts needs at least one host");
  return new JoinedClient(hosts, wall);
}

class JoinedClient implements JoinedHosts {
  readonly connection: StoreApi<ConnectionView>;
  readonly alerts: Alerts;
  readonly pause: Pause = new Pause();
  readonly logs: LogStore;
  readonly traces: TraceStore;
  readonly history: History;
  readonly hosts: HostList;
  readonly #parts: readonly Part[];
  readonly #view: HostsView;
  readonly #joined: JoinedAlerts | undefined;
  readonly #requests: JoinedRequests;
  readonly #state: JoinedConnection;
  readonly #tables = new Map<TableChannel, JoinedTable>();
  readonly #names: TraceReader | undefined;
  /** Runs of hosts seen, so that their recordings can be told apart; and which host is in which. */
  #runs = 0;
  readonly #runOf: { id: string | undefined; run: number }[] = [];
  #sampledBy = "";
  readonly #stop: (() => void)[] = [];

  constructor(hosts: readonly JoinedHost[], wall: () => number) {
    const alone = hosts.length === 1;
    const [first] = hosts;
    const wallMs = wall() - first!.client.now();
    const names = new NodeNames(hosts.map((h) => h.client.title));
    this.#parts = hosts.map((h, i) => new Part(i, h.key, h.client, names, alone, wallMs));
    this.#label();
    this.#view = new HostsView(this.#parts, names, () => this.#again());
    this.hosts = this.#view;
    this.#requests = new JoinedRequests(this.#parts, this.#view);
    this.#joined = alone ? undefined : new JoinedAlerts(this.#parts);
    this.alerts = this.#joined ?? first!.client.alerts;
    this.logs = alone ? first!.client.logs : new LogStore();
    this.traces = alone ? first!.client.traces : new TraceStore();
    this.#names = alone ? undefined : new TraceReader();
    this.history = alone ? first!.client.history : new JoinedHistory(this.#parts);
    if (!alone) {
      this.pause.add(this.logs);
      this.pause.add(this.traces);
    }
    for (const part of this.#parts) {
      this.#runOf.push({ id: part.client.connection.getState().host?.id, run: this.#runs++ });
      this.pause.add(heldBy(part.client.pause));
      this.#stop.push(part.client.connection.subscribe((now, before) => this.#news(part, now, before)));
    }
    this.#state = new JoinedConnection(this.#parts, wallMs);
    this.connection = createStore(() => this.#state.view());
  }

  get title(): string {
    return this.#parts.map((p) => p.client.title).join(", ");
  }

  get traceNames(): TraceReader {
    return this.#names ?? this.#parts[0]!.client.traceNames;
  }

  now(): number {
    return this.#parts[0]!.client.now();
  }

  connect(): void {
    for (const { client } of this.#parts) client.connect();
  }

  retry(): void {
    for (const { client } of this.#parts) client.retry();
  }

  table(channel: TableChannel): TableStore {
    let table = this.#tables.get(channel);
    if (table === undefined) {
      table = new JoinedTable(channel, this.#parts, this.#view);
      table.onNames = () => this.#view.changed();
      this.#tables.set(channel, table);
    }
    return table;
  }

  watch(channel: TableChannel): () => void {
    this.table(channel);
    return all(this.#parts.map(({ client }) => client.watch(channel)));
  }

  follow(channel: EventChannel, take: (batch: EventView) => void): () => void {
    return all(this.#parts.map((part, i) => part.client.follow(channel, (batch) => take(joinedEvents(part, this.#runOf[i]!.run, batch)))));
  }

  watchLogs(): () => void {
    return this.#streams("logs", (of) => of.watchLogs(), this.#takeLogs);
  }

  watchTraces(sampledBy: string = ""): () => void {
    this.#sampledBy = sampledBy;
    return this.#streams("trace", (of) => of.watchTraces(sampledBy), this.#takeTraces);
  }

  ask(what: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#requests.ask(what, args);
  }

  act(cmd: string, args: readonly unknown[], confirm?: string): Promise<CommandResult> {
    return this.#requests.act(cmd, args, confirm);
  }

  release(): void {
    for (const stop of this.#stop.splice(0)) stop();
    for (const table of this.#tables.values()) table.release();
    this.#joined?.release();
    this.pause.set(false);
  }

  close(): void {
    this.release();
    for (const { client } of this.#parts) client.close();
    this.connection.setState(this.#state.view());
  }

  readonly #takeLogs = (part: Part, run: number, view: EventView): void => this.logs.take(joinedEvents(part, run, view));

  readonly #takeTraces = (part: Part, run: number, view: EventView): void => {
    for (const batch of this.traceNames.read(joinedEvents(part, run, view))) this.traces.append(batch, this.#sampledBy);
  };

  /** How many watch a stream, and how it is left again. */
  readonly #watched = new Map<EventChannel, { watchers: number; stop: () => void }>();

  #streams(
    channel: EventChannel,
    alone: (client: Client) => () => void,
    take: (part: Part, run: number, view: EventView) => void,
  ): () => void {
    if (this.#names === undefined) return alone(this.#parts[0]!.client);
    let watched = this.#watched.get(channel);
    if (watched === undefined)
      this.#watched.set(
        channel,
        (watched = {
          watchers: 0,
          stop: all(this.#parts.map((part, i) => part.client.follow(channel, (batch) => take(part, this.#runOf[i]!.run, batch)))),
        }),
      );
    const entry = watched;
    entry.watchers++;
    return once(() => {
      if (--entry.watchers > 0) return;
      this.#watched.delete(channel);
      entry.stop();
    });
  }

  #label(): boolean {
    const names = this.#parts.map((p) => p.client.connection.getState().host?.name ?? p.client.title);
    let news = false;
    for (const part of this.#parts) {
      const label = part.alone ? names[0]! : part.names.hostLabel(part.place, names);
      if (label === part.label) continue;
      part.label = label;
      news = true;
    }
    return news;
  }

  #news(part: Part, now: ConnectionView, before: ConnectionView): void {
    const shift = part.shiftUs;
    part.measure();
    const renamed = now.host !== before.host && this.#label();
    const known = this.#runOf[part.place]!;
    if (now.host !== undefined && now.host.id !== known.id) {
      // The first host met behind a connection is no other run of it.
      if (known.id !== undefined) known.run = this.#runs++;
      known.id = now.host.id;
    }
    if (!part.alone && (renamed || now.phase !== before.phase)) this.#again();
    else if (renamed || now.phase !== before.phase || now.retryAt !== before.retryAt) this.#view.changed();
    if (shift !== part.shiftUs && !renamed) this.#joined?.again();
    this.connection.setState(this.#state.view());
  }

  /** Everything that is shown is told anew. */
  #again(): void {
    for (const table of this.#tables.values()) table.again();
    this.#joined?.again();
    this.#view.changed();
  }
}

/** Holds what a host's own switch holds. */
function heldBy(pause: Pause): Parameters<Pause["add"]>[0] {
  let stop: (() => void) | undefined;
  return {
    freeze(missed) {
      let told = 0;
      pause.set(true);
      stop = pause.subscribe(() => {
        for (; told < pause.missed; told++) missed();
      });
    },
    thaw() {
      stop?.();
      pause.set(false);
    },
  };
}

function all(stops: readonly (() => void)[]): () => void {
  return () => {
    for (const stop of stops) stop();
  };
}

function once(fn: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    fn();
  };
}
