/**
 * What the agent reads from a runtime. A node implements this over its kernel; tests and adapters implement it over anything.
 *
 * Knows nothing of clients, frames or timing: the agent decides when to read and how much at a time. Every method is called on the runtime's
 * own thread, outside service code.
 *
 * @module
 */
import type { AlertFrame, Capabilities, CommandInfo, EventChannel, HostInfo, Scope, TableChannel } from "./frames.ts";

/** Counters of the whole host. */
export interface HostTotals {
  /** Services alive. */
  readonly services: number;
  /** Messages dispatched since the start, by services alive or gone. */
  readonly messages: number;
}

/** A walk over all rows of a channel, done in pieces so that no piece holds up the runtime. */
export interface RowWalk {
  /**
   * Visits up to `limit` further rows. The visitor must copy what it wants: the walk may fill one object again and again.
   *
   * A row is an object with the channel's fields: numbers, texts, or for a field with `values` one of these words. A walk that knows of a row
   * that nothing will happen to without notice gives it a stamp, and the next walk asks `unchanged` instead of making the row again.
   *
   * @param unchanged - Whether the visitor has the row of this node and number, with this stamp; then it counts as visited.
   * @returns Whether there is more to visit.
   */
  next(
    limit: number,
    visit: (row: object, stamp?: number) => void,
    unchanged?: (node: string, id: number, stamp: number) => boolean,
  ): boolean;
}

/** Some events of a stream. */
export interface EventBatch {
  /** Number of the first event; more than was asked for when older ones were overwritten. */
  readonly first: number;
  readonly count: number;
  /** Values of each field in the order of the events: numbers (or words) and texts. */
  readonly columns: Readonly<Record<string, ArrayLike<number | string>>>;
}

/** A stream of events, kept in a ring of which each client reads at its own pace. */
export interface EventFeed {
  /** Somebody reads from now on. A feed may record nothing while nobody does. */
  attach(): void;
  detach(): void;
  /** Number of the oldest event that can still be read, and the number the next one will have. */
  readonly tail: number;
  readonly head: number;
  /** What happened and was not recorded because more happens than is read: messages, about, ever. Never gets smaller. */
  readonly leftOut?: number;
  /** Up to `limit` events from number `from` on. */
  read(from: number, limit: number): EventBatch;
}

/** What the agent sends about a thing that needs attention. */
export type Alert = Omit<AlertFrame, "type">;

/** Who asks for a command. */
export interface Caller {
  readonly scopes: readonly Scope[];
  /** What the caller typed where a confirmation was asked for. */
  readonly confirm?: string;
}

/** A command that the host offers to clients. */
export interface HostCommand extends CommandInfo {
  /**
   * Carries it out.
   *
   * @param args - As they came: anything.
   * @throws SkynetError with what was wrong; the client gets code and message.
   */
  readonly run: (args: readonly unknown[], caller: Caller) => unknown;
  /** What is to be typed to confirm it, for these arguments; `undefined` when nothing is. */
  readonly confirmation?: (args: readonly unknown[]) => string | undefined;
}

/** A runtime, as the inspector's agent sees it. */
export interface InspectSource {
  /** Who this is. Read once per connection. */
  host(): HostInfo;
  /** Why something is not offered, by panel or channel. What `tables` and `events` name is offered. Default: nothing to say. */
  capabilities?(): Capabilities;
  /** Counters of the whole host. Cheap: no walk. */
  totals(): HostTotals;
  /**
   * Begins a walk over the rows of a channel. A row that is there from the beginning of the walk to its end is visited exactly once; one
   * that comes or goes meanwhile at most once.
   */
  readonly tables: Readonly<Partial<Record<TableChannel, () => RowWalk>>>;
  readonly events?: Readonly<Partial<Record<EventChannel, EventFeed>>>;
  /** Answers to one-off questions, by what is asked for. */
  readonly questions?: Readonly<Record<string, (args: readonly unknown[], caller: Caller) => unknown>>;
  readonly commands?: readonly HostCommand[];
  /**
   * Looks for trouble, once a second while a client is attached; yields often. Answers with all alerts that stand, and those that have
   * ended since the last time, marked as cleared.
   *
   * @param nowUs - Time of the sweep, on the clock of the frames.
   * @param rows - Whether somebody follows `sessions` or `waits`, whose rows a sweep makes.
   */
  sweep?(nowUs: number, rows: boolean): Generator<void, readonly Alert[]>;
  /** The last client has gone: what is only done for clients can end. */
  unwatched?(): void;
}
