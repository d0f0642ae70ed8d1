/**
 * The rows of a channel as columns, outside React: fed by frames, read by accessors, watched through one version number (INS-ARC-4).
 *
 * What readers see is either the live columns or, while the view is paused, a copy of them: frames go on being taken, and nothing on the
 * screen changes (INS-SH-3). Knows nothing of connections, of sorting and of how a row looks.
 *
 * @module
 */
import type { DeltaFrame, KeyFrame } from "@skyloom/runtime/inspect";
import type { StringTable } from "../client/string-table.ts";
import type { TableShape } from "./channels.ts";
import type { Pausable } from "./pause.ts";
import { TableData } from "./table-data.ts";

export { GHOST_MS } from "./table-data.ts";

/** The rows of a channel as panels read them, whatever they come from. */
export interface TableStore {
  readonly shape: TableShape;
  /** Raised whenever something a reader could see has changed. */
  readonly version: number;
  /** Raised when rows came or went. */
  readonly membership: number;
  /** Whether a whole table has arrived. */
  readonly ready: boolean;
  /** Rows the host has, also those beyond what it sends. */
  readonly total: number;
  /** Rows alive. */
  readonly live: number;
  /** When the values were sampled, in microseconds of the host's clock; of several hosts, the newest sample. */
  readonly t: number;
  /** When they arrived, in milliseconds of the client's clock. */
  readonly arrivedAt: number;
  /** Rows ever used are below this. */
  readonly high: number;
  /** By row: how often it has changed. */
  readonly rowVersion: Uint32Array;
  /** By row: 0 = unused or not shown, 1 = alive, 2 = has ended. */
  readonly status: Uint8Array;
  /** Whether rows of several nodes are in the table. */
  readonly manyNodes: boolean;
  /** A number of a row. */
  number(field: string, row: number): number;
  /** A text of a row. */
  text(field: string, row: number): string;
  /** The word that a number of a row stands for. */
  word(field: string, row: number): string;
  /** How fast a counter of a row grows, per second; NaN while that is not known. */
  rate(field: string, row: number): number;
  /** When this row was sampled, on the clock of {@link TableStore.t}: ages are counted to here. */
  at(row: number): number;
  /** Whether the host has said something new of a row within the last so many seconds before the sample that is shown. */
  changedWithin(row: number, seconds: number): boolean;
  /** Hosts whose rows are in the table. */
  readonly hosts: number;
  /** The host a row came from, by its place among those of the client. */
  host(row: number): number;
  /** Whether the row's host does not answer while another one does: the row is what was last known. */
  stale(row: number): boolean;
  /** The stable name of a row, with `@node` where rows of several nodes are shown. */
  id(row: number): string;
  /** The row with that {@link TableStore.id | id}, preferring one that is alive; -1 when there is none. */
  find(id: string): number;
  /** Keeps the row that details are shown of, until those of another one are; -1: of none. */
  pin(row: number): void;
  /** Keeps a row also when it ends, or no longer (INS-TAB-4). */
  keep(row: number, on: boolean): void;
  /** Whether a row is kept. */
  kept(row: number): boolean;
  /** How many rows are kept. */
  readonly keptRows: number;
  /** Keeps none of the rows any longer. */
  keepNone(): void;
  /** Calls `listener` after each change of {@link TableStore.version}. Returns how to stop that. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Removes what ended long enough ago; called with each frame, and by whoever shows ghosts while no frames come. */
  sweep(): void;
}

/** The table of one connection. */
export class LiveTable implements TableStore, Pausable {
  readonly shape: TableShape;
  /** Raised whenever something a reader could see has changed. */
  version = 0;

  readonly #live: TableData;
  #shown: TableData;
  /** What to call for each update that is not shown; present while the view is paused. */
  #held: (() => void) | undefined;
  readonly #kept = new Set<string>();
  #opened: string | undefined;
  #see: ((live: TableData) => void) | undefined;
  readonly #listeners = new Set<() => void>();

  /**
   * @param strings - The string table of the connection the frames come over.
   * @param now - The client's clock, in milliseconds.
   */
  constructor(shape: TableShape, strings: StringTable, now: () => number) {
    this.shape = shape;
    const pins = { has: (key: string) => key === this.#opened || this.#kept.has(key) };
    this.#live = new TableData(shape, strings, now, pins, () => this.#news());
    this.#shown = this.#live;
  }

  /** Raised when rows came or went. */
  get membership(): number {
    return this.#shown.membership;
  }
  /** Whether a whole table has arrived. */
  get ready(): boolean {
    return this.#shown.ready;
  }
  /** Rows the host has, also those beyond what it sends. */
  get total(): number {
    return this.#shown.total;
  }
  /** Rows alive. */
  get live(): number {
    return this.#shown.live;
  }
  /** When the values were sampled, in microseconds of the host's clock. */
  get t(): number {
    return this.#shown.t;
  }
  /** When they arrived, in milliseconds of the client's clock. */
  get arrivedAt(): number {
    return this.#shown.arrivedAt;
  }
  /** Rows ever used are below this. */
  get high(): number {
    return this.#shown.high;
  }
  /** By row: how often it has changed. */
  get rowVersion(): Uint32Array {
    return this.#shown.rowVersion;
  }
  /** By row: 0 = unused, 1 = alive, 2 = has ended. */
  get status(): Uint8Array {
    return this.#shown.status;
  }
  /** Whether rows of several nodes are in the table. */
  get manyNodes(): boolean {
    return this.#shown.manyNodes;
  }

  /** A number of a row. */
  number(field: string, row: number): number {
    return this.#shown.number(field, row);
  }

  /** A text of a row. */
  text(field: string, row: number): string {
    return this.#shown.text(field, row);
  }

  /** The word that a number of a row stands for. */
  word(field: string, row: number): string {
    return this.#shown.word(field, row);
  }

  /** How fast a counter of a row grows, per second; NaN while that is not known. */
  rate(field: string, row: number): number {
    return this.#shown.rate(field, row);
  }

  /** When the rows were sampled: all at once. */
  at(_row: number): number {
    return this.#shown.t;
  }

  readonly hosts: number = 1;

  host(_row: number): number {
    return 0;
  }

  /** While its one host is silent, the whole panel says so. */
  stale(_row: number): boolean {
    return false;
  }

  /** The stable name of a row, with `@node` where rows of several nodes are shown. */
  id(row: number): string {
    return this.#shown.id(row);
  }

  /** The name of a row, always with `@node`. */
  key(row: number): string {
    return this.#shown.key(row);
  }

  /** Names of the nodes whose rows are there. */
  get nodes(): Iterable<string> {
    return this.#live.nodes;
  }

  /** The row with that {@link TableStore.id | id}, preferring one that is alive; -1 when there is none. */
  find(id: string): number {
    return this.#shown.find(id);
  }

  /** Whether the host has said something new of a row within the last so many seconds before the sample that is shown. */
  changedWithin(row: number, seconds: number): boolean {
    return this.#shown.t - this.#shown.changedAt[row]! <= seconds * 1e6;
  }

  /** Keeps the row that details are shown of, until those of another one are; -1: of none. */
  pin(row: number): void {
    this.#opened = row < 0 ? undefined : this.#shown.key(row);
  }

  /** Keeps a row also when it ends, or no longer (INS-TAB-4). */
  keep(row: number, on: boolean): void {
    if (on) this.#kept.add(this.#shown.key(row));
    else this.#kept.delete(this.#shown.key(row));
    this.#changed();
    if (!on) this.sweep();
  }

  /** Whether a row is kept. */
  kept(row: number): boolean {
    return this.#kept.size > 0 && this.#kept.has(this.#shown.key(row));
  }

  /** How many rows are kept. */
  get keptRows(): number {
    return this.#kept.size;
  }

  /** Keeps none of the rows any longer. */
  keepNone(): void {
    if (this.#kept.size === 0) return;
    this.#kept.clear();
    this.#changed();
    this.sweep();
  }

  /** Calls `listener` after each change of {@link TableStore.version}. Returns how to stop that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another run of the host is behind the connection now: counters begin anew. */
  newHost(): void {
    this.#live.newHost();
  }

  /** Removes what ended long enough ago; called with each frame, and by whoever shows ghosts while no frames come. */
  sweep(): void {
    this.#live.sweep();
  }

  /** Calls `see` with the live rows after each sample, whatever is shown. */
  observe(see: (live: TableData) => void): void {
    this.#see = see;
  }

  /** Takes a frame: see {@link TableData.apply}. */
  apply(frame: KeyFrame | DeltaFrame): string | undefined {
    return this.#live.apply(frame);
  }

  /** Shows what there is now, whatever comes; with `fresh` what comes next, because what there is may be old. */
  freeze(missed: () => void, fresh: boolean): void {
    this.#held = missed;
    if (!fresh && this.#live.ready) this.#shown = this.#live.copy();
  }

  thaw(): void {
    this.#held = undefined;
    if (this.#shown === this.#live) return;
    this.#shown = this.#live;
    this.#changed();
  }

  #news(): void {
    if (this.#live.ready) this.#see?.(this.#live);
    if (this.#shown !== this.#live) return this.#held?.();
    if (this.#held !== undefined && this.#live.ready) this.#shown = this.#live.copy();
    this.#changed();
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
