/**
 * One row of the services list. Renders again only when its service, its place or its marks have changed.
 *
 * @module
 */
import { memo } from "react";
import type { MemoExoticComponent, MouseEvent, ReactElement } from "react";
import type { ServiceTable } from "../../stores/service-table.ts";
import type { ServiceColumn } from "./columns.tsx";

/** What a row is made of. */
export interface ServiceRowProps {
  readonly table: ServiceTable;
  readonly columns: readonly ServiceColumn[];
  readonly row: number;
  /** Place in the order, from 0. */
  readonly index: number;
  /** Pixels from the top of the list. */
  readonly top: number;
  readonly domId: string;
  readonly active: boolean;
  readonly selected: boolean;
  /** Changes when the row's own values have; read by `memo` only. */
  readonly stamp: number;
  /** Whole seconds of host time, because ages grow by themselves; read by `memo` only. */
  readonly second: number;
}

/** See the file's comment. */
export const ServiceRow: MemoExoticComponent<(props: ServiceRowProps) => ReactElement> = memo(function ServiceRow(
  props: ServiceRowProps,
): ReactElement {
  const { table, columns, row, index } = props;
  const id = table.id(row);
  const classes = ["sk-row"];
  if (props.active) classes.push("is-active");
  if (props.selected) classes.push("is-selected");
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
          {column.cell(table, row)}
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
