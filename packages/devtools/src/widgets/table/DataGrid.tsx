/**
 * A table as a virtual grid: only the rows in view are in the document; keyboard, sorting and the ARIA grid are ours.
 *
 * Knows the order and the table, and nothing of filters and connections.
 *
 * @module
 */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import type { KeyboardEvent, ReactElement, Ref } from "react";
import type { LiveOrder } from "../../stores/live-order.ts";
import { navigate, rowHeights } from "../../stores/view.ts";
import { nextSort } from "../../stores/route.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { useInspector, useVersion, useView } from "../hooks.ts";
import type { Column, TableView } from "./column.ts";
import { DataRow, rowIndexOf } from "./DataRow.tsx";

const HEADER_PX = 30;

/** What the panel may ask of its grid. */
export interface GridHandle {
  focus(): void;
  /** Moves the active row as a key would. */
  press(key: string): boolean;
}

/** See the file's comment. */
export function DataGrid(props: {
  readonly table: TableStore;
  readonly meaning: TableView;
  readonly columns: readonly Column[];
  readonly order: LiveOrder;
  readonly handle: Ref<GridHandle>;
}): ReactElement {
  const { table, meaning, columns, order, handle } = props;
  const { view } = useInspector();
  useVersion(table);
  useVersion(order);
  const rows = order.rows;
  const sort = useView((v) => v.route.sort);
  const sel = useView((v) => v.route.sel);
  const drawer = useView((v) => v.drawer);
  const height = rowHeights[useView((v) => v.density)];
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  /** The row that keys act on. A row, not a place: it stays the same service when the order changes. */
  const [active, setActive] = useState(-1);
  const activeIndex = active < 0 ? -1 : rows.indexOf(active);
  const selected = sel === undefined ? -1 : table.find(sel);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
    scrollMargin: HEADER_PX,
    scrollPaddingStart: HEADER_PX,
    useFlushSync: false,
    // The active row stays in the document, so that aria-activedescendant always names something.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (activeIndex >= 0 && activeIndex < rows.length && (activeIndex < indexes[0]! || activeIndex > indexes.at(-1)!)) {
        indexes.push(activeIndex);
        indexes.sort((a, b) => a - b);
      }
      return indexes;
    },
  });
  useEffect(() => virtual.measure(), [virtual, height]);

  const select = useCallback(
    (row: number, step: "push" | "replace") => {
      view.setState({ drawer: true });
      navigate(view, { sel: table.id(row) }, step);
    },
    [view, table],
  );

  const press = (key: string): boolean => {
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEADER_PX) / height) - 1);
    const last = rows.length - 1;
    const to = ((): number | undefined => {
      switch (key) {
        case "j":
        case "ArrowDown":
          return activeIndex + 1;
        case "k":
        case "ArrowUp":
          return activeIndex < 0 ? 0 : activeIndex - 1;
        case "PageDown":
          return activeIndex + page;
        case "PageUp":
          return activeIndex - page;
        case "Home":
          return 0;
        case "End":
          return last;
        default:
          return undefined;
      }
    })();
    if (to !== undefined && last >= 0) {
      const index = Math.min(last, Math.max(0, to));
      setActive(rows[index]!);
      virtual.scrollToIndex(index, { align: "auto" });
      if (drawer) select(rows[index]!, "replace");
      return true;
    }
    if (key === "Enter" && activeIndex >= 0) {
      select(active, "push");
      return true;
    }
    return false;
  };
  useImperativeHandle(handle, () => ({ focus: () => scroller.current?.focus(), press }));

  const onKeyDown = (event: KeyboardEvent): void => {
    // Header buttons keep their own keys.
    if (event.defaultPrevented || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(event.key)) event.preventDefault();
  };

  const template = columns.map((c) => c.width).join(" ");
  const second = Math.floor(table.t / 1e6);
  return (
    <div
      ref={scroller}
      className="sk-grid"
      role="grid"
      aria-label={meaning.title}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={activeIndex >= 0 ? `${gridId}-${active}` : undefined}
      tabIndex={0}
      data-testid={`table-${meaning.name}`}
      style={{ "--sk-columns": template, "--sk-row": `${height}px` } as React.CSSProperties}
      onKeyDown={onKeyDown}
      onMouseEnter={() => order.freeze(true)}
      onMouseLeave={(e) => order.freeze(e.currentTarget.contains(document.activeElement))}
      onFocus={() => order.freeze(true)}
      onBlur={(e) => order.freeze(e.currentTarget.contains(e.relatedTarget) || e.currentTarget.matches(":hover"))}
    >
      <div role="rowgroup" className="sk-head">
        <div role="row" className="sk-head-row" aria-rowindex={1}>
          {columns.map((column, i) => {
            const level = sort.findIndex((k) => k.column === column.key);
            const direction = level < 0 ? undefined : sort[level]!.descending ? "descending" : "ascending";
            return (
              <div
                key={column.key}
                role="columnheader"
                aria-colindex={i + 1}
                aria-sort={direction ?? "none"}
                className={column.numeric ? "sk-th is-number" : "sk-th"}
              >
                <button
                  type="button"
                  className="sk-sort"
                  title={`${column.hint}. Click to sort, with Shift to sort by several.`}
                  onClick={(e) =>
                    navigate(
                      view,
                      {
                        sort: nextSort(
                          sort,
                          column.key,
                          column.numeric || (column.rank !== undefined && column.steady !== true) ? "descending" : "ascending",
                          e.shiftKey,
                        ),
                      },
                      "push",
                    )
                  }
                >
                  {column.title}
                  <span className="sk-arrow" aria-hidden="true">
                    {direction === undefined ? "" : direction === "descending" ? "▼" : "▲"}
                    {direction !== undefined && sort.length > 1 ? level + 1 : ""}
                  </span>
                </button>
              </div>
            );
          })}
        </div>
      </div>
      <div
        role="rowgroup"
        className="sk-rows"
        style={{ height: virtual.getTotalSize() }}
        onClick={(e) => {
          const index = rowIndexOf(e);
          const row = index === undefined ? undefined : rows[index];
          if (row === undefined) return;
          setActive(row);
          select(row, "push");
        }}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index]!;
          return (
            <DataRow
              key={row}
              table={table}
              columns={columns}
              row={row}
              index={index}
              top={start - HEADER_PX}
              domId={`${gridId}-${row}`}
              active={row === active}
              selected={row === selected}
              pinned={false}
              stamp={table.rowVersion[row]!}
              second={second}
            />
          );
        })}
      </div>
    </div>
  );
}
