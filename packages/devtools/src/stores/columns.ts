/**
 * What the columns of a table mean, apart from how they look: the same description sorts, filters and exports them.
 *
 * @module
 */
import type { TableStore } from "./table-store.ts";

/** What a number of a column is counted in; `undefined` for plain counts. */
export type Unit = "us" | "s" | "B" | "%";

/** One column of something with numbered rows, by default of a table. */
export interface ColumnSpec<T = TableStore> {
  /** Its name in addresses, filters and exports. */
  readonly key: string;
  readonly title: string;
  /** For a tooltip: what the figure means. */
  readonly hint: string;
  /** Figures are set right-aligned and sort with the largest first. */
  readonly numeric: boolean;
  readonly unit?: Unit;
  /** Other names for it in filters. */
  readonly aliases?: readonly string[];
  /** Its values never change for a row: an order by it has nothing to freeze. */
  readonly steady?: boolean;
  /** How the values of several rows make the figure of a group; absent: they make none. */
  readonly total?: "sum" | "max" | "min";
  /** Whether a row's value is an estimate. */
  estimated?(table: T, row: number): boolean;
  /** What it is sorted and filtered by; NaN for a number that is not known. */
  value(table: T, row: number): number | string;
  /** What it is sorted by, where that is not {@link ColumnSpec.value}, e.g. how bad a state is. */
  rank?(table: T, row: number): number;
}

/** What a filter and an order know of a table, or of something else with numbered rows. */
export interface TableMeaning<T = TableStore> {
  readonly columns: readonly ColumnSpec<T>[];
  /** Marks for `is:`, e.g. `deadlocked`. */
  readonly flags: Readonly<Record<string, (table: T, row: number) => boolean>>;
  /** What free text is looked for in. */
  search(table: T, row: number): string;
}
