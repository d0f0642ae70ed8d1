/**
 * Which columns of a table are shown, in which order: as the address says (`cols=`), else the panel's own choice.
 *
 * @module
 */
import { useMemo } from "react";
import type { TableStore } from "../../stores/table-store.ts";
import { useView } from "../hooks.ts";
import type { Column, TableView } from "./column.ts";

/** Keys of the columns a panel shows when nobody has chosen. */
export function defaultKeys(meaning: TableView, manyNodes: boolean): string[] {
  return meaning.columns.filter((c) => c.optional !== true && (manyNodes || c.nodes !== true)).map((c) => c.key);
}

/** The columns to show. */
export function useColumns(meaning: TableView, table: TableStore): readonly Column[] {
  const cols = useView((v) => v.route.cols);
  const many = table.manyNodes;
  return useMemo(() => {
    const keys = cols ?? defaultKeys(meaning, many);
    const chosen = keys.map((key) => meaning.columns.find((c) => c.key === key)).filter((c) => c !== undefined);
    return chosen.length > 0 ? chosen : meaning.columns;
  }, [cols, meaning, many]);
}
