/**
 * The columns of the services list: what each shows, how wide it is, how it sorts.
 *
 * @module
 */
import { ServiceFlag } from "@skyloom/runtime/inspect";
import type { ReactNode } from "react";
import type { SortColumn } from "../../stores/service-order.ts";
import { formatAddress } from "../../stores/service-table.ts";
import type { ServiceTable } from "../../stores/service-table.ts";
import { age, bytes, count, decimal, UNKNOWN } from "../../widgets/format.ts";
import { StateMark } from "../../widgets/StateMark.tsx";

/** Number of the state that a row has when its service is gone. */
const DEAD = 8;

/** One column. */
export interface ServiceColumn {
  readonly key: SortColumn;
  readonly title: string;
  /** For a tooltip: what the figure means. */
  readonly hint: string;
  /** A CSS grid track. */
  readonly width: string;
  readonly numeric: boolean;
  /** Hidden unless several nodes are shown. */
  readonly nodes?: boolean;
  cell(table: ServiceTable, row: number): ReactNode;
}

const has = (table: ServiceTable, row: number, flag: number): boolean => (table.number("flags", row) & flag) !== 0;

/** Zeros step back, so that what is going on stands out. */
const quiet = (text: string, value: number): ReactNode => (value === 0 ? <span className="sk-zero">{text}</span> : text);

/** `≈` before what is estimated. */
const estimated = (text: string, on: boolean): ReactNode =>
  on && text !== UNKNOWN ? (
    <span className="sk-estimate" title="estimated">
      ≈ {text}
    </span>
  ) : (
    text
  );

/** CPU share of a row as text. */
export function cpuText(table: ServiceTable, row: number): string {
  return has(table, row, ServiceFlag.cpuUnknown) ? UNKNOWN : decimal(table.cpuPercent[row]!);
}

/** How long a service has been up, in seconds at the time of the last sample; NaN when that is not known. */
export function upSeconds(table: ServiceTable, row: number): number {
  const startUs = table.number("startUs", row);
  return startUs < 0 ? NaN : (table.t - startUs) / 1e6;
}

/** See the file's comment. */
export const serviceColumns: readonly ServiceColumn[] = [
  {
    key: "addr",
    title: "address",
    hint: "Handle of the service",
    width: "88px",
    numeric: false,
    cell: (t, r) => <span className="sk-mono">{formatAddress(t.number("addr", r))}</span>,
  },
  {
    key: "name",
    title: "name",
    hint: "Registered name, else the launch line",
    width: "minmax(150px, 1fr)",
    numeric: false,
    cell: (t, r) => <span title={t.text("name", r)}>{t.text("name", r)}</span>,
  },
  { key: "node", title: "node", hint: "Node it runs in", width: "88px", numeric: false, nodes: true, cell: (t, r) => t.text("node", r) },
  {
    key: "state",
    title: "state",
    hint: "What it is doing; sorts by how much attention it needs",
    width: "108px",
    numeric: false,
    cell: (t, r) => <StateMark state={t.status[r] === 2 ? DEAD : t.number("state", r)} />,
  },
  {
    key: "mqlen",
    title: "mqlen",
    hint: "Messages waiting in its mailbox",
    width: "72px",
    numeric: true,
    cell: (t, r) => quiet(count(t.number("mqlen", r)), t.number("mqlen", r)),
  },
  {
    key: "task",
    title: "task",
    hint: "Suspended and running tasks",
    width: "60px",
    numeric: true,
    cell: (t, r) => quiet(count(t.number("task", r)), t.number("task", r)),
  },
  {
    key: "msgRate",
    title: "msg/s",
    hint: "Messages handled per second",
    width: "80px",
    numeric: true,
    cell: (t, r) => quiet(decimal(t.msgRate[r]!), t.msgRate[r]!),
  },
  {
    key: "cpuPercent",
    title: "cpu %",
    hint: "Share of one core spent in its handlers",
    width: "76px",
    numeric: true,
    cell: (t, r) => (t.cpuPercent[r] === 0 ? quiet(cpuText(t, r), 0) : estimated(cpuText(t, r), has(t, r, ServiceFlag.cpuEstimated))),
  },
  {
    key: "mem",
    title: "mem",
    hint: "Memory; ≈ where it is estimated",
    width: "84px",
    numeric: true,
    cell: (t, r) =>
      has(t, r, ServiceFlag.memUnknown) ? UNKNOWN : estimated(bytes(t.number("mem", r)), has(t, r, ServiceFlag.memEstimated)),
  },
  {
    key: "err",
    title: "err",
    hint: "Handler errors since it started",
    width: "56px",
    numeric: true,
    cell: (t, r) => {
      const errors = t.number("err", r);
      return errors > 0 ? <span className="sk-tone-err">{count(errors)}</span> : quiet("0", 0);
    },
  },
  { key: "up", title: "up", hint: "Time since it was launched", width: "72px", numeric: true, cell: (t, r) => age(upSeconds(t, r)) },
];
