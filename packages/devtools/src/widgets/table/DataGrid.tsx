/**
 * A table as a virtual grid: only the rows in view are in the document; keyboard, sorting and the ARIA grid are ours. Grouped rows make a
 * tree grid: a line for each group, and the rows of those that are open.
 *
 * Knows the order and the table, and nothing of filters and connections.
 *
 * @module
 */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import type { KeyboardEvent, ReactElement, Ref } from "react";
import { formatOpen, groupLine, isOpen, toggleGroup } from "../../stores/grouping.ts";
import type { Group, OpenGroups } from "../../stores/grouping.ts";
import { GroupTotals } from "../../stores/group-totals.ts";
import type { LiveOrder } from "../../stores/live-order.ts";
import { navigate, rowHeights, setColumnPx } from "../../stores/view.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { useInspector, useVersion, useView } from "../hooks.ts";
import { mayAct } from "../keys.ts";
import type { Column, TableView } from "./column.ts";
import { cellId, columnOf, DataRow, rowIndexOf } from "./DataRow.tsx";
import { useFlight } from "./flight.ts";
import { GroupRow } from "./GroupRow.tsx";
import { HeadCell, sortBy } from "./HeadCell.tsx";
import { copyRowJson, copyRowLink, filterByCell, rowActions, toggleKept } from "./row-actions.ts";
import type { Cell } from "./row-actions.ts";
import { RowMenu } from "./RowMenu.tsx";

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
  /** Whether rows have details to open. */
  readonly details: boolean;
  readonly handle: Ref<GridHandle>;
}): ReactElement {
  const { table, meaning, columns, order, handle } = props;
  const { view } = useInspector();
  useVersion(table);
  useVersion(order);
  const { lines, groups } = order;
  const [totals] = useState(() => new GroupTotals(table, order));
  const sort = useView((v) => v.route.sort);
  const sel = useView((v) => v.route.sel);
  const drawer = useView((v) => v.drawer);
  const height = rowHeights[useView((v) => v.density)];
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  /** What keys act on: a row by its id, so that it stays the same one whatever its place and number, and a column. */
  const [activeId, setActiveId] = useState<string>();
  const [activeColumn, setActiveColumn] = useState<string>();
  /** Or a group, by its name. */
  const [activeGroup, setActiveGroup] = useState<string>();
  const groupAt = activeGroup === undefined || groups === undefined ? -1 : groups.findIndex((g) => g.name === activeGroup);
  const onGroup = groupAt >= 0 ? groups![groupAt] : undefined;
  const active = onGroup !== undefined || activeId === undefined ? -1 : table.find(activeId);
  const activeIndex = onGroup !== undefined ? lines.indexOf(groupLine(groupAt)) : active < 0 ? -1 : lines.indexOf(active);
  const setActive = (row: number): void => {
    setActiveId(table.id(row));
    setActiveGroup(undefined);
  };
  const setActiveLine = (index: number): void => {
    const line = lines[index]!;
    if (line >= 0) setActive(line);
    else setActiveGroup(groups![groupLine(line)]!.name);
  };
  const columnPx = useView((v) => v.columnPx);
  const [menu, setMenu] = useState<{ readonly cell: Cell; readonly x: number; readonly y: number }>();
  const selected = sel === undefined ? -1 : table.find(sel);

  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
    scrollMargin: HEADER_PX,
    scrollPaddingStart: HEADER_PX,
    useFlushSync: false,
    // The active row stays in the document, so that aria-activedescendant always names something.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (activeIndex >= 0 && activeIndex < lines.length && (activeIndex < indexes[0]! || activeIndex > indexes.at(-1)!)) {
        indexes.push(activeIndex);
        indexes.sort((a, b) => a - b);
      }
      return indexes;
    },
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const flying = useFlight(scroller, height);
  /** Rows that are drawn whole: they stay so when a flight begins. */
  const [whole] = useState(() => new Set<number>());
  const items = virtual.getVirtualItems();
  const drawn = items.map(({ index }) => lines[index]!).filter((row) => !flying || whole.has(row));
  whole.clear();
  for (const row of drawn) whole.add(row);

  const select = useCallback(
    (row: number, step: "push" | "replace") => {
      view.setState({ drawer: true });
      navigate(view, { sel: table.id(row) }, step);
    },
    [view, table],
  );

  /** The column that keys act on; before one was chosen, the first. */
  const column = columns.find((c) => c.key === activeColumn) ?? columns[0]!;
  const cellAt = (row: number): Cell => ({ table, meaning, row, column });
  const openMenu = (cell: Cell, x: number, y: number): void => {
    order.freeze(true);
    setMenu({ cell, x, y });
  };
  const moveColumn = (by: number): void => {
    const at = activeColumn === undefined ? -1 : columns.findIndex((c) => c.key === activeColumn);
    const to = columns[Math.min(columns.length - 1, Math.max(0, at < 0 ? 0 : at + by))]!;
    setActiveColumn(to.key);
    scroller.current?.querySelector(`.sk-th[data-column="${to.key}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const widen = (by: number): void => {
    const head = scroller.current?.querySelector(`.sk-th[data-column="${column.key}"]`);
    if (head instanceof HTMLElement) setColumnPx(view, meaning.name, column.key, head.offsetWidth + by);
  };

  const setOpen = (open: OpenGroups): void => navigate(view, { open: formatOpen(open) }, "replace");
  const toggle = (group: Group): void => setOpen(toggleGroup(order.open, group.name));
  /** The column that rows are grouped by, in a row of a group: what keys on the group's line act on. */
  const groupCell = (group: Group): Cell => ({
    table,
    meaning,
    row: order.rows[group.from]!,
    column: meaning.columns.find((c) => c.key === order.query.group)!,
  });
  /** The place of the line of the group that a line belongs to. */
  const parentOf = (index: number): number => {
    let at = index;
    while (at >= 0 && lines[at]! >= 0) at--;
    return at;
  };
  /** What only the lines of a tree do. */
  const pressTree = (key: string): boolean => {
    if (groups === undefined) return false;
    if (key === "*") setOpen({ all: groups.some((g) => !isOpen(order.open, g.name)), names: new Set() });
    else if (onGroup !== undefined) {
      const open = isOpen(order.open, onGroup.name);
      if (key === "Enter" || (key === "ArrowRight" && !open) || (key === "ArrowLeft" && open)) toggle(onGroup);
      else if (key === "ArrowRight") goTo(activeIndex + 1);
      else if (key === "f" || key === "F") filterByCell(view, groupCell(onGroup), key === "F");
      else return key === "ArrowLeft";
    } else if (key === "ArrowLeft" && activeIndex >= 0 && (activeColumn === undefined || activeColumn === columns[0]!.key)) {
      goTo(parentOf(activeIndex));
    } else return false;
    return true;
  };
  const goTo = (to: number): void => {
    const index = Math.min(lines.length - 1, Math.max(0, to));
    setActiveLine(index);
    virtual.scrollToIndex(index, { align: "auto" });
    if (drawer && lines[index]! >= 0) select(lines[index]!, "replace");
  };
  const press = (key: string): boolean => {
    if (pressTree(key)) return true;
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEADER_PX) / height) - 1);
    const last = lines.length - 1;
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
      goTo(to);
      return true;
    }
    if (key === "ArrowLeft" || key === "ArrowRight") moveColumn(key === "ArrowLeft" ? -1 : 1);
    else if (key === "s") navigate(view, { sort: sortBy(sort, column, false) }, "push");
    else if (key === "X") table.keepNone();
    else if (active < 0 || activeIndex < 0) return false;
    else if (key === "Enter") select(active, "push");
    else if (key === "x") toggleKept({ table, row: active });
    else if (key === "f" || key === "F") filterByCell(view, cellAt(active), key === "F");
    else if (key === "y") copyRowLink(view, { table, row: active });
    else if (key === "Y") copyRowJson(view, cellAt(active));
    else if (key === "." || key === "ContextMenu") {
      const cell = document.getElementById(cellId(`${gridId}-${active}`, column.key))?.getBoundingClientRect();
      openMenu(cellAt(active), cell?.left ?? 0, cell?.bottom ?? 0);
    } else return false;
    return true;
  };
  useImperativeHandle(handle, () => ({ focus: () => scroller.current?.focus(), press }));

  const onKeyDown = (event: KeyboardEvent): void => {
    // Header buttons keep their own keys.
    if (event.defaultPrevented || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!mayAct(view, event.key)) return;
    if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) widen(event.key === "ArrowLeft" ? -16 : 16);
    else if (!press(event.key)) return;
    event.preventDefault();
  };

  const widthOf = (c: Column): string => {
    const px = columnPx[`${meaning.name}.${c.key}`];
    return px === undefined ? c.width : `${px}px`;
  };
  const widened = columns.some((c) => columnPx[`${meaning.name}.${c.key}`] !== undefined);
  const template = columns.map(widthOf).join(" ");
  const second = Math.floor(table.t / 1e6);
  const grid = (
    <div
      ref={scroller}
      className={widened ? "sk-grid has-widths" : "sk-grid"}
      role={groups === undefined ? "grid" : "treegrid"}
      aria-label={meaning.title}
      aria-rowcount={lines.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={
        activeIndex < 0
          ? undefined
          : onGroup !== undefined
            ? `${gridId}-g${groupAt}`
            : activeColumn === undefined
              ? `${gridId}-${active}`
              : cellId(`${gridId}-${active}`, column.key)
      }
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
          {columns.map((c, i) => (
            <HeadCell key={c.key} table={meaning.name} column={c} place={i + 1} sort={sort} />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className="sk-rows"
        style={{ height: virtual.getTotalSize() }}
        onClick={(e) => {
          const index = rowIndexOf(e);
          const row = index === undefined ? undefined : lines[index];
          if (row === undefined) return;
          if (row < 0) {
            const group = groups![groupLine(row)]!;
            setActiveGroup(group.name);
            return toggle(group);
          }
          setActive(row);
          setActiveColumn(columnOf(e));
          select(row, "push");
        }}
        onContextMenu={(e) => {
          const index = rowIndexOf(e);
          const row = index === undefined ? undefined : lines[index];
          const at = columns.find((c) => c.key === columnOf(e));
          if (row === undefined || row < 0 || at === undefined || e.shiftKey) return;
          e.preventDefault();
          setActive(row);
          setActiveColumn(at.key);
          openMenu({ table, meaning, row, column: at }, e.clientX, e.clientY);
        }}
      >
        {items.map(({ index, start }) => {
          const row = lines[index]!;
          const group = row < 0 ? groups![groupLine(row)]! : undefined;
          if (group !== undefined)
            return (
              <GroupRow
                key={`group ${group.name}`}
                group={group}
                totals={totals}
                columns={columns}
                index={index}
                top={start - HEADER_PX}
                domId={`${gridId}-g${groupLine(row)}`}
                open={isOpen(order.open, group.name)}
                active={group === onGroup}
              />
            );
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
              focus={row === active ? activeColumn : undefined}
              selected={row === selected}
              pinned={table.kept(row)}
              sparse={!whole.has(row)}
              level={groups === undefined ? undefined : 2}
              stamp={table.rowVersion[row]!}
              second={second}
            />
          );
        })}
      </div>
    </div>
  );
  return (
    <>
      {grid}
      {menu === undefined ? null : (
        <RowMenu
          label={`Row ${table.id(menu.cell.row)}`}
          actions={rowActions(view, menu.cell, props.details ? () => select(menu.cell.row, "push") : undefined)}
          x={menu.x}
          y={menu.y}
          onClose={() => {
            setMenu(undefined);
            scroller.current?.focus({ preventScroll: true });
          }}
        />
      )}
    </>
  );
}
