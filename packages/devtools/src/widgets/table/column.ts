/**
 * A column as it is drawn: its meaning and its looks.
 *
 * @module
 */
import type { ReactNode } from "react";
import type { ColumnSpec, TableMeaning } from "../../stores/columns.ts";
import type { TableStore } from "../../stores/table-store.ts";

/** One column of a table on the screen. */
export interface Column extends ColumnSpec {
  /** A CSS grid track. */
  readonly width: string;
  /** Hidden unless several nodes are shown. */
  readonly nodes?: boolean;
  /** Hidden until the user asks for it. */
  readonly optional?: boolean;
  /** Writes a figure of a group; default: as the unit asks. */
  readonly figure?: (value: number) => string;
  /** Rows without a value have none by their nature: a sum without them is whole. */
  readonly partial?: boolean;
  /** Draws it; default: the value as it is. Figures that are 0 or not known step back by themselves, and estimates are slanted. */
  cell?(table: TableStore, row: number): ReactNode;
  /** Set in figures of equal width, as addresses are. */
  readonly mono?: boolean;
  /** Tooltip of a cell, where its text may be cut off. */
  hover?(table: TableStore, row: number): string;
}

/** A table as a panel describes it. */
export interface TableView extends TableMeaning {
  /** As in test ids and addresses, e.g. `services`. */
  readonly name: string;
  /** For people and screen readers, e.g. `Services`. */
  readonly title: string;
  /** What one row is, in the plural, e.g. `services`. */
  readonly things: string;
  readonly columns: readonly Column[];
  /** Marks that can be hidden by a chip above the table: mark, label, tooltip. */
  readonly chips?: readonly { readonly flag: string; readonly label: string; readonly hint: string }[];
  /** What `is:slow` means here, for a tooltip. */
  readonly slow?: string;
  /** How the rows are sorted until the user says otherwise. */
  readonly sort?: readonly { readonly column: string; readonly descending: boolean }[];
}
