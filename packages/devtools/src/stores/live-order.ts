/**
 * Keeps the order of a live table calm: made anew at once when the question changes, at most every 2 s when the data does, and not at all
 * while it is frozen because somebody is pointing at a row (INS-TAB-3).
 *
 * Knows nothing of React; a panel subscribes to {@link LiveOrder.version}.
 *
 * @module
 */
import type { ColumnSpec, TableMeaning } from "./columns.ts";
import { allClosed, arrange, groupName, groupRows, linesOf } from "./grouping.ts";
import type { Group, OpenGroups } from "./grouping.ts";
import { makeFilter, orderRows, sameQuery } from "./order.ts";
import type { Filter, Query } from "./order.ts";
import type { TableStore } from "./table-store.ts";

/** A live order is made anew no more often than this, in milliseconds. */
export const REORDER_MS = 2_000;

/** See the file's comment. */
export class LiveOrder {
  version = 0;
  /** The rows shown, in order. A new array whenever it changes. */
  rows: Uint32Array = new Uint32Array();
  /** The groups of {@link LiveOrder.rows}, in order; `undefined` when nobody has asked for any. */
  groups: readonly Group[] | undefined;
  /** What a list shows line by line: the rows, or the groups and the rows of those that are open (see `linesOf`). */
  lines: Int32Array = new Int32Array();
  /** When the order was made, in milliseconds of the client's clock. */
  madeAt: number = -Infinity;
  /** Whether data has come since then that might change the order, and it may not change. */
  held = false;

  /** The filter in force: its terms, and what is wrong with its text. */
  filter: Filter;

  readonly #table: TableStore;
  readonly #meaning: TableMeaning;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #query: Query = { text: "", hidden: [], sort: [] };
  #open: OpenGroups = allClosed;
  #frozen = false;
  #membership = -1;
  #dataVersion = -1;

  constructor(table: TableStore, meaning: TableMeaning, now: () => number) {
    this.#table = table;
    this.#meaning = meaning;
    this.filter = makeFilter(table, meaning, this.#query);
    this.#now = now;
    this.#make();
  }

  /** Follows the table until the returned function is called. */
  attach(): () => void {
    const stop = this.#table.subscribe(() => this.#data());
    this.#data();
    return stop;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get query(): Query {
    return this.#query;
  }

  /** Asks for something else; answered at once, also while frozen. */
  ask(query: Query): void {
    if (sameQuery(query, this.#query)) return;
    this.#query = query;
    this.filter = makeFilter(this.#table, this.#meaning, query);
    this.#make();
    this.#changed();
  }

  /** Which groups show their rows. */
  get open(): OpenGroups {
    return this.#open;
  }

  /** Opens and closes groups; also while frozen, for no row changes its place among the others. */
  show(open: OpenGroups): void {
    if (open === this.#open) return;
    this.#open = open;
    if (this.groups === undefined) return;
    this.#lay();
    this.#changed();
  }

  /** Freezes the order or lets it go. */
  freeze(on: boolean): void {
    if (on === this.#frozen) return;
    this.#frozen = on;
    if (!on && this.held) this.#data();
  }

  #data(): void {
    const table = this.#table;
    if (table.version === this.#dataVersion && !this.held) return;
    const now = this.#now();
    const moves =
      this.#query.sort.some((k) => this.#column(k.column)?.steady !== true) ||
      (this.#grouping !== undefined && this.#grouping.steady !== true);
    if (!this.#frozen && (now - this.madeAt >= REORDER_MS || (!moves && table.membership !== this.#membership) || this.rows.length === 0)) {
      this.#make();
      return this.#changed();
    }
    const wasHeld = this.held;
    this.held = this.#frozen ? moves || this.held : this.held;
    this.#dataVersion = table.version;
    if (table.membership !== this.#membership) {
      this.#patch();
      this.#changed();
    } else if (this.held !== wasHeld) this.#changed();
  }

  #make(): void {
    const { sort } = this.#query;
    const column = this.#grouping;
    this.rows = orderRows(this.#table, this.#meaning, sort, this.filter.test);
    this.groups = undefined;
    if (column !== undefined) ({ rows: this.rows, groups: this.groups } = groupRows(this.#table, this.#meaning, column, sort, this.rows));
    this.#lay();
    this.madeAt = this.#now();
    this.held = false;
    this.#membership = this.#table.membership;
    this.#dataVersion = this.#table.version;
  }

  /** Takes out rows that are gone and puts new ones at the end, of the list or of their group, moving no other. */
  #patch(): void {
    const table = this.#table;
    this.#membership = table.membership;
    const matches = this.filter.test;
    const shown = new Uint8Array(table.high);
    const left = (rows: Uint32Array): number[] => {
      const next: number[] = [];
      for (const row of rows)
        if (table.status[row] !== 0 && matches(row)) {
          shown[row] = 1;
          next.push(row);
        }
      return next;
    };
    const fresh = function* (): Generator<number> {
      for (let row = 0; row < table.high; row++) if (shown[row] === 0 && table.status[row] !== 0 && matches(row)) yield row;
    };
    const column = this.#grouping;
    if (this.groups === undefined || column === undefined) {
      const next = left(this.rows);
      for (const row of fresh()) next.push(row);
      this.rows = Uint32Array.from(next);
    } else {
      const members = new Map(this.groups.map((g) => [g.name, left(this.rows.subarray(g.from, g.to))]));
      for (const row of fresh()) {
        const name = groupName(column, table, row);
        const list = members.get(name);
        if (list === undefined) members.set(name, [row]);
        else list.push(row);
      }
      ({ rows: this.rows, groups: this.groups } = arrange([...members].filter(([, rows]) => rows.length > 0)));
    }
    this.#lay();
  }

  get #grouping(): ColumnSpec | undefined {
    return this.#query.group === undefined ? undefined : this.#column(this.#query.group);
  }

  #column(key: string): ColumnSpec | undefined {
    return this.#meaning.columns.find((c) => c.key === key);
  }

  #lay(): void {
    const { rows, groups } = this;
    this.lines = groups === undefined ? Int32Array.from(rows) : linesOf({ rows, groups }, this.#open);
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
