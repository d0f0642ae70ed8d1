/**
 * Cells and columns that several tables share.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";
import type { Column } from "./column.ts";

/** What is kept waiting for longer is slow, in microseconds. */
export const SLOW_US = 1_000_000;

/** The mark `is:changed`: the host said something new of the row within the last ten seconds. */
export const isChanged = (table: TableStore, row: number): boolean => table.changedWithin(row, 10);

/** Tests a bit of a row's flags. */
export const flagged =
  (field: string) =>
  (table: TableStore, row: number, flag: number): boolean =>
    (table.number(field, row) & flag) !== 0;

/** The handle of a service. */
export const addressColumn = (field: string, hint: string, key: string = "addr", title: string = "address"): Column => ({
  key,
  title,
  hint,
  width: "88px",
  numeric: false,
  steady: true,
  aliases: key === "addr" ? ["address"] : [],
  value: (t, r) => formatAddress(t.number(field, r)),
  rank: (t, r) => t.number(field, r),
  mono: true,
});

/** A name that may be long. */
export const nameColumn = (field: string, hint: string, key: string = "name", title: string = key): Column => ({
  key,
  title,
  hint,
  width: "minmax(150px, 1fr)",
  numeric: false,
  steady: true,
  value: (t, r) => t.text(field, r),
  hover: (t, r) => t.text(field, r),
});

/** The node of a row, where there are several. */
export const nodeColumn: Column = {
  key: "node",
  title: "node",
  hint: "Node it belongs to",
  width: "120px",
  numeric: false,
  nodes: true,
  steady: true,
  value: (t, r) => t.text("node", r),
  cell: (t, r) =>
    t.stale(r) ? (
      <span className="sk-lost" title={`${t.text("node", r)}: its host does not answer; these are the last known values`}>
        <span aria-hidden="true">✕</span>
        <span className="sk-hidden">not connected: </span> {t.text("node", r)}
      </span>
    ) : (
      <span title={t.text("node", r)}>{t.text("node", r)}</span>
    ),
};
