/**
 * A panel that shows one table: states, toolbar with filter and chips, grid, drawer. What the rows mean is the panel's {@link TableView}.
 *
 * @module
 */
import type { TableChannel } from "@skyloom/runtime/inspect";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ReactElement, ReactNode } from "react";
import { groupColumns, parseOpen } from "../../stores/grouping.ts";
import { LiveOrder } from "../../stores/live-order.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { pickedNodes } from "../../stores/node-pick.ts";
import { hiddenFlags, navigate, toggleHidden } from "../../stores/view.ts";
import { ChannelStates, TroubleBanner, useReady } from "../ChannelStates.tsx";
import { count } from "../format.ts";
import { useConnection, useInspector, useNow, useVersion, useView } from "../hooks.ts";
import { usePanelKeys } from "../keys.ts";
import { ConnectionBanner, StatePage } from "../PanelStates.tsx";
import type { TableView } from "./column.ts";
import { ColumnMenu } from "./ColumnMenu.tsx";
import { DataGrid } from "./DataGrid.tsx";
import type { GridHandle } from "./DataGrid.tsx";
import { ExportMenu } from "./ExportMenu.tsx";
import { FilterBox } from "./FilterBox.tsx";
import { QueryChips } from "./QueryChips.tsx";
import { SavedFilters } from "./SavedFilters.tsx";
import { useColumns } from "./use-columns.ts";

/** What a panel with one table is made of. */
export interface TablePanelProps {
  readonly channel: TableChannel;
  readonly meaning: TableView;
  /** A query that makes sense here, for the empty box. */
  readonly example: string;
  /** What is said when there is nothing at all, and what to do about it. */
  readonly empty: { readonly title: string; readonly text: ReactNode };
  /** The details of the selected row; absent: rows have none. */
  readonly drawer?: (close: () => void) => ReactNode;
  /** More in the toolbar, before the count. */
  readonly tools?: ReactNode;
  /** Between toolbar and grid. */
  readonly above?: ReactNode;
}

/** See the file's comment. */
export function TablePanel(props: TablePanelProps): ReactElement {
  const { client } = useInspector();
  const { channel, meaning } = props;
  useEffect(() => client.watch(channel), [client, channel]);
  const table = client.table(channel);
  const ready = useReady(table);
  return (
    <section className="sk-panel" aria-label={meaning.title} data-testid={`panel-${meaning.name}`}>
      <ChannelStates channel={channel} ready={ready} columns={Math.min(10, meaning.columns.length)}>
        <Content {...props} table={table} />
      </ChannelStates>
    </section>
  );
}

/** The content alone, for panels with more than one view. */
export function Content(props: TablePanelProps & { readonly table: TableStore }): ReactElement {
  const { client, view } = useInspector();
  const { table, meaning, channel } = props;
  useVersion(table);
  const q = useView((v) => v.route.q);
  const chosen = useView((v) => v.route.sort);
  const sort = chosen.length > 0 ? chosen : (meaning.sort ?? NO_SORT);
  const shownFlags = useView((v) => v.shownFlags);
  const hidden = useMemo(() => hiddenFlags(meaning.chips ?? [], shownFlags), [meaning, shownFlags]);
  const drawer = useView((v) => v.drawer && v.route.sel !== undefined);
  const phase = useConnection((c) => c.phase);
  const input = useRef<HTMLInputElement>(null);
  const grid = useRef<GridHandle>(null);
  const [order] = useState(() => new LiveOrder(table, meaning, () => client.now()));
  useEffect(() => order.attach(), [order]);
  const nodes = useView((v) => v.route.rest["nodes"]);
  const group = useView((v) => v.route.group);
  const grouping = group === undefined ? undefined : groupColumns(meaning).find((c) => c.key === group);
  const groupKey = grouping?.key;
  const open = useView((v) => v.route.open);
  useLayoutEffect(() => {
    client.hosts?.pick(pickedNodes(nodes));
    order.ask({ text: q, hidden, sort, group: groupKey, ...(nodes === undefined ? {} : { nodes }) });
  }, [client, order, q, hidden, sort, groupKey, nodes]);
  useLayoutEffect(() => order.show(parseOpen(open)), [order, open]);
  useVersion(order);
  const columns = useColumns(meaning, table);
  const shown = order.rows.length;
  // Rows that have ended are still in the list for a moment; they are not counted.
  let alive = 0;
  const { status } = table;
  for (const row of order.rows) if (status[row] === 1) alive++;

  const closeDrawer = (): void => {
    view.setState({ drawer: false });
    grid.current?.focus();
  };
  usePanelKeys((key) => {
    if (key === "/") input.current?.focus();
    else if (key === "Escape" && drawer) closeDrawer();
    else if (key === "Escape" && q !== "") navigate(view, { q: "" }, "push");
    else if (["j", "k", "ArrowDown", "ArrowUp", "Home", "End", "PageUp", "PageDown"].includes(key)) {
      grid.current?.focus();
      return grid.current?.press(key) ?? false;
    } else return "xXfFsyY.*".includes(key) && (grid.current?.press(key) ?? false);
    return true;
  });

  return (
    <>
      <div className="sk-toolbar">
        <FilterBox input={input} things={meaning.things} example={props.example} fault={order.filter.fault} />
        <SavedFilters panel={meaning.name} faulty={order.filter.fault !== undefined} />
        {(meaning.chips ?? []).map((chip, i) => {
          const on = hidden.includes(chip.flag);
          return (
            <button
              key={chip.flag}
              type="button"
              className="sk-chip"
              aria-pressed={on}
              data-testid={`filter-chip-${i + 1}`}
              title={chip.hint}
              onClick={() => toggleHidden(view, chip.flag)}
            >
              <span aria-hidden="true">{on ? "✓" : "+"}</span> {chip.label}
            </button>
          );
        })}
        <QueryChips flags={meaning.flags} slow={meaning.slow} />
        {group === undefined ? null : (
          <button
            type="button"
            className={grouping === undefined ? "sk-chip sk-tone-warn" : "sk-chip"}
            aria-pressed={grouping === undefined ? undefined : true}
            data-testid="group-chip"
            title={
              grouping === undefined
                ? "The address asks for a grouping that this table does not have"
                : "Do not group the rows (* opens and closes all groups)"
            }
            onClick={() => navigate(view, { group: undefined, open: undefined }, "push")}
          >
            {grouping === undefined ? `▲ cannot group by “${group.slice(0, 32)}”` : `by ${grouping.title}`}{" "}
            <span aria-hidden="true">✕</span>
          </button>
        )}
        <span className="sk-spring" />
        {props.tools}
        {table.keptRows > 0 ? (
          <button
            type="button"
            className="sk-chip"
            data-testid="kept"
            title="Keep none of them any longer (Shift x)"
            onClick={() => table.keepNone()}
          >
            {count(table.keptRows)} kept <span aria-hidden="true">✕</span>
          </button>
        ) : null}
        {order.held && phase === "live" ? <FrozenBadge order={order} /> : null}
        <span className="sk-toolbar-end">
          <span className="sk-figures sk-dim" data-testid={`${meaning.name}-count`}>
            {count(alive)} / {count(table.live)}
          </span>
          <ColumnMenu meaning={meaning} table={table} />
          <ExportMenu table={table} meaning={meaning} columns={columns} order={order} />
        </span>
      </div>
      <ConnectionBanner arrivedAt={table.arrivedAt} />
      <TroubleBanner channel={channel} />
      {table.total > table.live ? (
        <div className="sk-banner" data-testid="note-dropped">
          The host has {count(table.total)} {meaning.things} and sends {count(table.live)} of them, which is its limit. The others are not
          in this list.
        </div>
      ) : null}
      {props.above}
      <div className={phase === "live" ? "sk-split" : "sk-split is-stale"}>
        {shown > 0 ? (
          <DataGrid table={table} meaning={meaning} columns={columns} order={order} details={props.drawer !== undefined} handle={grid} />
        ) : (
          <Nothing {...props} hidden={hidden} focus={() => input.current?.focus()} />
        )}
        {drawer && props.drawer !== undefined ? props.drawer(closeDrawer) : null}
      </div>
    </>
  );
}

const NO_SORT: readonly never[] = [];

/** Why there is no row. */
function Nothing(
  props: TablePanelProps & { readonly table: TableStore; readonly hidden: readonly string[]; readonly focus: () => void },
): ReactElement {
  const { view } = useInspector();
  const { table, meaning, empty, hidden } = props;
  const q = useView((v) => v.route.q);
  if (table.live === 0)
    return (
      <StatePage id="empty" title={empty.title}>
        {typeof empty.text === "string" ? <p>{empty.text}</p> : empty.text}
      </StatePage>
    );
  const clear = (): void => {
    navigate(view, { q: "" }, "push");
    props.focus();
  };
  return (
    <StatePage
      id="nomatch"
      title={`0 of ${count(table.live)} match`}
      actions={
        q === "" ? (
          <button
            type="button"
            className="sk-button sk-primary"
            onClick={() => {
              for (const flag of hidden) toggleHidden(view, flag);
            }}
          >
            Show all of them
          </button>
        ) : (
          <button type="button" className="sk-button sk-primary" onClick={clear}>
            Clear filter
          </button>
        )
      }
    >
      <p>{q === "" ? `All of them are hidden by the marks above the table.` : `None of the ${meaning.things} matches “${q}”.`}</p>
    </StatePage>
  );
}

function FrozenBadge({ order }: { readonly order: LiveOrder }): ReactElement {
  const now = useNow(1000);
  return (
    <span
      className="sk-badge"
      data-testid="order-frozen"
      title="The values are live; the rows stay where they are while you point at the table."
    >
      order frozen {Math.max(0, Math.round((now - order.madeAt) / 1000))} s
    </span>
  );
}
