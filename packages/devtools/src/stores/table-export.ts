/**
 * A table as text for other programs: JSON, CSV or TSV, with the filter, the time and the host it comes from.
 *
 * @module
 */
import type { ColumnSpec } from "./columns.ts";
import type { Group } from "./grouping.ts";
import type { TableStore } from "./table-store.ts";
import { totalOf } from "./total.ts";

/** Formats of a table. */
export type TableFormat = "json" | "csv" | "tsv";

/** Where and when the rows were seen. */
export interface ExportHead {
  readonly host: string;
  readonly panel: string;
  readonly filter: string;
  /** When the values were sampled: ISO 8601, UTC. */
  readonly time: string;
}

const unitOf = (column: ColumnSpec): string => (column.unit === undefined ? "" : ` (${column.unit})`);

/** Values that are not known are `null` in JSON and empty in the others. */
const plain = (value: number | string): number | string | undefined =>
  typeof value === "number" && !Number.isFinite(value) ? undefined : value;

/** A row by the keys of its columns; what is not known is `null`. */
export function rowRecord(table: TableStore, columns: readonly ColumnSpec[], row: number): Record<string, number | string | null> {
  return Object.fromEntries(columns.map((c) => [c.key, plain(c.value(table, row)) ?? null]));
}

/** How the rows of an export are grouped. */
export interface ExportGroups {
  readonly by: ColumnSpec;
  readonly groups: readonly Group[];
}

/** A group with its figures; the key says whether one is a sum or an extreme: `mqlen.sum`. */
function groupRecord(table: TableStore, columns: readonly ColumnSpec[], rows: Uint32Array, { name, from, to }: Group): object {
  const members = rows.subarray(from, to);
  const figures = columns
    .filter((c) => c.total !== undefined)
    .map((c) => [`${c.key}.${c.total}`, plain(totalOf(c, table, members).value) ?? null]);
  return { name, count: members.reduce((n, row) => n + Number(table.status[row] === 1), 0), ...Object.fromEntries(figures) };
}

/**
 * Writes rows in a format. In CSV the head stands in comment lines. Grouped rows come group by group, also those of closed groups, and have
 * the column they are grouped by; JSON has the groups' figures as well.
 */
export function exportTable(
  format: TableFormat,
  head: ExportHead,
  table: TableStore,
  shown: readonly ColumnSpec[],
  rows: Uint32Array,
  grouped?: ExportGroups,
): string {
  const columns = grouped === undefined || shown.some((c) => c.key === grouped.by.key) ? shown : [grouped.by, ...shown];
  if (format === "json") {
    const list = Array.from(rows, (row) => rowRecord(table, columns, row));
    const units = Object.fromEntries(columns.filter((c) => c.unit !== undefined).map((c) => [c.key, c.unit]));
    const groups = grouped && { by: grouped.by.key, groups: grouped.groups.map((g) => groupRecord(table, columns, rows, g)) };
    return `${JSON.stringify({ ...head, units, ...groups, rows: list }, undefined, 2)}\n`;
  }
  const separator = format === "csv" ? "," : "\t";
  const field = (value: number | string): string => {
    const text = String(plain(value) ?? "");
    if (format === "tsv") return text.replaceAll(/[\t\r\n]+/g, " ");
    // A text that begins like a formula would be run by a spreadsheet.
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [columns.map((c) => field(c.key + unitOf(c))).join(separator)];
  for (const row of rows) lines.push(columns.map((c) => field(c.value(table, row))).join(separator));
  const comments = format === "csv" ? Object.entries(head).map(([k, v]) => `# ${k}: ${v.replaceAll(/\s+/g, " ")}`) : [];
  return `${[...comments, ...lines].join("\n")}\n`;
}
