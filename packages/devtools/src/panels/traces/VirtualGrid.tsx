/**
 * A list as a virtual grid: looks and keys of the tables, for rows that are no table of a channel.
 *
 * @module
 */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from "react";
import type { MouseEvent, ReactElement, Ref } from "react";
import { navigate, rowHeights } from "../../stores/view.ts";
import { nextSort } from "../../stores/route.ts";
import type { SortKey } from "../../stores/order.ts";
import { useInspector, useView } from "../../widgets/hooks.ts";
import type { RowColumn, RowView } from "./row-view.ts";

const HEADER_PX = 30;

/** What a panel may ask of its grid. */
export interface ListHandle {
  focus(): void;
  /** Does what a key would. */
  press(key: string): boolean;
  /** The row that keys act on; −1 for none. */
  active(): number;
}

/** Properties of {@link VirtualGrid}. */
export interface VirtualGridProps<T> {
  readonly meaning: RowView<T>;
  readonly source: T;
  /** Rows in their order. */
  readonly rows: Uint32Array;
  /** How they are sorted, for the headers. */
  readonly sort: readonly SortKey[];
  /** Id of the selected row. */
  readonly selected?: string | undefined;
  readonly onOpen: (row: number) => void;
  readonly handle: Ref<ListHandle>;
  /** The user points at it, or its rows have the focus. */
  readonly onHold?: (held: boolean) => void;
}

/** See the file's comment. */
export function VirtualGrid<T>(props: VirtualGridProps<T>): ReactElement {
  const { meaning, source, rows, sort, selected, onOpen, handle, onHold } = props;
  const { view } = useInspector();
  const height = rowHeights[useView((v) => v.density)];
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  /** The id of the row that keys act on. */
  const [active, setActive] = useState<string>();
  const activeIndex = useMemo(
    () => (active === undefined ? -1 : rows.findIndex((row) => meaning.id(source, row) === active)),
    [active, rows, meaning, source],
  );
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

  const press = (key: string): boolean => {
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEADER_PX) / height) - 1);
    const to = moveTo(key, activeIndex, page, rows.length - 1);
    if (to !== undefined && rows.length > 0) {
      setActive(meaning.id(source, rows[to]!));
      virtual.scrollToIndex(to, { align: "auto" });
      return true;
    }
    if (key === "Enter" && activeIndex >= 0) {
      onOpen(rows[activeIndex]!);
      return true;
    }
    return false;
  };
  useImperativeHandle(handle, () => ({
    focus: () => scroller.current?.focus(),
    press,
    active: () => (activeIndex < 0 ? -1 : rows[activeIndex]!),
  }));

  const { columns } = meaning;
  const template = columns.map((c) => c.width).join(" ");
  // Header and rows are two grids: with one least width for both, their columns stay below each other.
  const least = columns.reduce((sum, c) => sum + Number(/(\d+)px/.exec(c.width)?.[1] ?? 0), 16);
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
      style={{ "--sk-columns": template, "--sk-row": `${height}px`, "--sk-least": `${least}px` } as React.CSSProperties}
      onKeyDown={(event) => {
        if (event.defaultPrevented || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
        if (press(event.key)) event.preventDefault();
      }}
      onMouseEnter={() => onHold?.(true)}
      onMouseLeave={(e) => onHold?.(e.currentTarget.contains(document.activeElement))}
      onFocus={() => onHold?.(true)}
      onBlur={(e) => onHold?.(e.currentTarget.contains(e.relatedTarget) || e.currentTarget.matches(":hover"))}
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
                    navigate(view, { sort: nextSort(sort, column.key, column.numeric ? "descending" : "ascending", e.shiftKey) }, "push")
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
        onClick={(e: MouseEvent) => {
          const at = (e.target as Element).closest<HTMLElement>("[data-index]");
          const row = at === null ? undefined : rows[Number(at.dataset["index"])];
          if (row === undefined) return;
          setActive(meaning.id(source, row));
          onOpen(row);
        }}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index]!;
          const id = meaning.id(source, row);
          return (
            <Row
              key={id}
              columns={columns as readonly RowColumn<unknown>[]}
              name={meaning.name}
              source={source}
              row={row}
              id={id}
              index={index}
              top={start - HEADER_PX}
              domId={`${gridId}-${id}`}
              active={id === active}
              selected={id === selected}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The place a key moves to; `undefined` for keys that do not move. */
export function moveTo(key: string, at: number, page: number, last: number): number | undefined {
  const to = ((): number | undefined => {
    switch (key) {
      case "j":
      case "ArrowDown":
        return at + 1;
      case "k":
      case "ArrowUp":
        return at < 0 ? 0 : at - 1;
      case "PageDown":
        return at + page;
      case "PageUp":
        return at - page;
      case "Home":
        return 0;
      case "End":
        return last;
      default:
        return undefined;
    }
  })();
  return to === undefined ? undefined : Math.max(0, Math.min(last, to));
}

interface RowProps {
  readonly columns: readonly RowColumn<unknown>[];
  readonly name: string;
  readonly source: unknown;
  readonly row: number;
  readonly id: string;
  readonly index: number;
  readonly top: number;
  readonly domId: string;
  readonly active: boolean;
  readonly selected: boolean;
}

const Row = memo(function Row(props: RowProps): ReactElement {
  const { columns, name, source, row, id, index, active, selected } = props;
  return (
    <div
      id={props.domId}
      className={`sk-row${active ? " is-active" : ""}${selected ? " is-selected" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-testid={`row-${name}-${id}`}
      data-index={index}
      style={{ top: props.top }}
    >
      {columns.map((column, i) => (
        <div
          key={column.key}
          role="gridcell"
          aria-colindex={i + 1}
          className={column.numeric ? "sk-cell is-number" : "sk-cell"}
          data-testid={`cell-${id}-${column.key}`}
        >
          {column.cell === undefined ? column.value(source, row) : column.cell(source, row)}
        </div>
      ))}
    </div>
  );
});
