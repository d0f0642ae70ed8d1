/**
 * The line of a group: its name, how many rows it has, and its figures in the columns that have one.
 *
 * @module
 */
import type { ReactElement, ReactNode } from "react";
import type { GroupTotals } from "../../stores/group-totals.ts";
import type { Group } from "../../stores/grouping.ts";
import type { Total } from "../../stores/total.ts";
import { bytes, count, decimal, milliseconds, UNKNOWN } from "../format.ts";
import type { Column } from "./column.ts";

/** What a group is called where its rows say nothing. */
export const groupTitle = (name: string): string => (name === "" ? "(none)" : name);

const words = { sum: "Sum", max: "Most", min: "Least" } as const;

/** Writes a figure as the column's unit asks. */
function figure(column: Column, value: number): string {
  if (column.figure !== undefined) return column.figure(value);
  switch (column.unit) {
    case "us":
      return milliseconds(value / 1000);
    case "s":
      return milliseconds(value * 1000);
    case "B":
      return value < 0 ? `−${bytes(-value)}` : bytes(value);
    case "%":
      return value >= 100 ? count(value) : decimal(value);
    default:
      return count(value);
  }
}

/** See the file's comment. */
export function GroupRow(props: {
  readonly group: Group;
  readonly totals: GroupTotals;
  readonly columns: readonly Column[];
  /** Place among the lines, from 0. */
  readonly index: number;
  /** Pixels from the top of the list. */
  readonly top: number;
  readonly domId: string;
  readonly open: boolean;
  readonly active: boolean;
}): ReactElement {
  const { group, totals, columns, index, open } = props;
  // The name takes the columns before the first figure, and one of its own at least.
  const first = columns.findIndex((c) => c.total !== undefined);
  const span = first < 0 ? columns.length : Math.max(1, first);
  const rows = totals.count(group);
  return (
    <div
      id={props.domId}
      className={props.active ? "sk-row sk-group is-active" : "sk-row sk-group"}
      role="row"
      aria-rowindex={index + 2}
      aria-level={1}
      aria-expanded={open}
      data-testid={`group-${group.name}`}
      data-index={index}
      style={{ top: props.top }}
    >
      <div
        role="gridcell"
        aria-colindex={1}
        aria-colspan={span}
        className="sk-cell sk-group-name"
        style={{ gridColumn: `1 / span ${span}` }}
        title={open ? "Click to close (←)" : "Click to open (→)"}
      >
        <svg className="sk-group-mark" viewBox="0 0 10 10" aria-hidden="true">
          <path d={open ? "M1 3h8L5 8z" : "M3 1l5 4-5 4z"} />
        </svg>
        <b>{groupTitle(group.name)}</b> <span className="sk-dim sk-figures">{count(rows)}</span>
      </div>
      {columns.slice(span).map((column, i) => (
        <div
          key={column.key}
          role="gridcell"
          aria-colindex={span + i + 1}
          className={cellClass(column, totals.total(group, column))}
          data-testid={`group-${group.name}-${column.key}`}
          title={titleOf(column, totals.total(group, column), rows)}
        >
          {cell(column, totals.total(group, column))}
        </div>
      ))}
    </div>
  );
}

function cellClass(column: Column, total: Total | undefined): string {
  const nothing = total !== undefined && (total.value === 0 || Number.isNaN(total.value));
  return `sk-cell${column.numeric ? " is-number" : ""}${nothing ? " is-zero" : ""}`;
}

/** A sum without values that are not known is a lower bound, and one with estimates an estimate: both say so. */
function cell(column: Column, total: Total | undefined): ReactNode {
  if (total === undefined) return null;
  if (Number.isNaN(total.value)) return UNKNOWN;
  const mark = total.estimated ? "≈ " : column.total === "sum" && total.unknown > 0 && column.partial !== true ? "≥ " : "";
  return mark + figure(column, total.value);
}

function titleOf(column: Column, total: Total | undefined, rows: number): string | undefined {
  if (total === undefined || column.total === undefined) return undefined;
  const known = rows - total.unknown;
  return `${words[column.total]} of ${known === rows ? count(rows) : `the ${count(known)} of ${count(rows)} that are known`}`;
}
