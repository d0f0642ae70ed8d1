/**
 * Rows put together by what one column says of them: which groups there are, in which order, and which of them are open.
 *
 * Knows nothing of React and of when an order is made anew (live-order.ts).
 *
 * @module
 */
import type { ColumnSpec, TableMeaning } from "./columns.ts";
import type { SortKey } from "./order.ts";
import type { TableStore } from "./table-store.ts";
import { totalOf } from "./total.ts";

/** Rows that say the same: those at `from` up to `to` of the ordered rows. */
export interface Group {
  /** What they say; may be empty. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Rows in the order of their groups. */
export interface Grouped {
  readonly rows: Uint32Array;
  readonly groups: readonly Group[];
}

/** Which groups show their rows: those named, or with `all` the others. */
export interface OpenGroups {
  readonly all: boolean;
  readonly names: ReadonlySet<string>;
}

/** No group shows its rows. */
export const allClosed: OpenGroups = { all: false, names: new Set() };

/** Columns that rows can be grouped by: those of words, except the one that tells each row from the others. */
export function groupColumns<C extends ColumnSpec>(meaning: { readonly columns: readonly C[] }): readonly C[] {
  return meaning.columns.filter((c, i) => i > 0 && !c.numeric);
}

/** What a row is grouped by. */
export const groupName = (column: ColumnSpec, table: TableStore, row: number): string => String(column.value(table, row));

/**
 * Puts ordered rows together. Within a group they stay in their order. The groups come in the order of the first sort key: by their figure
 * where the column has one (its sum or its extreme), by name where it is the column grouped by, else as their first rows do; without a sort
 * by name.
 */
export function groupRows(
  table: TableStore,
  meaning: TableMeaning,
  column: ColumnSpec,
  sort: readonly SortKey[],
  rows: Uint32Array,
): Grouped {
  const members = new Map<string, number[]>();
  for (const row of rows) {
    const name = groupName(column, table, row);
    const list = members.get(name);
    if (list === undefined) members.set(name, [row]);
    else list.push(row);
  }
  return arrange(inOrder(table, meaning, column, sort, [...members]));
}

/** Lays groups one behind the other. */
export function arrange(list: readonly (readonly [name: string, rows: readonly number[]])[]): Grouped {
  const rows = new Uint32Array(list.reduce((n, [, of]) => n + of.length, 0));
  let from = 0;
  const groups = list.map(([name, of]): Group => {
    rows.set(of, from);
    const group = { name, from, to: from + of.length };
    from = group.to;
    return group;
  });
  return { rows, groups };
}

type Members = [name: string, rows: number[]];

function inOrder(
  table: TableStore,
  meaning: TableMeaning,
  column: ColumnSpec,
  sort: readonly SortKey[],
  list: readonly Members[],
): readonly Members[] {
  const first = sort[0];
  const by = meaning.columns.find((c) => c.key === first?.column);
  // By rank, e.g. the worst state first, is how their rows have come.
  if (first !== undefined && by !== undefined && by.key === column.key && column.rank !== undefined) return list;
  const sign = first?.descending === true ? -1 : 1;
  if (by === undefined || by.key === column.key) return list.toSorted(([a], [b]) => names.compare(a, b) * sign);
  if (by.total === undefined) return list;
  const figures = new Map(list.map(([name, rows]) => [name, totalOf(by, table, rows).value]));
  return list.toSorted(([a], [b]) => {
    const [x, y] = [figures.get(a)!, figures.get(b)!];
    // What is not known comes last, whichever way.
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || names.compare(a, b);
    return (x - y) * sign || names.compare(a, b);
  });
}

const names = new Intl.Collator("en", { numeric: true });

/** The lines of a list: a row by its number, a group by {@link groupLine} of its place. Rows of closed groups have none. */
export function linesOf({ rows, groups }: Grouped, open: OpenGroups): Int32Array {
  let count = groups.length;
  for (const g of groups) if (isOpen(open, g.name)) count += g.to - g.from;
  const lines = new Int32Array(count);
  let at = 0;
  groups.forEach((g, i) => {
    lines[at++] = groupLine(i);
    if (!isOpen(open, g.name)) return;
    lines.set(rows.subarray(g.from, g.to), at);
    at += g.to - g.from;
  });
  return lines;
}

/** The line of the group at that place; and the place of a group's line. Rows are never below zero. */
export const groupLine = (place: number): number => -1 - place;

/** Whether a group shows its rows. */
export const isOpen = (open: OpenGroups, name: string): boolean => open.all !== open.names.has(name);

/** Opens a closed group, or closes an open one. */
export function toggleGroup(open: OpenGroups, name: string): OpenGroups {
  const names = new Set(open.names);
  if (!names.delete(name)) names.add(name);
  return { all: open.all, names };
}

/** Writes what is open for an address: names, or `*` and the names of those that are closed. `undefined`: nothing is. */
export function formatOpen({ all, names: list }: OpenGroups): string | undefined {
  const written = [...list].map((n) => (n === "" ? "%" : encodeURIComponent(n).replaceAll("*", "%2A")));
  return all ? ["*", ...written].join(",") : written.length === 0 ? undefined : written.join(",");
}

/** Reads what {@link formatOpen} wrote; what cannot be read is left out. */
export function parseOpen(text: string | undefined): OpenGroups {
  if (text === undefined || text === "") return allClosed;
  const parts = text.split(",");
  const all = parts[0] === "*";
  const list = new Set<string>();
  for (const part of all ? parts.slice(1) : parts) {
    try {
      if (part !== "") list.add(part === "%" ? "" : decodeURIComponent(part));
    } catch {
      // Not a name that was written here.
    }
  }
  return { all, names: list };
}
