/**
 * Which services are shown, and in which order: filter and sort over the columns of a {@link ServiceTable}.
 *
 * Knows nothing of React and of when an order is made anew (live-order.ts).
 *
 * @module
 */
import { ServiceFlag } from "@skyloom/runtime/inspect";
import { formatAddress } from "./service-table.ts";
import type { ServiceTable } from "./service-table.ts";

/** What can be sorted by. */
export type SortColumn = "addr" | "name" | "node" | "state" | "mqlen" | "task" | "msgRate" | "cpuPercent" | "mem" | "err" | "up";

/** One level of a sort. */
export interface SortKey {
  readonly column: SortColumn;
  readonly descending: boolean;
}

/** What is wanted. */
export interface ServiceQuery {
  /** Shown are services whose name or address contains every word of it; case does not matter. */
  readonly text: string;
  readonly hideSystem: boolean;
  /** Most important first; ties and an empty list are settled by address. */
  readonly sort: readonly SortKey[];
}

/** How bad a state is, so that sorting by it brings trouble to one end: indexed like `serviceStates`. */
const severity = [5, 0, 2, 1, 6, 7, 8, 4, 3];

/** Whether two queries ask for the same. */
export function sameQuery(a: ServiceQuery, b: ServiceQuery): boolean {
  return (
    a.text === b.text &&
    a.hideSystem === b.hideSystem &&
    a.sort.length === b.sort.length &&
    a.sort.every((k, i) => k.column === b.sort[i]!.column && k.descending === b.sort[i]!.descending)
  );
}

/** Makes the test of one row. */
export function rowFilter(table: ServiceTable, query: ServiceQuery): (row: number) => boolean {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (row) => {
    if (query.hideSystem && (table.number("flags", row) & ServiceFlag.system) !== 0) return false;
    if (words.length === 0) return true;
    const name = table.text("name", row).toLowerCase();
    let address: string | undefined;
    return words.every((w) => name.includes(w) || (address ??= formatAddress(table.number("addr", row))).includes(w));
  };
}

/** The rows that match, in order; ended services that are still shown count as rows. */
export function orderServices(table: ServiceTable, query: ServiceQuery): Uint32Array {
  const matches = rowFilter(table, query);
  const rows = new Uint32Array(table.high);
  let count = 0;
  for (let row = 0; row < table.high; row++) if (table.status[row] !== 0 && matches(row)) rows[count++] = row;
  return rows.subarray(0, count).sort(comparator(table, query.sort));
}

function comparator(table: ServiceTable, sort: readonly SortKey[]): (a: number, b: number) => number {
  const levels = sort.map(({ column, descending }) => {
    const compare = columnOrder(table, column);
    return descending ? (a: number, b: number) => compare(a, b, -1) : (a: number, b: number) => compare(a, b, 1);
  });
  const addr = table.numbers("addr");
  levels.push((a, b) => addr[a]! - addr[b]! || a - b);
  const [first, second] = levels as [(a: number, b: number) => number, ((a: number, b: number) => number)?];
  if (levels.length === 1) return first;
  if (levels.length === 2) return (a, b) => first(a, b) || second!(a, b);
  return (a, b) => {
    for (const level of levels) {
      const d = level(a, b);
      if (d !== 0) return d;
    }
    return 0;
  };
}

/** Compares by a column; `sign` is 1 or -1. What is not known comes last either way. */
function columnOrder(table: ServiceTable, column: SortColumn): (a: number, b: number, sign: number) => number {
  if (column === "name" || column === "node") {
    const lower = Array.from({ length: table.high }, (_, row) => table.text(column, row).toLowerCase());
    return (a, b, sign) => (lower[a]! < lower[b]! ? -sign : lower[a]! > lower[b]! ? sign : 0);
  }
  const values = sortValues(table, column);
  return (a, b, sign) => {
    const x = values[a]!;
    const y = values[b]!;
    if (x === y) return 0;
    if (x !== x) return y !== y ? 0 : 1;
    return y !== y ? -1 : (x - y) * sign;
  };
}

function sortValues(table: ServiceTable, column: Exclude<SortColumn, "name" | "node">): Float64Array {
  switch (column) {
    case "msgRate":
      return table.msgRate;
    case "cpuPercent":
      return masked(table, table.cpuPercent, ServiceFlag.cpuUnknown);
    case "mem":
      return masked(table, table.numbers("mem"), ServiceFlag.memUnknown);
    case "state":
      return table.numbers("state").map((s) => severity[s] ?? 0);
    case "up":
      // Longest up first when descending: the earlier the start, the bigger the value.
      return table.numbers("startUs").map((s) => (s < 0 ? NaN : -s));
    default:
      return table.numbers(column);
  }
}

/** The column with NaN where a flag says that the value is not known. */
function masked(table: ServiceTable, values: Float64Array, flag: number): Float64Array {
  const flags = table.numbers("flags");
  return values.map((v, row) => ((flags[row]! & flag) !== 0 ? NaN : v));
}
