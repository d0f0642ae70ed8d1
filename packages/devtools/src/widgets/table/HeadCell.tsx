/**
 * The head of one column: sorts by it, and its edge sets the width.
 *
 * @module
 */
import { useRef } from "react";
import type { ReactElement } from "react";
import { nextSort } from "../../stores/route.ts";
import type { SortKey } from "../../stores/order.ts";
import { navigate, setColumnPx } from "../../stores/view.ts";
import { useInspector } from "../hooks.ts";
import type { Column } from "./column.ts";

/** Steps through the orders of a column: the useful direction, the other, none. */
export function sortBy(sort: readonly SortKey[], column: Column, add: boolean): readonly SortKey[] {
  const first = column.numeric || (column.rank !== undefined && column.steady !== true) ? "descending" : "ascending";
  return nextSort(sort, column.key, first, add);
}

/** See the file's comment. */
export function HeadCell(props: {
  /** Name of the table. */
  readonly table: string;
  readonly column: Column;
  /** Place in the row, from 1. */
  readonly place: number;
  readonly sort: readonly SortKey[];
}): ReactElement {
  const { table, column, place, sort } = props;
  const { view } = useInspector();
  const cell = useRef<HTMLDivElement>(null);
  /** Where dragging began, less the width then: the column's left edge may move while the flexible ones give way. */
  const drag = useRef(0);
  const level = sort.findIndex((k) => k.column === column.key);
  const direction = level < 0 ? undefined : sort[level]!.descending ? "descending" : "ascending";
  return (
    <div
      ref={cell}
      role="columnheader"
      aria-colindex={place}
      aria-sort={direction ?? "none"}
      className={column.numeric ? "sk-th is-number" : "sk-th"}
      data-column={column.key}
    >
      <button
        type="button"
        className="sk-sort"
        title={`${column.hint}. Click to sort, with Shift to sort by several.`}
        onClick={(e) => navigate(view, { sort: sortBy(sort, column, e.shiftKey) }, "push")}
      >
        {column.title}
        <span className="sk-arrow" aria-hidden="true">
          {direction === undefined ? "" : direction === "descending" ? "▼" : "▲"}
          {direction !== undefined && sort.length > 1 ? level + 1 : ""}
        </span>
      </button>
      <span
        className="sk-edge"
        aria-hidden="true"
        title="Drag to set the width; double-click for the usual one. By keyboard: Shift with ← and →."
        data-testid={`edge-${column.key}`}
        onDoubleClick={() => setColumnPx(view, table, column.key, undefined)}
        onPointerDown={(e) => {
          e.preventDefault();
          e.currentTarget.setPointerCapture(e.pointerId);
          drag.current = e.clientX - cell.current!.offsetWidth;
        }}
        onPointerMove={(e) => {
          if (!e.currentTarget.hasPointerCapture(e.pointerId)) return;
          setColumnPx(view, table, column.key, e.clientX - drag.current);
        }}
      />
    </div>
  );
}
