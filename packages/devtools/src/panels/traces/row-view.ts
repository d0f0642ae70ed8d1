/**
 * Lists of things with numbered rows that are no table of a channel: their columns, and their order under a filter and a sort.
 *
 * Pure. Knows nothing of the screen and of what the rows are.
 *
 * @module
 */
import type { ReactNode } from "react";
import type { ColumnSpec, TableMeaning } from "../../stores/columns.ts";
import { compileFilter, findColumn } from "../../stores/filter/compile.ts";
import type { FilterFault } from "../../stores/filter/parse.ts";
import type { SortKey } from "../../stores/order.ts";

/** A column as it is drawn. */
export interface RowColumn<T> extends ColumnSpec<T> {
  /** A CSS grid track. */
  readonly width: string;
  /** Draws it; default: the value as it is. */
  cell?(source: T, row: number): ReactNode;
}

/** A list as a panel describes it. */
export interface RowView<T> extends TableMeaning<T> {
  /** As in test ids, e.g. `traces`. */
  readonly name: string;
  /** For people and screen readers. */
  readonly title: string;
  /** What one row is, in the plural. */
  readonly things: string;
  readonly columns: readonly RowColumn<T>[];
  /** What a row is called in addresses and test ids; stays the same while the row lives. */
  id(source: T, row: number): string;
}

/** Rows in an order, and what is wrong with the filter that chose them. */
export interface Ordered {
  readonly rows: Uint32Array;
  readonly fault: FilterFault | undefined;
}

/**
 * The rows that a filter leaves, in the order of a sort. A filter that is not valid leaves all.
 *
 * @param test - A further test that rows have to pass, e.g. a brush.
 */
export function orderOf<T>(
  view: RowView<T>,
  source: T,
  count: number,
  text: string,
  sort: readonly SortKey[],
  test?: (row: number) => boolean,
): Ordered {
  const compiled = compileFilter(text, view, source);
  const fault = "fault" in compiled ? compiled.fault : undefined;
  const passes = "fault" in compiled ? undefined : text.trim() === "" ? undefined : compiled.test;
  const rows = new Uint32Array(count);
  let kept = 0;
  for (let row = 0; row < count; row++) if (passes?.(row) !== false && test?.(row) !== false) rows[kept++] = row;
  const left = rows.subarray(0, kept);
  const compare = comparator(view, source, count, left, sort);
  if (compare !== undefined) left.sort(compare);
  return { rows: left, fault };
}

/** Compares by each key in turn; equal rows stay in the order of their numbers. */
function comparator<T>(
  view: RowView<T>,
  source: T,
  count: number,
  rows: Uint32Array,
  sort: readonly SortKey[],
): ((a: number, b: number) => number) | undefined {
  const levels: ((a: number, b: number) => number)[] = [];
  for (const { column: key, descending } of sort) {
    const column = findColumn(view, key.toLowerCase());
    if (column === undefined) continue;
    const sign = descending ? -1 : 1;
    if (column.numeric) {
      // Values are read once for each row, not for each comparison.
      const keys = new Float64Array(count);
      for (const row of rows) keys[row] = Number(column.value(source, row));
      levels.push((a, b) => {
        const [x, y] = [keys[a]!, keys[b]!];
        // What is not known comes last, whichever way.
        if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
        return (x - y) * sign;
      });
    } else {
      const keys: string[] = Array.from({ length: count }, () => "");
      for (const row of rows) keys[row] = String(column.value(source, row));
      levels.push((a, b) => (keys[a]! < keys[b]! ? -sign : keys[a]! > keys[b]! ? sign : 0));
    }
  }
  if (levels.length === 0) return undefined;
  return (a, b) => {
    for (const level of levels) {
      const order = level(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  };
}
