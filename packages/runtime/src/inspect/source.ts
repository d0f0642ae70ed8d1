/**
 * What the agent reads from a runtime. A node implements this over its kernel; tests and adapters implement it over anything.
 *
 * Knows nothing of clients, frames or timing: the agent decides when to read and how much at a time.
 *
 * @module
 */
import type { Capabilities, HostInfo } from "./frames.ts";
import type { ServiceSample } from "./services-channel.ts";

/** Counters of the whole host. */
export interface HostTotals {
  /** Services alive. */
  readonly services: number;
  /** Messages dispatched since the start, by services alive or gone. */
  readonly messages: number;
}

/** A walk over all services, done in pieces so that no piece holds up the runtime. */
export interface ServiceWalk {
  /**
   * Visits up to `limit` further services. The visitor must copy what it wants: the walk may fill one object again and again.
   *
   * @returns Whether there is more to visit.
   */
  next(limit: number, visit: (row: ServiceSample) => void): boolean;
}

/** A runtime, as the inspector's agent sees it. Every method is called on the runtime's own thread, outside service code. */
export interface InspectSource {
  /** Who this is. Read once per connection. */
  host(): HostInfo;
  /** What is offered beside `services`, or why something is not. Default: nothing more. */
  capabilities?(): Capabilities;
  /** Counters of the whole host. Cheap: no walk. */
  totals(): HostTotals;
  /**
   * Begins a walk. A service that lives from the beginning of the walk to its end is visited exactly once; one that comes or goes
   * meanwhile at most once. (A live `Map` iterator does exactly this.)
   */
  services(): ServiceWalk;
}
