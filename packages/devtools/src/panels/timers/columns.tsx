/**
 * The columns of the timers list.
 *
 * @module
 */
import { formatAddress } from "../../stores/channels.ts";
import type { TableStore } from "../../stores/table-store.ts";
import { milliseconds } from "../../widgets/format.ts";
import { addressColumn, nameColumn, nodeColumn } from "../../widgets/table/cells.tsx";
import type { TableView } from "../../widgets/table/column.ts";

/** Microseconds until it fires; below zero when it is late. */
export const dueIn = (t: TableStore, r: number): number => t.number("dueUs", r) - t.at(r);

const kinds = ["sleep", "timeout", "limit", "other"];

/** See the file's comment. */
export const timersView: TableView = {
  name: "timers",
  title: "Timers",
  things: "timers",
  search: (t, r) => `${t.text("ownerName", r)} ${formatAddress(t.number("owner", r))}`,
  sort: [{ column: "due", descending: false }],
  flags: Object.fromEntries([
    ...kinds.map((kind) => [kind, (t: TableStore, r: number) => t.word("kind", r) === kind] as const),
    ["late", (t: TableStore, r: number) => dueIn(t, r) < -20_000] as const,
  ]),
  columns: [
    {
      key: "due",
      title: "due in",
      hint: "Time until it fires, at the time of the sample",
      width: "96px",
      numeric: true,
      total: "min",
      unit: "us",
      value: dueIn,
      cell: (t, r) => {
        const us = dueIn(t, r);
        return us < -20_000 ? <span className="sk-tone-warn">late {milliseconds(-us / 1000)}</span> : milliseconds(Math.max(0, us) / 1000);
      },
    },
    addressColumn("owner", "Handle of the service that is woken", "addr", "address"),
    nameColumn("ownerName", "Service that is woken", "owner", "owner"),
    nodeColumn,
    {
      key: "kind",
      title: "kind",
      hint: "sleep: a task waits; timeout: starts a new task; limit: a time limit of requests",
      width: "88px",
      numeric: false,
      steady: true,
      value: (t, r) => t.word("kind", r),
    },
    {
      key: "length",
      title: "length",
      hint: "How long it was set for",
      width: "92px",
      numeric: true,
      total: "max",
      unit: "us",
      steady: true,
      value: (t, r) => (t.number("ticks", r) < 0 ? NaN : t.number("ticks", r) * 10_000),
      cell: (t, r) => (t.number("ticks", r) < 0 ? "–" : milliseconds(t.number("ticks", r) * 10)),
    },
    {
      key: "session",
      title: "session",
      hint: "Session it fires with",
      width: "88px",
      numeric: true,
      steady: true,
      value: (t, r) => t.number("session", r),
    },
    {
      key: "task",
      title: "task",
      hint: "The task that sleeps",
      width: "80px",
      numeric: true,
      steady: true,
      value: (t, r) => (t.number("task", r) === 0 ? NaN : t.number("task", r)),
      cell: (t, r) => (t.number("task", r) === 0 ? "" : t.number("task", r)),
    },
  ],
};
