/**
 * The inspector's agent: lives beside a runtime, reads it through an {@link InspectSource} and keeps its clients up to date.
 *
 * Knows nothing of sockets and encodings (links do that) and nothing of kernels (the source does). While nobody is subscribed it holds no
 * timer and no table. It reads the runtime once per tick, however many clients there are, and works in slices between which the runtime runs.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { Clock, ClockTimer } from "../../ports/clock.ts";
import { eventChannels, tableChannels } from "../channels/index.ts";
import type { AlertFrame, DoFrame, EventChannel, GetFrame, Scope, TableChannel } from "../frames.ts";
import type { Alert, HostTotals, InspectSource } from "../source.ts";
import { AlertBoard } from "./alert-board.ts";
import { Connection } from "./connection.ts";
import type {
  AgentAccess,
  AgentConnection,
  AgentLink,
  ConnectionHost,
  EventSubscription,
  Subscription,
  TableSubscription,
} from "./connection.ts";
import { eventBytes, eventFrames } from "./event-frames.ts";
import { Failures } from "./failures.ts";
import { limits } from "./limits.ts";
import { Requests } from "./requests.ts";
import { RowTable } from "./row-table.ts";
import { TableSampler } from "./sampler.ts";
import { frameBytes, tableFrames } from "./table-frames.ts";

/** What an agent needs from its host. */
export interface AgentOptions {
  /** Time for pacing and for the `t` of frames. Real time also where the runtime's own time is virtual. */
  readonly clock: Clock;
  /** Runs a function soon, after letting the runtime breathe: `ports.defer`. */
  readonly defer: (fn: () => void) => void;
  /** What links without a token check are granted. Default: `read`. */
  readonly scopes?: readonly Scope[];
  /** Rows of one table that are sent; the rest is only counted. Default and most: 50,000. */
  readonly maxRows?: number;
  /** Told of each alert when it comes up. With it, trouble is looked for also while no client is attached. Default: nobody. */
  readonly onAlert?: (alert: Alert) => void;
  /** Gets one line for each command of a client that needed more than the scope `read`. Default: nowhere. */
  readonly audit?: (line: string) => void;
}

/** The agent of one runtime. */
export interface Agent {
  /**
   * Lets a client talk to the agent over a link.
   *
   * @param access - Who may come in; default: anyone, with the agent's scopes (right for a link inside one page).
   */
  connect(link: AgentLink, access?: AgentAccess): AgentConnection;
  /** Clients that have been let in. */
  readonly clients: number;
  /** Whether the agent holds a timer or is at work; false whenever nobody is subscribed. */
  readonly active: boolean;
  /** Tells every client that the host ends, and closes their links. Later links are closed at once. */
  close(reason?: string): void;
}

/**
 * Makes the agent of a runtime. Costs nothing until a client subscribes.
 *
 * @example
 * ```ts
 * import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
 *
 * const { port1: port } = new MessageChannel();
 * const source = nodeSource({ mode: "browser", name: "demo", runtime: "0.1.0", id: "1", nodes: [{ name: "a", node }] });
 * const agent = createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn) });
 * const connection = agent.connect({ send: (frame) => port.postMessage(frame), queued: () => 0, close: () => port.close() });
 * port.onmessage = (e) => connection.receive(e.data);
 * ```
 */
export function createAgent(source: InspectSource, options: AgentOptions): Agent {
  const agent = new AgentCore(source, options);
  return {
    connect: (link, access = {}) => agent.connect(link, access),
    get clients() {
      return agent.admitted.size;
    },
    get active() {
      return agent.active;
    },
    close: (reason = "the host ends its inspector") => agent.close(reason),
  };
}

/** Why a channel gives no rows now. */
interface Unreadable {
  readonly code: "SOURCE" | "UNAVAILABLE";
  readonly msg: string;
}

interface Sampled {
  readonly rows: RowTable;
  readonly sampler: TableSampler;
}

class AgentCore implements ConnectionHost {
  readonly admitted = new Set<Connection>();
  readonly clock: Clock;
  readonly scopes: readonly Scope[];

  readonly #source: InspectSource;
  readonly #defer: (fn: () => void) => void;
  readonly #maxRows: number;
  readonly #onAlert: ((alert: Alert) => void) | undefined;
  readonly #requests: Requests;
  readonly #strangers = new Set<Connection>();
  readonly #failures = new Failures();
  /** Tables somebody follows. */
  readonly #tables = new Map<TableChannel, Sampled>();
  #board = new AlertBoard();
  #sweepMs = 0;
  /** Whether the last sweep made the rows of pending calls. */
  #rowsSwept = false;
  #timer: ClockTimer | undefined;
  #timerMs = 0;
  #work: Iterator<unknown> | undefined;
  #lastMs = -Infinity;
  #costMs = 0;
  #connections = 0;
  #closed = false;

  constructor(source: InspectSource, options: AgentOptions) {
    this.#source = source;
    this.clock = options.clock;
    this.#defer = options.defer;
    this.scopes = options.scopes ?? ["read"];
    this.#maxRows = Math.min(limits.rows, options.maxRows ?? limits.rows);
    this.#onAlert = options.onAlert;
    this.#requests = new Requests(source, options.clock, (alert, line) => {
      options.audit?.(line);
      this.#tellAll([{ type: "alert", ...alert }]);
    });
    if (this.#onAlert !== undefined) this.#arm();
  }

  get active(): boolean {
    return this.#timer !== undefined || this.#work !== undefined;
  }

  connect(link: AgentLink, access: AgentAccess): AgentConnection {
    const connection = new Connection(this, link, access, `client ${++this.#connections}`);
    if (this.#closed) connection.fail("CLOSING", "the host has ended its inspector");
    else if (this.#strangers.size >= limits.strangers)
      connection.fail("LIMIT", `${limits.strangers} connections are waiting to be let in already; try again in ${limits.authMs / 1000} s`);
    else this.#strangers.add(connection);
    return connection;
  }

  close(reason: string): void {
    this.#closed = true;
    for (const connection of [...this.#strangers, ...this.admitted]) connection.fail("CLOSING", reason);
    this.#rest();
  }

  info(): ReturnType<ConnectionHost["info"]> {
    const { tables, events = {}, commands } = this.#source;
    const offered = Object.fromEntries([...Object.keys(tables), ...Object.keys(events)].map((name) => [name, true as const]));
    return {
      host: this.#source.host(),
      caps: { ...this.#source.capabilities?.(), ...offered },
      ...(commands === undefined ? {} : { commands: commands.map(({ run: _run, confirmation: _confirmation, ...info }) => info) }),
    };
  }

  offers(channel: string): true | string {
    const { tables, events = {} } = this.#source;
    if (tables[channel as TableChannel] !== undefined || events[channel as EventChannel] !== undefined) return true;
    const reason = this.#source.capabilities?.()[channel];
    return typeof reason === "string" ? reason : `this host has no channel "${channel}"`;
  }

  follow(stream: EventChannel): number {
    const feed = this.#source.events![stream]!;
    feed.attach();
    return feed.tail;
  }

  leave(stream: EventChannel): void {
    this.#source.events![stream]!.detach();
  }

  request(connection: Connection, frame: GetFrame | DoFrame): void {
    this.#requests.begin(connection, frame);
  }

  admit(connection: Connection): string | undefined {
    if (this.admitted.size >= limits.clients)
      return `${limits.clients} clients look at this host already, which is the limit; close another inspector first`;
    this.#strangers.delete(connection);
    this.admitted.add(connection);
    return undefined;
  }

  welcomed(connection: Connection): void {
    for (const frame of this.#board.standing()) connection.send(frame);
    this.wake();
  }

  blockedMs(peer: string): number {
    return this.#failures.blockedMs(peer, this.clock.now());
  }

  failed(peer: string): void {
    this.#failures.add(peer, this.clock.now());
  }

  drop(connection: Connection): void {
    this.#strangers.delete(connection);
    const last = this.admitted.delete(connection) && this.admitted.size === 0;
    if (last) this.#source.unwatched?.();
    if (this.#nextDueMs() === undefined) this.#rest();
  }

  wake(): void {
    // The rows of pending calls come from sweeps: the first frame of who asks for them must have them, or it would say that there are none.
    if (!this.#rowsSwept && this.#wantsRows()) this.#sweepMs = 0;
    if (this.#work === undefined) this.#arm();
  }

  /** Whether trouble is looked for. */
  get #sweeps(): boolean {
    return this.#source.sweep !== undefined && (this.admitted.size > 0 || this.#onAlert !== undefined) && !this.#closed;
  }

  /** When there is something to do next; `undefined` when there is nothing. */
  #nextDueMs(): number | undefined {
    let due: number | undefined = this.#sweeps ? this.#sweepMs : undefined;
    for (const c of this.admitted) for (const s of c.subscriptions.values()) if (due === undefined || s.dueMs < due) due = s.dueMs;
    return due;
  }

  /** Nobody looks any more: holds nothing. A walk in progress ends by itself at its next slice. */
  #rest(): void {
    if (this.#timer !== undefined) this.clock.cancel(this.#timer);
    this.#timer = undefined;
    if (this.#work !== undefined) return;
    this.#tables.clear();
    if (!this.#sweeps) this.#board = new AlertBoard();
  }

  #arm(): void {
    if (this.#timer !== undefined) this.clock.cancel(this.#timer);
    this.#timer = undefined;
    const due = this.#nextDueMs();
    if (due === undefined) return this.#rest();
    const now = this.clock.now();
    const delay = Math.max(0, Math.max(due, this.#lastMs + limits.tickMs) - now);
    this.#timerMs = now + delay;
    this.#timer = this.clock.after(delay, () => {
      this.#timer = undefined;
      const late = this.clock.now() - this.#timerMs;
      for (const c of this.admitted) c.lagMs = Math.max(c.lagMs, late);
      this.#lastMs = this.clock.now();
      this.#work = this.#tick();
      this.#slice();
    });
  }

  /** Works until the slice is over, then lets the runtime go on. */
  #slice(): void {
    const work = this.#work;
    if (work === undefined) return;
    const from = this.clock.now();
    let done = false;
    for (let steps = 0; !done && steps < limits.sliceSteps && this.clock.now() - from < limits.sliceMs; steps++)
      done = work.next().done === true;
    this.#costMs += this.clock.now() - from;
    if (!done) return this.#defer(() => this.#slice());
    this.#work = undefined;
    this.#arm();
  }

  /** One tick in small steps: look for trouble, read what somebody wants to see now, and serve whoever is due. */
  *#tick(): Generator<void, void> {
    if (this.#sweeps && this.#sweepMs <= this.#lastMs + limits.earlyMs) yield* this.#sweep();
    for (const c of this.admitted)
      if (c.strings.size > limits.strings) {
        c.strings.reset();
        for (const s of c.subscriptions.values()) {
          if ("table" in s) Object.assign(s, { key: true, dueMs: 0 });
        }
      }
    const due = this.#due();
    for (const [channel, served] of due.tables) {
      const sampled = yield* this.#sample(channel);
      if (!(sampled instanceof RowTable)) for (const [c, s] of served) this.#unreadable(c, s, sampled);
      else
        for (const [c, s] of served)
          if (c.subscriptions.get(s.id) === s)
            yield* this.#serve(
              c,
              s,
              () => tableFrames(sampled, s, c.strings),
              frameBytes,
              () => this.#keyDue(s),
            );
    }
    for (const [c, s] of due.streams)
      if (c.subscriptions.get(s.id) === s)
        yield* this.#serve(
          c,
          s,
          () => this.#events(c, s),
          eventBytes,
          () => {},
        );
    this.#forget();
    let totals: HostTotals;
    try {
      totals = this.#source.totals();
    } catch {
      return;
    }
    for (const c of this.admitted) {
      this.#stat(c, totals);
      yield;
    }
  }

  /** Who is due, by channel. */
  #due(): {
    readonly tables: Map<TableChannel, (readonly [Connection, TableSubscription])[]>;
    readonly streams: (readonly [Connection, EventSubscription])[];
  } {
    const tables = new Map<TableChannel, (readonly [Connection, TableSubscription])[]>();
    const streams: (readonly [Connection, EventSubscription])[] = [];
    for (const c of this.admitted)
      for (const s of c.subscriptions.values()) {
        if (s.dueMs > this.#lastMs + limits.earlyMs) continue;
        if ("stream" in s) streams.push([c, s]);
        else {
          const served = tables.get(s.table);
          if (served === undefined) tables.set(s.table, [[c, s]]);
          else served.push([c, s]);
        }
      }
    return { tables, streams };
  }

  /** Reads a channel into its table; a text says why that failed. */
  *#sample(channel: TableChannel): Generator<void, RowTable | Unreadable> {
    let entry = this.#tables.get(channel);
    if (entry === undefined) {
      const rows = new RowTable(tableChannels[channel], this.#maxRows);
      this.#tables.set(channel, (entry = { rows, sampler: new TableSampler(rows) }));
    }
    try {
      const walk = this.#source.tables[channel]!();
      for (const _ of entry.sampler.sample(this.clock.now() * 1000, walk)) {
        yield;
        if (!this.#wanted(channel)) break;
      }
    } catch (error) {
      // The runtime must not suffer from its observer; the clients see that there is nothing new, and why.
      const msg = error instanceof Error ? error.message : String(error);
      if (error instanceof SkynetError && error.code === "UNSUPPORTED") return { code: "UNAVAILABLE", msg };
      return { code: "SOURCE", msg: `the host could not be read: ${msg}` };
    }
    return entry.rows;
  }

  #wantsRows(): boolean {
    return this.#wanted("sessions") || this.#wanted("waits");
  }

  #wanted(channel: TableChannel): boolean {
    for (const c of this.admitted) for (const s of c.subscriptions.values()) if ("table" in s && s.table === channel) return true;
    return false;
  }

  /** Drops the tables nobody follows any more. */
  #forget(): void {
    for (const channel of this.#tables.keys()) if (!this.#wanted(channel)) this.#tables.delete(channel);
  }

  #unreadable(c: Connection, s: Subscription, { code, msg }: Unreadable): void {
    c.send({ type: "err", code, msg, id: s.id });
    s.dueMs = this.clock.now() + s.periodMs;
  }

  #keyDue(s: TableSubscription): void {
    const now = this.clock.now();
    if (now - s.keyMs >= limits.keyMs) s.key = true;
    if (s.key) s.keyMs = now;
  }

  *#events(c: Connection, s: EventSubscription): ReturnType<typeof eventFrames> {
    const feed = this.#source.events![s.stream]!;
    for (const frame of eventFrames(eventChannels[s.stream], feed, s, c.strings, this.clock.now() * 1000)) {
      c.dropped += frame.dropped;
      yield frame;
    }
  }

  /** Sends one subscription's frames, unless its client reads too slowly. */
  *#serve<F extends Parameters<Connection["send"]>[0]>(
    c: Connection,
    s: Subscription,
    make: () => Generator<F, void>,
    size: (frame: F) => number,
    begin: () => void,
  ): Generator<void, void> {
    const now = this.clock.now();
    // Counted from when it was due, so that a rate asked for is the rate got; a late one does not cause a burst.
    s.dueMs = Math.max(s.dueMs + s.periodMs, now + s.periodMs / 2);
    const queued = c.link.queued();
    if (queued > limits.cloggedBytes) {
      s.cloggedMs ??= now;
      if (now - s.cloggedMs >= limits.cloggedMs) {
        c.unsubscribe(s.id);
        c.send({
          type: "err",
          code: "SLOW",
          id: s.id,
          msg: `the client did not read for ${limits.cloggedMs / 1000} s while ${queued} bytes waited for it; the list was stopped`,
        });
        return;
      }
    } else s.cloggedMs = undefined;
    if (queued > limits.queuedBytes) {
      c.skipped++;
      return;
    }
    begin();
    const frames = make();
    while (c.subscriptions.get(s.id) === s) {
      const next = frames.next();
      if (next.done === true) return;
      c.bytes += size(next.value);
      c.send(next.value);
      yield;
    }
  }

  *#sweep(): Generator<void, void> {
    const now = this.clock.now();
    const rows = this.#wantsRows();
    this.#rowsSwept = rows;
    const period = rows ? limits.watchedSweepMs : limits.sweepMs;
    this.#sweepMs = Math.max(this.#sweepMs + period, now + period / 2);
    let change: ReturnType<AlertBoard["update"]>;
    try {
      change = this.#board.update(yield* this.#source.sweep!(now * 1000, rows), now * 1000);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const title = "The host could not be searched for trouble";
      change = this.#board.update(
        [{ id: "sweep", kind: "agent", severity: "warn", entities: [], title, text, first: now * 1000, last: now * 1000 }],
        now * 1000,
      );
    }
    const { frames, fresh } = change;
    this.#tellAll(frames);
    for (const alert of fresh) this.#onAlert?.(alert);
  }

  #tellAll(frames: readonly AlertFrame[]): void {
    for (const frame of frames) for (const c of this.admitted) c.send(frame);
  }

  #stat(c: Connection, totals: HostTotals): void {
    const now = this.clock.now();
    if (c.state !== "in" || now - c.statMs < limits.statMs * 0.9) return;
    c.statMs = now;
    c.send({
      type: "stat",
      t: now * 1000,
      services: totals.services,
      messages: totals.messages,
      lagUs: Math.max(0, Math.round(c.lagMs * 1000)),
      costUs: Math.round(this.#costMs * 1000),
      skipped: c.skipped,
      dropped: c.dropped,
      bytes: c.bytes,
    });
    c.lagMs = 0;
  }
}
