/**
 * What can be done with a row of any table: open, keep, filter by a cell, copy, see the same service elsewhere.
 *
 * Knows nothing of menus and keys.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import { termFor, withTerm } from "../../stores/filter/term-for.ts";
import { homeRoute } from "../../stores/route.ts";
import { rowRecord } from "../../stores/table-export.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { navigate, say } from "../../stores/view.ts";
import type { ViewStore } from "../../stores/view.ts";
import { copyAndSay, linkTo } from "../copy.ts";
import type { Column, TableView } from "./column.ts";
import type { RowAction } from "./RowMenu.tsx";

/** A cell that something is done with. */
export interface Cell {
  readonly table: TableStore;
  readonly meaning: TableView;
  readonly row: number;
  readonly column: Column;
}

/** Shows only the rows that say the same in this column, or only the others. */
export function filterByCell(view: ViewStore, { table, row, column }: Cell, exclude: boolean): void {
  const term = termFor(column, table, row, exclude);
  if (term === undefined) return say(view, `The filter language has no words for this value of ${column.title}.`);
  const { q } = view.getState().route;
  navigate(view, { q: withTerm(q, term) }, "push");
}

/** Keeps the row when it ends, or no longer. */
export function toggleKept({ table, row }: Pick<Cell, "table" | "row">): void {
  table.keep(row, !table.kept(row));
}

/** Copies a link that opens the row. */
export function copyRowLink(view: ViewStore, { table, row }: Pick<Cell, "table" | "row">): void {
  copyAndSay(view, linkTo({ ...view.getState().route, sel: table.id(row) }), `The link to ${table.id(row)} was`);
}

/** Copies all figures of the row. */
export function copyRowJson(view: ViewStore, { table, meaning, row }: Pick<Cell, "table" | "meaning" | "row">): void {
  copyAndSay(view, JSON.stringify(rowRecord(table, meaning.columns, row), undefined, 2), `${table.id(row)} as JSON was`);
}

/** Panels whose rows are services. */
const places = [
  ["services", "Services"],
  ["mailboxes", "Mailboxes"],
  ["memory", "Memory"],
] as const;

/** Fields that name a service, and what it is to the row. */
const addressFields = [
  ["addr", ""],
  ["owner", "its owner"],
  ["from", "the caller"],
  ["to", "the callee"],
] as const;

/** All of it, for a menu. `open` shows the details, where the table has any. */
export function rowActions(view: ViewStore, cell: Cell, open: (() => void) | undefined): readonly RowAction[] {
  const { table, meaning, row, column } = cell;
  const term = termFor(column, table, row, false);
  const wordless = term === undefined ? { disabled: "The filter language has no words for this value." } : {};
  const actions: RowAction[] = [
    ...(open === undefined ? [] : [{ key: "open", title: "Open details", shortcut: "Enter", run: open }]),
    { key: "filter", title: `Only ${short(term ?? column.title)}`, shortcut: "f", ...wordless, run: () => filterByCell(view, cell, false) },
    {
      key: "exclude",
      title: `Without ${short(term ?? column.title)}`,
      shortcut: "F",
      ...wordless,
      run: () => filterByCell(view, cell, true),
    },
    {
      key: "keep",
      title: table.kept(row) ? "Keep no longer" : "Keep when it ends",
      shortcut: "x",
      run: () => toggleKept(cell),
    },
    { key: "link", title: "Copy link", shortcut: "y", run: () => copyRowLink(view, cell) },
    { key: "json", title: "Copy as JSON", shortcut: "Y", run: () => copyRowJson(view, cell) },
  ];
  const fields = table.shape.channel.fields.map((f) => f.name);
  const node = fields.includes("node") ? table.text("node", row) : "";
  for (const [field, who] of addressFields) {
    if (!fields.includes(field)) continue;
    const addr = table.number(field, row);
    if (addr <= 0) continue;
    const sel = formatAddress(addr) + (table.manyNodes && node !== "" ? `@${node}` : "");
    for (const [panel, title] of who === "" ? places : places.slice(0, 1)) {
      if (panel === meaning.name) continue;
      actions.push({
        key: `${panel}${who === "" ? "" : `-${field}`}`,
        title: `Show ${who === "" ? "" : `${who} `}in ${title}`,
        run: () => {
          view.setState({ drawer: true });
          navigate(view, { ...homeRoute, rest: view.getState().route.rest, panel, sel }, "push");
        },
      });
    }
  }
  return actions;
}

const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
