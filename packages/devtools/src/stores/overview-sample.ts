/**
 * From the rows of the overview, one for each node, to the figures of the host.
 *
 * @module
 */
import type { HostSample } from "./host-history.ts";
import type { TableData } from "./table-data.ts";

/** See the file's comment. */
export function overviewSample(table: TableData): HostSample {
  const rows: number[] = [];
  for (let row = 0; row < table.high; row++) if (table.status[row] === 1) rows.push(row);
  const sum = (value: (row: number) => number): number => rows.reduce((all, row) => all + value(row), 0);
  // Below zero is what the host cannot tell.
  const known = (name: string, row: number, value: number): number => (table.number(name, row) < 0 ? NaN : value);
  const field = (name: string): number => sum((row) => known(name, row, table.number(name, row)));
  const rate = (name: string): number => sum((row) => known(name, row, table.rate(name, row)));
  // Figures of the process stand in each node's row.
  const process = (name: string): number =>
    rows.reduce((known, row) => (table.number(name, row) >= 0 ? table.number(name, row) : known), NaN);
  return {
    services: field("services"),
    messageRate: rate("messages"),
    mqlen: field("mqlen"),
    pending: field("pending"),
    oldestUs: rows.reduce((most, row) => Math.max(most, known("oldestUs", row, table.number("oldestUs", row))), 0),
    cpu: rate("cpuUs") / 1e4,
    errorRate: rate("errors"),
    tasks: field("tasks"),
    sockets: field("sockets"),
    inRate: rate("bytesIn"),
    outRate: rate("bytesOut"),
    timers: field("timers"),
    heap: process("heap"),
    rss: process("rss"),
    external: process("external"),
  };
}
