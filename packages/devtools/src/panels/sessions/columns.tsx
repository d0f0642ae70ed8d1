/**
 * The columns of the list of pending calls.
 *
 * @module
 */
import { callStates } from "@skyloom/runtime/inspect";
import type { CallState } from "@skyloom/runtime/inspect";
import type { ReactNode } from "react";
import { formatAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { count, milliseconds, taskNumber, UNKNOWN } from "../../widgets/format.ts";
import { isChanged, nodeColumn, SLOW_US } from "../../widgets/table/cells.tsx";
import type { Column, TableView } from "../../widgets/table/column.ts";
import { CallMark, callMarks } from "./CallMark.tsx";

/** From so many microseconds on a call is stuck (INS-DL-5). */
const STUCK_US = 5_000_000;

/** How long a call has been pending, in microseconds; NaN when it is over. */
export const totalUs = (t: TableStore, r: number): number => (t.status[r] === 2 ? NaN : Math.max(0, t.at(r) - t.number("sentUs", r)));

/** How long it was in the callee's mailbox, or has been by now. */
export function queueUs(t: TableStore, r: number): number {
  if (stateIs(t, r, "queued")) return totalUs(t, r);
  const at = t.number("dispatchedUs", r);
  return at < 0 ? NaN : Math.max(0, at - t.number("sentUs", r));
}

/** Time since it was taken out of the mailbox, suspensions included. */
export function runUs(t: TableStore, r: number): number {
  const at = t.number("dispatchedUs", r);
  return at < 0 || t.status[r] === 2 ? NaN : Math.max(0, t.at(r) - at);
}

/** How long the task it depends on has been in its present wait. */
export function suspendedUs(t: TableStore, r: number): number {
  const at = t.number("suspendedUs", r);
  return at < 0 || t.status[r] === 2 ? NaN : Math.max(0, t.at(r) - at);
}

/** Whether a call is in that state. */
export const stateIs = (t: TableStore, r: number, state: CallState): boolean => callStates[t.number("state", r)] === state;

/** Pending for more than 5 s, and not because of a deadlock. */
export const isStuck = (t: TableStore, r: number): boolean => totalUs(t, r) > STUCK_US && !stateIs(t, r, "cycle");

/** A name, or the address of who has none. */
export const nameOr = (name: string, addr: number): string => (name === "" ? formatAddress(addr) : name);

/** A span of microseconds; a dash where it is not known. */
export const span = (us: number): string => (Number.isNaN(us) ? UNKNOWN : milliseconds(us / 1000));

const spanColumn = (key: string, hint: string, us: (t: TableStore, r: number) => number, more: Partial<Column> = {}): Column => ({
  key,
  title: key,
  hint,
  width: "66px",
  numeric: true,
  total: "max",
  unit: "us",
  value: us,
  cell: (t, r): ReactNode => (Number.isNaN(us(t, r)) ? UNKNOWN : span(us(t, r))),
  ...more,
});

const partyColumn = (key: "from" | "to", hint: string): Column => ({
  key,
  title: key,
  hint,
  width: "minmax(88px, 1fr)",
  numeric: false,
  steady: true,
  value: (t, r) => nameOr(t.text(`${key}Name`, r), t.number(key, r)),
  cell: (t, r) => {
    const name = nameOr(t.text(`${key}Name`, r), t.number(key, r));
    return <span title={`${name} (${formatAddress(t.number(key, r))})`}>{name}</span>;
  },
});

const taskColumn = (key: "fromTask" | "toTask", title: string, hint: string): Column => ({
  key,
  title,
  hint,
  width: "76px",
  numeric: true,
  optional: true,
  value: (t, r) => t.number(key, r),
  cell: (t, r) => (t.number(key, r) === 0 ? UNKNOWN : taskNumber(t.number(key, r))),
});

/** See the file's comment. */
export const sessionsView: TableView = {
  name: "sessions",
  title: "Sessions",
  things: "pending calls",
  sort: [{ column: "total", descending: true }],
  search: (t, r) =>
    `${t.id(r)} ${t.text("fromName", r)} ${t.text("toName", r)} ${formatAddress(t.number("to", r))} ${t.text("type", r)} ${t.text("command", r)}`,
  slow: "Only those that have waited for more than 1 s",
  flags: {
    stuck: isStuck,
    slow: (t, r) => totalUs(t, r) > SLOW_US,
    changed: isChanged,
    traced: (t, r) => t.text("tag", r) !== "",
    ended: (t, r) => t.status[r] === 2,
    ...Object.fromEntries(callStates.map((word, i) => [word, (t: TableStore, r: number) => t.number("state", r) === i])),
  },
  columns: [
    {
      key: "call",
      title: "call",
      hint: "The caller's address and its session number",
      width: "120px",
      numeric: false,
      steady: true,
      aliases: ["session", "id"],
      value: (t, r) => t.id(r),
      rank: (t, r) => t.number("from", r) * 4_294_967_296 + t.number("session", r),
      mono: true,
    },
    nodeColumn,
    partyColumn("from", "Who called, and waits"),
    taskColumn("fromTask", "from task", "The task that waits"),
    partyColumn("to", "Who was called"),
    taskColumn("toTask", "to task", "The suspended task that the answer depends on"),
    {
      key: "type",
      title: "type",
      hint: "Type of the message, e.g. lua",
      width: "64px",
      numeric: false,
      optional: true,
      steady: true,
      value: (t, r) => t.text("type", r),
    },
    {
      key: "command",
      title: "command",
      hint: "First argument of the request, where it is a word",
      width: "minmax(76px, 0.5fr)",
      numeric: false,
      steady: true,
      aliases: ["cmd"],
      value: (t, r) => t.text("command", r),
      cell: (t, r) => <span title={`${t.text("type", r)} ${t.text("command", r)}`}>{t.text("command", r)}</span>,
    },
    {
      key: "state",
      title: "state",
      hint: "Where the call stands; sorts by how much attention it needs",
      width: "134px",
      numeric: false,
      value: (t, r) => callStates[t.number("state", r)] ?? "",
      rank: (t, r) => callMarks[callStates[t.number("state", r)] ?? "unknown"].severity,
      cell: (t, r) => <CallMark state={t.number("state", r)} />,
    },
    spanColumn("queue", "Time it was in the callee's mailbox, or has been by now", queueUs),
    spanColumn("run", "Time since the callee took it out of its mailbox, waits included", runUs),
    spanColumn("suspended", "How long the task it depends on has been in its present wait", suspendedUs, { width: "94px" }),
    spanColumn("total", "How long the caller has waited", totalUs, { aliases: ["age"] }),
    {
      key: "hops",
      title: "hops",
      hint: "Tasks behind it: 1 when its handler waits for nobody, ∞ in a circle",
      width: "46px",
      numeric: true,
      total: "max",
      value: (t, r) => t.number("hops", r),
      cell: (t, r) => (t.word("state", r) === "cycle" ? "∞" : count(t.number("hops", r))),
    },
    {
      key: "trace",
      title: "trace",
      hint: "Tag of the trace it belongs to",
      width: "128px",
      numeric: false,
      optional: true,
      steady: true,
      value: (t, r) => t.text("tag", r),
      mono: true,
    },
  ],
};
