/**
 * One row of a table. Renders again only when its values, its place or its marks have changed.
 *
 * @module
 */
import { memo, useEffect, useRef } from "react";
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
  /** Pixels from the top of the list. A plain offset: a transform for each row is a layer to sort for the browser at each step of scrolling. */
  readonly top: number;
  readonly domId: string;
  readonly active: boolean;
  /** Key of the column that keys act on, in the active row. */
  readonly focus: string | undefined;
  readonly selected: boolean;
  readonly pinned: boolean;
  /** Whether only the first columns are drawn: see {@link useFlight}. */
  readonly sparse: boolean;
  /** Depth in the tree that grouped rows make. */
  readonly level: number | undefined;
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
  const element = useFlash(props);
  const classes = ["sk-row"];
  if (props.active) classes.push("is-active");
  if (props.selected) classes.push("is-selected");
  if (props.pinned) classes.push("is-pinned");
  if (props.level !== undefined) classes.push("is-member");
  if (table.status[row] === 2) classes.push("is-gone");
  if (table.stale(row)) classes.push("is-stale");
  return (
    <div
      ref={element}
      id={props.domId}
      className={classes.join(" ")}
      role="row"
      aria-rowindex={index + 2}
      aria-level={props.level}
      aria-selected={props.selected}
      data-testid={`row-${id}`}
      data-index={index}
      style={{ top: props.top }}
    >
      {(props.sparse ? columns.slice(0, SPARSE) : columns).map((column, i) => (
        <div
          key={column.key}
          id={props.active ? cellId(props.domId, column.key) : undefined}
          role="gridcell"
          aria-colindex={i + 1}
          className={cellClass(props, column)}
          title={column.hover?.(table, row)}
          data-column={column.key}
          data-testid={`cell-${id}-${column.key}`}
        >
          {props.pinned && i === 0 ? <span className="sk-hidden">kept </span> : null}
          {column.cell === undefined ? column.value(table, row) : column.cell(table, row)}
        </div>
      ))}
    </div>
  );
});

/** Columns that a row has in any case: they say which row it is. */
const SPARSE = 2;

/** Classes rather than elements within the cell: a row that scrolls into view is made of as little as can be. */
function cellClass({ table, row, focus }: DataRowProps, column: Column): string {
  let classes = "sk-cell";
  if (column.numeric) {
    classes += " is-number";
    const value = column.value(table, row);
    if (value === 0 || Number.isNaN(value)) classes += " is-zero";
  }
  if (column.mono === true) classes += " is-mono";
  if (column.estimated?.(table, row) === true) classes += " is-estimate";
  if (column.key === focus) classes += " is-focus";
  return classes;
}

/** Id in the document of a cell of the active row; others have none. */
export const cellId = (row: string, column: string): string => `${row}-${column}`;

/** A cell flashes no more often than this, in milliseconds (INS-TAB-5). */
const FLASH_MS = 1_000;

/** Whether a change of the column is news: ages grow by themselves, and what never changes does not change. */
const tells = (column: Column): boolean => column.steady !== true && column.unit !== "us" && column.unit !== "s";

/** Lets the cells flash that have changed since the row was last drawn; never where people ask for less motion. */
function useFlash({ table, columns, row, sparse }: DataRowProps): React.RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  const seen = useRef(new Map<string, { value: number | string; flashedAt: number }>());
  useEffect(() => {
    if (sparse) return;
    const now = performance.now();
    for (const [i, column] of columns.entries()) {
      if (!tells(column)) continue;
      const value = column.value(table, row);
      const before = seen.current.get(column.key);
      if (before === undefined) seen.current.set(column.key, { value, flashedAt: -Infinity });
      else if (!Object.is(before.value, value)) {
        before.value = value;
        if (now - before.flashedAt < FLASH_MS || lessMotion.matches) continue;
        before.flashedAt = now;
        element.current?.children[i]?.animate([{ backgroundColor: "var(--sk-flash)" }, { backgroundColor: "transparent" }], {
          id: "flash",
          duration: 700,
          easing: "ease-out",
        });
      }
    }
  });
  return element;
}

const lessMotion: { readonly matches: boolean } =
  typeof matchMedia === "function" ? matchMedia("(prefers-reduced-motion: reduce)") : { matches: true };

/** The place of the row that an event happened in. */
export function rowIndexOf(event: MouseEvent): number | undefined {
  const row = (event.target as Element).closest<HTMLElement>("[data-index]");
  return row === null ? undefined : Number(row.dataset["index"]);
}

/** Key of the column that an event happened in. */
export function columnOf(event: MouseEvent): string | undefined {
  return (event.target as Element).closest<HTMLElement>("[data-column]")?.dataset["column"];
}
