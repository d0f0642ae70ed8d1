/**
 * What the values of several rows make together: their sum or their extreme, and how far that can be trusted.
 *
 * @module
 */
import type { ColumnSpec } from "./columns.ts";
import type { TableStore } from "./table-store.ts";

/** A figure of a group. */
export interface Total {
  /** NaN when no row's value is known. */
  readonly value: number;
  /** Rows whose value is not known: a sum without them is a lower bound. */
  readonly unknown: number;
  /** At least one value in it is an estimate. */
  readonly estimated: boolean;
}

/** The figure of some rows in a column that has one. Rows that have ended do not count. */
export function totalOf(column: ColumnSpec, table: TableStore, rows: Iterable<number>): Total {
  let value = NaN;
  let unknown = 0;
  let estimated = false;
  for (const row of rows) {
    if (table.status[row] !== 1) continue;
    const one = Number(column.value(table, row));
    if (Number.isNaN(one)) {
      unknown++;
      continue;
    }
    if (!estimated && column.estimated?.(table, row) === true) estimated = true;
    if (Number.isNaN(value)) value = one;
    else if (column.total === "sum") value += one;
    else if (column.total === "max" ? one > value : one < value) value = one;
  }
  return { value, unknown, estimated };
}
