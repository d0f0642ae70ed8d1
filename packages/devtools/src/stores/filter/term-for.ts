/**
 * The term that says of a row what one of its cells says: for `filter by this value` and `exclude this value`.
 *
 * @module
 */
import type { ColumnSpec } from "../columns.ts";
import type { TableStore } from "../table-store.ts";

/** How a number is written so that a filter reads back the very same one, by the unit of its column. */
const exact: Readonly<Record<string, string>> = { us: "us", s: "s", B: "B", "%": "%" };

/**
 * Writes the term.
 *
 * @returns `undefined` where the language has no term for the value.
 */
export function termFor(column: ColumnSpec, table: TableStore, row: number, exclude: boolean): string | undefined {
  const value = column.value(table, row);
  const not = exclude ? "-" : "";
  if (typeof value === "number") {
    // What is not known is neither above nor below anything, so `no:` finds it, and what is zero.
    if (Number.isNaN(value)) return exclude ? `has:${column.key}` : `no:${column.key}`;
    const text = String(value);
    return /^-?\d+(\.\d+)?$/.test(text) ? `${not}${column.key}=${text}${exact[column.unit ?? ""] ?? ""}` : undefined;
  }
  if (value === "") return `${exclude ? "has" : "no"}:${column.key}`;
  if (/^[^\s"(),/]+$/.test(value)) return `${not}${column.key}=${value}`;
  if (!value.includes('"')) return `${not}${column.key}="${value}"`;
  // A text with quotes is found by a regular expression, in which they are nothing special.
  const pattern = value.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return /[\r\n\u2028\u2029]/.test(pattern) ? undefined : `${not}${column.key}~/^${pattern}$/`;
}

/** A query with one more term; one that it has already is not added again. */
export function withTerm(query: string, term: string): string {
  const trimmed = query.trim();
  if (trimmed === "") return term;
  return ` ${trimmed} `.includes(` ${term} `) ? trimmed : `${trimmed} ${term}`;
}
