/**
 * Which rows are shown, and in which order: filter and sort over the columns of a table.
 *
 * Knows nothing of React and of when an order is made anew (live-order.ts).
 *
 * @module
 */
import type { ColumnSpec, TableMeaning } from "./columns.ts";
import { compileFilter } from "./filter/compile.ts";
import type { RowTest } from "./filter/compile.ts";
import type { FilterFault, Term } from "./filter/parse.ts";
import type { TableStore } from "./table-store.ts";

/** One level of a sort. */
export interface SortKey {
  /** Key of a column. */
  readonly column: string;
  readonly descending: boolean;
}

/** What is wanted. */
export interface Query {
  /** In the filter language; a query that is not valid filters nothing. */
  readonly text: string;
  /** Marks that a row must not have, e.g. `system`. */
  readonly hidden: readonly string[];
  /** Most important first; ties and an empty list are settled by the rows' numbers. */
  readonly sort: readonly SortKey[];
  /** The nodes that are shown, for {@link sameQuery}: the table itself leaves the others out. */
  readonly nodes?: string;
  /** Key of the column the rows are grouped by. */
  readonly group?: string | undefined;
}

/** A query made ready for a table. */
export interface Filter {
  readonly test: RowTest;
  readonly terms: readonly Term[];
  /** What is wrong with the text. */
  readonly fault: FilterFault | undefined;
}

/** Whether two queries ask for the same. */
export function sameQuery(a: Query, b: Query): boolean {
  return (
    a.text === b.text &&
    a.nodes === b.nodes &&
    a.group === b.group &&
    a.hidden.join() === b.hidden.join() &&
    a.sort.length === b.sort.length &&
    a.sort.every((k, i) => k.column === b.sort[i]!.column && k.descending === b.sort[i]!.descending)
  );
}

/** Makes the test of one row. */
export function makeFilter(table: TableStore, meaning: TableMeaning, query: Query): Filter {
  const hidden = query.hidden.map((name) => meaning.flags[name]).filter((flag) => flag !== undefined);
  const visible: RowTest = (row) => !hidden.some((flag) => flag(table, row));
  const compiled = compileFilter(query.text, meaning, table);
  if ("fault" in compiled) return { test: visible, terms: [], fault: compiled.fault };
  const { test, terms } = compiled;
  return { test: terms.length === 0 ? visible : (row) => visible(row) && test(row), terms, fault: undefined };
}

/** The rows that match, in order; ended ones that are still shown count as rows. */
export function orderRows(table: TableStore, meaning: TableMeaning, sort: readonly SortKey[], test: RowTest): Uint32Array {
  const rows = new Uint32Array(table.high);
  let count = 0;
  const { status, high } = table;
  for (let row = 0; row < high; row++) if (status[row] !== 0 && test(row)) rows[count++] = row;
  return rows.subarray(0, count).sort(comparator(table, meaning, sort, rows.subarray(0, count)));
}

type Compare = (a: number, b: number) => number;

function comparator(table: TableStore, meaning: TableMeaning, sort: readonly SortKey[], rows: Uint32Array): Compare {
  const levels: Compare[] = [];
  for (const { column: key, descending } of sort) {
    const column = meaning.columns.find((c) => c.key === key);
    if (column !== undefined) levels.push(columnOrder(table, column, descending ? -1 : 1, rows));
  }
  const identity = meaning.columns[0];
  if (identity !== undefined && !sort.some((k) => k.column === identity.key)) levels.push(columnOrder(table, identity, 1, rows));
  levels.push((a, b) => a - b);
  return (a, b) => {
    for (let i = 0; i < levels.length; i++) {
      const d = levels[i]!(a, b);
      if (d !== 0) return d;
    }
    return 0;
  };
}

/** Compares by a column; what is not known comes last either way. Values are read once, not at each comparison. */
function columnOrder(table: TableStore, column: ColumnSpec, sign: number, rows: Uint32Array): Compare {
  if (!column.numeric && column.rank === undefined) {
    const lower: string[] = [];
    for (const row of rows) lower[row] = String(column.value(table, row)).toLowerCase();
    return (a, b) => (lower[a]! < lower[b]! ? -sign : lower[a]! > lower[b]! ? sign : 0);
  }
  const values = new Float64Array(table.high);
  for (const row of rows) values[row] = column.rank === undefined ? Number(column.value(table, row)) : column.rank(table, row);
  return (a, b) => {
    const x = values[a]!;
    const y = values[b]!;
    if (x === y) return 0;
    if (x !== x) return y !== y ? 0 : 1;
    return y !== y ? -1 : (x - y) * sign;
  };
}
