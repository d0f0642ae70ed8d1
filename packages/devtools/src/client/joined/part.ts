/**
 * One host of several, as the joined stores see it: its client, and what its moments are on the clock they share.
 *
 * Moments of a host are microseconds of its own monotonic clock, which mean nothing beside those of another host. Joined, they are
 * microseconds since 1970 on the clock of this page, made with the offset that each connection measures. So ages and the order of things are
 * right also where the clocks of two machines differ, as exactly as half a round trip.
 *
 * @module
 */
import type { HostClient } from "../client.ts";
import type { NodeNames } from "./names.ts";

/** A better offset than this replaces the one in force, in milliseconds: less would make moments tremble. */
const WORTH_MS = 3;

/** See the file's comment. */
export class Part {
  readonly place: number;
  readonly key: string;
  readonly client: HostClient;
  /** Whether it is the only one: then it is shown as it is. */
  readonly alone: boolean;
  readonly names: NodeNames;
  /** Added to a moment of the host, in microseconds. */
  shiftUs = 0;
  /** What people call the host. */
  label: string;
  readonly #wallMs: number;
  #offsetMs = NaN;

  /** @param wallMs - Milliseconds since 1970 when the client's clock stood at 0. */
  constructor(place: number, key: string, client: HostClient, names: NodeNames, alone: boolean, wallMs: number) {
    this.place = place;
    this.key = key;
    this.client = client;
    this.names = names;
    this.alone = alone;
    this.label = client.title;
    this.#wallMs = wallMs;
    this.measure();
  }

  /** Whether what is shown of it is up to date. */
  get live(): boolean {
    return this.client.connection.getState().phase === "live";
  }

  /** Takes the offset that the connection knows by now. */
  measure(): void {
    if (this.alone) return;
    const { clockOffsetMs, epochOffsetMs } = this.client.connection.getState();
    // Until the first answer to a ping the wall clocks must do.
    const offset = clockOffsetMs ?? (epochOffsetMs === undefined ? undefined : this.#wallMs - epochOffsetMs);
    if (offset === undefined || Math.abs(offset - this.#offsetMs) < WORTH_MS) return;
    this.#offsetMs = offset;
    this.shiftUs = Math.round((this.#wallMs - offset) * 1000);
  }

  /** A moment of the host on the shared clock; what is below zero stands for one that is not known, and stays. */
  moment(us: number): number {
    return us < 0 ? us : us + this.shiftUs;
  }

  /** The name of a node of this host. */
  node(name: string): string {
    return this.alone ? name : this.names.label(this.place, name);
  }

  /** Marks an id of the host, e.g. of an alert, as its own. */
  id(id: string): string {
    return this.alone || id === "" ? id : `${id}@${this.label}`;
  }

  /** A service, call or task as an alert of the host names it (`:0000000a-42`, `node/:0000000a`), as tables here do. */
  entity(id: string): string {
    const slash = id.lastIndexOf("/");
    if (slash >= 0) return `${id.slice(slash + 1)}@${this.node(id.slice(0, slash))}`;
    if (this.alone || !id.startsWith(":")) return id;
    const [node = this.client.connection.getState().host?.name ?? ""] = this.names.of(this.place);
    return `${id}@${this.node(node)}`;
  }
}
