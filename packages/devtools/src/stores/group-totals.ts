/**
 * The figures of the groups of a table: how many rows each has, and its figure in each column that has one.
 *
 * @module
 */
import type { ColumnSpec } from "./columns.ts";
import type { Group } from "./grouping.ts";
import type { LiveOrder } from "./live-order.ts";
import type { TableStore } from "./table-store.ts";
import { totalOf } from "./total.ts";
import type { Total } from "./total.ts";

/** The figures of a table's groups, each made once for each state of the table: those in view only are ever asked for. */
export class GroupTotals {
  readonly #table: TableStore;
  readonly #order: LiveOrder;
  readonly #known = new Map<string, Total>();
  readonly #counts = new Map<Group, number>();
  #stamp = "";

  constructor(table: TableStore, order: LiveOrder) {
    this.#table = table;
    this.#order = order;
  }

  /** Rows of a group that have not ended. */
  count(group: Group): number {
    this.#fresh();
    let count = this.#counts.get(group);
    if (count === undefined) {
      count = 0;
      for (let i = group.from; i < group.to; i++) if (this.#table.status[this.#order.rows[i]!] === 1) count++;
      this.#counts.set(group, count);
    }
    return count;
  }

  /** The figure of a group in a column; `undefined` where the column has none. */
  total(group: Group, column: ColumnSpec): Total | undefined {
    if (column.total === undefined) return undefined;
    this.#fresh();
    const key = `${column.key} ${group.from}`;
    let total = this.#known.get(key);
    if (total === undefined) this.#known.set(key, (total = totalOf(column, this.#table, this.#order.rows.subarray(group.from, group.to))));
    return total;
  }

  #fresh(): void {
    const stamp = `${this.#table.version} ${this.#order.version}`;
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#known.clear();
    this.#counts.clear();
  }
}
