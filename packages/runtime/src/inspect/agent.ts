/**
 * The inspector's agent: lives beside a runtime, reads it through an {@link InspectSource} and keeps its clients up to date.
 *
 * Knows nothing of sockets and encodings (links do that) and nothing of kernels (the source does). While nobody is subscribed it holds no
 * timer and no table. It reads the runtime once per tick, however many clients there are, and works in slices between which the runtime runs.
 *
 * @module
 */
import { Connection } from "./connection.ts";
import type { AgentAccess, AgentConnection, AgentLink, ConnectionHost, Subscription } from "./connection.ts";
import { Failures } from "./failures.ts";
import type { Scope } from "./frames.ts";
import { limits } from "./limits.ts";
import { RowTable } from "./row-table.ts";
import { ServiceSampler } from "./sample-services.ts";
import { servicesChannel } from "./services-channel.ts";
import type { HostTotals, InspectSource } from "./source.ts";
import { fieldIndexes, frameBytes, tableFrames } from "./table-frames.ts";
import type { Clock, ClockTimer } from "../ports/clock.ts";

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

class AgentCore implements ConnectionHost {
  readonly admitted = new Set<Connection>();
  readonly clock: Clock;
  readonly scopes: readonly Scope[];

  readonly #source: InspectSource;
  readonly #defer: (fn: () => void) => void;
  readonly #maxRows: number;
  readonly #strangers = new Set<Connection>();
  readonly #failures = new Failures();
  #table: RowTable | undefined;
  #sampler: ServiceSampler | undefined;
  #timer: ClockTimer | undefined;
  #timerMs = 0;
  #work: Iterator<unknown> | undefined;
  #lastMs = -Infinity;
  #costMs = 0;
  #closed = false;

  constructor(source: InspectSource, options: AgentOptions) {
    this.#source = source;
    this.clock = options.clock;
    this.#defer = options.defer;
    this.scopes = options.scopes ?? ["read"];
    this.#maxRows = Math.min(limits.rows, options.maxRows ?? limits.rows);
  }

  get active(): boolean {
    return this.#timer !== undefined || this.#work !== undefined;
  }

  connect(link: AgentLink, access: AgentAccess): AgentConnection {
    const connection = new Connection(this, link, access);
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
    return { host: this.#source.host(), caps: { ...this.#source.capabilities?.(), services: true } };
  }

  admit(connection: Connection): string | undefined {
    if (this.admitted.size >= limits.clients)
      return `${limits.clients} clients look at this host already, which is the limit; close another inspector first`;
    this.#strangers.delete(connection);
    this.admitted.add(connection);
    return undefined;
  }

  blockedMs(peer: string): number {
    return this.#failures.blockedMs(peer, this.clock.now());
  }

  failed(peer: string): void {
    this.#failures.add(peer, this.clock.now());
  }

  drop(connection: Connection): void {
    this.#strangers.delete(connection);
    this.admitted.delete(connection);
    if (this.#nextDueMs() === undefined) this.#rest();
  }

  fieldsOf(wanted: readonly string[] | undefined): readonly number[] {
    return fieldIndexes(servicesChannel, wanted);
  }

  wake(): void {
    if (this.#work === undefined) this.#arm();
  }

  /** When the next subscription is due; `undefined` when there is none. */
  #nextDueMs(): number | undefined {
    let due: number | undefined;
    for (const c of this.admitted) for (const s of c.subscriptions.values()) if (due === undefined || s.dueMs < due) due = s.dueMs;
    return due;
  }

  /** Nobody looks any more: holds nothing. A walk in progress ends by itself at its next slice. */
  #rest(): void {
    if (this.#timer !== undefined) this.clock.cancel(this.#timer);
    this.#timer = undefined;
    if (this.#work === undefined) this.#table = this.#sampler = undefined;
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

  /** One tick in small steps: read the runtime, then serve whoever is due. */
  *#tick(): Generator<void, void> {
    const table = (this.#table ??= new RowTable(servicesChannel, this.#maxRows));
    const sampler = (this.#sampler ??= new ServiceSampler(this.#source, table));
    let totals: HostTotals;
    try {
      for (const _ of sampler.sample(this.clock.now() * 1000)) {
        yield;
        if (this.#nextDueMs() === undefined) return;
      }
      totals = this.#source.totals();
    } catch (error) {
      // The runtime must not suffer from its observer; the clients see that there is nothing new, and why.
      const msg = `the host could not be read: ${error instanceof Error ? error.message : String(error)}`;
      for (const c of this.admitted)
        for (const s of c.subscriptions.values()) {
          c.send({ type: "err", code: "SOURCE", msg, id: s.id });
          s.dueMs = this.clock.now() + s.periodMs;
        }
      return;
    }
    for (const c of this.admitted) {
      if (c.strings.size > limits.strings) {
        c.strings.reset();
        for (const s of c.subscriptions.values()) Object.assign(s, { key: true, dueMs: 0 });
      }
      for (const s of c.subscriptions.values()) if (s.dueMs <= this.#lastMs + limits.earlyMs) yield* this.#serve(c, s, table);
      this.#stat(c, totals);
      yield;
    }
  }

  *#serve(c: Connection, s: Subscription, table: RowTable): Generator<void, void> {
    const now = this.clock.now();
    // Counted from when it was due, so that a rate asked for is the rate got; a late one does not cause a burst.
    s.dueMs = Math.max(s.dueMs + s.periodMs, now + s.periodMs / 2);
    const queued = c.link.queued();
    if (queued > limits.cloggedBytes) {
      s.cloggedMs ??= now;
      if (now - s.cloggedMs >= limits.cloggedMs) {
        c.subscriptions.delete(s.id);
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
    if (now - s.keyMs >= limits.keyMs) s.key = true;
    if (s.key) s.keyMs = now;
    const frames = tableFrames(table, s, c.strings);
    while (c.subscriptions.get(s.id) === s) {
      const next = frames.next();
      if (next.done === true) return;
      c.bytes += frameBytes(next.value);
      c.send(next.value);
      yield;
    }
  }

  #stat(c: Connection, totals: HostTotals): void {
    const now = this.clock.now();
    if (c.state !== "in" || c.subscriptions.size === 0 || now - c.statMs < limits.statMs * 0.9) return;
    c.statMs = now;
    c.send({
      type: "stat",
      t: now * 1000,
      services: totals.services,
      messages: totals.messages,
      lagUs: Math.max(0, Math.round(c.lagMs * 1000)),
      costUs: Math.round(this.#costMs * 1000),
      skipped: c.skipped,
      dropped: 0,
      bytes: c.bytes,
    });
    c.lagMs = 0;
  }
}
