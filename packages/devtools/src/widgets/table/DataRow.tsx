/**
 * One row of a table. Renders again only when its values, its place or its marks have changed.
 *
 * @module
 */
import { memo } from "react";
import type { MemoExoticComponent, MouseEvent, ReactElement } from "react";
import type { TableStore } from "../../stores/table-store.ts";
import type { Column } from "./column.ts";

/** What a row is made of. */
export interface DataRowProps {
  readonly table: TableStore;
  readonly columns: readonly Column[];
  readonly row: number;
  /** Place in the order, from 0. */
  readonly index: number;
  /** Pixels from the top of the list. */
  readonly top: number;
  readonly domId: string;
  readonly active: boolean;
  readonly selected: boolean;
  readonly pinned: boolean;
  /** Changes when the row's own values have; read by `memo` only. */
  readonly stamp: number;
  /** Whole seconds of host time, because ages grow by themselves; read by `memo` only. */
  readonly second: number;
}

/** See the file's comment. */
export const DataRow: MemoExoticComponent<(props: DataRowProps) => ReactElement> = memo(function DataRow(
  props: DataRowProps,
): ReactElement {
  const { table, columns, row, index } = props;
  const id = table.id(row);
  const classes = ["sk-row"];
  if (props.active) classes.push("is-active");
  if (props.selected) classes.push("is-selected");
  if (props.pinned) classes.push("is-pinned");
  if (table.status[row] === 2) classes.push("is-gone");
  return (
    <div
      id={props.domId}
      className={classes.join(" ")}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={props.selected}
      data-testid={`row-${id}`}
      data-index={index}
      style={{ transform: `translateY(${props.top}px)` }}
    >
      {columns.map((column, i) => (
        <div
          key={column.key}
          role="gridcell"
          aria-colindex={i + 1}
          className={column.numeric ? "sk-cell is-number" : "sk-cell"}
          data-testid={`cell-${id}-${column.key}`}
        >
          {column.cell === undefined ? column.value(table, row) : column.cell(table, row)}
        </div>
      ))}
    </div>
  );
});

/** The place of the row that an event happened in. */
export function rowIndexOf(event: MouseEvent): number | undefined {
  const row = (event.target as Element).closest<HTMLElement>("[data-index]");
  return row === null ? undefined : Number(row.dataset["index"]);
}
