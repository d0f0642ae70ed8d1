/**
 * Copies or saves the rows that are shown.
 *
 * @module
 */
import { useState } from "react";
import type { ReactElement } from "react";
import type { LiveOrder } from "../../stores/live-order.ts";
import { exportTable } from "../../stores/table-export.ts";
import type { TableFormat } from "../../stores/table-export.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { copyText } from "../clipboard.ts";
import { download, fileName } from "../download.ts";
import { useConnection, useInspector, useView } from "../hooks.ts";
import { Popup } from "../Popup.tsx";
import type { Column, TableView } from "./column.ts";

const formats: readonly { readonly format: TableFormat; readonly type: string }[] = [
  { format: "json", type: "application/json" },
  { format: "csv", type: "text/csv" },
  { format: "tsv", type: "text/tab-separated-values" },
];

/** See the file's comment. */
export function ExportMenu(props: {
  readonly table: TableStore;
  readonly meaning: TableView;
  readonly columns: readonly Column[];
  readonly order: LiveOrder;
}): ReactElement {
  const { client } = useInspector();
  const { table, meaning, columns, order } = props;
  const host = useConnection((c) => c.host?.name ?? client.title);
  const filter = useView((v) => v.route.q);
  const [said, setSaid] = useState("");
  const by = meaning.columns.find((c) => c.key === order.query.group);
  const grouped = by === undefined || order.groups === undefined ? undefined : { by, groups: order.groups };
  const text = (format: TableFormat): string =>
    exportTable(
      format,
      { host, panel: meaning.name, filter, time: new Date(Date.now() - (client.now() - table.arrivedAt)).toISOString() },
      table,
      columns,
      order.rows,
      grouped,
    );
  return (
    <Popup label="Export" testId="export">
      <ul className="sk-menu-list">
        <li>
          <button
            type="button"
            className="sk-button"
            data-testid="action-copy-tsv"
            onClick={() =>
              void copyText(text("tsv")).then((done) =>
                setSaid(done ? `${order.rows.length} rows copied` : "The browser did not allow copying"),
              )
            }
          >
            Copy rows
          </button>
        </li>
        {formats.map(({ format, type }) => (
          <li key={format}>
            <button
              type="button"
              className="sk-button"
              data-testid={`action-export-${format}`}
              onClick={() => download(fileName(host, meaning.name, format), type, text(format))}
            >
              Save as {format.toUpperCase()}
            </button>
          </li>
        ))}
      </ul>
      <p className="sk-dim" role="status">
        {said ||
          `${order.rows.length} rows as shown: filter, order and columns${grouped === undefined ? "" : ", those of closed groups too"}.`}
      </p>
    </Popup>
  );
}
